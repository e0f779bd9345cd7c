/*
 * test/store/test_talks.c - held calls come back as they were kept
 */
#include <unistd.h>
#include "fixture.h"
#include "store/tests.h"

enum {
	CALLS = 230, /* more than two pages */
	ENOUGH = 120,
	WALL_MS = 1795000000,
};

struct told {
	struct fixture *fx;
	size_t calls, steps;
	size_t enough; /* calls; 0: never */
	bool is_in_order;
	char last[FIXTURE_TEXT_SIZE];
	char name[FIXTURE_TEXT_SIZE]; /* the variable, of the last */
	char inputs[FIXTURE_TEXT_SIZE];
	char words[FIXTURE_TEXT_SIZE];
	int64_t createtime_ms, contact_id;
};

static bool talk_handler(const struct store_talk *talk, void *arg)
{
	struct told *told = arg;
	const struct store_contact *contact = talk->contact;

	told->is_in_order &= strcmp(told->last, talk->call.callid) < 0;
	(void)snprintf(told->last, sizeof(told->last), "%s", talk->call.callid);
	told->calls++;
	told->steps += talk->stepc;
	told->contact_id = contact->id;
	told->name[0] = '\0';
	for (size_t i = 0; i < contact->varc; i++) {
		if (!strcmp(contact->varv[i].name, "name"))
			(void)snprintf(told->name, sizeof(told->name), "%s",
			               contact->varv[i].value);
	}
	(void)snprintf(told->inputs, sizeof(told->inputs), "%s",
	               talk->call.inputs);
	if (!talk->stepc)
		return true;
	(void)snprintf(told->words, sizeof(told->words), "%s",
	               talk->stepv[talk->stepc - 1].input_args);
	told->createtime_ms = talk->stepv[0].createtime_ms;

	return told->calls != told->enough;
}

static void done_handler(int err, void *arg)
{
	struct told *told = arg;

	fixture_answer(told->fx, err);
}

static int ask(struct fixture *fx, struct told *told, const char *campaign,
               const char *callid)
{
	const struct store_talks_prm prm = {campaign, callid};
	int err;

	*told = (struct told){
		.fx = fx, .is_in_order = true, .enough = told->enough};
	fx->has_answer = false;
	err = store_talks(fx->store, &prm, talk_handler, done_handler, told);
	if (!err)
		err = fixture_wait(fx);

	return err ? err : fx->err;
}

static int call_keep(struct fixture *fx, const char *callid, int64_t attempt_id,
                     const char *variables)
{
	const struct store_call call = {
		.callid = callid,
		.attempt_id = attempt_id,
		.number = "+15550100",
		.outcome = "answered",
		.start_ms = WALL_MS,
		.answer_ms = WALL_MS + 1,
		.variables = variables,
	};
	struct store_step step = {
		.callid = callid,
		.createtime_ms = INT64_C(1795000000123),
		.input_args = "demo:1",
	};
	int err;

	err = store_step(fx->store, &step);
	if (err)
		return err;

	step.input_args = "Fда";
	step.createtime_ms += 877;
	err = store_step(fx->store, &step);
	if (err)
		return err;

	/* Nobody waits for it, so that many share a transaction. */
	return store_call(fx->store, &call, NULL, NULL);
}

/* A call on no list keeps what it began with, and what its rows do not hold. */
int test_talks_whole(void)
{
	const struct store_call call = {
		.callid = "single",
		.answer_ms = WALL_MS,
		.variables = "{\"name\":\"changed in the call\"}",
		.variables_begin = "{\"name\":\"Eve\"}",
		.inputs = "[{\"row\":3}]",
	};
	struct fixture fx;
	struct told told = {.enough = 0};
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_call(&fx, &call));

	CHECK_ERR(0, ask(&fx, &told, NULL, NULL));
	CHECK_U64(1, told.calls);
	CHECK_I64(0, told.contact_id);
	CHECK_STR("Eve", told.name);
	CHECK_STR("[{\"row\":3}]", told.inputs);

out:
	fixture_end(&fx);

	return err;
}

int test_talks_pages(void)
{
	char callid[32];
	struct fixture fx;
	struct told told = {.enough = 0};
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	for (int i = 0; i < CALLS; i++) {
		(void)snprintf(callid, sizeof(callid), "call-%04d", i);
		CHECK_ERR(0, call_keep(&fx, callid, 0, "{\"name\":\"Eve\"}"));
	}

	CHECK_ERR(0, ask(&fx, &told, NULL, NULL));
	CHECK_U64(CALLS, told.calls);
	CHECK_U64(2 * CALLS, told.steps);
	CHECK(told.is_in_order);
	CHECK_STR("Fда", told.words);
	CHECK_I64(INT64_C(1795000000123), told.createtime_ms);

	/* Who has seen enough gets no more. */
	told.enough = ENOUGH;
	CHECK_ERR(0, ask(&fx, &told, NULL, NULL));
	CHECK_U64(ENOUGH, told.calls);
	told.enough = 0;

	/* Of an older version: the variables of the end. */
	CHECK_I64(0, told.contact_id);
	CHECK_STR("Eve", told.name);

	CHECK_ERR(0, ask(&fx, &told, NULL, "call-0007"));
	CHECK_U64(1, told.calls);
	CHECK_ERR(0, ask(&fx, &told, "calls", NULL));
	CHECK_U64(0, told.calls);

out:
	fixture_end(&fx);

	return err;
}

/* A contact's call has the variables that it began with, and another process
 * may look while the owner works. */
int test_talks_reader(void)
{
	struct fixture fx, reader = {0};
	struct told told = {.enough = 0};
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	reader.pool = fx.pool;
	CHECK_ERR(ENOENT, store_open_reader(&reader.store, fx.path, fx.pool,
	                                    reader.fault));
	CHECK(strstr(reader.fault, fx.path));
	CHECK(access(fx.path, F_OK));

	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_people(&fx, 2));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0, call_keep(&fx, fx.call_id, fx.attempt_id,
	                       "{\"name\":\"changed in the call\"}"));
	CHECK_ERR(0, call_keep(&fx, "single", 0, NULL));
	CHECK_ERR(0, fixture_block(&fx, "+15550198"));

	CHECK_ERR(0, store_open_reader(&reader.store, fx.path, fx.pool,
	                               reader.fault));
	CHECK_ERR(0, ask(&reader, &told, "calls", NULL));
	CHECK_U64(1, told.calls);
	CHECK(told.contact_id > 0);
	CHECK_STR(fx.name, told.name);
	CHECK_ERR(0, ask(&reader, &told, NULL, NULL));
	CHECK_U64(2, told.calls);

	/* Looking is all it may do. */
	CHECK(fixture_block(&reader, "+15550199") != 0);
	store_close(reader.store);
	reader.store = NULL;
	CHECK_ERR(0, fixture_block(&fx, "+15550199"));

out:
	if (reader.store)
		store_close(reader.store);
	fixture_end(&fx);

	return err;
}
