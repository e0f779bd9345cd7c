/*
 * test/store/test_shelf.c - scripts and their versions, calls in pages, how far
 * the outbox reaches
 */
#include "fixture.h"
#include "store/tests.h"

static struct told {
	size_t scripts, calls, steps;
	char text[FIXTURE_TEXT_SIZE]; /* all of them, in their order */
	int64_t first, last;
} told;

static void told_add(const char *name, int64_t number)
{
	size_t n = strlen(told.text);

	(void)snprintf(told.text + n, sizeof(told.text) - n, "%s%s %lld",
	               n ? ", " : "", name, (long long)number);
}

/* --- scripts -------------------------------------------------------------- */

static void script_handler(const struct store_script *script, void *arg)
{
	(void)arg;

	told.scripts++;
	told_add(script->name, script->version);
	if (*script->body)
		(void)snprintf(told.text, sizeof(told.text), "%s",
		               script->body);
}

static int put(struct fixture *fx, const char *name, int64_t version,
               const char *body)
{
	const struct store_script script = {name, version, body, "anna", 0};

	fx->has_answer = false;
	if (version == STORE_SCRIPT_DRAFT)
		return fixture_ask(fx,
		                   store_script_draft(fx->store, &script, NULL,
		                                      fixture_done, fx));

	return fixture_ask(
		fx, store_script_publish(fx->store, &script, fixture_done, fx));
}

static int get(struct fixture *fx, const char *name, int64_t version)
{
	memset(&told, 0, sizeof(told));
	fx->has_answer = false;

	return fixture_ask(fx, store_script(fx->store, name, version,
	                                    script_handler, fixture_done, fx));
}

static int list(struct fixture *fx, const char *name)
{
	memset(&told, 0, sizeof(told));
	fx->has_answer = false;

	return fixture_ask(fx, store_scripts(fx->store, name, script_handler,
	                                     fixture_done, fx));
}

int test_shelf_versions_never_change(void)
{
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(ENOENT, get(&fx, "visit", STORE_SCRIPT_DRAFT));
	CHECK_ERR(ENOENT, get(&fx, "visit", STORE_SCRIPT_LATEST));

	CHECK_ERR(0, put(&fx, "visit", STORE_SCRIPT_DRAFT, "{\"a\":1}"));
	CHECK_ERR(0, put(&fx, "visit", STORE_SCRIPT_DRAFT, "{\"a\":2}"));
	CHECK_ERR(0, get(&fx, "visit", STORE_SCRIPT_DRAFT));
	CHECK_STR("{\"a\":2}", told.text);
	CHECK_ERR(ENOENT, get(&fx, "visit", STORE_SCRIPT_LATEST));

	CHECK_ERR(0, put(&fx, "visit", 1, "{\"v\":1}"));
	CHECK_ERR(0, put(&fx, "visit", 2, "{\"v\":2}"));
	CHECK_ERR(ENOENT, put(&fx, "visit", 2, "{\"v\":9}"));
	CHECK_ERR(ENOENT, put(&fx, "visit", 4, "{\"v\":9}"));
	CHECK_ERR(0, get(&fx, "visit", 2));
	CHECK_STR("{\"v\":2}", told.text);
	CHECK_ERR(0, get(&fx, "visit", STORE_SCRIPT_LATEST));
	CHECK_STR("{\"v\":2}", told.text);

	CHECK_ERR(0, put(&fx, "again", 1, "{}"));
	CHECK_ERR(0, list(&fx, "visit"));
	CHECK_STR("visit 2, visit 1, visit 0", told.text);
	CHECK_ERR(0, list(&fx, NULL));
	CHECK_STR("again 1, visit 2, visit 0", told.text);

out:
	fixture_end(&fx);

	return err;
}

/* --- calls ---------------------------------------------------------------- */

static void past_handler(const struct store_past *past, void *arg)
{
	(void)arg;

	told.calls++;
	told_add(past->call.callid, past->call.start_ms);
}

static int page(struct fixture *fx, const struct store_calls_prm *prm)
{
	memset(&told, 0, sizeof(told));
	fx->has_answer = false;

	return fixture_ask(fx, store_calls(fx->store, prm, past_handler,
	                                   fixture_done, fx));
}

static int calls_keep(struct fixture *fx)
{
	static const struct store_call callv[] = {
		{.callid = "c1",
	         .number = "+15550101",
	         .outcome = "busy",
	         .start_ms = 100,
	         .end_ms = 110},
		{.callid = "c2",
	         .number = "+15550102",
	         .outcome = "answered",
	         .label = "yes",
	         .start_ms = 200,
	         .end_ms = 210},
		{.callid = "c3",
	         .number = "+15550101",
	         .outcome = "answered",
	         .label = "no",
	         .start_ms = 300,
	         .end_ms = 310,
	         .variables = "{\"name\":\"Anna\"}"},
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(callv) && !err; i++)
		err = fixture_call(fx, &callv[i]);

	return err;
}

int test_shelf_calls_by_what_is_asked(void)
{
	static const struct {
		const char *why;
		struct store_calls_prm prm;
		const char *found;
	} rowv[] = {
		/* clang-format off */
		{"all, the latest first", {.limit = 10},
		 "c3 300, c2 200, c1 100"},
		{"a page", {.limit = 2}, "c3 300, c2 200"},
		{"the next one", {.limit = 2, .before = "c2"}, "c1 100"},
		{"a number", {.limit = 9, .number = "+15550101"},
		 "c3 300, c1 100"},
		{"an outcome", {.limit = 9, .outcome = "busy"}, "c1 100"},
		{"a label", {.limit = 9, .label = "yes"}, "c2 200"},
		{"a time", {.limit = 9, .since_ms = 200, .until_ms = 300},
		 "c2 200"},
		{"no campaign", {.limit = 9, .campaign = "x"}, ""},
		{"one", {.callid = "c2"}, "c2 200"},
		/* clang-format on */
	};
	const struct store_calls_prm nothing = {.callid = "c9"};
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, calls_keep(&fx));
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(0, page(&fx, &rowv[i].prm));
		if (strcmp(rowv[i].found, told.text) != 0)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].found, told.text);
	}
	CHECK_ERR(ENOENT, page(&fx, &nothing));

out:
	fixture_end(&fx);

	return err;
}

static void steps_handler(int err, const struct store_step *stepv, size_t stepc,
                          void *arg)
{
	told.steps = stepc;
	for (size_t i = 0; i < stepc; i++)
		told_add(stepv[i].input_args, stepv[i].sequence);
	fixture_done(err, arg);
}

int test_shelf_steps_of_a_call(void)
{
	struct store_step step = {
		.createtime_ms = 1795000000000,
		.input_start_ms = 1795000000000,
		.callid = "c1",
		.input_args = "Fyes",
	};
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, store_step(fx.store, &step));
	step.sequence = 1;
	step.input_args = "Fno";
	CHECK_ERR(0, store_step(fx.store, &step));
	step.callid = "c2";
	CHECK_ERR(0, store_step(fx.store, &step));

	memset(&told, 0, sizeof(told));
	fx.has_answer = false;
	CHECK_ERR(0, fixture_ask(&fx, store_steps(fx.store, "c1", steps_handler,
	                                          &fx)));
	CHECK_STR("Fyes 0, Fno 1", told.text);

out:
	fixture_end(&fx);

	return err;
}

/* --- events --------------------------------------------------------------- */

static void span_handler(int err, int64_t first, int64_t last, void *arg)
{
	told.first = first;
	told.last = last;
	fixture_done(err, arg);
}

static int span(struct fixture *fx)
{
	memset(&told, 0, sizeof(told));
	fx->has_answer = false;

	return fixture_ask(fx, store_outbox_span(fx->store, span_handler, fx));
}

int test_shelf_span_of_the_outbox(void)
{
	static const struct store_event event = {
		.type = "call.ended",
		.key = "c1",
		.data = "{}",
	};
	struct fixture fx;
	int64_t last;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, store_events_on(fx.store, "*"));
	CHECK_ERR(0, span(&fx));
	CHECK_I64(told.last + 1, told.first);
	last = told.last;

	for (size_t i = 0; i < 3; i++) {
		fx.has_answer = false;
		CHECK_ERR(0, fixture_ask(&fx, store_event(fx.store, &event,
		                                          fixture_done, &fx)));
	}
	CHECK_ERR(0, span(&fx));
	CHECK_I64(last + 1, told.first);
	CHECK_I64(last + 3, told.last);

	/* What is gone leaves a gap that can be seen. */
	CHECK_ERR(0, store_outbox_trim(fx.store, INT64_MAX / 2));
	CHECK_ERR(0, span(&fx));
	CHECK_I64(last + 4, told.first);
	CHECK_I64(last + 3, told.last);

out:
	fixture_end(&fx);

	return err;
}
