/*
 * bench/bench_soak.c - hours in minutes: does the robot stay as it was?
 *
 * Holds 200 whole conversations for ten minutes; each ends after some turns
 * and is replaced. Prints every interval what the process takes and how many
 * ticks were late, and fails when
 *
 *   - memory in use grew between the middle and the end by more than 2 %
 *     and 1 MB (the database's cache of pages, which fills up to a limit of
 *     its own, stands beside it), or
 *   - that cache is beyond its limit, or
 *   - a descriptor is left when all calls have ended, or
 *   - a call was not answered, or
 *   - in a soak of two minutes or more, of the ticks of the last third more
 *     were late than of the first by a hundredth of all.
 *
 * usage: bench_soak [--seconds N] [--calls N]
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include "robot.h"
#include "store/store.h"

enum {
	SECONDS = 600,
	CALLS = 200,
	INTERVALS = 12, /* of which the first third warms up */
	PER_S = 50,
	FILL_MS = 60000,
	CLOSE_MS = 1000, /* until the last connections are closed ... */
	CLOSES_MAX = 60, /* ... or so often that */
	GROWTH_PERCENT = 2,
	GROWTH_BYTES = 1 << 20,
	CACHE_BYTES = 72 << 20, /* of pages, and what goes with them */
	TIMED_S = 120,          /* shorter ones say nothing about ticks */
};

#define ASK(id, next, words)                                                   \
	"{\"id\":\"" id "\",\"action\":\"playback\",\"playbacks\":[\"" words   \
	"\"],\"children\":[{\"flow\":\"" next                                  \
	"\",\"condition\":{\"text\":\"yes\"}},{\"flow\":\"" next               \
	"\",\"condition\":{\"complete\":\"ANY\"}}]},"

/* Short, so that many calls come and go. */
static const char script[] =
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
	"\"asr\":{\"asr_params\":\"yes\",\"vad_max_end_silence_time_ms\":500},"
	"\"flow\":[" ASK("a", "b", "Do you have a minute?")
		ASK("b", "c",
                    "Is Monday at ten convenient?") "{\"id\":\"c\",\"action\":"
						    "\"hangup\",\"playbacks\":["
						    "\"Good bye.\"]}]}";

struct look {
	size_t used_bytes;  /* allocated and not freed, but by the database */
	size_t cache_bytes; /* by the database */
	struct robot_usage usage;
};

static void look(const struct robot *robot, struct look *look)
{
	size_t all = mallinfo2().uordblks; /* 0 under sanitizers */

	look->cache_bytes = (size_t)store_memory();
	look->used_bytes =
		all > look->cache_bytes ? all - look->cache_bytes : 0;
	robot_usage(robot, &look->usage);
}

static double late_pct(const struct look *from, const struct look *to)
{
	return 100.0 * (double)(to->usage.late_ticks - from->usage.late_ticks) /
	       (double)(to->usage.ticks - from->usage.ticks + 1);
}

static void print_look(unsigned s, unsigned placed, const struct look *before,
                       const struct look *now)
{
	fprintf(stderr,
	        "  %4u s: %u calls so far, %.1f MB in use, %.1f MB of pages, "
	        "%.1f MB resident, %u descriptors, %.3f %% of ticks late\n",
	        s, placed, (double)now->used_bytes / 1e6,
	        (double)now->cache_bytes / 1e6,
	        (double)now->usage.rss_bytes / 1e6, now->usage.fds,
	        late_pct(before, now));
}

static size_t mean_bytes(const struct look lookv[], size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += lookv[i].used_bytes;

	return sum / n;
}

/* Says what is wrong; returns how much. */
static unsigned judge(const struct look lookv[INTERVALS + 1],
                      const struct look *empty, const struct look *end,
                      bool is_timed)
{
	enum {
		THIRD = INTERVALS / 3
	};
	size_t middle = mean_bytes(lookv + THIRD + 1, THIRD);
	size_t last = mean_bytes(lookv + 2 * THIRD + 1, THIRD);
	double first_late = late_pct(&lookv[0], &lookv[THIRD]);
	double last_late = late_pct(&lookv[2 * THIRD], &lookv[INTERVALS]);
	unsigned faults = 0;

	if (last > middle + middle * GROWTH_PERCENT / 100 + GROWTH_BYTES) {
		fprintf(stderr, "soak: memory in use grew: %zu to %zu bytes\n",
		        middle, last);
		faults++;
	}
	if (lookv[INTERVALS].cache_bytes > CACHE_BYTES) {
		fprintf(stderr, "soak: the database's cache has no end\n");
		faults++;
	}
	if (end->usage.fds > empty->usage.fds) {
		fprintf(stderr, "soak: %u descriptors before, %u are left\n",
		        empty->usage.fds, end->usage.fds);
		faults++;
	}
	if (is_timed && last_late > first_late + 1) {
		fprintf(stderr,
		        "soak: %.3f %% of ticks late at first, %.3f "
		        "%% at last\n",
		        first_late, last_late);
		faults++;
	}
	printf("soak.used_growth_pct %.2f %%\n",
	       100.0 * ((double)last - (double)middle) / (double)(middle + 1));
	printf("soak.cache_mb %.1f MB\nlimit soak.cache_mb %.1f MB\n",
	       (double)lookv[INTERVALS].cache_bytes / 1e6,
	       (double)CACHE_BYTES / 1e6);
	printf("soak.rss_begin_mb %.1f MB\n",
	       (double)lookv[THIRD].usage.rss_bytes / 1e6);
	printf("soak.rss_end_mb %.1f MB\n",
	       (double)lookv[INTERVALS].usage.rss_bytes / 1e6);
	printf("soak.fds_left %d descriptors\n",
	       (int)end->usage.fds - (int)empty->usage.fds);
	printf("soak.late_pct %.3f %%\n",
	       late_pct(&lookv[0], &lookv[INTERVALS]));

	return faults;
}

static void look_at_end(struct robot *robot, const struct look *empty,
                        struct look *end)
{
	(void)robot_empty(robot);
	for (int i = 0; i < CLOSES_MAX; i++) {
		robot_run_ms(robot, CLOSE_MS);
		look(robot, end);
		if (end->usage.fds <= empty->usage.fds)
			return;
	}
}

static unsigned soak(struct robot *robot, unsigned calls, unsigned seconds)
{
	static struct look lookv[INTERVALS + 1];
	struct look empty, end;
	unsigned faults;

	look(robot, &empty);
	if (robot_fill(robot, calls, PER_S, FILL_MS)) {
		fprintf(stderr, "soak: %u calls are not reached\n", calls);
		return 1;
	}
	look(robot, &lookv[0]);
	for (unsigned i = 1; i <= INTERVALS; i++) {
		robot_run_ms(robot, seconds * 1000 / INTERVALS);
		look(robot, &lookv[i]);
		print_look(seconds * i / INTERVALS, robot_placed(robot),
		           &lookv[i - 1], &lookv[i]);
	}
	look_at_end(robot, &empty, &end);

	faults = judge(lookv, &empty, &end, seconds >= TIMED_S);
	printf("soak.calls %u calls\n", robot_placed(robot));
	printf("soak.failed %u calls\n", robot_failed(robot));

	return faults + robot_failed(robot);
}

int main(int argc, char *argv[])
{
	const struct robot_prm prm = {.manner = "polite", .script = script};
	unsigned seconds = SECONDS, calls = CALLS, faults;
	struct robot *robot;

	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned value = (unsigned)strtoul(argv[i + 1], NULL, 10);

		if (!strcmp(argv[i], "--seconds"))
			seconds = value;
		else if (!strcmp(argv[i], "--calls"))
			calls = value;
	}

	if (robot_open(&robot, &prm))
		return 1;
	faults = soak(robot, calls, seconds);
	robot_close(robot);

	return faults > 0;
}
