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

/* The phrases of a node whose only child has the condition, joined by "/". */
static int phrases_of(const char *condition, char *joined, size_t size,
                      bool *is_completep)
{
	struct flow_session *sess = NULL;
	const char *const *phrasev;
	struct flow_turn turn;
	char json[1024];
	size_t phrasec, len = 0;
	int err;

	(void)snprintf(json, sizeof(json),
	               "{\"start\":\"a\",\"nlp\":{\"synonyms\":{\"yes\":"
	               "[\"yes\",\"sure\"]}},\"flow\":[{\"id\":\"a\","
	               "\"action\":\"playback\",\"children\":[{\"flow\":\"a\","
	               "\"condition\":{\"text\":\"%s\"}}]}]}",
	               condition);
	joined[0] = '\0';
	err = talk_start(&sess, json, &turn);
	if (!err)
		err = flow_session_phrases(sess, &phrasev, &phrasec,
		                           is_completep, 20);
	for (size_t i = 0; !err && i < phrasec; i++)
		len += (size_t)snprintf(joined + len, size - len, "%s%s",
		                        i ? "/" : "", phrasev[i]);
	mem_deref(sess);

	return err;
}

static int test_flow_phrases(void)
{
	static const struct {
		const char *why, *condition, *phrases;
		bool is_complete;
	} rowv[] = {
		/* clang-format off */
		{"alternatives", "yes|of course", "yes/of course", true},
		{"ANY needs no phrase", "ANY", "", true},
		{"optional parts", "no( thank you)?", "no/no thank you", true},
		{"groups multiply", "(not|never) (now|here)",
		 "not now/not here/never now/never here", true},
		{"small classes", "pri[cs]e", "price/prise", true},
		{"anchors and the letter go", "^Fyes$|^F(no|nope)\\\\b",
		 "yes/no/nope", true},
		{"a word keeps its letter", "Friday", "Friday", true},
		{"a group with the letter", "F(a|b)", "a/b", true},
		{"anything in between", "not.*interested", "not * interested",
		 true},
		{"but not at the ends", ".*yes.{0,5}", "yes", true},
		{"synonyms", "@yes", "yes/sure", true},
		{"what must not stand before", "(?<!not.*)now", "now", true},
		{"spaces", "call\\\\s+me", "call me", true},
		{"Chinese", "(不|没)要", "不要/没要", true},
		{"unbounded: left out", "a+b|c", "c", false},
		{"twice the same: once", "a|a", "a", true},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		char joined[512];
		bool is_complete = false;

		err = phrases_of(rowv[i].condition, joined, sizeof(joined),
		                 &is_complete);
		CHECK_ERR(0, err);
		if (strcmp(joined, rowv[i].phrases) != 0 ||
		    is_complete != rowv[i].is_complete)
			CHECK_FAIL("row %zu: %s: %s", i, rowv[i].why, joined);
	}

out:
	return err;
}

/* The generated pages say what the tables say now. */
static int page_check(const char *path, void (*describe)(FILE *out))
{
	static char expected[64 * 1024], actual[64 * 1024];
	FILE *file = fopen(test_source(path), "r"), *now = tmpfile();
	size_t a, b;
	int err = 0;

	CHECK(file && now);
	describe(now);
	rewind(now);
	a = fread(expected, 1, sizeof(expected), file);
	b = fread(actual, 1, sizeof(actual), now);
	if (a != b || memcmp(expected, actual, a) != 0)
		CHECK_FAIL("%s is old: see its first lines", path);

out:
	if (file)
		(void)fclose(file);
	if (now)
		(void)fclose(now);

	return err;
}

static int test_flow_pages(void)
{
	int err = page_check("docs/script-keys.md", flow_describe_keys);

	return err ? err
	           : page_check("docs/script.schema.json",
	                        flow_describe_schema);
}

/* A script goes by its name, with or without .json (E002). */
static int test_flow_by_name(void)
{
	static const char *const pathv[] = {"examples/debt.json",
	                                    "examples/debt"};
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	int err;

	err = flow_faults_alloc(&faults);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < ARRAY_COUNT(pathv); i++) {
		err = flow_load_file(&script, test_source(pathv[i]), faults);
		CHECK_ERR(0, err);
		CHECK_STR("debt", flow_script_name(script));
		script = mem_deref(script);
	}
	CHECK_ERR(ENOENT, flow_load_file(&script, test_source("examples/none"),
	                                 faults));

out:
	mem_deref(script);
	mem_deref(faults);

	return err;
}

static int refusal_check(const char *json, size_t len, const char *message)
{
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	int err;

	err = flow_faults_alloc(&faults);
	CHECK_ERR(0, err);
	CHECK(flow_load(&script, "big", json, len, faults) != 0);
	CHECK(flow_faults_errors(faults) > 0);
	if (!strstr(flow_faults_at(faults, 0)->message, message))
		CHECK_FAIL("not so: %s", flow_faults_at(faults, 0)->message);

out:
	mem_deref(script);
	mem_deref(faults);

	return err;
}

/* What is too large, too deep or too much is refused with the limit. */
static int test_flow_limits(void)
{
	enum {
		BIG = 16 * 1024 * 1024 + 1,
		DEEP = 65,
		NODES = 10001,
	};
	static const char head[] = "{\"start\":\"a\",\"flow\":[";
	char *text = mem_zalloc(BIG, NULL);
	size_t len = sizeof(head) - 1;
	int err = 0;

	CHECK(text);
	memset(text, ' ', BIG);
	err = refusal_check(text, BIG, "at most 16777216");
	CHECK_ERR(0, err);

	memset(text, '[', DEEP);
	err = refusal_check(text, DEEP, "deeper than 64");
	CHECK_ERR(0, err);

	memcpy(text, head, len);
	for (int i = 0; i < NODES; i++)
		len += (size_t)snprintf(text + len, BIG - len,
		                        "%s{\"id\":\"%d\",\"action\":\"set\"}",
		                        i ? "," : "", i);
	len += (size_t)snprintf(text + len, BIG - len, "]}");
	err = refusal_check(text, len, "at most 10000");
	CHECK_ERR(0, err);

out:
	mem_deref(text);

	return err;
}

/* A script with a bit of everything: both engines, synonyms, services. */
static const char all[] =
	"{\"version\":\"3\",\"start\":\"greet\",\"recordings\":\"rec\","
	"\"variables\":{\"who\":\"A\"},\"tts\":{\"voices\":[\"a\",\"b\"]},"
	"\"asr\":{\"asr_params\":{\"group\":\"x\"}},\"nlp\":{\"url\":"
	"\"http://127.0.0.1/\",\"synonyms\":{\"yes\":[\"yes\",\"sure\"]}},"
	"\"label\":[{\"label\":\"A\",\"when\":[{\"var\":\"class\",\"op\":\"=="
	"\","
	"\"value\":\"A\"}]}],\"kb\":[{\"id\":\"price\",\"category\":\"c\","
	"\"keywords\":[\"pri[cs]e\",\"wie.*teuer\"],\"playbacks\":[\"ten "
	"${x}\"]}],"
	"\"globalflow\":[{\"id\":\"man\",\"flow\":\"back\",\"condition\":"
	"{\"text\":\"operator\"}}],\"flow\":[{\"id\":\"greet\",\"action\":"
	"\"playback\",\"playbacks\":[\"hello ${who}\"],\"kb\":[\"c\"],"
	"\"globalflow\":\"all\",\"nlpid\":\"1\",\"noiserule\":[\"^F[hm]+$\"],"
	"\"filter\":{\"dtmf\":\"#\"},\"children\":[{\"flow\":\"ask\","
	"\"condition\":{\"text\":\"@yes|of course( yes)?\",\"dtmf\":\"1\"}},"
	"{\"flow\":\"ask\",\"condition\":{\"text\":\"(?<!不要.*)微信\","
	"\"complete\":\"ANY\"}}]},"
	"{\"id\":\"back\",\"action\":\"return\",\"playbacks\":[\"so\"]},"
	"{\"id\":\"ask\",\"action\":\"http\",\"url\":\"http://x/?${who}\","
	"\"body\":{\"a\":[\"${who}\",{\"b\":1}]},\"children\":[{\"flow\":"
	"\"bye\","
	"\"condition\":{\"complete\":\"ANY\"}}]},"
	"{\"id\":\"bye\",\"action\":\"hangup\",\"playbacks\":[\"${said}\"]}]}";

/* Whichever allocation fails, of ours, the parser's or an engine's: ENOMEM, or
 * the same conversation without it; never less of it. */
static int test_flow_memory(void)
{
	static const struct flow_input inv[] = {
		{.kind = FLOW_TEXT, .args = "Fwhat price, 微信?"},
		{.kind = FLOW_NLP, .args = "pri[cs]e"},
		{.kind = FLOW_TEXT, .args = "Foperator"},
		{.kind = FLOW_NLP},
		{.kind = FLOW_TEXT, .args = "F微信"},
		{.kind = FLOW_NLP, .args = "none"},
		{.kind = FLOW_HTTP,
	         .status = 200,
	         .args = "{\"said\":\"bye\"}"},
	};
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	struct flow_session *sess = NULL;
	struct flow_turn turn;
	const char *const *phrasev;
	bool is_complete;
	size_t phrasec;
	int err;

	err = flow_faults_alloc(&faults);
	if (!err)
		err = flow_load(&script, "all", all, sizeof(all) - 1, faults);
	if (!err)
		err = flow_lint(script, faults);
	if (!err)
		err = flow_session_alloc(&sess, script, "c1", NULL, 0);
	if (!err)
		err = flow_start(sess, &turn);
	for (size_t i = 0; i < ARRAY_COUNT(inv) && !err; i++) {
		err = flow_session_phrases(sess, &phrasev, &phrasec,
		                           &is_complete, 20);
		if (!err)
			err = flow_feed(sess, &inv[i], i, &turn);
	}
	if (err)
		goto out;

	CHECK(turn.is_over);
	CHECK_STR("bye", turn.effectv[0].hangup.itemv[0]);

out:
	mem_deref(sess);
	mem_deref(script);
	mem_deref(faults);

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

/* The columns of a step say whether somebody was understood. */
static int test_flow_heard(void)
{
	static const struct {
		const char *why;
		struct flow_step step; /* type, args, method, response */
		enum flow_heard heard;
	} rowv[] = {
	/* clang-format off */
#define STEP(type, args, method, response)                                     \
	{.input_type = (type), .input_args = (args),                           \
	 .matching_method = (method), .response_type = (response)}
		{"an answer that leads on", STEP(0, "Fyes", 2, 1),
		 FLOW_HEARD_UNDERSTOOD},
		{"a question of theirs", STEP(0, "Fwho is that", 3, 2),
		 FLOW_HEARD_UNDERSTOOD},
		{"stop, from anywhere", STEP(0, "Fstop", 2, 6),
		 FLOW_HEARD_UNDERSTOOD},
		{"known before it was over", STEP(0, "Pyes", 2, 1),
		 FLOW_HEARD_UNDERSTOOD},
		{"not known yet", STEP(0, "Pye", 0, 0), FLOW_HEARD_NONE},
		{"nothing fits: asked again", STEP(0, "Fpurple", 0, 3),
		 FLOW_HEARD_NOT_UNDERSTOOD},
		{"nothing fits, and nothing follows", STEP(0, "Fpurple", 0, 0),
		 FLOW_HEARD_NOT_UNDERSTOOD},
		{"anything would do", STEP(0, "Fpurple", 4, 1),
		 FLOW_HEARD_NONE},
		{"noise by a rule", STEP(0, "Fhm", 0, 8), FLOW_HEARD_NONE},
		{"silence", STEP(2, "DONE(\"\")", 0, 5), FLOW_HEARD_NONE},
		{"a key", STEP(1, "D1", 3, 1), FLOW_HEARD_NONE},
#undef STEP
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		if (flow_step_heard(&rowv[i].step) != rowv[i].heard)
			CHECK_FAIL("%s", rowv[i].why);
	}

out:
	return err;
}

const struct test testv[] = {
	TEST_OOM(test_disclose_table),  TEST_OOM(test_flow_whole_talk),
	TEST_OOM(test_flow_phrases),    TEST(test_flow_by_lot),
	TEST(test_flow_limits),         TEST_OOM(test_flow_memory),
	TEST(test_flow_pages),          TEST(test_flow_by_name),
	TEST(test_flow_heard),          TEST_OOM(test_replay_table),
	TEST_OOM(test_replay_torn),     TEST_OOM(test_replay_whole),
	TEST(test_flow_mutated),        TEST_OOM(test_pattern_table),
	TEST_OOM(test_pattern_refused), TEST(test_pattern_index),
	TEST(test_pattern_fold),
};
const size_t testc = ARRAY_COUNT(testv);
