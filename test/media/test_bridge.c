/*
 * test/media/test_bridge.c - two people hear each other
 */
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include "harness.h"
#include "media/bridge.h"
#include "pitch.h"
#include "test_media.h"

enum {
	TICKS = 200,
	HZV_COUNT = 2,
	RUN_SAMPLES = 160,
	RUN_VALUES = 1000,
	RUN_FRAMES = 20000,
	RUN_TICKS_MAX = 20000000,
};

static const double hzv[HZV_COUNT] = {500, 1100}; /* by end */

/* One who says a tone and keeps what comes. */
struct side {
	struct bridge *bridge;
	enum bridge_end end;
	size_t n; /* of a tick */
	size_t said;
	unsigned heard;                           /* ticks with sound */
	int16_t heardv[TICKS * BRIDGE_FRAME_MAX]; /* of them */
	size_t heardc;
};

static void side_init(struct side *side, struct bridge *bridge,
                      enum bridge_end end, size_t n)
{
	memset(side, 0, sizeof(*side));
	side->bridge = bridge;
	side->end = end;
	side->n = n;
}

static bool side_tick(struct side *side, bool says)
{
	int16_t inv[BRIDGE_FRAME_MAX], outv[BRIDGE_FRAME_MAX];
	bool is_there;

	for (size_t i = 0; i < side->n; i++)
		inv[i] = (int16_t)(8000 * sin(2 * M_PI * hzv[side->end] *
		                              (double)(side->said + i) /
		                              ((double)side->n * 50)));
	if (says)
		side->said += side->n;

	memset(outv, 0x55, sizeof(outv));
	is_there = bridge_tick(side->bridge, side->end, says ? inv : NULL, outv,
	                       side->n);
	if (is_there && side->heardc < TICKS * side->n) {
		memcpy(&side->heardv[side->heardc], outv,
		       side->n * sizeof(*outv));
		side->heardc += side->n;
		side->heard++;
	}

	return is_there ? true : outv[0] != 0x5555;
}

/* How much of what was heard is the tone of this end, but for the first tenth
 * of a second. */
static double share(const struct side *side, enum bridge_end of)
{
	size_t skip = 5 * side->n;

	return pitch_share(&side->heardv[skip], side->heardc - skip, hzv[of],
	                   (double)side->n * 50);
}

int test_bridge_rates(void)
{
	static const struct {
		const char *why;
		size_t firstc, secondc;
	} rowv[] = {
		{"both at 8 kHz", 160, 160},
		{"both at 16 kHz", 320, 320},
		{"G.711 and G.722", 160, 320},
		{"G.722 and G.711", 320, 160},
	};
	static struct bridge bridge;
	static struct side first, second;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		bridge_init(&bridge);
		side_init(&first, &bridge, BRIDGE_FIRST, rowv[i].firstc);
		side_init(&second, &bridge, BRIDGE_SECOND, rowv[i].secondc);
		for (unsigned k = 0; k < TICKS; k++) {
			(void)side_tick(&first, true);
			(void)side_tick(&second, true);
		}
		if (share(&first, BRIDGE_SECOND) < 0.99 ||
		    share(&second, BRIDGE_FIRST) < 0.99 ||
		    first.heard < TICKS - 3 || second.heard < TICKS - 3)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(share(&first, BRIDGE_SECOND) > 0.99);
		CHECK(share(&second, BRIDGE_FIRST) > 0.99);
		CHECK(share(&first, BRIDGE_FIRST) < 0.001);
		CHECK(first.heard >= TICKS - 3 && second.heard >= TICKS - 3);
	}

out:
	return err;
}

/* The speaker's loop stalls, then catches up in a burst: what waits too long is
 * taken out again, so nobody talks into the past from then on. */
int test_bridge_late_ticks(void)
{
	static struct bridge bridge;
	static struct side first, second;
	uint32_t stock;
	int err = 0;

	bridge_init(&bridge);
	side_init(&first, &bridge, BRIDGE_FIRST, 160);
	side_init(&second, &bridge, BRIDGE_SECOND, 160);
	for (unsigned k = 0; k < 20; k++) {
		(void)side_tick(&first, true);
		(void)side_tick(&second, true);
	}

	/* The listener stalls: frames pile up, and are left out at once. */
	for (unsigned k = 0; k < 12; k++)
		(void)side_tick(&first, true);
	(void)side_tick(&second, true);
	(void)side_tick(&second, true);
	stock = bridge.wayv[BRIDGE_FIRST].written -
	        bridge.wayv[BRIDGE_FIRST].read;
	CHECK(stock <= 3);

	/* The speaker is late by two: the last sound fades, no noise comes. */
	for (unsigned k = 0; k < 4; k++)
		CHECK(side_tick(&second, true));
	CHECK(!second.heardv[second.heardc - 1]);

	/* Then they are there after all: more than needed, for a while. */
	for (unsigned k = 0; k < 6; k++)
		(void)side_tick(&first, true);
	for (unsigned k = 0; k < 600; k++) {
		(void)side_tick(&first, true);
		second.heardc = 0;
		(void)side_tick(&second, true);
	}
	stock = bridge.wayv[BRIDGE_FIRST].written -
	        bridge.wayv[BRIDGE_FIRST].read;
	CHECK(stock <= 3);

out:
	return err;
}

/* What the mouth says is heard before the other comes, and after; what was said
 * while nobody listened is not heard later. */
int test_bridge_nobody_there(void)
{
	static struct bridge bridge;
	static struct side first, second;
	unsigned ticks = 0;
	int err = 0;

	bridge_init(&bridge);
	side_init(&first, &bridge, BRIDGE_FIRST, 160);
	side_init(&second, &bridge, BRIDGE_SECOND, 160);
	for (unsigned k = 0; k < 100; k++)
		CHECK(!side_tick(&first, true));

	/* The first frames that the second hears are said after it came. */
	CHECK(!side_tick(&second, false));
	first.said = 0;
	for (unsigned k = 0; k < 20; k++) {
		(void)side_tick(&first, true);
		(void)side_tick(&second, false);
	}
	CHECK(second.heard >= 18 && !second.heardv[0]);
	CHECK(second.heardv[4] > 4000); /* 500 Hz from its start */

	/* The first is gone: a tenth of a second later that is clear. */
	while (side_tick(&second, false) && ticks < 50)
		ticks++;
	CHECK(ticks >= 2 && ticks <= 10);

out:
	return err;
}

struct runner {
	struct bridge *bridge;
	enum bridge_end end;
	_Atomic unsigned *heardv; /* frames, of both */
	unsigned torn;            /* frames that are not of one piece */
};

/* All of a frame has one value, or two are blended. */
static bool is_torn(const int16_t *pcm)
{
	for (size_t i = 2; i < RUN_SAMPLES; i++) {
		if (abs(pcm[i] - pcm[i - 1]) > RUN_VALUES / RUN_SAMPLES + 2)
			return true;
	}

	return false;
}

static void *run(void *arg)
{
	struct runner *runner = arg;
	int16_t outv[RUN_SAMPLES], inv[RUN_SAMPLES];

	for (unsigned k = 0; k < RUN_TICKS_MAX; k++) {
		for (size_t i = 0; i < RUN_SAMPLES; i++)
			inv[i] = (int16_t)(k % RUN_VALUES + 1);
		if (!bridge_tick(runner->bridge, runner->end, inv, outv,
		                 RUN_SAMPLES)) {
			(void)sched_yield();
			continue;
		}
		runner->heardv[runner->end]++;
		runner->torn += is_torn(outv);
		if (runner->heardv[0] >= RUN_FRAMES &&
		    runner->heardv[1] >= RUN_FRAMES)
			break;
	}

	return NULL;
}

/* As fast as they can, each on its thread: no frame is read half written. */
int test_bridge_two_threads(void)
{
	static struct bridge bridge;
	static struct runner runnerv[2];
	static _Atomic unsigned heardv[2];
	pthread_t threadv[2];
	int err = 0;

	bridge_init(&bridge);
	for (size_t i = 0; i < 2; i++) {
		runnerv[i].bridge = &bridge;
		runnerv[i].end = (enum bridge_end)i;
		runnerv[i].heardv = heardv;
	}
	for (size_t i = 0; i < 2; i++)
		CHECK_ERR(0,
		          pthread_create(&threadv[i], NULL, run, &runnerv[i]));
	for (size_t i = 0; i < 2; i++)
		(void)pthread_join(threadv[i], NULL);

	CHECK(heardv[0] >= RUN_FRAMES && heardv[1] >= RUN_FRAMES);
	CHECK_U64(0, runnerv[0].torn);
	CHECK_U64(0, runnerv[1].torn);

out:
	return err;
}
