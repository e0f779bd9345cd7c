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
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "steady.h"

#define UNSEEN __attribute__((no_sanitize("thread")))

static const int64_t NS_PER_S = 1000000000;
static const int64_t BEAT_NS = 5000000;
/* A shorter one is caught up on, as in a call between two machines. */
static const int64_t STALL_NS = 200000000;

static bool is_beating;
static bool is_taken; /* what follows */
static int64_t last_ns;
static int64_t lost_ns;

enum {
	STALLS = 32, /* that are remembered */
	STAMP_BYTES = 2,
	REPORT_MIN = 200, /* second byte of an RTCP packet */
	REPORT_MAX = 207,
};

/* Since when how much was left out. */
static struct {
	int64_t from_ns, lost_ns;
} stallv[STALLS];
static unsigned stalls;

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
	if (is_beating && now_ns - last_ns > STALL_NS) {
		lost_ns += now_ns - last_ns - BEAT_NS;
		stallv[stalls % STALLS].from_ns = now_ns;
		stallv[stalls++ % STALLS].lost_ns = lost_ns;
	}
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

/* What was left out before an instant. */
UNSEEN static int64_t lost_before_ns(int64_t at_ns)
{
	int64_t ns = 0;
	unsigned n;

	while (__atomic_test_and_set(&is_taken, __ATOMIC_ACQUIRE))
		(void)sched_yield();

	n = stalls < STALLS ? stalls : STALLS;
	for (unsigned i = stalls - n; i < stalls; i++) {
		if (stallv[i % STALLS].from_ns > at_ns)
			break;
		ns = stallv[i % STALLS].lost_ns;
	}

	__atomic_clear(&is_taken, __ATOMIC_RELEASE);

	return ns;
}

/* The kernel's stamp is of the wall clock; what is left out of the time between
 * two packets is left out of their stamps. */
UNSEEN static void stamp_mend(struct cmsghdr *stamp)
{
	int64_t ahead_ns = true_ns(CLOCK_REALTIME) - true_ns(CLOCK_MONOTONIC);
	struct timespec at;
	int64_t ns;

	memcpy(&at, CMSG_DATA(stamp), sizeof(at));
	ns = at.tv_sec * NS_PER_S + at.tv_nsec;
	ns -= lost_before_ns(ns - ahead_ns);
	at.tv_sec = ns / NS_PER_S;
	at.tv_nsec = ns % NS_PER_S;
	memcpy(CMSG_DATA(stamp), &at, sizeof(at));
}

/* Of audio: reports of RTCP are held against the wall clock. */
UNSEEN static bool is_audio(const struct msghdr *msg, ssize_t size)
{
	const uint8_t *bytes = msg->msg_iovlen ? msg->msg_iov->iov_base : NULL;

	return size >= STAMP_BYTES && bytes &&
	       (bytes[1] < REPORT_MIN || bytes[1] > REPORT_MAX);
}

UNSEEN ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t size = (ssize_t)syscall(SYS_recvmsg, fd, msg, flags);
	struct cmsghdr *stamp = size < 0 || !stalls ? NULL : CMSG_FIRSTHDR(msg);

	if (stamp && stamp->cmsg_level == SOL_SOCKET &&
	    stamp->cmsg_type == SCM_TIMESTAMPNS && is_audio(msg, size))
		stamp_mend(stamp);

	return size;
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
