/*
 * test/phone/test_stream.c - streams over real sockets on the loopback
 */
#include "stream_rig.h"
#include "test_phone.h"

enum {
	SETTLE_TICKS = 15, /* the jitter buffers have begun */
	LISTEN_TICKS = 40,
	MANY = 40,
};

/* Two ends that know each other. */
static int pair_open(struct rig *rig, struct rig_end **ap, struct rig_end **bp,
                     const struct codec *codec)
{
	int err;

	err = rig_end_open(ap, rig, 440);
	if (!err)
		err = rig_end_open(bp, rig, 1000);
	if (!err)
		err = rig_remote(*ap, stream_port((*bp)->stream), codec);
	if (!err)
		err = rig_remote(*bp, stream_port((*ap)->stream), codec);

	return err;
}

int test_stream_tone(void)
{
	struct rig_end *a = NULL, *b = NULL;
	struct phone_leg_stats stats;
	const struct codec *codec;
	struct rig rig;
	int err;

	err = rig_open(&rig, 2);
	CHECK_ERR(0, err);

	for (size_t i = 0; (codec = codec_at(i)); i++) {
		size_t n = codec->rate_hz / 50, from = SETTLE_TICKS * n;

		err = pair_open(&rig, &a, &b, codec);
		CHECK_ERR(0, err);
		CHECK(stream_port(a->stream) % 2 == 0);

		err = rig_ticks(&rig, a, SETTLE_TICKS + LISTEN_TICKS + 10);
		CHECK_ERR(0, err);
		err = rig_ticks(&rig, b, 10);
		CHECK_ERR(0, err);
		stream_stats(a->stream, &stats);
		CHECK_STR(codec->name, stats.codec);
		CHECK(stats.packets_out >= LISTEN_TICKS);
		CHECK(stats.packets_in >= LISTEN_TICKS);
		CHECK_U64(0, stats.lost);
		CHECK_U64(0, stats.refused);

		err = rig_end_close(&rig, a);
		CHECK_ERR(0, err);
		err = rig_end_close(&rig, b);
		CHECK_ERR(0, err);
		CHECK_U64(1, a->detached);
		CHECK_U64(0, a->late_ticks);
		CHECK(!a->has_gap);
		CHECK(rig_share(a, from, LISTEN_TICKS * n, 1000) > 0.9);
		CHECK(rig_share(b, from, LISTEN_TICKS * n, 440) > 0.9);
		a = mem_deref(a);
		b = mem_deref(b);
	}

out:
	(void)rig_end_close(&rig, a);
	(void)rig_end_close(&rig, b);
	rig_close(&rig);
	mem_deref(a);
	mem_deref(b);

	return err;
}

static bool has_all_keys(void *arg)
{
	const struct rig_end *const *endv = arg;

	return strlen(endv[0]->keys) >= 8 && strlen(endv[1]->keys) >= 8;
}

int test_stream_keys_both_ways(void)
{
	struct rig_end *endv[2] = {NULL, NULL};
	struct rig rig;
	int err;

	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = rig_end_open(&endv[0], &rig, 440);
	CHECK_ERR(0, err);
	err = stream_send_keys(endv[0]->stream, "1");
	CHECK_ERR(ENOTSUP, err);
	err = rig_end_open(&endv[1], &rig, 1000);
	CHECK_ERR(0, err);
	for (int i = 0; i < 2; i++) {
		uint16_t port = stream_port(endv[1 - i]->stream);

		err = rig_remote(endv[i], port, codec_by_pt(8));
		CHECK_ERR(0, err);
	}

	err = rig_ticks(&rig, endv[0], SETTLE_TICKS);
	CHECK_ERR(0, err);
	err = stream_send_keys(endv[0]->stream, "12x");
	CHECK_ERR(EINVAL, err);
	err = stream_send_keys(endv[0]->stream, "1234");
	CHECK_ERR(0, err);
	err = stream_send_keys(endv[0]->stream, "*#AD");
	CHECK_ERR(0, err);
	err = stream_send_keys(endv[1]->stream, "00990bc5");
	CHECK_ERR(0, err);
	err = rig_until(&rig, has_all_keys, endv);
	CHECK_ERR(0, err);
	err = rig_ticks(&rig, endv[0], LISTEN_TICKS);
	CHECK_ERR(0, err);
	CHECK_STR("1234*#AD", endv[1]->keys);
	CHECK_STR("00990BC5", endv[0]->keys);
	CHECK_U64(100, endv[0]->key_ms);
	CHECK_U64(100, endv[1]->key_ms);

out:
	for (int i = 0; i < 2; i++)
		(void)rig_end_close(&rig, endv[i]);
	rig_close(&rig);
	for (int i = 0; i < 2; i++)
		mem_deref(endv[i]);

	return err;
}

int test_stream_hold(void)
{
	struct rig_end *a = NULL, *b = NULL;
	struct phone_leg_stats before, after;
	struct stream_remote held = {
		.codec = codec_by_pt(8),
		.pt = 8,
		.pt_in = 8,
		.pt_event = -1,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = pair_open(&rig, &a, &b, held.codec);
	CHECK_ERR(0, err);
	err = rig_ticks(&rig, a, SETTLE_TICKS);
	CHECK_ERR(0, err);

	/* On hold: the ticks go on, nothing is sent, silence is heard. */
	err = sa_set_str(&held.addr, "127.0.0.1", stream_port(b->stream));
	CHECK_ERR(0, err);
	err = stream_remote_set(a->stream, &held);
	CHECK_ERR(0, err);
	err = rig_ticks(&rig, a, 3);
	CHECK_ERR(0, err);
	stream_stats(a->stream, &before);
	err = rig_ticks(&rig, a, 10);
	CHECK_ERR(0, err);
	stream_stats(a->stream, &after);
	CHECK_U64(before.packets_out, after.packets_out);
	CHECK_U64(0, a->heardv[a->heardc - 1]);

	/* And back again. */
	err = rig_remote(a, stream_port(b->stream), held.codec);
	CHECK_ERR(0, err);
	err = rig_ticks(&rig, a, 10);
	CHECK_ERR(0, err);
	stream_stats(a->stream, &after);
	CHECK(after.packets_out > before.packets_out);

out:
	(void)rig_end_close(&rig, a);
	(void)rig_end_close(&rig, b);
	rig_close(&rig);
	mem_deref(a);
	mem_deref(b);

	return err;
}

static void note_detached(void *arg)
{
	++*(unsigned *)arg;
}

static void no_tick(struct phone_tick *tick, void *arg)
{
	(void)tick;
	(void)arg;
}

static bool is_one(void *arg)
{
	return *(unsigned *)arg == 1;
}

int test_stream_audio_replaced(void)
{
	unsigned first_detached = 0;
	struct phone_audio first = {
		.tick = no_tick,
		.detached = note_detached,
		.arg = &first_detached,
	};
	struct stream_sink sink = {.key = NULL};
	struct phone_audio second = first;
	struct stream *stream = NULL;
	unsigned second_detached = 0;
	struct rig rig;
	int err;

	second.arg = &second_detached;
	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = stream_alloc(&stream, rig.loops, "127.0.0.1", 0, 0, &sink);
	CHECK_ERR(0, err);
	err = stream_audio_set(stream, &first);
	CHECK_ERR(0, err);
	err = stream_audio_set(stream, &second);
	CHECK_ERR(0, err);
	err = rig_until(&rig, is_one, &first_detached);
	CHECK_ERR(0, err);
	CHECK_U64(0, second_detached);

	/* Letting go of a stream gives the audio back, too. */
	stream = mem_deref(stream);
	err = rig_until(&rig, is_one, &second_detached);
	CHECK_ERR(0, err);
	CHECK_U64(1, first_detached);

out:
	mem_deref(stream);
	(void)rig_settle(&rig);
	rig_close(&rig);

	return err;
}

int test_stream_close_while_ticking(void)
{
	struct rig_end *endv[MANY] = {NULL};
	struct phone_load load;
	struct rig rig;
	int err;

	err = rig_open(&rig, 2);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < MANY; i += 2) {
		err = pair_open(&rig, &endv[i], &endv[i + 1], codec_by_pt(0));
		CHECK_ERR(0, err);
	}
	err = rig_ticks(&rig, endv[MANY - 1], 5);
	CHECK_ERR(0, err);
	media_loops_load(rig.loops, &load);
	CHECK_U64(MANY, load.legs);
	CHECK(load.ticks > MANY);

	/* All at different moments of the 20 ms, with orders on their way. */
	for (size_t i = 0; i < MANY; i++) {
		err = stream_send_keys(endv[i]->stream, "12");
		CHECK_ERR(0, err);
		err = rig_remote(endv[i], 9, codec_by_pt(8));
		CHECK_ERR(0, err);
		err = rig_end_close(&rig, endv[i]);
		CHECK_ERR(0, err);
		CHECK_U64(1, endv[i]->detached);
		CHECK_U64(0, endv[i]->late_ticks);
	}
	media_loops_load(rig.loops, &load);
	CHECK_U64(0, load.legs);

out:
	for (size_t i = 0; i < MANY; i++)
		(void)rig_end_close(&rig, endv[i]);
	rig_close(&rig);
	for (size_t i = 0; i < MANY; i++)
		mem_deref(endv[i]);

	return err;
}

int test_stream_port_range(void)
{
	struct stream_sink sink = {.key = NULL};
	struct stream *first = NULL, *second = NULL;
	struct rig rig;
	uint16_t port;
	int err;

	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = stream_alloc(&first, rig.loops, "127.0.0.1", 0, 0, &sink);
	CHECK_ERR(0, err);

	/* The only even port of this range is taken. */
	port = stream_port(first);
	err = stream_alloc(&second, rig.loops, "127.0.0.1", port,
	                   (uint16_t)(port + 1), &sink);
	CHECK_ERR(EADDRINUSE, err);
	err = stream_alloc(&second, rig.loops, "127.0.0.1",
	                   (uint16_t)(port + 1), (uint16_t)(port + 1), &sink);
	CHECK_ERR(EADDRINUSE, err);
	err = 0;

out:
	mem_deref(first);
	mem_deref(second);
	(void)rig_settle(&rig);
	rig_close(&rig);

	return err;
}
