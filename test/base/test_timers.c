/*
 * test/base/test_timers.c - timers under libre's loop
 */
#include <fcntl.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "harness.h"
#include "test_base.h"
#include <re_main.h>
#include <re_tmr.h>

struct list *tmrl_get(void);

enum {
	TIMERS = 2000,
	SPAN_MS = 150,
	ROUNDS = 20000,
};

struct alarm {
	struct tmr tmr;
	uint64_t at_ms; /* when it is due at the earliest */
	unsigned number;
	bool is_running;
};

static struct alarm alarmv[TIMERS];
static unsigned fired, running;
static uint64_t last_ms;
static unsigned last_number, faults;

static uint32_t chance(uint32_t below)
{
	static uint32_t state = 7;

	state = state * 1664525 + 1013904223;

	return (state >> 8) % below;
}

static void fire(void *arg)
{
	struct alarm *alarm = arg;

	/* In the order of their moments; of one moment, of their start. */
	if (!alarm->is_running || alarm->at_ms < last_ms ||
	    (alarm->at_ms == last_ms && alarm->number < last_number) ||
	    clock_ms() < alarm->at_ms)
		faults++;
	alarm->is_running = false;
	last_ms = alarm->at_ms;
	last_number = alarm->number;
	fired++;
	if (!--running)
		loop_stop();
}

static void alarm_start(struct alarm *alarm, uint32_t wait_ms)
{
	static unsigned number;
	uint64_t before_ms = clock_ms();

	tmr_start(&alarm->tmr, wait_ms, fire, alarm);
	running += !alarm->is_running;
	alarm->is_running = true;
	alarm->number = number++;
	alarm->at_ms = alarm->tmr.jfs;
	if (alarm->at_ms < before_ms + wait_ms)
		faults++;
}

static void alarm_cancel(struct alarm *alarm)
{
	tmr_cancel(&alarm->tmr);
	running -= alarm->is_running;
	alarm->is_running = false;
}

/* Two thousand timers started, started again and cancelled at random fire
 * once each, none too early, in order, and those that were cancelled never. */
int test_timers_fire_in_order(void)
{
	unsigned expected;
	int err;

	fired = running = faults = last_number = 0;
	last_ms = 0;
	err = loop_init();
	CHECK_ERR(0, err);

	for (size_t i = 0; i < TIMERS; i++)
		tmr_init(&alarmv[i].tmr);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct alarm *alarm = &alarmv[chance(TIMERS)];

		if (chance(3))
			alarm_start(alarm, chance(SPAN_MS));
		else
			alarm_cancel(alarm);
	}
	expected = running;
	CHECK(expected > TIMERS / 2);

	err = loop_run();
	CHECK_ERR(0, err);
	CHECK_U64(expected, fired);
	CHECK_U64(0, faults);
	CHECK(!tmr_next_timeout(tmrl_get()));

out:
	for (size_t i = 0; i < TIMERS; i++)
		tmr_cancel(&alarmv[i].tmr);
	loop_close();

	return err;
}

static unsigned rounds;

static void again(void *arg)
{
	if (++rounds < 100)
		tmr_start(arg, 0, again, arg);
	else
		loop_stop();
}

static void free_other(void *arg)
{
	struct tmr *other = arg;

	tmr_cancel(other);
	rounds++;
}

static void never(void *arg)
{
	(void)arg;

	faults++;
}

/* A handler starts its own timer again, and cancels another that is due. */
int test_timers_from_handlers(void)
{
	struct tmr own, other;
	int err;

	rounds = faults = 0;
	tmr_init(&own);
	tmr_init(&other);
	err = loop_init();
	CHECK_ERR(0, err);

	tmr_start(&own, 1, free_other, &other);
	tmr_start(&other, 1, never, NULL);
	CHECK(tmr_isrunning(&other));
	CHECK(tmr_get_expire(&other) <= 1);
	while (rounds < 1)
		tmr_poll(tmrl_get());
	CHECK(!tmr_isrunning(&own) && !tmr_isrunning(&other));

	tmr_start(&own, 0, again, &own);
	err = loop_run();
	CHECK_ERR(0, err);
	CHECK_U64(100, rounds);
	CHECK_U64(0, faults);

out:
	tmr_cancel(&own);
	tmr_cancel(&other);
	loop_close();

	return err;
}

enum {
	STALL_MS = 1500,
	STALL_AGAIN_MS = 300,
	PACKETS = 50,
};

static unsigned packets, packets_in_time;
static int pipev[2];
static struct tmr limit_tmr;

static void packet(int flags, void *arg)
{
	char byte;

	(void)flags;
	(void)arg;

	/* Soon it stands still once more. */
	if (read(pipev[0], &byte, 1) == 1 && ++packets == 2)
		clock_wait_until_us(clock_us() + STALL_AGAIN_MS * 1000);
}

static void give_up(void *arg)
{
	(void)arg;

	packets_in_time = packets;
	loop_stop();
}

static void stand_still(void *arg)
{
	static const char bytes[PACKETS];

	(void)arg;

	tmr_start(&limit_tmr, 100, give_up, NULL);
	(void)!write(pipev[1], bytes, sizeof(bytes));
	clock_wait_until_us(clock_us() + STALL_MS * 1000);
}

/* What arrived while the process stood still is read before a timer that
 * waits for it gives up. */
int test_timers_after_a_stall(void)
{
	struct tmr stall;
	int err;

	packets = packets_in_time = 0;
	pipev[0] = pipev[1] = -1;
	tmr_init(&stall);
	tmr_init(&limit_tmr);
	err = loop_init();
	CHECK_ERR(0, err);
	CHECK(!pipe2(pipev, O_CLOEXEC | O_NONBLOCK));
	err = fd_listen(pipev[0], FD_READ, packet, NULL);
	CHECK_ERR(0, err);

	tmr_start(&stall, 0, stand_still, NULL);
	err = loop_run();
	CHECK_ERR(0, err);
	CHECK_U64(PACKETS, packets_in_time);

out:
	tmr_cancel(&stall);
	tmr_cancel(&limit_tmr);
	if (pipev[0] >= 0) {
		fd_close(pipev[0]);
		(void)close(pipev[0]);
		(void)close(pipev[1]);
	}
	loop_close();

	return err;
}
