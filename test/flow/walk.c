/*
 * test/flow/walk.c - scripts and conversations drawn by lot
 */
#include "harness.h"
#include "base/text.h"
#include "flow/flow.h"
#include "kept.h"
#include "walk.h"

enum {
	NODES_MAX = 8,
	INPUTS_MAX = 60,
	LOOPS_MAX = 20,
	INPUT_CREATE = 10,
	INPUT_DESTORY = 11,
	ID_COLUMN = 50,
	ARGS_COLUMN = 1024,
};

uint32_t lots_draw(struct lots *lots, uint32_t n)
{
	uint8_t byte = 0;

	if (lots->size) {
		byte = *lots->data++;
		lots->size--;
	}
	lots->state = (lots->state + byte + 1) * UINT64_C(6364136223846793005) +
	              UINT64_C(1442695040888963407);

	return (uint32_t)(lots->state >> 33) % n;
}

static const char *pick(struct lots *lots, const char *const *v, size_t c)
{
	return v[lots_draw(lots, (uint32_t)c)];
}

#define PICK(lots, table) pick(lots, table, ARRAY_COUNT(table))

/* --- scripts ------------------------------------------------------------ */

static json_t *node_name(struct lots *lots, uint32_t nodes)
{
	char id[16];

	(void)snprintf(id, sizeof(id), "n%u", lots_draw(lots, nodes));

	return json_string(id);
}

static json_t *condition(struct lots *lots)
{
	static const char *const textv[] = {
		"yes",   "да|нет", "^Fno",       "ANY", "(a|b)+c?", "@good",
		"price", ".*",     "[а-я]{3,}$", "",    "не(?!т)",  "(?<!x.*)y",
	};
	static const char *const completev[] = {"ANY", "DONE", "TIMEOUT|ERROR",
	                                        "HANGUP", ""};
	static const char *const dtmfv[] = {"1", "^D[0-9]+$", "any", ""};

	return json_pack("{s:s, s:s, s:s}", "text", PICK(lots, textv),
	                 "complete", PICK(lots, completev), "dtmf",
	                 PICK(lots, dtmfv));
}

static json_t *prompt(struct lots *lots)
{
	static const char *const itemv[] = {"hello", "${name}", "файл.wav",
	                                    "${gone}", "喂"};
	json_t *items = json_array();

	for (uint32_t i = lots_draw(lots, 3); i; i--)
		(void)json_array_append_new(items,
		                            json_string(PICK(lots, itemv)));

	return items;
}

static json_t *jump_value(struct lots *lots, uint32_t nodes)
{
	static const char *const valuev[] = {
		"",       "return",  "top",    "text:yes",
		"dtmf:1", "nowhere", "text:x", "complete:DONE()"};

	return lots_draw(lots, 3) ? json_string(PICK(lots, valuev))
	                          : node_name(lots, nodes);
}

static json_t *children(struct lots *lots, uint32_t nodes)
{
	json_t *list = json_array();

	for (uint32_t i = lots_draw(lots, 5); i; i--)
		(void)json_array_append_new(
			list,
			json_pack("{s:o, s:i, s:i, s:o}", "flow",
		                  node_name(lots, nodes), "priority",
		                  (int)lots_draw(lots, 3), "keywordweight",
		                  (int)lots_draw(lots, 5) - 2, "condition",
		                  condition(lots)));

	return list;
}

static void playback_keys(struct lots *lots, json_t *node, uint32_t nodes)
{
	static const char *const promptv[] = {
		"playbacks",        "replaybacks",       "thirdplaybacks",
		"fourplaybacks",    "kbplaybacks",       "returnplaybacks",
		"timeoutplaybacks", "mismatchplaybacks",
	};
	static const char *const flagv[] = {
		"timeoutaddplayback", "mismatchaddplayback", "kb_priority",
		"quickresponse",      "sourceflowdepth",
	};
	static const char *const filterv[] = {"#", "none", "any", "max=2"};
	static const char *const repeatv[] = {"1", "2", "0", "5s"};

	for (size_t i = 0; i < ARRAY_COUNT(promptv); i++)
		if (lots_draw(lots, 2))
			(void)json_object_set_new(node, promptv[i],
			                          prompt(lots));
	for (size_t i = 0; i < ARRAY_COUNT(flagv); i++)
		(void)json_object_set_new(node, flagv[i],
		                          json_integer(lots_draw(lots, 2)));
	(void)json_object_set_new(node, "timeoutrepetition",
	                          json_string(PICK(lots, repeatv)));
	(void)json_object_set_new(
		node, "filter",
		json_pack("{s:s}", "dtmf", PICK(lots, filterv)));
	(void)json_object_set_new(
		node, "disablebreak",
		json_integer((int)lots_draw(lots, 3) * 500 - 1));
	if (lots_draw(lots, 3))
		(void)json_object_set_new(node, "kb", json_string("all"));
	if (lots_draw(lots, 3))
		(void)json_object_set_new(node, "globalflow",
		                          json_string("all"));
	if (!lots_draw(lots, 3))
		(void)json_object_set_new(node, "nlpid", json_string("1"));
	if (!lots_draw(lots, 4))
		(void)json_object_set_new(node, "kbswitchflow",
		                          jump_value(lots, nodes));
	if (!lots_draw(lots, 4))
		(void)json_object_set_new(node, "noiserule",
		                          json_string("^Fh+m$"));
}

static json_t *node_make(struct lots *lots, uint32_t i, uint32_t nodes)
{
	static const char *const actionv[] = {
		"playback", "playback", "playback", "return", "set",
		"http",     "transfer", "queue",    "hangup",
	};
	static const char *const potentialv[] = {"", "3", "-2", "=5", "A"};
	const char *action = i ? PICK(lots, actionv) : "playback";
	char id[16];
	json_t *node;

	(void)snprintf(id, sizeof(id), "n%u", i);
	node = json_pack("{s:s, s:s, s:s, s:i, s:i, s:o}", "id", id, "action",
	                 action, "potential", PICK(lots, potentialv),
	                 "repetition", (int)lots_draw(lots, 4), "triggernotify",
	                 (int)lots_draw(lots, 2), "children",
	                 children(lots, nodes));

	if (!strcmp(action, "playback"))
		playback_keys(lots, node, nodes);
	else if (!strcmp(action, "return")) {
		(void)json_object_set_new(node, "value",
		                          jump_value(lots, nodes));
		(void)json_object_set_new(node, "kbreplay",
		                          json_integer(lots_draw(lots, 2)));
		(void)json_object_set_new(node, "blockplay",
		                          json_integer(lots_draw(lots, 2)));
		(void)json_object_set_new(node, "playbacks", prompt(lots));
	}
	else if (!strcmp(action, "set"))
		(void)json_object_set_new(
			node, "variables",
			json_pack("{s:s}", "name", "${name}x"));

	return node;
}

json_t *walk_script(struct lots *lots)
{
	uint32_t nodes = 1 + lots_draw(lots, NODES_MAX);
	json_t *flow = json_array(), *kb = json_array();
	json_t *globals = json_array();
	char id[16];

	for (uint32_t i = 0; i < nodes; i++)
		(void)json_array_append_new(flow, node_make(lots, i, nodes));

	for (uint32_t i = lots_draw(lots, 4); i; i--) {
		(void)snprintf(id, sizeof(id), "k%u", i);
		(void)json_array_append_new(
			kb, json_pack("{s:s, s:[s, s], s:o, s:i, s:o}", "id",
		                      id, "keywords", "price", "как|b+",
		                      "playbacks", prompt(lots), "repetition",
		                      (int)lots_draw(lots, 3), "switchflow",
		                      jump_value(lots, nodes)));
	}
	for (uint32_t i = lots_draw(lots, 4); i; i--) {
		(void)snprintf(id, sizeof(id), "g%u", i);
		(void)json_array_append_new(
			globals,
			json_pack("{s:s, s:o, s:i, s:o, s:i, s:i}", "id", id,
		                  "flow", node_name(lots, nodes), "priority",
		                  (int)lots_draw(lots, 3), "condition",
		                  condition(lots), "countlimit",
		                  (int)lots_draw(lots, 4), "ignoredisablebreak",
		                  (int)lots_draw(lots, 2)));
	}

	return json_pack(
		"{s:s, s:{s:s}, s:{s:s, s:{s:[s, s]}}, s:{s:i}, s:o, s:o, s:o}",
		"start", "n0", "variables", "name", "Анна", "nlp", "url",
		lots_draw(lots, 3) ? "" : "http://127.0.0.1/", "synonyms",
		"good", "good", "fine", "intention", "intention_threshold", 4,
		"flow", flow, "kb", kb, "globalflow", globals);
}

/* --- conversations ------------------------------------------------------ */

static struct flow_input input_make(struct lots *lots)
{
	static const char *const textv[] = {
		"Fyes",  "Sye", "Fнет, спасибо", "Fno",   "F",     "Fprice",
		"Fhmmm", "E",   "Pyes",          "Fgood", "Fкак?", "F\xff!",
	};
	static const char *const dtmfv[] = {"d1", "D1", "D12#", "D"};
	static const char *const completev[] = {
		"DONE()",    "TIMEOUT()", "TIMEOUT(F:er)", "ERROR()", "BREAK()",
		"DONE(F:x)", "?",         "HANGUP()",
	};
	struct flow_input in = {
		.start_ms = lots_draw(lots, 100),
		.play_ms = lots_draw(lots, 3) * 400,
	};

	switch (lots_draw(lots, 8)) {
	case 0:
		in.kind = FLOW_DTMF;
		in.args = PICK(lots, dtmfv);
		break;
	case 1:
	case 2:
		in.kind = FLOW_COMPLETE;
		/* The last one ends it: not too often. */
		in.args = completev[lots_draw(
			lots, ARRAY_COUNT(completev) - !!lots_draw(lots, 4))];
		break;
	case 3:
		in.kind = FLOW_NLP;
		in.args = lots_draw(lots, 2) ? "да" : NULL;
		break;
	case 4:
		in.kind = FLOW_HTTP;
		in.status = lots_draw(lots, 2) ? 200 : 404;
		in.args = lots_draw(lots, 2) ? "{\"name\":\"B\"}" : NULL;
		break;
	default:
		in.kind = FLOW_TEXT;
		in.args = PICK(lots, textv);
		break;
	}

	return in;
}

static int column_check(const char *text, size_t max)
{
	int err = 0;

	CHECK(text_is_utf8(text, strlen(text)));
	CHECK(text_length(text) <= max);

out:
	return err;
}

static int step_check(const struct flow_step *step)
{
	int err = 0;

	CHECK_ERR(0, column_check(step->current_appid, ID_COLUMN));
	CHECK_ERR(0, column_check(step->input_args, ARGS_COLUMN));
	CHECK_ERR(0, column_check(step->matching_keyword, ID_COLUMN));
	CHECK_ERR(0, column_check(step->response_id, ID_COLUMN));
	CHECK_ERR(0, column_check(step->response_description, ID_COLUMN));
	CHECK(strcmp(flow_input_type_name(step->input_type), "?") != 0);
	CHECK(strcmp(flow_method_name(step->matching_method), "?") != 0);
	CHECK(strcmp(flow_response_name(step->response_type), "?") != 0);
	CHECK(step->repetition <= LOOPS_MAX);

out:
	return err;
}

/* What a turn must look like, whatever came in. */
static int turn_check(const struct flow_turn *turn)
{
	int err = 0;

	for (size_t i = 0; i < turn->stepc; i++)
		CHECK_ERR(0, step_check(&turn->stepv[i]));
	for (size_t i = 0; i < turn->effectc; i++) {
		CHECK(turn->effectv[i].after_stepc <= turn->stepc);
		CHECK(!i || turn->effectv[i].after_stepc >=
		                    turn->effectv[i - 1].after_stepc);
	}
	for (size_t i = 0; i < turn->stepc; i++)
		CHECK((turn->stepv[i].input_type == INPUT_DESTORY) ==
		      (turn->is_over && i + 1 == turn->stepc));

out:
	return err;
}

static bool is_same_step(const struct flow_step *a, const struct flow_step *b)
{
	return a->createtime_ms == b->createtime_ms &&
	       a->sequence == b->sequence && a->input_type == b->input_type &&
	       a->matching_method == b->matching_method &&
	       a->response_type == b->response_type &&
	       a->repetition == b->repetition &&
	       !strcmp(a->current_appid, b->current_appid) &&
	       !strcmp(a->current_flowid, b->current_flowid) &&
	       !strcmp(a->input_args, b->input_args) &&
	       !strcmp(a->matching_condition, b->matching_condition) &&
	       !strcmp(a->matching_keyword, b->matching_keyword) &&
	       !strcmp(a->response_id, b->response_id) &&
	       !strcmp(a->response_args, b->response_args);
}

/* The same script and the same inputs give the same rows. */
static int same_check(const struct flow_turn *a, const struct flow_turn *b)
{
	int err = 0;

	CHECK_U64(a->stepc, b->stepc);
	CHECK_U64(a->effectc, b->effectc);
	for (size_t i = 0; i < a->stepc; i++)
		CHECK(is_same_step(&a->stepv[i], &b->stepv[i]));

out:
	return err;
}

static bool has_effect(const struct flow_turn *turn, enum flow_effect_kind kind)
{
	for (size_t i = 0; i < turn->effectc; i++)
		if (turn->effectv[i].kind == kind)
			return true;

	return false;
}

static void parting_handler(enum flow_parting parting, size_t i,
                            const struct flow_step *was,
                            const struct flow_step *now, void *arg)
{
	(void)parting;
	(void)was;
	(void)now;
	*(size_t *)arg = i;
}

/* What is kept of a conversation gives the same one again. */
static int replay_check(struct flow_script *script, const struct kept *kept,
                        const struct flow_session *sess)
{
	struct flow_call call = kept_call(kept, sess);
	struct flow_replayed replayed;
	size_t at = 0;
	int err;

	err = flow_replay(script, &call, parting_handler, &at, &replayed);
	CHECK_ERR(0, err);
	if (replayed.worst != FLOW_PARTING_NONE)
		CHECK_FAIL("row %zu of %zu: replayed otherwise: %s", at,
		           call.stepc, flow_parting_name(replayed.worst));

out:
	return err;
}

static int inputs_feed(struct flow_session *sessv[2], struct kept *kept,
                       struct lots *lots, bool is_over)
{
	struct flow_turn turnv[2];
	uint64_t now_ms = 0;
	int err = 0;

	for (int i = 0; i < INPUTS_MAX; i++) {
		struct flow_input in = input_make(lots);
		const char *const *phrasev;
		bool is_complete;
		size_t phrasec;

		now_ms += lots_draw(lots, 4000);
		for (int j = 0; j < 2; j++) {
			err = flow_feed(sessv[j], &in, now_ms, &turnv[j]);
			CHECK_ERR(0, err);
		}
		err = turn_check(&turnv[0]);
		CHECK_ERR(0, err);
		err = same_check(&turnv[0], &turnv[1]);
		CHECK_ERR(0, err);
		err = kept_add(kept, &turnv[0]);
		CHECK_ERR(0, err);

		if (is_over)
			CHECK_U64(0, turnv[0].stepc + turnv[0].effectc);
		else if (in.kind == FLOW_TEXT || in.kind == FLOW_COMPLETE)
			CHECK(turnv[0].stepc ||
			      has_effect(&turnv[0], FLOW_DO_NLP));
		is_over = turnv[0].is_over;

		err = flow_session_phrases(sessv[0], &phrasev, &phrasec,
		                           &is_complete, 20);
		CHECK_ERR(0, err);
		CHECK(phrasec <= 20);
	}

out:
	return err;
}

static int load(struct flow_script **scriptp, const char *json,
                struct flow_faults **faultsp)
{
	int err = flow_faults_alloc(faultsp);

	return err ? err
	           : flow_load(scriptp, "lot", json, strlen(json), *faultsp);
}

static const char *text_of(json_t *script)
{
	static char text[256 * 1024];
	size_t size = json_dumpb(script, text, sizeof(text) - 1, 0);

	text[size < sizeof(text) ? size : 0] = '\0';

	return text;
}

int walk_talk(json_t *root, struct lots *lots)
{
	struct flow_session *sessv[2] = {NULL, NULL};
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	struct flow_turn turnv[2];
	struct kept *kept = NULL;
	int err;

	err = load(&script, text_of(root), &faults);
	CHECK_ERR(0, err);
	err = flow_lint(script, faults);
	CHECK_ERR(0, err);

	for (int i = 0; i < 2; i++) {
		err = flow_session_alloc(&sessv[i], script, "c", NULL, 0);
		CHECK_ERR(0, err);
		err = flow_start(sessv[i], &turnv[i]);
		CHECK_ERR(0, err);
	}
	CHECK_I64(INPUT_CREATE, turnv[0].stepv[0].input_type);
	err = turn_check(&turnv[0]);
	CHECK_ERR(0, err);
	err = same_check(&turnv[0], &turnv[1]);
	CHECK_ERR(0, err);
	err = kept_alloc(&kept);
	CHECK_ERR(0, err);
	err = kept_add(kept, &turnv[0]);
	CHECK_ERR(0, err);
	err = inputs_feed(sessv, kept, lots, turnv[0].is_over);
	CHECK_ERR(0, err);
	err = replay_check(script, kept, sessv[0]);

out:
	mem_deref(sessv[0]);
	mem_deref(sessv[1]);
	mem_deref(kept);
	mem_deref(script);
	mem_deref(faults);

	return err;
}

int walk_broken(json_t *root, struct lots *lots)
{
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	char *text = (char *)text_of(root);
	uint32_t len = (uint32_t)strlen(text);
	int err, result;

	for (uint32_t i = 1 + lots_draw(lots, 3); i; i--) {
		uint32_t at = lots_draw(lots, len);

		if (lots_draw(lots, 2))
			text[at] = (char)(32 + lots_draw(lots, 95));
		else
			memmove(text + at, text + at + 1, len - at);
		len = (uint32_t)strlen(text);
	}

	result = load(&script, text, &faults);
	err = 0;
	CHECK(result == 0 || result == EINVAL);
	CHECK((result == EINVAL) == (flow_faults_errors(faults) > 0));
	for (size_t i = 0; i < flow_faults_count(faults); i++)
		CHECK(*flow_faults_at(faults, i)->message);

out:
	mem_deref(script);
	mem_deref(faults);

	return err;
}
