/*
 * test/store/test_crash.c - killed at any moment, nobody is called twice
 *
 * A child claims and "dials": it tells the parent each number over a pipe in
 * the claimed handler, which is where the first packet would leave. It is
 * killed after a random time, again and again, until the campaign is over.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "fixture.h"
#include "place.h"
#include "store/tests.h"

enum {
	PEOPLE = 60,
	RUNS_MAX = 300,
	DOUBLE_RUNS = 30, /* longer lives, for slow machines */
	LIFE_MAX_US = 40000,
	MESSAGE_SIZE = 32,
};

struct child {
	struct fixture fx;
	int fd;
};

static void claim_next(struct child *child);

static void ended(int err, void *arg)
{
	if (!err)
		claim_next(arg);
}

static void claimed(int err, const struct store_claim *claim, void *arg)
{
	struct child *child = arg;
	struct store_attempt_end end = {.outcome = "busy", .is_used = true};
	char message[MESSAGE_SIZE] = "";

	if (err || !claim->contact) {
		loop_stop();
		return;
	}

	(void)snprintf(message, sizeof(message), "%s", claim->contact->number);
	if (write(child->fd, message, sizeof(message)) < 0)
		_exit(1);

	end.attempt_id = claim->attempt_id;
	(void)store_attempt_end(child->fx.store, &end, ended, child);
}

static void claim_next(struct child *child)
{
	const struct store_claim_prm prm = {
		.campaign_id = child->fx.campaign.id,
		.line = "main",
	};

	(void)store_claim(child->fx.store, &prm, claimed, child);
}

static void child_main(int fd)
{
	struct child child = {.fd = fd};

	if (fixture_init(&child.fx) || fixture_open(&child.fx) ||
	    fixture_list(&child.fx, "people") ||
	    fixture_campaign(&child.fx, "calls"))
		_exit(1);

	for (int i = 0; i < 4; i++)
		claim_next(&child);
	(void)loop_run();
	_exit(0);
}

/* One life of the child. Returns how many numbers it dialled. */
static int live(unsigned countv[PEOPLE], uint32_t life_us, bool *is_overp)
{
	char message[MESSAGE_SIZE];
	int fdv[2], status = 0;
	pid_t pid;

	if (pipe(fdv))
		return errno;

	pid = fork();
	if (!pid)
		child_main(fdv[1]);
	(void)close(fdv[1]);

	clock_wait_until_us(clock_us() + life_us);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	*is_overp = WIFEXITED(status) && !WEXITSTATUS(status);

	while (read(fdv[0], message, sizeof(message)) == sizeof(message)) {
		unsigned long i = strtoul(message + strlen("+1555"), NULL, 10);

		if (i >= 100 && i < 100 + PEOPLE)
			countv[i - 100]++;
	}
	(void)close(fdv[0]);

	return 0;
}

int test_crash_nobody_twice(void)
{
	unsigned countv[PEOPLE] = {0}, called = 0, doubted;
	char text[FIXTURE_TEXT_SIZE];
	uint32_t lot = test_seed();
	bool is_over = false;
	struct fixture fx;
	int err, runs = 0;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, PEOPLE));
	fixture_end(&fx);

	while (!is_over && runs++ < RUNS_MAX) {
		uint32_t life_us;

		lot = lot * 1664525 + 1013904223;
		life_us = (lot >> 8) % (LIFE_MAX_US << (runs / DOUBLE_RUNS));

		CHECK_ERR(0, live(countv, life_us, &is_over));
	}
	CHECK(is_over);

	/* The last one left while neighbours of its last claim were out. */
	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_list(&fx, "people"));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(PEOPLE, fx.campaign.done);

	for (size_t i = 0; i < PEOPLE; i++) {
		CHECK(countv[i] <= 1);
		called += countv[i];
	}

	if (!place_is_server()) {
		CHECK_ERR(0, fixture_sql(&fx, "PRAGMA integrity_check", text));
		CHECK_STR("ok", text);
	}
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FROM targets "
	                         "WHERE state <> 'done' OR attempts <> 1",
	                         text));
	CHECK_STR("0", text);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FROM attempts "
	                         "WHERE outcome = 'in_doubt'",
	                         text));

	/* Whoever was not called is in doubt: the kill fell between the
	 * commit and the first packet. Nobody is forgotten. */
	doubted = (unsigned)strtoul(text, NULL, 10);
	CHECK(called + doubted >= PEOPLE);

out:
	fixture_end(&fx);

	return err;
}

int test_crash_in_doubt(void)
{
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 3));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0, fixture_claim(&fx));

	/* Started again in the same process, nothing is in doubt. */
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(0, fx.campaign.in_doubt);
	CHECK_ERR(0, fixture_attempt_end(&fx, "answered", true, 0));

	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(1, fx.campaign.in_doubt);
	CHECK_U64(2, fx.campaign.done);
	CHECK_U64(1, fx.campaign.ready);

	CHECK_ERR(0, fixture_results(&fx));
	CHECK_STR("in_doubt", fx.rowv[0].outcome);
	CHECK_STR("answered", fx.rowv[1].outcome);
	CHECK_STR("", fx.rowv[2].outcome);

	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(0, fx.campaign.in_doubt);

out:
	fixture_end(&fx);

	return err;
}

struct said {
	char words[FIXTURE_TEXT_SIZE];
	struct fixture *fx;
};

static void orphan_handler(const char *line, const char *farewell, void *arg)
{
	struct said *said = arg;
	size_t used = strlen(said->words);

	(void)snprintf(said->words + used, sizeof(said->words) - used, "%s:%s ",
	               line, farewell);
}

static void orphans_done(int err, void *arg)
{
	struct said *said = arg;

	fixture_answer(said->fx, err);
}

static int orphans(struct said *said, struct fixture *fx)
{
	int err;

	*said = (struct said){.fx = fx};
	fx->has_answer = false;
	err = store_orphans(fx->store, orphan_handler, orphans_done, said);

	return err ? err : fixture_wait(fx);
}

/* Who was talking to a process that died is hung up on by the next one, once;
 * who was not, is not. */
int test_crash_orphans(void)
{
	struct said said;
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 3));
	for (int i = 0; i < 3; i++) {
		CHECK_ERR(0, fixture_claim(&fx));
		CHECK_ERR(0, store_attempt_state(fx.store, fx.attempt_id,
		                                 "ringing", NULL));
		if (i)
			CHECK_ERR(0, store_attempt_state(
					     fx.store, fx.attempt_id,
					     "answered", i > 1 ? "b" : "a"));
	}

	/* The last one ends as it should; the others are still held. */
	CHECK_ERR(0, fixture_attempt_end(&fx, "answered", true, 0));
	CHECK_ERR(0, orphans(&said, &fx));
	CHECK_STR("", said.words);

	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(2, fx.campaign.in_doubt);
	CHECK_ERR(0, orphans(&said, &fx));
	CHECK_STR("main:a ", said.words);
	CHECK_ERR(0, orphans(&said, &fx));
	CHECK_STR("", said.words);

out:
	fixture_end(&fx);

	return err;
}

static void leg_handler(const struct store_leg *leg, void *arg)
{
	struct said *said = arg;
	size_t n = strlen(said->words);

	(void)snprintf(said->words + n, sizeof(said->words) - n, "%s%u:%s:%s ",
	               leg->callid, leg->side, leg->line, leg->farewell);
}

static void will_handler(const struct store_leg *leg, void *arg)
{
	struct said *said = arg;
	size_t n = strlen(said->words);

	(void)snprintf(said->words + n, sizeof(said->words) - n, "%s:%s:%s:%s ",
	               leg->callid, leg->number, leg->outcome, leg->will);
}

static int legs_take(struct said *said, struct fixture *fx, bool has_heir)
{
	const struct store_legs_prm prm = {
		.has_heir = has_heir,
		.leg = leg_handler,
		.will = will_handler,
		.done = orphans_done,
		.arg = said,
	};
	int err;

	*said = (struct said){.fx = fx};
	fx->has_answer = false;
	err = store_legs_take(fx->store, &prm);

	return err ? err : fixture_wait(fx);
}

static int legs_over(struct said *said, struct fixture *fx)
{
	static const struct store_event eventv[] = {
		{
			.type = "ami_client_event",
			.key = "ab-1",
			.data = "{\"key\": \"ab-1\", \"text\": \"VarSet\"}",
		},
		{
			.type = "ami_client_event",
			.key = "ab-1",
			.data = "{\"key\": \"ab-1\", \"text\": \"Hangup\"}",
		},
	};
	int err;

	said->fx = fx;
	fx->has_answer = false;
	err = store_legs_over(fx->store, "pair", eventv, ARRAY_COUNT(eventv),
	                      orphans_done, said);

	return err ? err : fixture_wait(fx);
}

static int legs_write(struct fixture *fx)
{
	static const char *const callidv[] = {"pair", "single", "ended"};
	static const struct store_leg legv[] = {
		{"pair", 0, "+15550101", "main", "", "{\"a\":0}", NULL},
		{"pair", 0, "+15550101", "main", "a", NULL, NULL},
		{"pair", 0, "+15550101", "", NULL, "{\"a\":1}", NULL},
		{"pair", 1, "+15550101", "other", "b", NULL, NULL},
		{"single", 0, "+15550102", "main", "c", NULL, NULL},
		{"single", 0, "+15550102", "main", "d", NULL, NULL},
		{"ended", 0, "+15550103", "main", "e", NULL, NULL},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(callidv) && !err; i++) {
		const struct store_call call = {
			.callid = callidv[i],
			.direction = "out",
			.number = "+15550101",
			.outcome = "in_doubt",
			.start_ms = 1,
		};

		err = fixture_call(fx, &call);
	}
	for (size_t i = 0; i < ARRAY_COUNT(legv) && !err; i++)
		err = store_leg(fx->store, &legv[i]);

	return err;
}

/* The same of calls that no campaign placed; who was to be told of the end is
 * told once, also where two processes in a row die over it. */
int test_crash_legs(void)
{
	static const struct store_call ended = {
		.callid = "ended",
		.direction = "out",
		.number = "+15550103",
		.outcome = "answered",
		.start_ms = 1,
		.end_ms = 2,
	};
	char text[FIXTURE_TEXT_SIZE];
	struct said said;
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, store_events_on(fx.store, "*"));
	CHECK_ERR(0, legs_write(&fx));
	CHECK_ERR(0, fixture_call(&fx, &ended));
	CHECK_ERR(0, legs_take(&said, &fx, true));
	CHECK_STR("", said.words);

	/* Nobody here knows what to tell of the pair. */
	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, store_events_on(fx.store, "*"));
	CHECK_ERR(0, legs_take(&said, &fx, false));
	CHECK_STR("pair0:main:a pair1:other:b single0:main:d ", said.words);
	CHECK_ERR(0, legs_take(&said, &fx, false));
	CHECK_STR("", said.words);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) || min(callid) FROM calls"
	                         " WHERE end_ms > 2",
	                         text));
	CHECK_STR("1single", text);

	/* Whoever knows dies before it is told. */
	CHECK_ERR(0, legs_take(&said, &fx, true));
	CHECK_STR("pair:+15550101:in_doubt:{\"a\":1} ", said.words);
	CHECK_ERR(0, legs_take(&said, &fx, true));
	CHECK_STR("", said.words);
	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, store_events_on(fx.store, "*"));
	CHECK_ERR(0, legs_take(&said, &fx, true));
	CHECK_STR("pair:+15550101:in_doubt:{\"a\":1} ", said.words);
	CHECK_ERR(0, legs_over(&said, &fx));
	CHECK_ERR(ENOENT, legs_over(&said, &fx));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT (SELECT count(*) FROM outbox WHERE"
	                         " type = 'ami_client_event') || ' ' ||"
	                         " (SELECT data FROM outbox WHERE type ="
	                         " 'ami_client_event' ORDER BY seq DESC"
	                         " LIMIT 1) || ' ' ||"
	                         " (SELECT count(*) FROM outbox WHERE"
	                         " type = 'call.ended') || ' ' ||"
	                         " (SELECT count(*) FROM legs) || ' ' ||"
	                         " (SELECT count(*) FROM calls WHERE end_ms ="
	                         " 0)",
	                         text));
	CHECK_STR("2 {\"key\":\"ab-1\",\"text\":\"Hangup\"} 3 0 0", text);

out:
	fixture_end(&fx);

	return err;
}
