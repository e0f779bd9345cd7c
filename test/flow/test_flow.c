/*
 * test/flow/test_flow.c - the table of flow's tests
 */
#include "harness.h"
#include "flow/flow.h"
#include "tests.h"
#include "walk.h"

static const char visit[] =
	"{\"version\":\"3\",\"start\":\"greet\",\"variables\":{\"who\":\"A\"},"
	"\"nlp\":{\"synonyms\":{\"yes\":[\"yes\",\"sure\"]}},"
	"\"kb\":[{\"id\":\"price\",\"keywords\":\"pri[cs]e\","
	"\"playbacks\":[\"ten\"]}],"
	"\"flow\":[{\"id\":\"greet\",\"action\":\"playback\","
	"\"playbacks\":[\"hello ${who}\"],\"kb\":\"all\","
	"\"filter\":{\"dtmf\":\"#\"},\"children\":["
	"{\"flow\":\"bye\",\"condition\":{\"text\":\"@yes|of course( yes)?\","
	"\"dtmf\":\"1\",\"complete\":\"ANY\"}}]},"
	"{\"id\":\"bye\",\"action\":\"hangup\",\"playbacks\":[\"bye\"]}]}";

static int talk_start(struct flow_session **sessp, const char *json,
                      struct flow_turn *turn)
{
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	int err;

	err = flow_faults_alloc(&faults);
	if (!err)
		err = flow_load(&script, "visit", json, strlen(json), faults);
	if (!err)
		err = flow_session_alloc(sessp, script, "c1", NULL, 0);
	if (!err)
		err = flow_start(*sessp, turn);
	for (size_t i = 0; faults && i < flow_faults_count(faults); i++)
		fprintf(stderr, "%s: %s\n", flow_faults_at(faults, i)->path,
		        flow_faults_at(faults, i)->message);
	mem_deref(script);
	mem_deref(faults);

	return err;
}

static int test_flow_whole_talk(void)
{
	struct flow_session *sess = NULL;
	struct flow_input in = {.kind = FLOW_TEXT, .args = "FPrice?"};
	struct flow_result result;
	struct flow_turn turn;
	int err;

	err = talk_start(&sess, visit, &turn);
	CHECK_ERR(0, err);
	CHECK_STR("visit:3", turn.stepv[0].input_args);
	CHECK_STR("hello A", turn.effectv[0].play.itemv[0]);

	err = flow_feed(sess, &in, 1000, &turn);
	CHECK_ERR(0, err);
	CHECK_STR("ten|hello A", turn.stepv[0].response_args);

	in = (struct flow_input){.kind = FLOW_DTMF, .args = "D1"};
	err = flow_feed(sess, &in, 2500, &turn);
	CHECK_ERR(0, err);
	CHECK(turn.is_over);
	CHECK_I64(FLOW_DO_HANGUP, turn.effectv[0].kind);
	CHECK_STR("bye", turn.effectv[0].hangup.itemv[0]);

	flow_session_result(sess, &result);
	CHECK_U64(2, result.counters.talk_time);
	CHECK_U64(1, result.counters.trigger_kb);

out:
	mem_deref(sess);

	return err;
}

static int test_flow_phrases(void)
{
	static const char *const expectedv[] = {
		"yes", "sure", "of course", "of course yes", "price", "prise",
	};
	struct flow_session *sess = NULL;
	const char *const *phrasev;
	struct flow_turn turn;
	bool is_complete;
	size_t phrasec;
	int err;

	err = talk_start(&sess, visit, &turn);
	CHECK_ERR(0, err);
	err = flow_session_phrases(sess, &phrasev, &phrasec, &is_complete, 100);
	CHECK_ERR(0, err);
	CHECK(is_complete);
	CHECK_U64(ARRAY_COUNT(expectedv), phrasec);
	for (size_t i = 0; i < phrasec; i++)
		CHECK_STR(expectedv[i], phrasev[i]);

out:
	mem_deref(sess);

	return err;
}

/* Whatever the script and whatever is said: what must hold holds. */
static int test_flow_by_lot(void)
{
	struct lots lots = {.state = test_seed()};
	int err = 0;

	for (int i = 0; i < 300; i++) {
		json_t *script = walk_script(&lots);

		err = walk_talk(script, &lots);
		if (!err)
			err = walk_broken(script, &lots);
		json_decref(script);
		CHECK_ERR(0, err);
	}

out:
	return err;
}

const struct test testv[] = {
	TEST(test_flow_whole_talk), TEST(test_flow_phrases),
	TEST(test_flow_by_lot),     TEST(test_pattern_table),
	TEST(test_pattern_refused), TEST(test_pattern_index),
	TEST(test_pattern_fold),
};
const size_t testc = ARRAY_COUNT(testv);
