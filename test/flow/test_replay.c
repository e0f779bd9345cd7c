/*
 * test/flow/test_replay.c - held calls once more, with another script
 */
#include "harness.h"
#include "kept.h"
#include "tests.h"

/* What of the script is changed. */
static const char script_format[] =
	"{\"version\":\"3\",\"start\":\"greet\","
	"\"nlp\":{\"url\":\"http://127.0.0.1/nlp\"},"
	"\"label\":[{\"label\":\"%s\",\"when\":[{\"var\":\"class\",\"op\":"
	"\"==\",\"value\":\"A\"}]},{\"label\":\"other\"}],"
	"\"kb\":[{\"id\":\"price\",\"keywords\":\"price\","
	"\"playbacks\":[\"%s\"]}],\"flow\":["
	"{\"id\":\"greet\",\"action\":\"playback\",\"playbacks\":[\"hello\"],"
	"\"kb\":\"all\",\"filter\":{\"dtmf\":\"#\"},"
	"\"mismatchplaybacks\":[\"pardon\"],\"mismatchrepetition\":1,"
	"\"children\":[{\"flow\":\"ask\",\"condition\":{\"text\":\"%s\","
	"\"dtmf\":\"1\"}},{\"flow\":\"no\",\"condition\":{\"complete\":"
	"\"ANY\"}}]},"
	"{\"id\":\"ask\",\"action\":\"http\",\"url\":\"http://127.0.0.1/\","
	"\"children\":[{\"flow\":\"yes\",\"condition\":{\"complete\":"
	"\"DONE\"}},{\"flow\":\"no\",\"condition\":{\"complete\":\"ANY\"}}]},"
	"{\"id\":\"yes\",\"action\":\"hangup\",\"potential\":\"A\","
	"\"playbacks\":[\"bye\"]},{\"id\":\"no\",\"action\":\"hangup\"}]}";

struct edit {
	const char *label, *price, *yes;
};

static const struct edit original = {"keen", "ten", "yes|sure|of course"};

static int load(struct flow_script **scriptp, const struct edit *edit)
{
	struct flow_faults *faults = NULL;
	char json[2048];
	int len, err;

	len = snprintf(json, sizeof(json), script_format, edit->label,
	               edit->price, edit->yes);
	err = flow_faults_alloc(&faults);
	if (!err)
		err = flow_load(scriptp, "visit", json, (size_t)len, faults);
	mem_deref(faults);

	return err;
}

/* Holds a call: words of the callee, then the http answer where asked for. */
static int hold(struct kept *kept, struct flow_session **sessp,
                const char *const wordv[], int status)
{
	struct flow_script *script = NULL;
	struct flow_turn turn = {0};
	int err;

	err = load(&script, &original);
	if (!err)
		err = flow_session_alloc(sessp, script, "c1", NULL, 0);
	if (!err)
		err = flow_start(*sessp, &turn);
	if (!err)
		err = kept_add(kept, &turn);

	for (size_t i = 0; wordv[i] && !err && !turn.is_over; i++) {
		struct flow_input in = {
			.kind = *wordv[i] == 'D'   ? FLOW_DTMF
		                : *wordv[i] == 'T' ? FLOW_COMPLETE
		                                   : FLOW_TEXT,
			.args = wordv[i],
			.start_ms = 1000 * i,
		};

		err = flow_feed(*sessp, &in, 1000 * i + 500, &turn);
		if (!err)
			err = kept_add(kept, &turn);
		if (err || turn.is_over || !turn.effectc ||
		    turn.effectv[0].kind != FLOW_DO_HTTP)
			continue;

		in = (struct flow_input){.kind = FLOW_HTTP, .status = status};
		err = flow_feed(*sessp, &in, 1000 * i + 600, &turn);
		if (!err)
			err = kept_add(kept, &turn);
	}
	mem_deref(script);

	return err;
}

struct parted {
	size_t count;
	size_t step;
	enum flow_parting parting;
	char was[64], now[64];
};

static void parting_handler(enum flow_parting parting, size_t i,
                            const struct flow_step *was,
                            const struct flow_step *now, void *arg)
{
	struct parted *parted = arg;

	parted->count++;
	parted->step = i;
	parted->parting = parting;
	(void)snprintf(parted->was, sizeof(parted->was), "%s",
	               was ? was->response_id : "-");
	(void)snprintf(parted->now, sizeof(parted->now), "%s",
	               now ? now->response_id : "-");
}

int test_replay_table(void)
{
	static const struct {
		const char *why;
		const char *wordv[4];
		int status;
		struct edit edit;
		enum flow_parting worst;
		size_t step;
		const char *was, *now;
	} rowv[] = {
		/* clang-format off */
		{"the same script: nothing differs", {"Fsure", NULL}, 200,
		 {"keen", "ten", "yes|sure|of course"},
		 FLOW_PARTING_NONE, 0, "", ""},
		{"the http node's failure is the same", {"Fyes", NULL}, 0,
		 {"keen", "ten", "yes|sure|of course"},
		 FLOW_PARTING_NONE, 0, "", ""},
		{"a keyword that was not said is no loss", {"Fyes", NULL}, 200,
		 {"keen", "ten", "yes|of course"},
		 FLOW_PARTING_NONE, 0, "", ""},
		{"who said it parts there", {"Fprice", "Fsure", NULL}, 200,
		 {"keen", "ten", "yes|of course"},
		 FLOW_PARTING_PATH, 2, "ask", ""},
		{"who also said another one goes on", {"Fsure, yes", NULL}, 200,
		 {"keen", "ten", "yes"}, FLOW_PARTING_MATCH, 1, "ask", "ask"},
		{"an answer in other words", {"Fprice", "D1", NULL}, 200,
		 {"keen", "eleven", "yes|sure|of course"},
		 FLOW_PARTING_WORDS, 1, "price", "price"},
		{"another name for the same end", {"D1", NULL}, 200,
		 {"hot", "ten", "yes|sure|of course"},
		 FLOW_PARTING_RESULT, 0, "", ""},
		{"what was not understood now is",
		 {"Fwhy not", "TIMEOUT()", NULL}, 0,
		 {"keen", "ten", "yes|why not"},
		 FLOW_PARTING_PATH, 1, "", "ask"},
		/* clang-format on */
	};
	struct flow_session *sess = NULL;
	struct flow_script *script = NULL;
	struct kept *kept = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct flow_replayed replayed;
		struct parted parted = {0};
		struct flow_call call;

		err = kept_alloc(&kept);
		CHECK_ERR(0, err);
		err = hold(kept, &sess, rowv[i].wordv, rowv[i].status);
		CHECK_ERR(0, err);
		err = load(&script, &rowv[i].edit);
		CHECK_ERR(0, err);
		call = kept_call(kept, sess);
		err = flow_replay(script, &call, parting_handler, &parted,
		                  &replayed);
		CHECK_ERR(0, err);

		if (rowv[i].worst != replayed.worst)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(flow_parting_name(rowv[i].worst),
		          flow_parting_name(replayed.worst));
		CHECK_U64(rowv[i].step, parted.step);
		CHECK_STR(rowv[i].was, parted.was);
		CHECK_STR(rowv[i].now, parted.now);

		kept = mem_deref(kept);
		sess = mem_deref(sess);
		script = mem_deref(script);
	}

out:
	mem_deref(kept);
	mem_deref(sess);
	mem_deref(script);

	return err;
}

/* Rows that end before the call did are compared as far as they go. */
int test_replay_torn(void)
{
	static const char *const wordv[] = {"Fprice", "Fsure", NULL};
	struct flow_session *sess = NULL;
	struct flow_script *script = NULL;
	struct flow_replayed replayed;
	struct kept *kept = NULL;
	struct parted parted = {0};
	struct flow_call call;
	int err;

	err = kept_alloc(&kept);
	CHECK_ERR(0, err);
	err = hold(kept, &sess, wordv, 200);
	CHECK_ERR(0, err);
	err = load(&script, &original);
	CHECK_ERR(0, err);

	call = kept_call(kept, sess);
	CHECK(call.stepc > 3);
	for (size_t n = 0; n < call.stepc; n++) {
		struct flow_call torn = call;

		torn.stepc = n;
		err = flow_replay(script, &torn, parting_handler, &parted,
		                  &replayed);
		CHECK_ERR(0, err);
		CHECK_STR("same", flow_parting_name(replayed.worst));
		CHECK(!replayed.label);
	}
	CHECK_U64(0, parted.count);

out:
	mem_deref(kept);
	mem_deref(sess);
	mem_deref(script);

	return err;
}

/* --- what rows do not hold whole ------------------------------------------ */

enum {
	LONG_WORDS = 1500, /* the column holds 1024 characters */
};

static const char whole_script[] =
	"{\"start\":\"a\",\"nlp\":{\"url\":\"http://127.0.0.1/\"},\"flow\":["
	"{\"id\":\"a\",\"action\":\"playback\",\"playbacks\":[\"hello "
	"${name}\"],"
	"\"children\":[{\"flow\":\"b\",\"condition\":{\"text\":\"the end\"}}]},"
	"{\"id\":\"b\",\"action\":\"playback\",\"nlpid\":\"n\",\"playbacks\":"
	"[\"go on\"],\"globalflow\":\"all\",\"children\":["
	"{\"flow\":\"c\",\"condition\":{\"text\":"
	"\"one whose words are more than fifty characters long|two\"}}]},"
	"{\"id\":\"c\",\"action\":\"http\",\"url\":\"http://127.0.0.1/\","
	"\"children\":[{\"flow\":\"d\",\"condition\":{\"complete\":\"ANY\"}}]},"
	"{\"id\":\"d\",\"action\":\"hangup\",\"playbacks\":[\"at ${hour}\"]}],"
	"\"globalflow\":[{\"id\":\"late\",\"flow\":\"d\",\"priority\":-1,"
	"\"timelimit\":2500,\"condition\":{\"text\":\"x\"}}]}";

/* Says it all; `answer` is what the service that knows keywords chose. */
static int hold_whole(struct kept *kept, struct flow_session *sess,
                      const char *answer)
{
	char words[LONG_WORDS + 16];
	const struct flow_input inv[] = {
		{.kind = FLOW_TEXT, .args = words, .start_ms = 1000},
		{.kind = FLOW_TEXT, .args = "Fx", .start_ms = 2000},
		{.kind = FLOW_NLP, .args = answer},
		{.kind = FLOW_HTTP, .status = 201, .args = "{\"hour\": 7}"},
	};
	struct flow_turn turn;
	int err;

	memset(words, 'w', LONG_WORDS);
	words[0] = 'F';
	(void)snprintf(words + LONG_WORDS, sizeof(words) - LONG_WORDS,
	               " the end");

	err = flow_start(sess, &turn);
	if (!err)
		err = kept_add(kept, &turn);
	for (size_t i = 0; i < ARRAY_COUNT(inv) && !err; i++) {
		err = flow_feed(sess, &inv[i], 1000 * (i + 1), &turn);
		if (!err)
			err = kept_add(kept, &turn);
	}

	return err;
}

/* Long texts, long keywords, the time of a text that a service was asked
 * about, what http brought, the variables of the beginning: all stand in the
 * replay as they stood in the call. */
int test_replay_whole(void)
{
	static const char *const answerv[] = {
		"one whose words are more than fifty characters long", "two",
		"unknown", NULL};
	static const struct flow_var var = {"name", "Eve"};
	struct flow_session *sess = NULL;
	struct flow_script *script = NULL;
	struct flow_faults *faults = NULL;
	struct kept *kept = NULL;
	int err;

	err = flow_faults_alloc(&faults);
	CHECK_ERR(0, err);
	err = flow_load(&script, "whole", whole_script,
	                sizeof(whole_script) - 1, faults);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(answerv); i++) {
		struct flow_replayed replayed;
		struct parted parted = {0};
		struct flow_call call;

		err = kept_alloc(&kept);
		CHECK_ERR(0, err);
		err = flow_session_alloc(&sess, script, "c1", &var, 1);
		CHECK_ERR(0, err);
		err = hold_whole(kept, sess, answerv[i]);
		CHECK_ERR(0, err);

		call = kept_call(kept, sess);
		CHECK(call.stepc > 3);
		call.varv = &var;
		call.varc = 1;
		err = flow_replay(script, &call, parting_handler, &parted,
		                  &replayed);
		CHECK_ERR(0, err);
		CHECK_STR("same", flow_parting_name(replayed.worst));

		/* An older call: as far as its rows go. */
		call.inputs = NULL;
		err = flow_replay(script, &call, parting_handler, &parted,
		                  &replayed);
		CHECK_ERR(0, err);
		CHECK_STR("path", flow_parting_name(replayed.worst));

		kept = mem_deref(kept);
		sess = mem_deref(sess);
	}

out:
	mem_deref(kept);
	mem_deref(sess);
	mem_deref(script);
	mem_deref(faults);

	return err;
}
