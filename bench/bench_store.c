/*
 * bench/bench_store.c - what the database costs
 *
 *   store.claims_per_s        attempts made durable and ended again, eight
 *                             under way at a time as the dialer does it
 *   store.steps_per_s         rows of `conversation`, nobody waiting
 *   dialer.import_rows_per_s  a list file of five columns, first row read to
 *                             last row on the disk
 *
 * The database lies in $TMPDIR: on the disk that calls will be kept on, the
 * claims tell how fast its fsync is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "campaign/campaign.h"

enum {
	PEOPLE = 50000,
	CLAIMS = 3000,
	UNDER_WAY = 8,
	STEPS = 100000,
	STEP_PAUSE = 5000, /* steps between two looks at the loop */
	PATH_SIZE = 512,
};

struct bench {
	struct work_pool *pool;
	struct store *store;
	char dir[PATH_SIZE];
	char path[PATH_SIZE + 32];
	char list[PATH_SIZE + 32];
	int64_t list_id;
	int64_t campaign_id;
	unsigned claims, ends;
	int err;
};

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_store: %s: %s\n", what, strerror(err));
	exit(1);
}

static void print_rate(const char *name, unsigned n, uint64_t begin_us)
{
	double s = (double)(clock_us() - begin_us) / 1e6;

	printf("%s %.0f per_s\n", name, n / s);
}

static void import_done(int64_t list_id, const struct import_progress *progress,
                        const char *fault, void *arg)
{
	struct bench *bench = arg;

	bench->list_id = list_id;
	if (fault || progress->added != PEOPLE)
		bench->err = EBADMSG;
	loop_stop();
}

static void import(struct bench *bench)
{
	const struct import_prm prm = {.path = bench->list, .country = ""};
	const struct import_sink sink = {.done = import_done, .arg = bench};
	struct import *imp;
	uint64_t begin_us;
	FILE *file = fopen(bench->list, "wb");

	if (!file)
		fail(bench->list, errno);
	(void)fputs("number,name,city,day,time\n", file);
	for (int i = 0; i < PEOPLE; i++)
		(void)fprintf(file,
		              "+7999%07d,Person %d,\"Town, %d\",Monday,"
		              "ten thirty\n",
		              i, i, i % 100);
	(void)fclose(file);

	begin_us = clock_us();
	if (import_start(&imp, bench->store, bench->pool, &prm, &sink))
		fail("import", ENOMEM);
	(void)loop_run();
	if (bench->err)
		fail("import", bench->err);
	print_rate("dialer.import_rows_per_s", PEOPLE, begin_us);
	mem_deref(imp);
}

static void campaign_handler(int err, const struct store_campaign *campaign,
                             void *arg)
{
	struct bench *bench = arg;

	bench->err = err;
	if (!err)
		bench->campaign_id = campaign->id;
	loop_stop();
}

static void claim_next(struct bench *bench);

static void end_handler(int err, void *arg)
{
	struct bench *bench = arg;

	bench->err = err;
	if (err || ++bench->ends == CLAIMS)
		loop_stop();
	else if (bench->claims < CLAIMS)
		claim_next(bench);
}

static void claimed_handler(int err, const struct store_claim *claim, void *arg)
{
	struct store_attempt_end end = {.outcome = "busy", .is_used = true};
	struct bench *bench = arg;

	if (err || !claim->contact)
		fail("claim", err);

	end.attempt_id = claim->attempt_id;
	if (store_attempt_end(bench->store, &end, end_handler, bench))
		fail("end", ENOMEM);
}

static void claim_next(struct bench *bench)
{
	const struct store_claim_prm prm = {
		.campaign_id = bench->campaign_id,
		.line = "main",
	};

	bench->claims++;
	if (store_claim(bench->store, &prm, claimed_handler, bench))
		fail("claim", ENOMEM);
}

static void claims(struct bench *bench)
{
	uint64_t begin_us;

	if (store_campaign(bench->store, "bench", bench->list_id, "bench",
	                   campaign_handler, bench))
		fail("campaign", ENOMEM);
	(void)loop_run();
	if (bench->err)
		fail("campaign", bench->err);

	begin_us = clock_us();
	for (int i = 0; i < UNDER_WAY; i++)
		claim_next(bench);
	(void)loop_run();
	if (bench->err)
		fail("claim", bench->err);
	print_rate("store.claims_per_s", CLAIMS, begin_us);
}

static void written_handler(int err, void *arg)
{
	struct bench *bench = arg;

	bench->err = err;
	loop_stop();
}

static void steps(struct bench *bench)
{
	struct store_step step = {
		.createtime_ms = clock_wall_ms(),
		.callid = "0193a0b0-0000-7000-8000-000000000000",
		.current_appid = "A1",
		.current_flowid = "confirm",
		.input_args = "Fyes, that is fine with me",
		.input_start_ms = clock_wall_ms(),
		.matching_method = 2,
		.matching_condition = "yes|fine|sure",
		.matching_keyword = "yes",
		.response_type = 1,
		.response_description = "confirmed",
		.response_id = "thanks",
		.response_action = "playback",
		.response_args = "Thank you, see you tomorrow at nine.",
	};
	uint64_t begin_us = clock_us();

	for (unsigned i = 1; i <= STEPS; i++) {
		step.sequence = i;
		if (store_step(bench->store, &step))
			fail("step", ENOBUFS);
		if (i % STEP_PAUSE)
			continue;
		if (store_block(bench->store, "+15550199", "bench",
		                written_handler, bench))
			fail("block", ENOMEM);
		(void)loop_run();
	}
	if (bench->err)
		fail("step", bench->err);
	print_rate("store.steps_per_s", STEPS, begin_us);
}

static void make_dir(struct bench *bench)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(bench->dir, sizeof(bench->dir),
	               "%s/dialwright-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(bench->dir))
		fail(bench->dir, errno);
	(void)snprintf(bench->path, sizeof(bench->path), "%s/bench.db",
	               bench->dir);
	(void)snprintf(bench->list, sizeof(bench->list), "%s/bench.csv",
	               bench->dir);
}

static void remove_dir(const struct bench *bench)
{
	char lock[PATH_SIZE + 48];

	(void)snprintf(lock, sizeof(lock), "%s.lock", bench->path);
	(void)unlink(lock);
	(void)unlink(bench->path);
	(void)unlink(bench->list);
	(void)rmdir(bench->dir);
}

int main(void)
{
	static struct bench bench;
	char fault[CFG_FAULT_SIZE];
	int err;

	make_dir(&bench);
	err = loop_init();
	if (!err)
		err = work_pool_alloc(&bench.pool, 2, loop_mailbox());
	if (err)
		fail("start", err);
	if (store_open(&bench.store, bench.path, bench.pool, fault)) {
		fprintf(stderr, "bench_store: %s\n", fault);
		return 1;
	}

	import(&bench);
	claims(&bench);
	steps(&bench);

	store_close(bench.store);
	mem_deref(bench.pool);
	remove_dir(&bench);
	loop_close();

	return 0;
}
