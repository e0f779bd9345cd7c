/*
 * bench/bench_outbox.c - how fast facts reach Kafka
 *
 *   outbox.written_per_s  events into the database, nobody waiting
 *   outbox.events_per_s   from the database into Kafka, in order per call, from
 *                         the first look to the place kept behind the last
 *   outbox.away_mb        memory more while the broker is away and events come
 *
 * The broker is librdkafka's own mock cluster, in this process: its work is
 * paid here too.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/httpc.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "cli/deliver.h"
#include "wire.h"
#include <re_tmr.h>

enum {
	EVENTS = 100000,
	EVENTS_OF_CALL = 8,
	PAUSE = 5000, /* events between two looks at the loop */
	WAIT_MS = 60000,
	AWAY_MS = 5000,
	PATH_SIZE = 512,
	LIMIT_PER_S = 10000,
	PARTITIONS = 8,
};

struct bench {
	struct work_pool *pool;
	struct store *store;
	struct httpc *http;
	struct cfg *cfg;
	struct notify *notify;
	rd_kafka_t *kafka;
	rd_kafka_mock_cluster_t *cluster;
	char path[PATH_SIZE];
	int err;
};

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench_outbox: %s: %s\n", what, strerror(err));
	exit(1);
}

static void done_handler(int err, void *arg)
{
	struct bench *bench = arg;

	bench->err = err;
	loop_stop();
}

static void wait_for(struct bench *bench, const char *what, int err)
{
	if (!err)
		err = loop_run();
	if (err || bench->err)
		fail(what, err ? err : bench->err);
}

/* As large as a step of a conversation. */
static int event_write(struct bench *bench, unsigned i, store_done_h *done)
{
	char key[40], data[1024];
	const struct store_event event = {
		.type = "call.step",
		.key = key,
		.data = data,
	};

	(void)snprintf(key, sizeof(key), "01930000-0000-7000-8000-%012u",
	               i / EVENTS_OF_CALL);
	(void)snprintf(data, sizeof(data),
	               "{\"callid\":\"%s\",\"sequence\":%u,"
	               "\"input_args\":\"Fyes i will come\","
	               "\"matching_condition\":\"yes|certainly|of course\","
	               "\"response_args\":\"%0400d\"}",
	               key, i % EVENTS_OF_CALL, 0);

	return store_event(bench->store, &event, done, bench);
}

static void write_all(struct bench *bench, unsigned eventc)
{
	for (unsigned i = 0; i < eventc; i++) {
		bool is_last = i + 1 == eventc || i % PAUSE == PAUSE - 1;
		int err = event_write(bench, i, is_last ? done_handler : NULL);

		if (is_last)
			wait_for(bench, "write", err);
		else if (err)
			fail("write", err);
	}
}

static void open_all(struct bench *bench)
{
	char fault[CFG_FAULT_SIZE] = "";
	int err;

	(void)snprintf(bench->path, sizeof(bench->path), "%s/dw-outbox-%d.db",
	               getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", getpid());
	err = loop_init();
	if (!err)
		err = work_pool_alloc(&bench->pool, 2, loop_mailbox());
	if (!err)
		err = store_open(&bench->store, bench->path, bench->pool,
		                 fault);
	if (!err)
		err = store_events_on(bench->store, "*");
	if (!err)
		err = cfg_load(&bench->cfg, NULL, wire.tablev, wire.tablec,
		               fault);
	if (!err)
		err = httpc_alloc(&bench->http, bench->cfg);
	if (err)
		fail(fault, err);

	bench->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(),
	                            fault, sizeof(fault));
	bench->cluster = rd_kafka_mock_cluster_new(bench->kafka, 1);
	(void)rd_kafka_mock_topic_create(bench->cluster, "dialwright",
	                                 PARTITIONS, 1);
	err = cfg_set(bench->cfg, "sink.bus.kind", "kafka", fault);
	if (!err)
		err = cfg_set(bench->cfg, "sink.bus.url",
		              rd_kafka_mock_cluster_bootstraps(bench->cluster),
		              fault);
	if (err)
		fail(fault, err);
}

static void notify_start(struct bench *bench)
{
	const struct notify_outbox outbox = deliver_outbox(bench->store);
	char fault[CFG_FAULT_SIZE];
	int err;

	err = notify_alloc(&bench->notify, bench->cfg, bench->http, &outbox,
	                   fault);
	if (err)
		fail(fault, err);
}

static void closed_handler(void *arg)
{
	(void)arg;

	loop_stop();
}

static void stop_timer(void *arg)
{
	(void)arg;

	loop_stop();
}

static void run_for(uint32_t ms)
{
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, ms, stop_timer, NULL);
	(void)loop_run();
	tmr_cancel(&tmr);
}

static uint64_t delivered(const struct bench *bench)
{
	struct notify_state state;

	return notify_state(bench->notify, 0, &state) ? state.delivered : 0;
}

/* A sink that is new begins with what comes from its first look on. */
static void sink_open(struct bench *bench)
{
	wait_for(bench, "sink",
	         store_sink_hold(bench->store, "bus", done_handler, bench));
}

static double rss_mb(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%*s %ld", &pages) != 1)
		pages = 0;
	(void)fclose(file);

	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void measure(struct bench *bench)
{
	uint64_t begin_us = clock_us();
	double s, before_mb;
	uint64_t sent;

	sink_open(bench);
	write_all(bench, EVENTS);
	s = (double)(clock_us() - begin_us) / 1e6;
	printf("outbox.written_per_s %.0f per_s\n", EVENTS / s);

	begin_us = clock_us();
	notify_start(bench);
	notify_close(bench->notify, WAIT_MS, closed_handler, NULL);
	(void)loop_run();
	s = (double)(clock_us() - begin_us) / 1e6;
	sent = delivered(bench);
	bench->notify = mem_deref(bench->notify);
	printf("outbox.events_per_s %.0f per_s\n", (double)sent / s);
	printf("limit outbox.events_per_s %d per_s\n", LIMIT_PER_S);
	if (sent != EVENTS)
		fail("not all events were delivered", EPROTO);

	(void)rd_kafka_mock_broker_set_down(bench->cluster, 1);
	notify_start(bench);
	run_for(AWAY_MS / 2);
	before_mb = rss_mb();
	write_all(bench, EVENTS);
	run_for(AWAY_MS);
	printf("outbox.away_mb %.1f MB\n", rss_mb() - before_mb);
	bench->notify = mem_deref(bench->notify);
}

int main(void)
{
	static const char *const suffixv[] = {"", "-wal", "-shm", ".lock"};
	struct bench bench = {0};

	log_set_level(LOG_ERROR);
	open_all(&bench);
	measure(&bench);

	store_close(bench.store);
	mem_deref(bench.http);
	mem_deref(bench.pool);
	loop_close();
	mem_deref(bench.cfg);
	rd_kafka_mock_cluster_destroy(bench.cluster);
	rd_kafka_destroy(bench.kafka);
	for (size_t i = 0; i < ARRAY_COUNT(suffixv); i++) {
		char path[PATH_SIZE + 16];

		(void)snprintf(path, sizeof(path), "%s%s", bench.path,
		               suffixv[i]);
		(void)unlink(path);
	}

	return 0;
}
