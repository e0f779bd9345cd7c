/*
 * test/store/test_kept.c - what was written is there, whole and once
 */
#include <jansson.h>
#include "base/clock.h"
#include "fixture.h"
#include "store/pile.h"
#include "store/tests.h"

static const struct store_step step = {
	.createtime_ms = 1795000000123,
	.callid = "call-1",
	.current_appid = "A1",
	.sequence = 3,
	.current_flowid = "F1",
	.input_type = 0,
	.input_args = "Fда, удобно'); DROP TABLE calls; --",
	.input_nlp_args = NULL,
	.input_start_ms = 1795000000000,
	.input_duration_ms = 800,
	.input_play_ms = 1200,
	.matching_method = 2,
	.matching_condition = "да|yes",
	.condition_id = "C7",
	.condition_weight = -2,
	.matching_keyword = "да",
	.response_type = 1,
	.response_description = "confirmed",
	.response_id = "F2",
	.response_action = "playback",
	.response_args = "{\"text\":\"好\"}",
	.repetition = 1,
	.potential = "I1",
	.record = "a.wav",
	.speech_end_ms = 5000,
	.text_ms = 5100,
	.decision_ms = 5101,
};

int test_kept_steps(void)
{
	static const struct {
		const char *sql;
		const char *text;
	} rowv[] = {
		/* clang-format off */
		{"SELECT count(*) FROM conversation", "100"},
		{"SELECT input_args FROM conversation",
		 "Fда, удобно'); DROP TABLE calls; --"},
		{"SELECT count(*) FROM conversation WHERE input_nlp_args "
		 "IS NULL", "100"},
		{"SELECT condition_id || condition_weight || matching_keyword "
		 "FROM conversation", "C7-2да"},
		{"SELECT response_args FROM conversation", "{\"text\":\"好\"}"},
		{"SELECT substr(CAST(max(createtime) AS TEXT), 12, 12) "
		 "FROM conversation", "11:06:40.123"},
		{"SELECT substr(CAST(max(input_start_time) AS TEXT), 1, 10) "
		 "FROM conversation", "2026-11-18"},
		{"SELECT speech_end_ms || ' ' || text_ms || ' ' || decision_ms "
		 "FROM conversation", "5000 5100 5101"},
		{"SELECT sum(audio_ms) FROM conversation", "5300"},
		/* clang-format on */
	};
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	for (int i = 0; i < 100; i++)
		CHECK_ERR(0, store_step(fx.store, &step));
	CHECK_ERR(0, store_step_audio(fx.store, "call-1", 3, 5300));
	CHECK_ERR(0, fixture_block(&fx, "+15550199"));

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(0, fixture_sql(&fx, rowv[i].sql, text));
		CHECK_STR(rowv[i].text, text);
	}
	CHECK(!store_trouble(fx.store));

out:
	fixture_end(&fx);

	return err;
}

int test_kept_call_and_result(void)
{
	struct store_call call = {
		.callid = "call-1",
		.direction = "out",
		.number = "+15550100",
		.line = "main",
		.script = "demo",
		.script_version = "1",
		.outcome = "answered",
		.start_ms = 1000,
		.answer_ms = 2000,
		.end_ms = 3000,
		.label = "confirmed",
		.intention = 4,
		.class_letter = "A",
		.heard = "yes | thanks",
		.variables = "{\"day\":\"Monday\"}",
	};
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 2));
	CHECK_ERR(0, fixture_claim(&fx));

	call.callid = fx.call_id;
	call.attempt_id = fx.attempt_id;
	CHECK_ERR(0, fixture_call(&fx, &call));
	CHECK_ERR(0, fixture_attempt_end(&fx, "answered", true, 0));

	/* Two calls without an attempt, and one written twice. */
	call.callid = "single-1";
	call.attempt_id = 0;
	CHECK_ERR(0, fixture_call(&fx, &call));
	call.callid = "single-2";
	CHECK_ERR(0, fixture_call(&fx, &call));
	call.label = "later";
	CHECK_ERR(0, fixture_call(&fx, &call));

	CHECK_ERR(0, fixture_results(&fx));
	CHECK_U64(2, fx.rowc);
	CHECK_STR("+15550100", fx.rowv[0].number);
	CHECK_STR("done", fx.rowv[0].state);
	CHECK_STR("answered", fx.rowv[0].outcome);
	CHECK_U64(1, fx.rowv[0].attempts);
	CHECK_STR("ready", fx.rowv[1].state);
	CHECK_STR("", fx.rowv[1].outcome);

	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) || max(label) || "
	                         "max(variables) || max(counters) FROM calls",
	                         text));
	CHECK_STR("3later{\"day\":\"Monday\"}{}", text);

out:
	fixture_end(&fx);

	return err;
}

int test_kept_at_close(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);

	/* 600 make a batch that is with the worker, 10 wait behind it. */
	for (int i = 0; i < 610; i++)
		CHECK_ERR(0, store_step(fx.store, &step));
	fixture_close(&fx);

	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT count(*) FROM conversation", text));
	CHECK_STR("610", text);

out:
	fixture_end(&fx);

	return err;
}

int test_kept_list_duplicates(void)
{
	static const char *const numberv[] = {"+15550100", "+15550101",
	                                      "+15550100"};
	struct fixture fx;
	int64_t list_id;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_list(&fx, "people"));
	list_id = fx.list_id;
	CHECK_ERR(0, fixture_add(&fx, list_id, numberv, 3));
	CHECK_U64(2, fx.added);
	CHECK_U64(1, fx.duplicates);

	/* The same list again, and the same numbers in another one. */
	CHECK_ERR(0, fixture_list(&fx, "people"));
	CHECK_I64(list_id, fx.list_id);
	CHECK_ERR(0, fixture_add(&fx, list_id, numberv, 3));
	CHECK_U64(0, fx.added);
	CHECK_ERR(0, fixture_list(&fx, "others"));
	CHECK(fx.list_id != list_id);
	CHECK_ERR(0, fixture_add(&fx, fx.list_id, numberv, 2));
	CHECK_U64(2, fx.added);

out:
	fixture_end(&fx);

	return err;
}

int test_kept_pages(void)
{
	struct fixture fx;
	char textv[FIXTURE_ROWS_MAX][16];
	const char *numberv[FIXTURE_ROWS_MAX];
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_list(&fx, "people"));

	/* More than one page, and exactly two. */
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 50; i++) {
			(void)snprintf(textv[i], sizeof(textv[i]),
			               "+7999000%04d", round * 50 + i);
			numberv[i] = textv[i];
		}
		CHECK_ERR(0, fixture_add(&fx, fx.list_id, numberv, 50));
		CHECK_U64(50, fx.added);
	}
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(1000, fx.campaign.ready);

	CHECK_ERR(0, fixture_results(&fx));
	CHECK_U64(1000, fx.rowc);
	CHECK_ERR(0, fixture_preview(&fx, "calls", fx.list_id));
	CHECK_U64(1000, fx.rowc);

out:
	fixture_end(&fx);

	return err;
}

/* Runs the campaign and finds exactly those whom the preview promised. */
static int run_as_promised(struct fixture *fx)
{
	struct fixture_row rowv[FIXTURE_ROWS_MAX];
	size_t rowc = fx->rowc;
	int err = 0;

	memcpy(rowv, fx->rowv, sizeof(rowv));
	CHECK_ERR(0, fixture_campaign(fx, "calls"));
	for (size_t i = 0; i < rowc; i++) {
		if (rowv[i].reason[0])
			continue;
		CHECK_ERR(0, fixture_claim(fx));
		CHECK(fx->has_contact);
		CHECK_STR(rowv[i].number, fx->number);
	}
	CHECK_ERR(0, fixture_claim(fx));
	CHECK(!fx->has_contact);
	CHECK_I64(0, fx->next_ms);

out:
	return err;
}

int test_kept_preview_is_run(void)
{
	static const char *const reasonv[] = {
		"called before: busy",
		"in doubt: a call was begun before the program was interrupted",
		"",
		"on the do-not-call list: asked us to stop",
		"",
		"",
	};
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 6));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0, fixture_attempt_end(&fx, "busy", true, 0));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0, fixture_block(&fx, "+15550103"));

	/* While the process lives, its calls are not in doubt. */
	CHECK_ERR(0, fixture_preview(&fx, "calls", fx.list_id));
	CHECK_STR("is being called", fx.rowv[1].reason);

	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_preview(&fx, "calls", fx.list_id));
	CHECK_U64(6, fx.rowc);
	for (size_t i = 0; i < fx.rowc; i++)
		CHECK_STR(reasonv[i], fx.rowv[i].reason);
	CHECK_ERR(0, run_as_promised(&fx));

	CHECK_ERR(0, fixture_preview(&fx, "calls", fx.list_id));
	CHECK_STR("called before: in_doubt", fx.rowv[1].reason);
	CHECK_STR("on the do-not-call list", fx.rowv[3].reason);

out:
	fixture_end(&fx);

	return err;
}

int test_kept_dry_writes_nothing(void)
{
	static const char *const newv[] = {"+15550100", "+15550150"};
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 1));
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK_ERR(0, fixture_attempt_end(&fx, "busy", true, 0));
	CHECK_ERR(0, fixture_block(&fx, "+15550151"));

	/* Twice: the second dry run knows nothing of the first. */
	for (int i = 0; i < 2; i++) {
		CHECK_ERR(0, fixture_list_dry(&fx, "people"));
		CHECK_ERR(0, fixture_add(&fx, fx.list_id, newv, 2));
		CHECK_U64(1, fx.added);
		CHECK_U64(1, fx.duplicates);
		CHECK_ERR(0, fixture_preview(&fx, "calls", fx.list_id));
		CHECK_U64(2, fx.rowc);
		CHECK_STR("called before: busy", fx.rowv[0].reason);
		CHECK_STR("+15550150", fx.rowv[1].number);
		CHECK_STR("", fx.rowv[1].reason);
	}

	CHECK_ERR(0, fixture_list_dry(&fx, "unknown"));
	CHECK_ERR(0, fixture_preview(&fx, "calls", fx.list_id));
	CHECK_U64(0, fx.rowc);

	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT (SELECT count(*) FROM contacts) || "
	                         "'' || (SELECT count(*) FROM lists)",
	                         text));
	CHECK_STR("11", text);

out:
	fixture_end(&fx);

	return err;
}

int test_kept_other_list_refused(void)
{
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&fx, 1));
	CHECK_ERR(0, fixture_list(&fx, "others"));
	CHECK_ERR(EEXIST, fixture_campaign(&fx, "calls"));
	CHECK_ERR(0, fixture_campaign(&fx, "more calls"));

out:
	fixture_end(&fx);

	return err;
}

static uint32_t missed;

static void missed_handler(int err, uint32_t count, void *arg)
{
	struct fixture *fx = arg;

	missed = count;
	fixture_answer(fx, err);
}

/* How often a task was missed, with one more of them where `more` says so. */
static int missed_is(struct fixture *fx, const char *task, bool more,
                     uint32_t count)
{
	int err;

	fx->has_answer = false;
	err = more ? store_missed_more(fx->store, task, missed_handler, fx)
	           : store_missed(fx->store, task, missed_handler, fx);
	if (!err)
		err = fixture_wait(fx);
	CHECK_ERR(0, err ? err : fx->err);
	CHECK_U64(count, missed);

out:
	return err;
}

int test_kept_missed(void)
{
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, missed_is(&fx, "a", false, 0));
	CHECK_ERR(0, missed_is(&fx, "a", true, 1));
	CHECK_ERR(0, missed_is(&fx, "b", true, 1));
	CHECK_ERR(0, missed_is(&fx, "a", true, 2));

	/* After a restart it is known; who was reached begins anew. */
	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, missed_is(&fx, "a", false, 2));
	CHECK_ERR(0, store_missed_forget(fx.store, "a"));
	CHECK_ERR(0, missed_is(&fx, "a", false, 0));
	CHECK_ERR(0, missed_is(&fx, "b", false, 1));

out:
	fixture_end(&fx);

	return err;
}

/* A contact whose variable has that name and value comes out of the pile's
 * JSON as it went in. */
static int pile_carries(struct store_pile *pile, const char *name,
                        const char *value)
{
	const struct store_var var = {name, value};
	const struct store_contact contact = {
		.number = "+15550100", .row = 7, .varv = &var, .varc = 1};
	struct pile_row row = {0};
	json_t *json = NULL;
	size_t pos = 0;
	int err = 0;

	store_pile_clear(pile);
	CHECK_ERR(0, store_pile_put(pile, &contact));
	CHECK_ERR(0, store_pile_put(pile, &contact));
	CHECK_U64(2, store_pile_count(pile));
	for (int i = 0; i < 2; i++) {
		CHECK(pile_next(pile, &pos, &row));
		CHECK_STR("+15550100", row.number);
		CHECK_U64(7, row.row);
		json = json_loads(row.variables, 0, NULL);
		CHECK_STR(value,
		          json_string_value(json_object_get(json, name)));
		json_decref(json);
		json = NULL;
	}
	CHECK(!pile_next(pile, &pos, &row));

out:
	json_decref(json);

	return err;
}

int test_kept_texts_of_contacts(void)
{
	/* Cut in the middle of a character. */
	static const struct store_var brokenv[] = {
		{"name", "удобн\xd0"},
		{"na\xe4\xbd", "me"},
	};
	struct store_contact contact = {.number = "+15550100", .varc = 1};
	struct store_pile *pile = NULL;
	char text[20];
	int err = 0;

	CHECK_ERR(0, store_pile_alloc(&pile));

	/* Each byte at each place: texts go in pieces of eight bytes. */
	for (int byte = 1; byte < 128; byte++) {
		for (size_t place = 0; place < sizeof(text) - 1; place++) {
			memset(text, 'x', sizeof(text) - 1);
			text[sizeof(text) - 1] = '\0';
			text[place] = (char)byte;
			CHECK_ERR(0, pile_carries(pile, "name", text));
			CHECK_ERR(0, pile_carries(pile, text, "value"));
		}
	}
	CHECK_ERR(0, pile_carries(pile, "", ""));
	CHECK_ERR(0, pile_carries(pile, "name", "\"\\\n\"\"\t\x1f\x01\\"));
	CHECK_ERR(0, pile_carries(pile, "имя", "Zoë 你好, удобно 😀"));

	store_pile_clear(pile);
	for (size_t i = 0; i < ARRAY_COUNT(brokenv); i++) {
		contact.varv = &brokenv[i];
		CHECK_ERR(EPROTO, store_pile_put(pile, &contact));
	}
	CHECK_U64(0, store_pile_count(pile));

out:
	mem_deref(pile);

	return err;
}
