/*
 * test/phone/test_stream.c - streams over real sockets on the loopback
 */
#include "stream_rig.h"
#include "test_phone.h"

enum {
	SETTLE_TICKS = 15, /* the jitter buffers have begun */
	LISTEN_TICKS = 40,
};

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

		err = rig_end_open(&a, &rig, 440);
		CHECK_ERR(0, err);
		err = rig_end_open(&b, &rig, 1000);
		CHECK_ERR(0, err);
		CHECK(stream_port(a->stream) % 2 == 0);
		err = rig_remote(a, stream_port(b->stream), codec);
		CHECK_ERR(0, err);
		err = rig_remote(b, stream_port(a->stream), codec);
		CHECK_ERR(0, err);

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
		CHECK(rig_share(a, from, LISTEN_TICKS * n, 1000) > 0.95);
		CHECK(rig_share(b, from, LISTEN_TICKS * n, 440) > 0.95);
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
