/*
 * test/store/test_twice.c - campaigns of several processes that share people
 *
 * Each of them may call a number; that no two do so within the gap is theirs
 * to see to, also where they look at the same instant.
 */
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/loop.h"
#include "fixture.h"
#include "place.h"
#include "store/tests.h"

enum {
	PROCESSES = 3,
	PEOPLE = FIXTURE_ROWS_MAX,
	AT_ONCE = 24, /* claims of a process that wait for their answer */
	ROUNDS_MAX = 2000,
	GAP_MS = 3600000,
};

struct round {
	unsigned waiting, given;
	int64_t next_ms; /* the latest */
	int err;
};

static void judge(struct store_verdict *verdict,
                  const struct store_facts *facts, const void *rules)
{
	(void)rules;

	if (!facts->last_ms)
		return;

	verdict->answer = STORE_LATER;
	verdict->rule = "gap";
	verdict->next_ms = facts->last_ms + GAP_MS;
}

static void claim_handler(int err, const struct store_claim *claim, void *arg)
{
	struct round *round = arg;

	if (err)
		round->err = err;
	else if (claim->contact)
		round->given++;
	else if (claim->next_ms > round->next_ms)
		round->next_ms = claim->next_ms;
	if (!--round->waiting)
		loop_stop();
}

static int claim_round(struct fixture *fx, struct round *round)
{
	const struct store_claim_prm prm = {
		.campaign_id = fx->campaign.id,
		.line = "main",
		.gate = fx->gate,
	};
	int err = 0;

	memset(round, 0, sizeof(*round));
	for (int i = 0; i < AT_ONCE && !err; i++) {
		err = store_claim(fx->store, &prm, claim_handler, round);
		round->waiting += !err;
	}
	if (!err)
		err = loop_run();

	return err ? err : round->err;
}

/* next_ms is 0 when all of the list were called by this campaign. */
static bool is_anybody_left(const struct round *round)
{
	return round->given || (round->next_ms &&
	                        round->next_ms < clock_wall_ms() + GAP_MS / 2);
}

/* Until nobody is left who may be called within the hour. */
static void child(int64_t list_id, unsigned n)
{
	struct store_gate gate = {.judge = judge};
	struct fixture fx;
	struct round round;
	char name[16];
	int err, rounds = 0;

	err = fixture_init(&fx);
	if (!err)
		err = fixture_open(&fx);
	fx.list_id = list_id;
	fx.gate = &gate;
	(void)snprintf(name, sizeof(name), "calls %u", n);
	if (!err)
		err = fixture_campaign(&fx, name);
	do {
		err = err ? err : claim_round(&fx, &round);
	} while (!err && ++rounds < ROUNDS_MAX && is_anybody_left(&round));
	fixture_close(&fx);
	_exit(err || rounds == ROUNDS_MAX ? 1 : 0);
}

int test_twice(void)
{
	pid_t pidv[PROCESSES];
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int64_t list_id;
	int err, status;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, PEOPLE));
	list_id = fx.list_id;
	fixture_end(&fx);
	for (unsigned i = 0; i < PROCESSES; i++) {
		pidv[i] = fork();
		if (!pidv[i])
			child(list_id, i);
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		status = -1;
		(void)waitpid(pidv[i], &status, 0);
		err = err ? err : status;
	}
	CHECK_ERR(0, err);

	CHECK_ERR(0, place_sql("SELECT count(*) || ' calls of ' || "
	                       "count(DISTINCT number) FROM attempts",
	                       text));
	(void)snprintf(fx.number, sizeof(fx.number), "%d calls of %d", PEOPLE,
	               PEOPLE);
	CHECK_STR(fx.number, text);

out:
	return err;
}
