/*
 * bench/bench_api.c - reading from the API while calls are under way
 *
 *   api.read_p99_ms     from the moment a request was due to its whole answer,
 *                       500 a second, 200 calls at once
 *   api.late_pct        ticks of the media loops later than 5 ms meanwhile
 *   api.late_alone_pct  the same without requests
 *
 * The robot has the first core with all its threads, HTTP's and the database's
 * too; callees and whoever asks have the last one.
 *
 * usage: bench_api [CALLS]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "api/api.h"
#include "base/httpc.h"
#include "base/log.h"
#include "base/loop.h"
#include "campaign/campaign.h"
#include "child.h"
#include "robot.h"
#include "wire.h"
#include <re_main.h>

enum {
	CALLS = 200,
	PER_S = 50,
	FILL_MS = 40000,
	SETTLE_MS = 3000,
	RATE = 500,
	SECONDS = 10,
	RUN_MS = SECONDS * 1000,
	LIMIT_MS = 10,
	LINE_SIZE = 256,
};

static const char script[] =
	"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
	"\"asr\":{\"asr_params\":\"yes\",\"interrupt\":0},"
	"\"flow\":[{\"id\":\"a\",\"action\":\"playback\",\"playbacks\":"
	"[\"tone.wav\"],\"children\":[{\"flow\":\"a\",\"condition\":"
	"{\"text\":\"yes\"}},{\"flow\":\"a\",\"condition\":"
	"{\"complete\":\"ANY\"}}]}]}";

struct bench {
	struct robot *robot;
	struct cfg *cfg;
	struct runner *runner;
	struct api *api;
	struct child asker;
	char line[LINE_SIZE];
	bool has_said;
};

static void fail(const char *what)
{
	fprintf(stderr, "bench_api: %s\n", what);
	exit(1);
}

static void ready_handler(const char *fault, void *arg)
{
	(void)arg;

	if (fault)
		fail(fault);
	loop_stop();
}

/* There are no campaigns. */
static int no_robot(void **robotp, const struct runner_open *prm,
                    runner_ready_h *ready, void *ready_arg, void *arg)
{
	(void)robotp;
	(void)prm;
	(void)ready;
	(void)ready_arg;
	(void)arg;

	return ENOSYS;
}

static void api_open(struct bench *bench)
{
	struct runner_prm runner = {.source = {.open = no_robot}};
	char fault[CFG_FAULT_SIZE] = "";
	struct robot_parts parts;
	struct api_prm prm;

	robot_parts(bench->robot, &parts);
	if (cfg_load(&bench->cfg, NULL, wire.tablev, wire.tablec, fault) ||
	    cfg_set(bench->cfg, "api.port", "0", fault))
		fail(fault);
	runner.cfg = bench->cfg;
	runner.store = parts.store;
	runner.phone = parts.phone;
	if (runner_alloc(&bench->runner, &runner))
		fail("the runner does not start");
	prm = (struct api_prm){
		.cfg = bench->cfg,
		.runner = bench->runner,
		.store = parts.store,
		.pool = parts.pool,
		.http = parts.http,
		.phone = parts.phone,
		.calls = parts.calls,
		.data = parts.dir,
		.recordings = parts.dir,
	};
	if (api_alloc(&bench->api, &prm, ready_handler, NULL) || loop_run())
		fail("the API does not start");
}

static void said_handler(int flags, void *arg)
{
	struct bench *bench = arg;
	size_t n = strlen(bench->line);
	ssize_t got;

	(void)flags;

	got = read(bench->asker.out, bench->line + n, LINE_SIZE - 1 - n);
	if (got <= 0 || strchr(bench->line, '\n')) {
		bench->has_said = true;
		fd_close(bench->asker.out);
		loop_stop();
	}
}

static void ask(struct bench *bench)
{
	const char *setup = api_setup_url(bench->api);
	const char *url = api_url(bench->api);
	char rate[16], seconds[16];
	const char *argv[] = {NULL,
	                      strrchr(url, ':') + 1,
	                      setup ? strchr(setup, '#') + 1 : "",
	                      rate,
	                      seconds,
	                      NULL};

	(void)snprintf(rate, sizeof(rate), "%d", RATE);
	(void)snprintf(seconds, sizeof(seconds), "%d", SECONDS);
	if (child_start(&bench->asker, "asker", argv))
		fail("asker does not start");
	if (fd_listen(bench->asker.out, FD_READ, said_handler, bench))
		fail("asker is not heard");
	while (!bench->has_said)
		robot_run_ms(bench->robot, 2 * RUN_MS);
	child_end(&bench->asker);
}

static double late_pct(const struct robot_usage *before,
                       const struct robot_usage *after)
{
	return 100.0 * (double)(after->late_ticks - before->late_ticks) /
	       (double)(after->ticks - before->ticks + 1);
}

int main(int argc, char *argv[])
{
	const struct robot_prm prm = {
		.manner = "polite",
		.spares = 50,
		.script = script,
	};
	unsigned calls =
		argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : CALLS;
	struct robot_usage before, alone, after;
	struct bench bench = {0};
	unsigned long p50_us, p99_us, max_us, answers, others;

	log_set_level(LOG_ERROR);
	if (robot_open(&bench.robot, &prm))
		fail("the robot does not start");
	api_open(&bench);
	if (robot_fill(bench.robot, calls, PER_S, FILL_MS))
		fail("the calls do not come about");
	robot_run_ms(bench.robot, SETTLE_MS);
	robot_usage(bench.robot, &before);
	robot_run_ms(bench.robot, RUN_MS);
	robot_usage(bench.robot, &alone);
	ask(&bench);
	robot_usage(bench.robot, &after);
	if (sscanf(bench.line, "%lu %lu %lu %lu %lu", &p50_us, &p99_us, &max_us,
	           &answers, &others) != 5)
		fail("asker said nothing");

	printf("api.read_p99_ms %.2f ms\n", (double)p99_us / 1000);
	printf("limit api.read_p99_ms %d ms\n", LIMIT_MS);
	printf("api.read_p50_ms %.2f ms\n", (double)p50_us / 1000);
	printf("api.late_pct %.3f %%\n", late_pct(&alone, &after));
	printf("api.late_alone_pct %.3f %%\n", late_pct(&before, &alone));
	if (others)
		fprintf(stderr, "bench_api: %lu of %lu answers were not 200\n",
		        others, answers);
	mem_deref(bench.api);
	mem_deref(bench.runner);
	robot_close(bench.robot);
	mem_deref(bench.cfg);

	return others != 0 || p99_us > LIMIT_MS * 1000;
}
