/*
 * test/store/test_hostile.c - a text is a text
 *
 * Whatever somebody says, types or names: it comes back byte for byte, and the
 * database has what it had, row for row.
 */
#include <stdlib.h>
#include "fixture.h"
#include "hostile.h"
#include "store/tests.h"

enum {
	TEXTS = 14,     /* of a step */
	TEXT_SIZE = 51, /* the narrowest of their columns */
	STEPS = 400,    /* of a call */
	CALLS = 18,     /* so a hundred thousand texts */
	NAMES = 150,    /* of scripts and of whom nobody calls */
};

static struct told {
	char textv[STEPS][TEXTS][TEXT_SIZE];
	size_t stepc, wrong;
	char body[2 * TEXT_SIZE];
	bool is_blocked;
} told;

/* --- steps ---------------------------------------------------------------- */

static struct store_step step_of(const char *callid, uint32_t no,
                                 char textv[TEXTS][TEXT_SIZE])
{
	return (struct store_step){
		.callid = callid,
		.createtime_ms = 1795000000000,
		.input_start_ms = 1795000000000,
		.sequence = no,
		.current_appid = textv[0],
		.current_flowid = textv[1],
		.input_args = textv[2],
		.input_nlp_args = textv[3],
		.matching_condition = textv[4],
		.condition_id = textv[5],
		.matching_keyword = textv[6],
		.response_description = textv[7],
		.response_id = textv[8],
		.response_action = textv[9],
		.response_args = textv[10],
		.potential = textv[11],
		.record = textv[12],
		.heard_by = textv[13],
	};
}

static void compare(const struct store_step *step)
{
	const char *const gotv[TEXTS] = {
		step->current_appid,
		step->current_flowid,
		step->input_args,
		step->input_nlp_args,
		step->matching_condition,
		step->condition_id,
		step->matching_keyword,
		step->response_description,
		step->response_id,
		step->response_action,
		step->response_args,
		step->potential,
		step->record,
		step->heard_by,
	};

	for (size_t i = 0; i < TEXTS; i++) {
		const char *want = told.textv[step->sequence][i];

		if (strcmp(want, gotv[i]) != 0 && !told.wrong++)
			fprintf(stderr,
			        "text %zu: \"%s\" came back as \"%s\"\n", i,
			        want, gotv[i]);
	}
}

static void steps_handler(int err, const struct store_step *stepv, size_t stepc,
                          void *arg)
{
	told.stepc = stepc;
	for (size_t i = 0; i < stepc; i++)
		compare(&stepv[i]);
	fixture_done(err, arg);
}

static int call_keep(struct fixture *fx, struct hostile *hostile,
                     const char *callid)
{
	int err = 0;

	for (uint32_t no = 0; no < STEPS; no++) {
		struct store_step step = step_of(callid, no, told.textv[no]);

		for (size_t i = 0; i < TEXTS; i++)
			hostile_text(hostile, told.textv[no][i], TEXT_SIZE);
		CHECK_ERR(0, store_step(fx->store, &step));
	}
	CHECK_ERR(0, fixture_ask(fx, store_steps(fx->store, callid,
	                                         steps_handler, fx)));
	CHECK_U64(STEPS, told.stepc);
	CHECK_U64(0, told.wrong);

out:
	return err;
}

/* --- names ---------------------------------------------------------------- */

static void script_handler(const struct store_script *script, void *arg)
{
	(void)arg;

	(void)snprintf(told.body, sizeof(told.body), "%s", script->body);
}

static int script_keep(struct fixture *fx, const char *name, const char *text)
{
	const struct store_script draft = {name, STORE_SCRIPT_DRAFT, text, text,
	                                   0};
	int err = 0;

	CHECK_ERR(0, fixture_ask(fx, store_script_draft(fx->store, &draft, NULL,
	                                                fixture_done, fx)));
	CHECK_ERR(0,
	          fixture_ask(fx,
	                      store_script(fx->store, name, STORE_SCRIPT_DRAFT,
	                                   script_handler, fixture_done, fx)));
	CHECK_STR(text, told.body);

out:
	return err;
}

static void blocked_handler(int err, const char *reason, void *arg)
{
	told.is_blocked = reason != NULL;
	fixture_done(err, arg);
}

/* Only who is on the list is: nobody by the quote of another. */
static int block_keep(struct fixture *fx, const char *number, const char *other)
{
	int err = 0;

	CHECK_ERR(0, fixture_ask(fx, store_block(fx->store, number, other,
	                                         fixture_done, fx)));
	CHECK_ERR(0, fixture_ask(fx, store_blocked(fx->store, number,
	                                           blocked_handler, fx)));
	CHECK(told.is_blocked);
	CHECK_ERR(0, fixture_ask(fx, store_blocked(fx->store, "+15550199",
	                                           blocked_handler, fx)));
	CHECK(!told.is_blocked);

out:
	return err;
}

/* --- all of it ------------------------------------------------------------ */

static int names_keep(struct fixture *fx, struct hostile *hostile)
{
	char a[TEXT_SIZE], b[TEXT_SIZE], count[FIXTURE_TEXT_SIZE];
	int err = 0;

	for (int i = 0; i < NAMES; i++) {
		hostile_near(hostile, a, TEXT_SIZE, "visit");
		hostile_text(hostile, b, TEXT_SIZE);
		CHECK_ERR(0, script_keep(fx, a, b));
		hostile_near(hostile, a, TEXT_SIZE, "101");
		CHECK_ERR(0, block_keep(fx, a, b));
	}
	CHECK_ERR(0, fixture_sql(fx, "SELECT count(*) FROM scripts", count));
	CHECK(strtol(count, NULL, 10) > NAMES / 2);

out:
	if (err)
		fprintf(stderr, "\"%s\" and \"%s\"\n", a, b);

	return err;
}

int test_hostile_texts(void)
{
	struct hostile hostile = {test_seed()};
	char callid[16], count[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	memset(&told, 0, sizeof(told));
	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 3));
	fx.has_answer = false;

	for (int i = 0; i < CALLS; i++) {
		(void)snprintf(callid, sizeof(callid), "c%d", i);
		CHECK_ERR(0, call_keep(&fx, &hostile, callid));
	}
	CHECK_ERR(0, names_keep(&fx, &hostile));

	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT count(*) FROM conversation", count));
	CHECK_STR("7200", count);
	CHECK_ERR(0, fixture_sql(&fx, "SELECT count(*) FROM contacts", count));
	CHECK_STR("3", count);
	CHECK_ERR(0, fixture_sql(&fx, "SELECT count(*) FROM users", count));
	CHECK_STR("0", count);

out:
	fixture_end(&fx);

	return err;
}
