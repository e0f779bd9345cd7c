/*
 * bench/bench_dialer.c - what the dialer's questions cost
 *
 *   dialer.import_rows_per_s      a list of six columns, first row read to the
 *                                 last one on the disk
 *   dialer.import_rows_per_core_s the same by the processor's time
 *   dialer.import_rss_mb          the program's memory behind it
 *   dialer.claims_per_s_sqlite    choosing, gating and writing attempts, 64
 *                                 under way, in a list of this many contacts
 *   dialer.claims_small_per_s_sqlite  the same in a list of 10 000
 *   dialer.import_rows_per_s_pg   the list into a PostgreSQL server
 *   dialer.fill_rows_per_s_pg     its contacts taken into a campaign
 *   dialer.claims_per_s_pg4       four processes on one PostgreSQL, whose
 *                                 commits wait for its disk
 *
 * usage: bench_dialer [CONTACTS [sqlite|pg|import]]
 * import: the list into SQLite and nothing else.
 * The database lies in $TMPDIR. The rules ask for hours in the callee's zone,
 * caps and a gap.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "campaign/campaign.h"
#include "campaign/rules.h"
#include "pgserver.h"

enum {
	CONTACTS = 1000000,
	SMALL = 10000,
	UNDER_WAY = 64,
	SECONDS = 4,
	PROCESSES = 4,
	PATH_SIZE = 512,
};

struct bench {
	struct work_pool *pool;
	struct store *store;
	struct rules *rules;
	struct store_gate gate;
	char dir[PATH_SIZE];
	int64_t list_id;
	int64_t campaign_id;
	uint64_t end_ms;
	unsigned claims, under_way;
	int err;
};

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_dialer: %s: %s\n", what, strerror(err));
	exit(1);
}

static void print_rate(const char *name, uint64_t n, double s)
{
	printf("%s %.0f per_s\n", name, (double)n / s);
	(void)fflush(stdout);
}

static double cpu_s(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);

	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* --- parts ---------------------------------------------------------------- */

static void parts_open(struct bench *bench, const char *url)
{
	char fault[CFG_FAULT_SIZE], reason[RULES_REASON_SIZE];
	struct atlas *atlas = NULL;
	int err;

	err = loop_init();
	if (!err)
		err = work_pool_alloc(&bench->pool, 2, loop_mailbox());
	if (!err)
		err = atlas_load(&atlas);
	if (!err)
		err = rules_alloc(&bench->rules, atlas);
	if (!err)
		err = rules_set_json(
			bench->rules,
			"{\"hours\":\"00:00-24:00\",\"gap\":\"1h\","
			"\"day_calls\":3,\"week_calls\":5}",
			reason);
	mem_deref(atlas);
	if (err)
		fail("start", err);
	rules_gate(&bench->gate, bench->rules);
	if (store_open(&bench->store, url, bench->pool, fault)) {
		fprintf(stderr, "bench_dialer: %s\n", fault);
		exit(1);
	}
}

static void parts_close(struct bench *bench)
{
	store_close(bench->store);
	bench->store = NULL;
	bench->rules = mem_deref(bench->rules);
	work_pool_finish(bench->pool);
	bench->pool = mem_deref(bench->pool);
	loop_close();
}

/* --- a list ----------------------------------------------------------------
 */

static void list_write(const char *path, unsigned contacts)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		fail(path, errno);
	(void)fputs("number,name,city,day,time,doctor\n", file);
	/* In no order, as lists are. */
	for (uint64_t i = 0; i < contacts; i++)
		(void)fprintf(
			file,
			"+861%010llu,Person %llu,\"Town, %llu\",Monday,"
			"ten thirty,Dr Li\n",
			(unsigned long long)(i * 7919999977u % 10000000000u),
			(unsigned long long)i, (unsigned long long)i % 100);
	if (fclose(file))
		fail(path, errno);
}

static void import_done(int64_t list_id, const struct import_progress *progress,
                        const char *fault, void *arg)
{
	struct bench *bench = arg;

	bench->list_id = list_id;
	if (fault || !progress->added || progress->refused)
		bench->err = EBADMSG;
	loop_stop();
}

/* name: what the figures end with; NULL: they are not told. */
static void import(struct bench *bench, unsigned contacts, const char *name)
{
	char path[PATH_SIZE + 16];
	const struct import_prm prm = {.path = path, .country = ""};
	const struct import_sink sink = {.done = import_done, .arg = bench};
	struct import *imp;
	struct rusage usage;
	uint64_t begin_us;
	double begin_cpu_s, cpu;
	char figure[80];

	(void)snprintf(path, sizeof(path), "%s/list.csv", bench->dir);
	list_write(path, contacts);
	begin_cpu_s = cpu_s();
	begin_us = clock_us();
	if (import_start(&imp, bench->store, bench->pool, &prm, &sink))
		fail("import", ENOMEM);
	(void)loop_run();
	if (bench->err)
		fail("import", bench->err);
	mem_deref(imp);
	(void)unlink(path);
	if (!name)
		return;

	cpu = cpu_s() - begin_cpu_s;
	(void)snprintf(figure, sizeof(figure), "dialer.import_rows_per_s%s",
	               name);
	print_rate(figure, contacts, (double)(clock_us() - begin_us) / 1e6);
	(void)snprintf(figure, sizeof(figure),
	               "dialer.import_rows_per_core_s%s", name);
	print_rate(figure, contacts, cpu);
	if (*name)
		return;
	(void)getrusage(RUSAGE_SELF, &usage);
	printf("dialer.import_rss_mb %ld MB\n", usage.ru_maxrss / 1024);
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

static void campaign(struct bench *bench)
{
	if (store_campaign(bench->store, "bench", bench->list_id, "bench",
	                   campaign_handler, bench))
		fail("campaign", ENOMEM);
	(void)loop_run();
	if (bench->err)
		fail("campaign", bench->err);
}

/* --- claims -----------------------------------------------------------------
 */

static void claimed_handler(int err, const struct store_claim *claim,
                            void *arg);

static void claim_next(struct bench *bench)
{
	const struct store_claim_prm prm = {
		.campaign_id = bench->campaign_id,
		.line = "main",
		.gate = &bench->gate,
	};

	bench->under_way++;
	if (store_claim(bench->store, &prm, claimed_handler, bench))
		fail("claim", ENOMEM);
}

static void claimed_handler(int err, const struct store_claim *claim, void *arg)
{
	struct bench *bench = arg;

	bench->under_way--;
	if (err)
		fail("claim", err);
	if (claim->contact) {
		bench->claims++;
		if (clock_ms() < bench->end_ms) {
			claim_next(bench);
			return;
		}
	}
	if (!bench->under_way)
		loop_stop();
}

/* Returns claims per second. */
static double claims(struct bench *bench)
{
	uint64_t begin_us = clock_us();

	bench->claims = 0;
	bench->end_ms = clock_ms() + 1000 * SECONDS;
	for (int i = 0; i < UNDER_WAY; i++)
		claim_next(bench);
	(void)loop_run();

	return bench->claims / ((double)(clock_us() - begin_us) / 1e6);
}

/* --- the two databases ------------------------------------------------------
 */

/* name: of the figure of claims, NULL: there are none. */
static void sqlite(struct bench *bench, const char *name, unsigned contacts,
                   bool is_told)
{
	static const char *const endv[] = {"", ".lock", "-wal", "-shm"};
	char path[PATH_SIZE + 16], file[PATH_SIZE + 32];

	(void)snprintf(path, sizeof(path), "%s/bench.db", bench->dir);
	parts_open(bench, path);
	import(bench, contacts, is_told ? "" : NULL);
	if (name) {
		campaign(bench);
		print_rate(name, (uint64_t)(claims(bench) * 1000), 1000);
	}
	parts_close(bench);
	for (size_t i = 0; i < ARRAY_COUNT(endv); i++) {
		(void)snprintf(file, sizeof(file), "%s%s", path, endv[i]);
		(void)unlink(file);
	}
}

static void pg_process(struct bench *bench, const char *url, int fd)
{
	double rate;

	parts_open(bench, url);
	rate = claims(bench);
	if (write(fd, &rate, sizeof(rate)) != sizeof(rate))
		_exit(1);
	parts_close(bench);
	_exit(0);
}

static void pg(struct bench *bench, unsigned contacts)
{
	const char *url;
	uint64_t begin_us;
	double rate, sum = 0;
	pid_t childv[PROCESSES];
	int fdv[2];

	url = pgserver_open(true) ? NULL : pgserver_database();
	if (!url) {
		fprintf(stderr, "bench_dialer: no PostgreSQL is installed\n");
		return;
	}

	parts_open(bench, url);
	import(bench, contacts, "_pg");
	begin_us = clock_us();
	campaign(bench);
	print_rate("dialer.fill_rows_per_s_pg", contacts,
	           (double)(clock_us() - begin_us) / 1e6);
	parts_close(bench);
	if (pipe(fdv))
		fail("pipe", errno);
	for (int i = 0; i < PROCESSES; i++) {
		childv[i] = fork();
		if (!childv[i])
			pg_process(bench, url, fdv[1]);
	}
	(void)close(fdv[1]);
	while (read(fdv[0], &rate, sizeof(rate)) == sizeof(rate))
		sum += rate;
	(void)close(fdv[0]);
	for (int i = 0; i < PROCESSES; i++)
		(void)waitpid(childv[i], NULL, 0);
	printf("dialer.claims_per_s_pg4 %.0f per_s\n", sum);
}

int main(int argc, char *argv[])
{
	static struct bench bench;
	const char *tmp = getenv("TMPDIR");
	unsigned contacts = CONTACTS;
	const char *only = "";

	if (argc > 1)
		contacts = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		only = argv[2];
	(void)snprintf(bench.dir, sizeof(bench.dir),
	               "%s/dialwright-bench-XXXXXX", tmp ? tmp : "/tmp");
	if (!contacts || !mkdtemp(bench.dir))
		fail(bench.dir, EINVAL);

	if (!strcmp(only, "import")) {
		sqlite(&bench, NULL, contacts, true);
	}
	else if (strcmp(only, "pg") != 0) {
		sqlite(&bench, "dialer.claims_small_per_s_sqlite", SMALL,
		       false);
		sqlite(&bench, "dialer.claims_per_s_sqlite", contacts, true);
	}
	if (!*only || !strcmp(only, "pg"))
		pg(&bench, contacts);
	(void)rmdir(bench.dir);

	return 0;
}
