/*
 * test/store/test_outbox.c - facts leave events, and sinks read them
 */
#include <jansson.h>
#include "fixture.h"
#include "store/tests.h"

enum {
	EVENTS_MAX = 64,
};

struct seen {
	struct fixture *fx;
	char typev[EVENTS_MAX][32];
	char keyv[EVENTS_MAX][64];
	char idv[EVENTS_MAX][64];
	int64_t seqv[EVENTS_MAX];
	uint32_t nv[EVENTS_MAX];
	char datav[EVENTS_MAX][2048];
	size_t count;
};

static struct seen seen;

static void event_handler(const struct store_event *event, void *arg)
{
	struct seen *s = arg;
	size_t i = s->count++;

	if (i >= EVENTS_MAX)
		return;
	(void)snprintf(s->typev[i], sizeof(s->typev[i]), "%s", event->type);
	(void)snprintf(s->keyv[i], sizeof(s->keyv[i]), "%s", event->key);
	(void)snprintf(s->idv[i], sizeof(s->idv[i]), "%s", event->id);
	(void)snprintf(s->datav[i], sizeof(s->datav[i]), "%s", event->data);
	s->seqv[i] = event->seq;
	s->nv[i] = event->n;
}

static int sink_hold(struct fixture *fx, const char *sink)
{
	fx->has_answer = false;

	return fixture_ask(fx,
	                   store_sink_hold(fx->store, sink, fixture_done, fx));
}

static void seen_done(int err, void *arg)
{
	fixture_done(err, ((struct seen *)arg)->fx);
}

static int look(struct fixture *fx, const char *sink, int64_t after,
                bool is_again)
{
	const struct store_outbox_prm prm = {
		.sink = sink,
		.after = after,
		.limit = EVENTS_MAX,
		.is_again = is_again,
	};

	memset(&seen, 0, sizeof(seen));
	seen.fx = fx;
	fx->has_answer = false;

	return fixture_ask(fx, store_outbox(fx->store, &prm, event_handler,
	                                    seen_done, &seen));
}

static int event_write(struct fixture *fx, const char *type, const char *key)
{
	const struct store_event event = {
		.type = type,
		.key = key,
		.data = "{\"a\": \"\\u043d\\u0435\\u0442\"}",
	};

	fx->has_answer = false;

	return fixture_ask(fx,
	                   store_event(fx->store, &event, fixture_done, fx));
}

static int types_are(const char *const *typev, size_t typec)
{
	int err = 0;

	CHECK_U64(typec, seen.count);
	for (size_t i = 0; i < typec; i++)
		CHECK_STR(typev[i], seen.typev[i]);

out:
	return err;
}

/* Who writes it again after a crash has written it once. */
int test_outbox_once(void)
{
	static const struct {
		const char *id, *key;
		uint32_t n; /* 0: it is not written */
	} rowv[] = {
		/* clang-format off */
		{"bus/0/1", "a", 1},
		{"bus/0/1", "a", 0},
		{"bus/0/2", "a", 2},
		{"bus/0/1", "b", 1},
		{"bus/0/1", "a", 0},
		/* clang-format on */
	};
	struct fixture fx;
	size_t count = 0;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, store_events_on(fx.store, "*"));
	CHECK_ERR(0, sink_hold(&fx, "crm"));
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct store_event event = {
			.id = rowv[i].id,
			.type = "gate.answered",
			.key = rowv[i].key,
			.data = "{}",
		};

		fx.has_answer = false;
		CHECK_ERR(0, fixture_ask(&fx, store_event(fx.store, &event,
		                                          fixture_done, &fx)));
	}
	CHECK_ERR(0, look(&fx, "crm", 0, false));
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (!rowv[i].n)
			continue;
		CHECK_STR(rowv[i].id, seen.idv[count]);
		CHECK_STR(rowv[i].key, seen.keyv[count]);
		CHECK_U64(rowv[i].n, seen.nv[count]);
		count++;
	}
	CHECK_U64(count, seen.count);

out:
	fixture_close(&fx);

	return err;
}

/* A call from claim to end, told in the order in which it happened. */
int test_outbox_facts(void)
{
	static const char *const typev[] = {
		"attempt.begun", "call.step",     "call.intention",
		"call.ended",    "call.labelled", "attempt.ended",
	};
	struct store_step step = {
		.callid = NULL,
		.input_args = "Fyes",
		.notice = "{\"trigger\": \"lead[ask]\"}",
	};
	struct store_call call = {
		.number = "+15550100",
		.start_ms = 1,
		.label = "hot",
		.variables = "{\"name\": \"Ada\"}",
	};
	json_t *data = NULL;
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	err = store_events_on(fx.store, "*");
	CHECK_ERR(0, err);
	err = sink_hold(&fx, "crm");
	CHECK_ERR(0, err);
	err = fixture_people(&fx, 1);
	CHECK_ERR(0, err);
	err = fixture_claim(&fx);
	CHECK_ERR(0, err);
	step.callid = call.callid = fx.call_id;
	err = store_step(fx.store, &step);
	CHECK_ERR(0, err);

	/* A call that goes on is not told of. */
	err = fixture_call(&fx, &call);
	CHECK_ERR(0, err);
	call.end_ms = 5000;
	err = fixture_call(&fx, &call);
	CHECK_ERR(0, err);
	err = fixture_attempt_end(&fx, "answered", true, 0);
	CHECK_ERR(0, err);

	err = look(&fx, "crm", STORE_OUTBOX_SETTLED, false);
	CHECK_ERR(0, err);
	err = types_are(typev, ARRAY_COUNT(typev));
	CHECK_ERR(0, err);
	for (uint32_t i = 0; i < ARRAY_COUNT(typev); i++) {
		CHECK_STR(fx.call_id, seen.keyv[i]);
		CHECK_U64(i + 1, seen.nv[i]);
		CHECK(!i || seen.seqv[i] > seen.seqv[i - 1]);
		CHECK(!i || strcmp(seen.idv[i], seen.idv[i - 1]) != 0);
	}
	data = json_loads(seen.datav[3], 0, NULL);
	CHECK(data);
	CHECK_STR("Ada", json_string_value(json_object_get(
				 json_object_get(data, "variables"), "name")));
	CHECK_STR("1970-01-01T00:00:05.000Z",
	          json_string_value(json_object_get(data, "end")));
	CHECK(json_is_null(json_object_get(data, "answer")));
	CHECK_STR("{\"trigger\":\"lead[ask]\"}", seen.datav[2]);

out:
	json_decref(data);
	fixture_end(&fx);

	return err;
}

/* Where nobody listens nothing is written; a new sink hears what comes from
 * now on. */
int test_outbox_begins_with_its_sink(void)
{
	static const char *const typev[] = {"line.state", "import.done"};
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	err = event_write(&fx, "line.state", "main");
	CHECK_ERR(0, err);
	err = look(&fx, NULL, 0, false);
	CHECK_ERR(0, err);
	CHECK_U64(0, seen.count);

	err = store_events_on(fx.store, "import.done, line.*");
	CHECK_ERR(0, err);
	err = event_write(&fx, "line.state", "main");
	CHECK_ERR(0, err);
	err = sink_hold(&fx, "late");
	CHECK_ERR(0, err);
	err = event_write(&fx, "import.done", "people");
	CHECK_ERR(0, err);
	err = event_write(&fx, "import.done2", "people");
	CHECK_ERR(0, err);
	err = look(&fx, "late", STORE_OUTBOX_SETTLED, false);
	CHECK_ERR(0, err);
	err = types_are(&typev[1], 1);
	CHECK_ERR(0, err);
	CHECK_STR("{\"a\":\"нет\"}", seen.datav[0]);
	err = look(&fx, NULL, 0, false);
	CHECK_ERR(0, err);
	err = types_are(typev, 2);
	CHECK_ERR(0, err);

out:
	fixture_end(&fx);

	return err;
}

static int undelivered_count(struct fixture *fx, const char *where,
                             const char *expected)
{
	char sql[128], text[FIXTURE_TEXT_SIZE];
	int err;

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", where);
	err = fixture_sql(fx, sql, text);
	CHECK_ERR(0, err);
	CHECK_STR(expected, text);

out:
	return err;
}

static uint32_t counted;

static void count_handler(int err, uint32_t count, void *arg)
{
	counted = count;
	fixture_done(err, arg);
}

static int try_again(struct fixture *fx, int64_t seq)
{
	int err;

	/* Old enough to go but for the one that may be tried again. */
	err = store_outbox_settle(fx->store, "a", seq + 1);
	CHECK_ERR(0, err);
	err = store_outbox_settle(fx->store, "b", seq + 1);
	CHECK_ERR(0, err);
	err = store_outbox_trim(fx->store, INT64_MAX / 2);
	CHECK_ERR(0, err);
	err = look(fx, "a", 0, true);
	CHECK_ERR(0, err);
	CHECK_U64(0, seen.count);
	fx->has_answer = false;
	err = fixture_ask(
		fx, store_outbox_again(fx->store, "a", 0, count_handler, fx));
	CHECK_ERR(0, err);
	CHECK_U64(1, counted);
	err = look(fx, "a", 0, true);
	CHECK_ERR(0, err);
	CHECK_U64(1, seen.count);
	CHECK_U64(seq, seen.seqv[0]);
	err = undelivered_count(fx, "outbox", "1");
	CHECK_ERR(0, err);
	err = store_outbox_heal(fx->store, "a", seq);
	CHECK_ERR(0, err);
	err = look(fx, "a", 0, true);
	CHECK_ERR(0, err);
	CHECK_U64(0, seen.count);

out:
	return err;
}

/* Each sink has a place of its own, which a restart does not lose; what was
 * given up is told apart and may be tried again. */
int test_outbox_settled(void)
{
	struct store_undelivered bad = {
		.sink = "a", .tries = 3, .fault = "400 Bad Request"};
	struct fixture fx;
	int64_t second;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	err = store_events_on(fx.store, "*");
	CHECK_ERR(0, err);
	err = sink_hold(&fx, "a");
	CHECK_ERR(0, err);
	err = sink_hold(&fx, "b");
	CHECK_ERR(0, err);
	for (unsigned i = 0; i < 3; i++) {
		err = event_write(&fx, "line.state", "main");
		CHECK_ERR(0, err);
	}
	err = look(&fx, "a", STORE_OUTBOX_SETTLED, false);
	CHECK_ERR(0, err);
	CHECK_U64(3, seen.count);
	second = bad.seq = seen.seqv[1];
	err = store_outbox_give_up(fx.store, &bad);
	CHECK_ERR(0, err);
	err = store_outbox_settle(fx.store, "a", second);
	CHECK_ERR(0, err);
	fixture_close(&fx);

	err = fixture_open(&fx);
	CHECK_ERR(0, err);
	err = store_events_on(fx.store, "*");
	CHECK_ERR(0, err);
	err = sink_hold(&fx, "a");
	CHECK_ERR(0, err);
	CHECK_ERR(EBUSY, look(&fx, "b", STORE_OUTBOX_SETTLED, false));
	err = sink_hold(&fx, "b");
	CHECK_ERR(0, err);
	err = look(&fx, "b", STORE_OUTBOX_SETTLED, false);
	CHECK_ERR(0, err);
	CHECK_U64(3, seen.count);
	err = look(&fx, "a", STORE_OUTBOX_SETTLED, false);
	CHECK_ERR(0, err);
	CHECK_U64(1, seen.count);
	CHECK_U64(second + 1, seen.seqv[0]);
	CHECK_U64(3, seen.nv[0]);

	err = try_again(&fx, second);
	CHECK_ERR(0, err);

out:
	fixture_end(&fx);

	return err;
}

/* A sink that stands still holds events back, until it was held by nobody for
 * a month. */
int test_outbox_trimmed(void)
{
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	err = store_events_on(fx.store, "*");
	CHECK_ERR(0, err);
	err = event_write(&fx, "line.state", "main");
	CHECK_ERR(0, err);
	err = sink_hold(&fx, "gone");
	CHECK_ERR(0, err);
	err = event_write(&fx, "line.state", "main");
	CHECK_ERR(0, err);
	err = store_outbox_trim(fx.store, INT64_MAX / 2);
	CHECK_ERR(0, err);
	err = look(&fx, NULL, 0, false);
	CHECK_ERR(0, err);
	CHECK_U64(1, seen.count);
	err = fixture_sql(&fx,
	                  "UPDATE sinks SET lease_until_ms = 1 RETURNING name",
	                  text);
	CHECK_ERR(0, err);
	err = store_outbox_trim(fx.store, INT64_MAX / 2);
	CHECK_ERR(0, err);
	err = look(&fx, NULL, 0, false);
	CHECK_ERR(0, err);
	CHECK_U64(0, seen.count);

out:
	fixture_end(&fx);

	return err;
}

/* Nothing that is still to be committed is passed by; nobody else delivers
 * what we deliver. */
int test_outbox_crash_in_doubt(void)
{
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	err = store_events_on(fx.store, "*");
	CHECK_ERR(0, err);
	err = sink_hold(&fx, "crm");
	CHECK_ERR(0, err);
	err = fixture_people(&fx, 2);
	CHECK_ERR(0, err);
	err = fixture_claim(&fx);
	CHECK_ERR(0, err);
	fixture_close(&fx);

	/* The attempt of the process that is gone ends before everybody's
	 * eyes. */
	err = fixture_open(&fx);
	CHECK_ERR(0, err);
	err = store_events_on(fx.store, "*");
	CHECK_ERR(0, err);
	err = fixture_campaign(&fx, "calls");
	CHECK_ERR(0, err);
	err = sink_hold(&fx, "crm");
	CHECK_ERR(0, err);
	err = look(&fx, "crm", STORE_OUTBOX_SETTLED, false);
	CHECK_ERR(0, err);
	CHECK_U64(2, seen.count);
	CHECK_STR("attempt.ended", seen.typev[1]);
	CHECK_STR(seen.keyv[0], seen.keyv[1]);
	CHECK(strstr(seen.datav[1], "\"outcome\":\"in_doubt\""));

out:
	fixture_end(&fx);

	return err;
}
