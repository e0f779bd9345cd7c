/*
 * bench/bench_rtp.c - how many streams one media loop carries
 *
 * A stream is one leg: 50 packets of 20 ms G.711 a second each way. Both
 * sides are measured the same way on one thread that holds both ends of every
 * talk, on 127.0.0.1:
 *
 *   limit  a bare epoll loop: connected sockets, send() on a schedule spread
 *          over the 20 ms, recv() when readable, nothing done with the bytes
 *   ours   one media loop with its streams: source lock, jitter buffer,
 *          decoder, concealment, the tick of an audio, encoder
 *
 * A number of streams is sustained if 99 % of the packets leave at most 5 ms
 * after their time and 99.5 % of them arrive. The number is searched in steps
 * for both; each step is tried a few times and the best try counts, because
 * what disturbs is other programs, and they only ever make it worse.
 */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "phone/media_loop.h"
#include "phone/stream.h"

enum {
	TICK_US = 20000,
	WARM_US = 300000,
	RUN_US = 700000,
	TRIES = 4,
	FIRST = 1000,       /* streams of the first step */
	COARSE = 5,         /* steps of a fifth up to the first failure */
	FINE = 20,          /* then of a twentieth from the last success */
	CARRIED_MAX = 8000, /* descriptors are limited */
	PACKET_SIZE = 172,
	LATE_US = 5000,
	POLL_MS = 5,
};

struct trial {
	double late_p99_ms;
	double arrived; /* share of what should have */
	double cpu;     /* of one core */
	double cost_us; /* of it for a packet each way */
};

typedef int(measure_h)(unsigned streams, struct trial *trial);

/* CPU time of the process, in us: both are single-threaded while they run. */
static uint64_t cpu_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);

	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static double cost_us(const struct trial *trial, unsigned streams)
{
	return trial->cpu * TICK_US / (trial->arrived * streams);
}

/* --- the limit ----------------------------------------------------------- */

struct bare {
	int epoll_fd;
	unsigned n;
	int *fdv;
	uint64_t base_us;
	uint64_t sent; /* packet k is that of socket k % n */
	uint64_t received;
	struct media_lateness lateness;
};

static void bare_destructor(void *arg)
{
	struct bare *bare = arg;

	for (unsigned i = 0; bare->fdv && i < bare->n; i++) {
		if (bare->fdv[i] > 0)
			(void)close(bare->fdv[i]);
	}
	mem_deref(bare->fdv);
	if (bare->epoll_fd >= 0)
		(void)close(bare->epoll_fd);
}

static int bare_socket(struct bare *bare, unsigned i, struct sa *own)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return errno;
	bare->fdv[i] = fd;

	sa_set_in(own, INADDR_LOOPBACK, 0);
	if (bind(fd, &own->u.sa, own->len) ||
	    getsockname(fd, &own->u.sa, &own->len) ||
	    epoll_ctl(bare->epoll_fd, EPOLL_CTL_ADD, fd, &event))
		return errno;

	return 0;
}

static int bare_alloc(struct bare **barep, unsigned n)
{
	struct bare *bare = mem_zalloc(sizeof(*bare), bare_destructor);
	int err = 0;

	if (!bare)
		return ENOMEM;

	bare->n = n;
	bare->epoll_fd = epoll_create1(0);
	bare->fdv = mem_zalloc(n * sizeof(int), NULL);
	if (bare->epoll_fd < 0 || !bare->fdv)
		err = ENOMEM;

	for (unsigned i = 0; !err && i < n; i += 2) {
		struct sa a, b;

		err = bare_socket(bare, i, &a);
		if (!err)
			err = bare_socket(bare, i + 1, &b);
		if (!err && (connect(bare->fdv[i], &b.u.sa, b.len) ||
		             connect(bare->fdv[i + 1], &a.u.sa, a.len)))
			err = errno;
	}

	if (err)
		mem_deref(bare);
	else
		*barep = bare;

	return err;
}

static uint64_t bare_due_us(const struct bare *bare)
{
	return bare->base_us + bare->sent * TICK_US / bare->n;
}

/* Sends what is due; stops in between to read what came. */
static void bare_send(struct bare *bare, const uint8_t *bytes, bool is_counted)
{
	for (unsigned i = 0; i < 64; i++) {
		uint64_t now_us = clock_us(), due_us = bare_due_us(bare);
		uint64_t bucket;

		if (now_us < due_us)
			return;
		(void)send(bare->fdv[bare->sent++ % bare->n], bytes,
		           PACKET_SIZE, MSG_DONTWAIT);
		if (!is_counted)
			continue;
		bucket = (now_us - due_us) / MEDIA_BUCKET_US;
		bucket = bucket < MEDIA_BUCKETS ? bucket : MEDIA_BUCKETS - 1;
		bare->lateness.countv[bucket]++;
	}
}

static void bare_run(struct bare *bare, uint64_t until_us, bool is_counted)
{
	struct epoll_event eventv[64];
	uint8_t bytes[1500] = {0x80};

	while (clock_us() < until_us) {
		/* Sleeps when idle: a loop that never does is the one that
		 * the scheduler puts off when others want the core. */
		int wait_ms = bare_due_us(bare) > clock_us() ? 1 : 0;
		int n = epoll_wait(bare->epoll_fd, eventv, 64, wait_ms);

		for (int i = 0; i < n; i++) {
			int fd = bare->fdv[eventv[i].data.u32];

			if (recv(fd, bytes, sizeof(bytes), 0) > 0)
				bare->received++;
		}
		bare_send(bare, bytes, is_counted);
	}
}

static int bare_measure(unsigned streams, struct trial *trial)
{
	struct bare *bare;
	uint64_t received, cpu;
	int err;

	err = bare_alloc(&bare, streams);
	if (err)
		return err;

	bare->base_us = clock_us();
	bare_run(bare, bare->base_us + WARM_US, false);
	received = bare->received;
	cpu = cpu_us();
	bare_run(bare, bare->base_us + WARM_US + RUN_US, true);

	trial->cpu = (double)(cpu_us() - cpu) / RUN_US;
	trial->late_p99_ms = media_lateness_p99_us(&bare->lateness) / 1000.0;
	trial->arrived = (double)(bare->received - received) /
	                 ((double)streams * RUN_US / TICK_US);
	trial->cost_us = cost_us(trial, streams);
	mem_deref(bare);

	return 0;
}

/* --- ours ---------------------------------------------------------------- */

struct ours {
	struct mailbox *home;
	struct media_loops *loops;
	struct stream **streamv;
	unsigned n;
	unsigned open;
};

static int16_t tonev[160];

static void ours_tick(struct phone_tick *tick, void *arg)
{
	(void)arg;

	memcpy(tick->out, tonev, tick->n * sizeof(int16_t));
}

static void ours_done(void *arg)
{
	struct ours *ours = arg;

	ours->open--;
}

static void ours_wait(struct ours *ours, uint64_t until_us)
{
	struct pollfd pollfd = {
		.fd = mailbox_fd(ours->home),
		.events = POLLIN,
	};

	while (clock_us() < until_us) {
		uint64_t left_us = until_us - clock_us();

		if (poll(&pollfd, 1, (int)(left_us / 1000) + 1) > 0)
			mailbox_drain(ours->home);
	}
}

static void ours_close(struct ours *ours)
{
	for (unsigned i = 0; i < ours->n; i++)
		stream_close(ours->streamv[i], ours_done, ours);
	while (ours->open)
		ours_wait(ours, clock_us() + POLL_MS * 1000);
	mem_deref(ours->streamv);
	mem_deref(ours->loops);
	mem_deref(ours->home);
}

static int ours_point(struct stream *stream, uint16_t port)
{
	struct stream_remote remote = {
		.codec = codec_by_pt(8),
		.pt = 8,
		.pt_in = 8,
		.pt_event = 101,
		.may_send = true,
		.may_receive = true,
	};

	sa_set_in(&remote.addr, INADDR_LOOPBACK, port);

	return stream_remote_set(stream, &remote);
}

static int ours_open(struct ours *ours, unsigned streams)
{
	static const struct phone_audio audio = {.tick = ours_tick};
	static const struct stream_sink sink = {.key = NULL};
	int err;

	memset(ours, 0, sizeof(*ours));
	err = mailbox_alloc(&ours->home, 1 << 20);
	if (err)
		return err;
	err = media_loops_alloc(&ours->loops, 1, ours->home);
	if (err)
		return err;
	ours->streamv = mem_zalloc(streams * sizeof(struct stream *), NULL);
	if (!ours->streamv)
		return ENOMEM;

	while (!err && ours->n < streams) {
		err = stream_alloc(&ours->streamv[ours->n], ours->loops,
		                   "127.0.0.1", 0, 0, &sink);
		if (!err) {
			err = stream_audio_set(ours->streamv[ours->n++],
			                       &audio);
			ours->open++;
		}
	}
	for (unsigned i = 0; !err && i < streams; i++) {
		err = ours_point(ours->streamv[i],
		                 stream_port(ours->streamv[i ^ 1]));
	}

	return err;
}

static uint64_t ours_received(const struct ours *ours)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < ours->n; i++) {
		struct phone_leg_stats stats;

		stream_stats(ours->streamv[i], &stats);
		sum += stats.packets_in;
	}

	return sum;
}

static int ours_measure(unsigned streams, struct trial *trial)
{
	struct media_lateness before, after;
	uint64_t received, cpu;
	struct ours ours;
	int err;

	err = ours_open(&ours, streams);
	if (err)
		goto out;

	ours_wait(&ours, clock_us() + WARM_US);
	media_loops_lateness(ours.loops, &before);
	received = ours_received(&ours);
	cpu = cpu_us();
	ours_wait(&ours, clock_us() + RUN_US);
	trial->cpu = (double)(cpu_us() - cpu) / RUN_US;
	trial->arrived = (double)(ours_received(&ours) - received) /
	                 ((double)streams * RUN_US / TICK_US);
	trial->cost_us = cost_us(trial, streams);
	media_loops_lateness(ours.loops, &after);
	for (size_t i = 0; i < MEDIA_BUCKETS; i++)
		after.countv[i] -= before.countv[i];
	trial->late_p99_ms = media_lateness_p99_us(&after) / 1000.0;

out:
	ours_close(&ours);

	return err;
}

/* --- the search ---------------------------------------------------------- */

static bool is_sustained(const struct trial *trial)
{
	return trial->late_p99_ms < LATE_US / 1000.0 && trial->arrived > 0.995;
}

static bool is_carried(const char *name, measure_h *measure, unsigned streams,
                       struct trial *trial)
{
	for (unsigned i = 0; i < TRIES; i++) {
		int err = measure(streams, trial);

		if (err) {
			fprintf(stderr, "%s: %u streams: %s\n", name, streams,
			        strerror(err));
			return false;
		}
		fprintf(stderr,
		        "  %s: %u streams: p99 %.1f ms late, %.1f %% "
		        "arrived, %.0f %% of a core, %.2f us a tick\n",
		        name, streams, trial->late_p99_ms, 100 * trial->arrived,
		        100 * trial->cpu, trial->cost_us);
		if (is_sustained(trial))
			return true;
	}

	return false;
}

/* Goes up from the last number carried until one is not. */
static unsigned climb(const char *name, measure_h *measure, unsigned carried,
                      unsigned part, struct trial *best)
{
	unsigned streams = carried ? carried + carried / part : FIRST;

	while (streams <= CARRIED_MAX) {
		struct trial trial;

		streams &= ~1u;
		if (!is_carried(name, measure, streams, &trial))
			break;
		carried = streams;
		*best = trial;
		streams += streams / part;
	}

	return carried;
}

static unsigned search(const char *name, measure_h *measure, struct trial *best)
{
	unsigned carried = climb(name, measure, 0, COARSE, best);

	return carried ? climb(name, measure, carried, FINE, best) : 0;
}

static void fd_limit_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* "ours 3000": one step only, for a profiler. */
static int run_step(const char *name, const char *number)
{
	bool is_ours = !strcmp(name, "ours");
	unsigned streams = (unsigned)strtoul(number, NULL, 10) & ~1u;
	struct trial trial;

	return is_carried(name, is_ours ? ours_measure : bare_measure, streams,
	                  &trial)
	               ? 0
	               : 1;
}

int main(int argc, char **argv)
{
	struct trial bare = {0}, ours = {0};
	unsigned limit, carried;

	fd_limit_raise();
	if (argc == 3)
		return run_step(argv[1], argv[2]);

	for (unsigned i = 0; i < ARRAY_COUNT(tonev); i++)
		tonev[i] = (int16_t)(i % 16 < 8 ? 4000 : -4000);

	limit = search("limit", bare_measure, &bare);
	carried = search("ours", ours_measure, &ours);

	if (!limit || !carried) {
		fprintf(stderr,
		        "bench_rtp: %u streams are too many for %s: the "
		        "machine is busy with other things, try again\n",
		        FIRST, limit ? "ours" : "the limit");
		return 1;
	}

	printf("# one thread, both ends of every talk on it, 127.0.0.1; "
	       "cost: of a packet each way\n");
	printf("rtp.limit_streams_per_core %u streams\n", limit);
	printf("rtp.limit_late_p99_ms %.1f ms\n", bare.late_p99_ms);
	printf("rtp.limit_cost_us %.2f us\n", bare.cost_us);
	printf("rtp.streams_per_core %u streams\n", carried);
	printf("rtp.late_p99_ms %.1f ms\n", ours.late_p99_ms);
	printf("rtp.cost_us %.2f us\n", ours.cost_us);
	printf("rtp.ratio_to_limit %.2f ratio\n", (double)carried / limit);

	return 0;
}
