/*
 * bench/bench_calls.c - how many whole conversations one core holds
 *
 * Each call is all that the product does for one: SIP, RTP both ways, jitter
 * buffer, voice activity, a recogniser's streams, a script of ten questions
 * with spoken prompts, a recording of both voices, steps and result in the
 * database. A call that ends is replaced, so setting up is in the figures.
 * The robot has the first core, the callees another process on the last one,
 * who speak about a fifth of the time.
 *
 *   calls.at_once   the most whose ticks were at most 0.1 % late (5 ms)
 *   calls.core_pct  processor time of the process for each, of one core
 *   calls.kb        memory of the process for each
 *
 * usage: bench_calls [CALLS]   measures this many only
 */
#include <stdio.h>
#include <stdlib.h>
#include "peer_sipp.h"
#include "robot.h"

enum {
	PER_S = 150, /* calls set up */
	SETTLE_MS = 2500,
	RUN_MS = 4000,
	TRIES = 3, /* what disturbs is other programs: the best one counts */
	FILL_MS = 30000,
	PEER_CALLS = 1000,
};

static const double LATE_PCT = 0.1;

static const unsigned stepv[] = {1000, 1500, 2000, 2500};

#define ASK(id, next, words)                                                   \
	"{\"id\":\"" id "\",\"action\":\"playback\",\"playbacks\":[\"" words   \
	"\"],\"children\":[{\"flow\":\"" next                                  \
	"\",\"condition\":{\"text\":\"yes\"}},{\"flow\":\"" next               \
	"\",\"condition\":{\"complete\":\"ANY\"}}]},"

static const char script[] =
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
	"\"asr\":{\"asr_params\":\"yes\",\"vad_max_end_silence_time_ms\":600},"
	"\"flow\":[" ASK("a", "b",
                         "Good morning, this is Ann of Northwind. "
                         "Do you have a minute for us?")
		ASK("b", "c",
                    "Thank you. Is the appointment on Monday at ten still "
                    "convenient?") ASK("c", "d",
                                       "Would you like us to bring the new "
                                       "papers with us?") ASK("d", "e",
                                                              "Will somebody "
                                                              "be there who "
                                                              "can sign for "
                                                              "them?")
			ASK("e", "f", "May we call you an hour before we come?")
				ASK("f", "g",
                                    "Is this the best number to reach "
                                    "you?") ASK("g", "h",
                                                "Shall we send you a "
                                                "message when we leave?")
					ASK("h", "i",
                                            "Are you content "
                                            "with how we have "
                                            "served you so "
                                            "far?") "{\"id\":\"i\",\"action\":"
						    "\"hangup\",\"playbacks\":["
						    "\"Thank you very "
						    "much. Good bye.\"]}]}";

/* What one step showed. */
struct step {
	double core_pct, kb, late_pct, heard_late_pct, speech_pct, crowd_pct;
	double arrived_pct;
};

/* What was used and heard in RUN_MS. */
static int measure(struct robot *robot, unsigned n, size_t empty_bytes,
                   struct step *step)
{
	struct robot_crowd crowd0, crowd;
	struct robot_usage before, after;
	double wall_us, packets;
	int err;

	robot_crowd_zero(robot);
	err = robot_crowd_count(robot, &crowd0);
	if (err)
		return err;
	robot_usage(robot, &before);
	robot_run_ms(robot, RUN_MS);
	robot_usage(robot, &after);
	err = robot_crowd_count(robot, &crowd);
	if (err)
		return err;

	wall_us = (double)(after.at_us - before.at_us);
	packets = (double)(crowd.packets + 1);
	*step = (struct step){
		.core_pct = 100.0 * (double)(after.cpu_us - before.cpu_us) /
	                    wall_us / n,
		.kb = (double)(after.rss_bytes - empty_bytes) / 1024 / n,
		.late_pct = 100.0 *
	                    (double)(after.late_ticks - before.late_ticks) /
	                    (double)(after.ticks - before.ticks + 1),
		.heard_late_pct = 100.0 * (double)crowd.late / packets,
		.arrived_pct = 100.0 * packets / (wall_us / 20000 * n),
		.speech_pct =
			100.0 * (double)crowd.speech / (double)(crowd.sent + 1),
		.crowd_pct =
			100.0 * (crowd.cpu_s - crowd0.cpu_s) * 1e6 / wall_us,
	};

	return 0;
}

static void print_step(unsigned n, const struct step *step)
{
	fprintf(stderr,
	        "  %u calls: %.4f %% of the core each (%.0f %% in all), "
	        "%.0f kB, %.3f %% of ticks late, %.3f %% heard late, "
	        "%.1f %% arrived; callees speak %.0f %%, take %.0f %% of a "
	        "core\n",
	        n, step->core_pct, step->core_pct * n, step->kb, step->late_pct,
	        step->heard_late_pct, step->arrived_pct, step->speech_pct,
	        step->crowd_pct);
}

/* The same process, still on the first core. */
static void print_peer(void)
{
	double core_pct;
	int err = peer_sipp_measure(PEER_CALLS, &core_pct);

	if (err) {
		fprintf(stderr, "SIPp is not measured: %s\n", strerror(err));
		return;
	}

	printf("# SIPp -rtp_echo: a packet back for each that comes, unread, "
	       "one socket for all\n");
	printf("calls.sipp_echo_core_pct %.4f %%\n", core_pct);
}

static bool is_carried(struct robot *robot, unsigned n, size_t empty_bytes,
                       struct step *step)
{
	if (robot_fill(robot, n, PER_S, FILL_MS)) {
		fprintf(stderr, "  %u calls are not reached\n", n);
		return false;
	}
	robot_run_ms(robot, SETTLE_MS);

	for (unsigned i = 0; i < TRIES; i++) {
		if (measure(robot, n, empty_bytes, step))
			return false;
		print_step(n, step);
		if (step->late_pct <= LATE_PCT)
			return true;
	}

	return false;
}

int main(int argc, char *argv[])
{
	const struct robot_prm prm = {
		.manner = "polite", .spares = 100, .script = script};
	unsigned only = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	struct step step, best = {.core_pct = 0};
	unsigned at_once = 0, failed;
	struct robot_usage empty;
	struct robot *robot;

	if (robot_open(&robot, &prm))
		return 1;

	robot_usage(robot, &empty);
	for (size_t i = 0; i < ARRAY_COUNT(stepv); i++) {
		unsigned n = only ? only : stepv[i];

		if (!is_carried(robot, n, empty.rss_bytes, &step))
			break;
		at_once = n;
		best = step;
		if (only)
			break;
	}
	robot_print_threads();
	failed = robot_failed(robot);
	robot_close(robot);

	printf("calls.at_once %u calls\n", at_once);
	printf("limit calls.at_once 1000 calls\n");
	printf("calls.core_pct %.4f %%\n", best.core_pct);
	printf("limit calls.core_pct 0.08 %%\n");
	printf("calls.kb %.0f kB\n", best.kb);
	printf("limit calls.kb 150 kB\n");
	printf("calls.late_pct %.3f %%\n", best.late_pct);
	printf("calls.failed %u calls\n", failed);
	if (!only)
		print_peer();

	return failed || at_once < 1000;
}
