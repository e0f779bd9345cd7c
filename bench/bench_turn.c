/*
 * bench/bench_turn.c - how soon the robot answers and falls silent, by ear
 *
 * Five hundred callees speak into a prompt that any sound interrupts
 * (interrupt 1). Measured on the packets that the kernel stamped at the
 * callees' end:
 *
 *   turn.first_p99_ms   from the ACK to the first sound of the first prompt,
 *                       of a thousand calls
 *   turn.answer_p99_ms  from the recogniser's final text to the first sound
 *                       of the answer: our own part of the pause
 *   turn.barge_p95_ms   from the callee's first sound to the first packet
 *                       without the prompt; at most vad_min_active_time_ms
 *                       and 60 ms
 *
 * usage: bench_turn [CALLS]
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "robot.h"

enum {
	CALLS = 500,
	CALLS_MAX = 4096,
	PER_S = 100,
	SETTLE_MS = 3000,
	RUN_MS = 12000,
	FILL_MS = 40000,
	ACTIVE_MS = 120, /* as in the script below */
	FIRST_LIMIT_MS = 200,
	ANSWER_LIMIT_MS = 40,
	BARGE_LIMIT_MS = ACTIVE_MS + 60,
	FIGURES_MAX = 100000,
	STALE_US = 2000000, /* an answer is to a text younger than that */
};

#define ASK(id, next)                                                          \
	"{\"id\":\"" id "\",\"action\":\"playback\",\"playbacks\":"            \
	"[\"tone.wav\"],\"children\":[{\"flow\":\"" next                       \
	"\",\"condition\":{\"text\":\"yes\"}},{\"flow\":\"" next               \
	"\",\"condition\":{\"complete\":\"ANY\"}}]}"

static const char script[] =
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
	"\"asr\":{\"asr_params\":\"yes\",\"interrupt\":1,"
	"\"vad_min_active_time_ms\":120,"
	"\"vad_max_end_silence_time_ms\":500},"
	"\"flow\":[" ASK("a", "b") "," ASK("b", "a") "]}";

struct figures {
	uint64_t usv[FIGURES_MAX];
	size_t n;
};

struct bench {
	bool is_counting;
	uint64_t text_usv[CALLS_MAX]; /* of each call, 0: answered */
	struct figures firsts, answers, barges;
};

static void figure_add(struct figures *figures, uint64_t us)
{
	if (figures->n < FIGURES_MAX)
		figures->usv[figures->n++] = us;
}

static int order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* In ms; sorts. */
static double percentile(struct figures *figures, unsigned percent)
{
	if (!figures->n)
		return 1e9;

	qsort(figures->usv, figures->n, sizeof(figures->usv[0]), order);

	return (double)figures->usv[(figures->n - 1) * percent / 100] / 1000;
}

static void moment_handler(unsigned call, const struct call_moment *moment,
                           void *arg)
{
	struct bench *bench = arg;

	if (moment->kind == CALL_HEARD && call < CALLS_MAX)
		bench->text_usv[call] = (uint64_t)clock_wall_us();
}

static void heard_handler(const char *what, unsigned call, uint64_t us,
                          void *arg)
{
	struct bench *bench = arg;
	uint64_t text_us;

	if (!strcmp(what, "first")) {
		figure_add(&bench->firsts, us);
		return;
	}
	if (!bench->is_counting || call >= CALLS_MAX)
		return;
	if (!strcmp(what, "barge")) {
		figure_add(&bench->barges, us);
		return;
	}

	text_us = bench->text_usv[call];
	bench->text_usv[call] = 0;
	if (text_us && us > text_us && us - text_us < STALE_US)
		figure_add(&bench->answers, us - text_us);
}

static int fill(struct robot *robot, unsigned calls)
{
	int err = robot_fill(robot, calls, PER_S, FILL_MS);

	if (err)
		fprintf(stderr, "bench_turn: %u calls: %s\n", calls,
		        strerror(err));
	else
		robot_run_ms(robot, SETTLE_MS);

	return err;
}

/* Twice as many are answered as are counted in the middle. */
static int run(struct robot *robot, struct bench *bench, unsigned calls)
{
	struct robot_usage before, after;
	int err;

	err = fill(robot, calls);
	if (!err)
		err = robot_empty(robot);
	if (!err)
		err = fill(robot, calls);
	if (err)
		return err;

	robot_usage(robot, &before);
	bench->is_counting = true;
	robot_run_ms(robot, RUN_MS);
	bench->is_counting = false;
	robot_usage(robot, &after);
	fprintf(stderr,
	        "  %u calls take %.0f %% of the core, %.3f %% of ticks "
	        "late\n",
	        calls,
	        100.0 * (double)(after.cpu_us - before.cpu_us) /
	                (double)(after.at_us - before.at_us),
	        100.0 * (double)(after.late_ticks - before.late_ticks) /
	                (double)(after.ticks - before.ticks + 1));

	return 0;
}

int main(int argc, char *argv[])
{
	static struct bench bench;
	const struct robot_prm prm = {
		.manner = "rude",
		.spares = 100,
		.script = script,
		.moment = moment_handler,
		.heard = heard_handler,
		.arg = &bench,
	};
	unsigned calls =
		argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : CALLS;
	double first_ms, answer_ms, barge_ms;
	struct robot *robot;
	int err;

	if (robot_open(&robot, &prm))
		return 1;
	err = run(robot, &bench, calls);
	robot_close(robot);
	if (err)
		return 1;

	first_ms = percentile(&bench.firsts, 99);
	answer_ms = percentile(&bench.answers, 99);
	barge_ms = percentile(&bench.barges, 95);
	fprintf(stderr,
	        "  %zu answers, median %.1f ms, 99 %% %.1f ms; %zu "
	        "interruptions, median %.1f ms, 95 %% %.1f ms, 99 %% %.1f "
	        "ms\n",
	        bench.answers.n, percentile(&bench.answers, 50), answer_ms,
	        bench.barges.n, percentile(&bench.barges, 50), barge_ms,
	        percentile(&bench.barges, 99));
	fprintf(stderr,
	        "  %zu first prompts, median %.1f ms behind the ACK, 99 %% "
	        "%.1f "
	        "ms\n",
	        bench.firsts.n, percentile(&bench.firsts, 50), first_ms);
	printf("turn.first_p99_ms %.1f ms\n", first_ms);
	printf("limit turn.first_p99_ms %d ms\n", FIRST_LIMIT_MS);
	printf("turn.answer_p99_ms %.1f ms\n", answer_ms);
	printf("limit turn.answer_p99_ms %d ms\n", ANSWER_LIMIT_MS);
	printf("turn.barge_p95_ms %.1f ms\n", barge_ms);
	printf("limit turn.barge_p95_ms %d ms\n", BARGE_LIMIT_MS);

	return first_ms > FIRST_LIMIT_MS || answer_ms > ANSWER_LIMIT_MS ||
	       barge_ms > BARGE_LIMIT_MS;
}
