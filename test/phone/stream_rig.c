/*
 * test/phone/stream_rig.c - ends of streams that sound and listen, for tests
 */
#include <math.h>
#include <poll.h>
#include "base/clock.h"
#include "stream_rig.h"

enum {
	AMPLITUDE = 8000,
	POLL_MS = 20,
	EVENT_PT = 101,
};

/* --- the audio ----------------------------------------------------------- */

static void end_tick(struct phone_tick *tick, void *arg)
{
	struct rig_end *end = arg;
	size_t heardc = atomic_load(&end->heardc);
	double step = 2 * M_PI * end->hz / tick->rate_hz;

	if (end->detached)
		atomic_fetch_add(&end->late_ticks, 1);
	if (tick->at_ms != end->next_ms)
		end->has_gap = true;
	end->next_ms = tick->at_ms + PHONE_TICK_MS;

	for (size_t i = 0; end->hz > 0 && i < tick->n; i++) {
		tick->out[i] = (int16_t)(AMPLITUDE * sin(end->phase));
		end->phase = fmod(end->phase + step, 2 * M_PI);
	}

	if (tick->in && heardc + tick->n <= RIG_HEARD_MAX) {
		memcpy(&end->heardv[heardc], tick->in,
		       tick->n * sizeof(int16_t));
		atomic_store(&end->heardc, heardc + tick->n);
	}
	atomic_fetch_add(&end->ticks, 1);
}

static void end_detached(void *arg)
{
	struct rig_end *end = arg;

	end->detached++;
}

/* --- the sink ------------------------------------------------------------ */

static void end_key(char key, uint32_t duration_ms, void *arg)
{
	struct rig_end *end = arg;
	size_t n = strlen(end->keys);

	if (n + 1 < sizeof(end->keys))
		end->keys[n] = key;
	end->key_ms = duration_ms;
}

static void end_silent(uint32_t silent_ms, void *arg)
{
	struct rig_end *end = arg;

	(void)silent_ms;
	end->silent++;
}

static void end_done(void *arg)
{
	struct rig_end *end = arg;

	end->is_done = true;
	end->stream = NULL;
}

/* --- the rig ------------------------------------------------------------- */

int rig_open(struct rig *rig, unsigned loops)
{
	int err;

	memset(rig, 0, sizeof(*rig));
	err = mailbox_alloc(&rig->home, 4096);
	if (err)
		return err;

	err = media_loops_alloc(&rig->loops, loops, rig->home);

	/* pthread_create() says so when it has no memory. */
	return err == EAGAIN ? ENOMEM : err;
}

void rig_close(struct rig *rig)
{
	rig->loops = mem_deref(rig->loops);
	rig->home = mem_deref(rig->home);
}

int rig_until(struct rig *rig, bool (*is_true)(void *arg), void *arg)
{
	struct pollfd pollfd = {.fd = mailbox_fd(rig->home), .events = POLLIN};
	uint64_t limit_ms = clock_ms() + RIG_LIMIT_MS;

	while (!is_true(arg)) {
		if (clock_ms() > limit_ms)
			return ETIMEDOUT;
		if (poll(&pollfd, 1, POLL_MS) > 0)
			mailbox_drain(rig->home);
	}

	return 0;
}

struct ticks_goal {
	struct rig_end *end;
	unsigned ticks;
};

static bool is_ticked(void *arg)
{
	struct ticks_goal *goal = arg;

	return atomic_load(&goal->end->ticks) >= goal->ticks;
}

int rig_ticks(struct rig *rig, struct rig_end *end, unsigned ticks)
{
	struct ticks_goal goal = {
		.end = end,
		.ticks = atomic_load(&end->ticks) + ticks,
	};

	return rig_until(rig, is_ticked, &goal);
}

int rig_end_open(struct rig_end **endp, struct rig *rig, double hz)
{
	struct rig_end *end = mem_zalloc(sizeof(*end), NULL);
	struct phone_audio audio = {
		.tick = end_tick,
		.detached = end_detached,
		.arg = end,
	};
	struct stream_sink sink = {
		.key = end_key,
		.silent = end_silent,
		.arg = end,
	};
	int err;

	if (!end)
		return ENOMEM;

	end->hz = hz;
	err = stream_alloc(&end->stream, rig->loops, "127.0.0.1", 0, 0, &sink);
	if (err) {
		mem_deref(end);
		return err;
	}
	*endp = end;

	return stream_audio_set(end->stream, &audio);
}

static bool is_end_done(void *arg)
{
	struct rig_end *end = arg;

	return end->is_done;
}

int rig_end_close(struct rig *rig, struct rig_end *end)
{
	if (!end || !end->stream)
		return 0;

	stream_close(end->stream, end_done, end);

	return rig_until(rig, is_end_done, end);
}

int rig_remote(struct rig_end *end, uint16_t port, const struct codec *codec)
{
	return rig_remote_mux(end, port, codec, false);
}

int rig_remote_mux(struct rig_end *end, uint16_t port,
                   const struct codec *codec, bool has_mux)
{
	struct stream_remote remote = {
		.codec = codec,
		.pt = (uint8_t)(codec->pt < 0 ? RIG_DYNAMIC_PT : codec->pt),
		.pt_in = (uint8_t)(codec->pt < 0 ? RIG_DYNAMIC_PT : codec->pt),
		.pt_event = EVENT_PT,
		.may_send = true,
		.may_receive = true,
		.has_mux = has_mux,
	};
	int err;

	err = sa_set_str(&remote.addr, "127.0.0.1", port);
	if (err)
		return err;
	end->codec = codec;

	return stream_remote_set(end->stream, &remote);
}

double rig_share(const struct rig_end *end, size_t from, size_t n, double hz)
{
	double step = 2 * M_PI * hz / end->codec->rate_hz;
	double cosine = 0, sine = 0, energy = 0;

	for (size_t i = 0; i < n; i++) {
		double sample = end->heardv[from + i];

		cosine += sample * cos(step * (double)i);
		sine += sample * sin(step * (double)i);
		energy += sample * sample;
	}

	return energy > 0 ? 2 * (cosine * cosine + sine * sine) /
	                            ((double)n * energy)
	                  : 0;
}

static bool is_empty(void *arg)
{
	struct phone_load load;

	media_loops_load(arg, &load);

	return !load.legs;
}

int rig_settle(struct rig *rig)
{
	return rig->loops ? rig_until(rig, is_empty, rig->loops) : 0;
}
