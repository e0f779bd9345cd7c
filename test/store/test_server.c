/*
 * test/store/test_server.c - what only a server brings: several processes,
 * a server that goes away
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "fixture.h"
#include <re_tmr.h>
#include "place.h"
#include "pgserver.h"
#include "store/schema.h"
#include "store/tests.h"
#include "store/worker.h"

enum {
	AWAY_MS = 2500, /* it is tried again each second */
	LOOK_MS = 50,
	LOOKS_MAX = 1200,
	STEPS = 200,
	LINK_PROCESSES = 3,
	LINK_ROUNDS = 5,
	LINK_CALLS = 20,
};

int test_server_migrates(void)
{
	const struct schema_step stepv[] = {
		schema_stepv[0],
		{.both = "ALTER TABLE lists ADD COLUMN note TEXT"},
		{.both = "CREATE TABLE half (id BIGINT);"
	                 " SELECT * FROM nothing"},
	};
	char fault[CFG_FAULT_SIZE], text[FIXTURE_TEXT_SIZE];
	struct db *db = NULL;
	const char *url = place_url();
	int err = 0;

	CHECK(url);
	CHECK_ERR(0, db_open(&db, url, fault));
	CHECK_ERR(0, schema_migrate(db, stepv, 2, fault));
	CHECK_ERR(EINVAL, schema_migrate(db, stepv, 3, fault));
	CHECK(strstr(fault, "nothing"));
	CHECK_ERR(EPROTO, schema_migrate(db, stepv, 1, fault));
	CHECK(strstr(fault, "newer version"));

	CHECK_ERR(0, place_sql("SELECT count(*) FROM pg_tables WHERE "
	                       "tablename = 'half'",
	                       text));
	CHECK_STR("0", text);

out:
	mem_deref(db);

	return err;
}

int test_server_refusals(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);

	/* Somebody else's tables. */
	CHECK_ERR(0, place_sql("CREATE TABLE moz (id INT)", text));
	CHECK_ERR(EBADMSG, fixture_open(&fx));
	CHECK(strstr(fx.fault, "another program"));

	/* The password is in no message. */
	(void)snprintf(fx.path, sizeof(fx.path),
	               "postgresql://me:hunter2@127.0.0.1:1/calls");
	CHECK_ERR(ECONNREFUSED, fixture_open(&fx));
	CHECK(strstr(fx.fault, "calls on 127.0.0.1"));
	CHECK(!strstr(fx.fault, "hunter2"));

	(void)snprintf(fx.path, sizeof(fx.path), "postgresql://[::1/x");
	CHECK_ERR(EINVAL, fixture_open(&fx));
	CHECK(strstr(fx.fault, "store.url"));

out:
	fixture_end(&fx);

	return err;
}

/* Two processes of one campaign get different people; who leaves in order
 * leaves nothing in doubt for long. */
int test_server_shared(void)
{
	struct fixture fx, other;
	char first[FIXTURE_TEXT_SIZE];
	int err;

	memset(&other, 0, sizeof(other));
	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 3));
	CHECK_ERR(0, fixture_claim(&fx));
	memcpy(first, fx.number, sizeof(first));
	CHECK(fx.valid_ms > clock_ms());
	CHECK(fx.valid_ms <= clock_ms() + WORKER_LEASE_MS);

	other.pool = fx.pool;
	memcpy(other.path, fx.path, sizeof(other.path));
	CHECK_ERR(0, fixture_open(&other));
	other.list_id = fx.list_id;
	CHECK_ERR(0, fixture_campaign(&other, "calls"));
	CHECK_U64(0, other.campaign.in_doubt);
	CHECK_ERR(0, fixture_claim(&other));
	CHECK(other.has_contact);
	CHECK(strcmp(first, other.number));

	fixture_close(&other);
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(1, fx.campaign.in_doubt);
	CHECK_U64(1, fx.campaign.ready);
	CHECK_ERR(0, fixture_attempt_end(&fx, "answered", true, 0));

out:
	fixture_close(&other);
	fixture_end(&fx);

	return err;
}

static void link_child(unsigned n)
{
	struct store_call call = {
		.outcome = "busy", .start_ms = 1, .end_ms = 2};
	char callid[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	for (int i = 0; i < LINK_ROUNDS && !err; i++) {
		err = fixture_open(&fx);
		if (!err)
			err = store_events_on(fx.store, "audit.head");
		for (int k = 0; k < LINK_CALLS && !err; k++) {
			(void)snprintf(callid, sizeof(callid), "%u-%d-%d", n, i,
			               k);
			call.callid = callid;
			err = fixture_call(&fx, &call);
		}
		if (!err)
			err = fixture_heads_tell(&fx, true);
		fixture_close(&fx);
	}
	_exit(err ? 1 : 0);
}

/* Processes that make links at the same time make one chain, and none says
 * again what another one has said of its end. */
int test_server_links(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	pid_t pidv[LINK_PROCESSES];
	int err, status;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	fixture_end(&fx);
	for (unsigned i = 0; i < LINK_PROCESSES; i++) {
		pidv[i] = fork();
		if (!pidv[i])
			link_child(i);
	}
	for (unsigned i = 0; i < LINK_PROCESSES; i++) {
		status = -1;
		(void)waitpid(pidv[i], &status, 0);
		err = err ? err : status;
	}
	CHECK_ERR(0, err);

	/* What was left by who did not get at the chain. */
	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(LINK_PROCESSES * LINK_ROUNDS * LINK_CALLS, fx.verified.links);
	CHECK_U64(fx.verified.links, fx.verified.calls);
	CHECK_U64(0, fx.verified.flaws);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT CASE WHEN count(*) > 0 AND"
	                         " count(*) = count(DISTINCT data) AND"
	                         " count(*) = max(n) THEN 'once' END"
	                         " FROM outbox",
	                         text));
	CHECK_STR("once", text);

out:
	fixture_end(&fx);

	return err;
}

/* A reason phrase that is no UTF-8 is kept without its broken bytes. */
int test_server_stranger_text(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 1));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0, fixture_attempt_end(&fx, "bu\xffsy\xc3", true, 0));
	CHECK_ERR(0, fixture_sql(&fx, "SELECT outcome FROM attempts", text));
	CHECK_STR("busy", text);

out:
	fixture_end(&fx);

	return err;
}

static void time_over(void *arg)
{
	(void)arg;

	loop_stop();
}

static void wait_ms(uint64_t ms)
{
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, ms, time_over, NULL);
	(void)loop_run();
	tmr_cancel(&tmr);
}

static void end_handler(int err, void *arg)
{
	*(int *)arg = err;
}

/* Until that many steps and the end of the call are written. */
static int wait_for_steps(struct fixture *fx, unsigned steps,
                          const int *end_err)
{
	char text[FIXTURE_TEXT_SIZE];
	int err;

	for (int i = 0; i < LOOKS_MAX; i++) {
		wait_ms(LOOK_MS);
		err = fixture_sql(fx, "SELECT count(*) FROM conversation",
		                  text);
		if (err)
			return err;
		if (strtoul(text, NULL, 10) >= steps && !*end_err)
			return 0;
	}

	return ETIMEDOUT;
}

/* While the server is away nobody is called, and what was said and how it
 * ended waits in memory; back again, everything is there, once. */
int test_server_down(void)
{
	struct store_step step = {.callid = "call-1", .createtime_ms = 1000};
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err, end_err = -1;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 2));
	CHECK_ERR(0, fixture_claim(&fx));

	log_set_level(LOG_LEVELS);
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < STEPS; i++) {
			step.sequence = i;
			CHECK_ERR(0, store_step(fx.store, &step));
			if (i == STEPS / 2)
				pgserver_stop();
		}
		CHECK(fixture_claim(&fx));
		CHECK(!fx.has_contact);
		if (!round) {
			const struct store_attempt_end end = {
				.attempt_id = fx.attempt_id,
				.outcome = "busy",
				.is_used = true,
			};

			CHECK_ERR(0, store_attempt_end(fx.store, &end,
			                               end_handler, &end_err));
		}
		wait_ms(AWAY_MS);
		CHECK(store_trouble(fx.store));
		if (!round)
			CHECK_I64(-1, end_err);
		CHECK_ERR(0, pgserver_start());
		CHECK_ERR(0,
		          wait_for_steps(&fx, (round + 1) * STEPS, &end_err));
	}

	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550101", fx.number);
	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT count(*) FROM conversation", text));
	CHECK_STR("400", text);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) || min(outcome) FROM "
	                         "attempts WHERE state = 'ended'",
	                         text));
	CHECK_STR("1busy", text);

out:
	log_set_level(LOG_INFO);
	(void)pgserver_start();
	fixture_end(&fx);

	return err;
}

/* A process that was frozen for longer than its lease finds its call in doubt
 * and its words in the database, and goes on as a new one. */
int test_server_frozen_worker(void)
{
	const struct store_step step = {.callid = "call-1"};
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx, other;
	int err;

	memset(&other, 0, sizeof(other));
	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 2));
	CHECK_ERR(0, fixture_claim(&fx));

	/* As if 15 s had passed for the others. */
	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE workers SET lease_until_ms = 1 "
	                         "WHERE lease_until_ms > 0",
	                         text));
	other.pool = fx.pool;
	memcpy(other.path, fx.path, sizeof(other.path));
	CHECK_ERR(0, fixture_open(&other));
	other.list_id = fx.list_id;
	CHECK_ERR(0, fixture_campaign(&other, "calls"));
	CHECK_U64(1, other.campaign.in_doubt);

	log_set_level(LOG_LEVELS);
	CHECK_ERR(0, store_step(fx.store, &step));
	CHECK_ERR(ESTALE, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	CHECK_ERR(ENOENT, fixture_attempt_end(&fx, "busy", true, 0));
	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT count(*) FROM conversation", text));
	CHECK_STR("1", text);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_STR("+15550101", fx.number);

out:
	log_set_level(LOG_INFO);
	fixture_close(&other);
	fixture_end(&fx);

	return err;
}
