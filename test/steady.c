/*
 * test/steady.c - a clock that stands still with the machine
 *
 * A thread looks at the clock every few milliseconds. Where nobody has looked
 * for long the whole program stood still, and that time is left out. What is
 * shared here is hidden from the thread sanitizer: it would take each look at
 * the clock for an order between threads, and miss the program's own races.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "steady.h"

#define UNSEEN __attribute__((no_sanitize("thread")))

static const int64_t NS_PER_S = 1000000000;
static const int64_t BEAT_NS = 5000000;
static const int64_t STALL_NS = 50000000; /* longer than a busy machine takes */

static bool is_beating;
static bool is_taken; /* what follows */
static int64_t last_ns;
static int64_t lost_ns;

UNSEEN static int64_t true_ns(clockid_t id)
{
	struct timespec now = {0};

	(void)syscall(SYS_clock_gettime, id, &now);

	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* The time of a clock that never jumps. */
UNSEEN static int64_t steady_ns(clockid_t id)
{
	int64_t now_ns, ns;

	while (__atomic_test_and_set(&is_taken, __ATOMIC_ACQUIRE))
		(void)sched_yield();

	now_ns = true_ns(CLOCK_MONOTONIC);
	if (is_beating && now_ns - last_ns > STALL_NS)
		lost_ns += now_ns - last_ns - BEAT_NS;
	last_ns = now_ns;
	ns = (id == CLOCK_MONOTONIC ? now_ns : true_ns(id)) - lost_ns;

	__atomic_clear(&is_taken, __ATOMIC_RELEASE);

	return ns;
}

UNSEEN int clock_gettime(clockid_t id, struct timespec *at)
{
	int64_t ns;

	switch (id) {

	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		ns = steady_ns(id);
		break;

	default:
		return (int)syscall(SYS_clock_gettime, id, at);
	}

	at->tv_sec = ns / NS_PER_S;
	at->tv_nsec = ns % NS_PER_S;

	return 0;
}

UNSEEN static void pause_ns(int64_t ns)
{
	struct timespec wait = {ns / NS_PER_S, ns % NS_PER_S};

	(void)syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &wait, NULL);
}

/* Until an instant, of the steady clock: as base/clock.c waits. */
UNSEEN int clock_nanosleep(clockid_t id, int flags, const struct timespec *at,
                           struct timespec *left)
{
	int64_t until_ns = at->tv_sec * NS_PER_S + at->tv_nsec;
	int64_t now_ns;

	if (id != CLOCK_MONOTONIC || flags != TIMER_ABSTIME)
		return syscall(SYS_clock_nanosleep, id, flags, at, left) ? errno
		                                                         : 0;

	while ((now_ns = steady_ns(id)) < until_ns)
		pause_ns(until_ns - now_ns);

	return 0;
}

UNSEEN static void *beat(void *arg)
{
	(void)arg;
	for (;;) {
		pause_ns(BEAT_NS);
		(void)steady_ns(CLOCK_MONOTONIC);
	}

	return NULL;
}

/* A child has no thread that beats, and perhaps none that gives back. */
UNSEEN static void forked(void)
{
	is_beating = false;
	__atomic_clear(&is_taken, __ATOMIC_RELEASE);
}

int steady_begin(void)
{
	sigset_t all, before;
	pthread_t thread;
	int err;

	(void)steady_ns(CLOCK_MONOTONIC);
	is_beating = true;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_atfork(NULL, NULL, forked);
	if (!err)
		err = pthread_create(&thread, NULL, beat, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!err)
		err = pthread_detach(thread);

	return err;
}
