/*
 * api/talks.c - conversations with a script, without a telephone
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "api/talks.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/jmem.h"
#include "base/mem.h"
#include <re_tmr.h>

enum {
	IDLE_MS = 600000,
	REQUESTS_MAX = 100, /* of one turn: a script may ask in a circle */

	/* value of response_type (checklist E029) that leads nowhere */
	RESPONSE_NONE = 0,
};

struct talks {
	struct list talkl;
};

struct talk {
	struct le le;
	char id[ID_SIZE];
	struct flow_script *script;
	struct flow_session *sess;
	uint64_t start_ms;
	struct tmr tmr;

	/* of the turn under way */
	struct flow_turn turn;
	json_t *says, *does, *steps;
};

static void destructor(void *arg)
{
	struct talks *talks = arg;

	list_flush(&talks->talkl);
}

static void talk_destructor(void *arg)
{
	struct talk *talk = arg;

	tmr_cancel(&talk->tmr);
	list_unlink(&talk->le);
	json_decref(talk->says);
	json_decref(talk->does);
	json_decref(talk->steps);
	mem_deref(talk->sess);
	mem_deref(talk->script);
}

int talks_alloc(struct talks **talksp)
{
	assert(talksp);

	*talksp = mem_zalloc(sizeof(**talksp), destructor);

	return *talksp ? 0 : ENOMEM;
}

static void idle_timer(void *arg)
{
	mem_deref(arg);
}

int talks_begin(struct talk **talkp, struct talks *talks,
                const struct talk_prm *prm)
{
	struct talk *talk;
	int err;

	assert(talkp && talks && prm->script);

	if (list_count(&talks->talkl) >= TALKS_MAX)
		return ENOBUFS;

	talk = mem_zalloc(sizeof(*talk), talk_destructor);
	if (!talk)
		return ENOMEM;

	tmr_init(&talk->tmr);
	(void)id_make(talk->id);
	talk->script = mem_ref(prm->script);
	talk->start_ms = clock_ms();
	err = flow_session_alloc(&talk->sess, prm->script, talk->id, prm->varv,
	                         prm->varc);
	if (err) {
		mem_deref(talk);
		return err;
	}

	list_append(&talks->talkl, &talk->le, talk);
	*talkp = talk;

	return 0;
}

struct talk *talks_find(const struct talks *talks, const char *id)
{
	struct le *le;

	LIST_FOREACH (&talks->talkl, le) {
		struct talk *talk = le->data;

		if (!strcmp(talk->id, id))
			return talk;
	}

	return NULL;
}

/* --- what a turn does ----------------------------------------------------- */

static void says_add(json_t *says, const char *const *itemv, size_t itemc)
{
	for (size_t i = 0; i < itemc; i++)
		(void)json_array_append_new(says, json_string(itemv[i]));
}

static void does_add(json_t *does, const char *what, const char *with)
{
	(void)json_array_append_new(
		does, json_pack("{s:s, s:s}", "do", what, "with", with));
}

static void effect_add(struct talk *talk, const struct flow_effect *effect)
{
	switch (effect->kind) {

	case FLOW_DO_PLAY:
		says_add(talk->says, effect->play.itemv, effect->play.itemc);
		does_add(talk->does, "listen", effect->play.node);
		break;

	case FLOW_DO_HANGUP:
		says_add(talk->says, effect->hangup.itemv,
		         effect->hangup.itemc);
		does_add(talk->does, "hangup", effect->hangup.cause);
		break;

	case FLOW_DO_TRANSFER:
		does_add(talk->does, "transfer", effect->transfer.extension);
		break;

	case FLOW_DO_QUEUE:
		does_add(talk->does, "queue", effect->queue.name);
		break;

	case FLOW_DO_NLP:
		does_add(talk->does, "ask", "the service for meaning");
		break;

	case FLOW_DO_HTTP:
		does_add(talk->does, "ask", effect->request.url);
		break;

	case FLOW_DO_NOTIFY:
		does_add(talk->does, "notify", effect->notify.trigger);
		break;

	case FLOW_DO_WARN:
		does_add(talk->does, "warn", effect->warning);
		break;
	}
}

static void step_add(json_t *steps, const struct flow_step *step)
{
	(void)json_array_append_new(
		steps,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "node",
	                  step->current_flowid, "input", step->input_args,
	                  "method", flow_method_name(step->matching_method),
	                  "condition", step->matching_condition, "keyword",
	                  step->matching_keyword, "response",
	                  flow_response_name(step->response_type),
	                  "response_id", step->response_id));
}

static void turn_add(struct talk *talk)
{
	const struct flow_turn *turn = &talk->turn;

	for (size_t i = 0; i < turn->effectc; i++)
		effect_add(talk, &turn->effectv[i]);
	for (size_t i = 0; i < turn->stepc; i++)
		step_add(talk->steps, &turn->stepv[i]);
}

/* The service that the turn waits for, which gives no answer. */
static bool has_request(const struct flow_turn *turn,
                        enum flow_input_kind *kindp)
{
	enum flow_effect_kind last;

	if (!turn->effectc)
		return false;

	last = turn->effectv[turn->effectc - 1].kind;
	*kindp = last == FLOW_DO_NLP ? FLOW_NLP : FLOW_HTTP;

	return last == FLOW_DO_NLP || last == FLOW_DO_HTTP;
}

static int feed(struct talk *talk, const struct flow_input *input)
{
	int err = flow_feed(talk->sess, input, clock_ms() - talk->start_ms,
	                    &talk->turn);

	if (!err)
		turn_add(talk);

	return err;
}

static int requests_end(struct talk *talk)
{
	struct flow_input none = {0};
	int err = 0;

	for (size_t i = 0; i < REQUESTS_MAX && !err; i++) {
		if (!has_request(&talk->turn, &none.kind))
			return 0;
		err = feed(talk, &none);
	}

	return err ? err : ELOOP;
}

/* What was heard and led nowhere ends the wait, as on the telephone. */
static int wait_end(struct talk *talk, const struct flow_input *heard)
{
	const struct flow_turn *turn = &talk->turn;
	struct flow_input done = {.kind = FLOW_COMPLETE};
	char *args = NULL;
	int err;

	if (turn->is_over || !turn->stepc || turn->effectc ||
	    heard->kind == FLOW_COMPLETE ||
	    turn->stepv[0].response_type != RESPONSE_NONE)
		return 0;

	err = re_sdprintf(&args, "DONE(%s)",
	                  heard->kind == FLOW_TEXT ? heard->args : "");
	if (err)
		return err;

	done.args = args;
	err = feed(talk, &done);
	mem_deref(args);

	return err;
}

/* --- replies -------------------------------------------------------------- */

static json_t *variables_json(const struct flow_result *result)
{
	json_t *json = json_object();

	for (size_t i = 0; i < result->varc; i++)
		(void)json_object_set_new(json, result->varv[i].name,
		                          json_string(result->varv[i].value));

	return json;
}

static void turn_begin(struct talk *talk)
{
	jmem_forget();
	json_decref(talk->says);
	json_decref(talk->does);
	json_decref(talk->steps);
	talk->says = json_array();
	talk->does = json_array();
	talk->steps = json_array();
}

/* After it the talk may be gone. */
static int turn_reply(struct talk *talk, int err, json_t **replyp)
{
	struct flow_result result;

	if (err) {
		mem_deref(talk);
		return err;
	}

	flow_session_result(talk->sess, &result);
	*replyp = json_pack("{s:s, s:O, s:O, s:O, s:b, s:s, s:s, s:I, s:o}",
	                    "id", talk->id, "says", talk->says, "does",
	                    talk->does, "steps", talk->steps, "is_over",
	                    talk->turn.is_over, "label", result.label,
	                    "class_letter", result.class_letter, "intention",
	                    (json_int_t)result.intention, "variables",
	                    variables_json(&result));
	if (talk->turn.is_over)
		mem_deref(talk);
	else
		tmr_start(&talk->tmr, IDLE_MS, idle_timer, talk);

	return 0;
}

int talk_start(struct talk *talk, json_t **replyp)
{
	int err;

	turn_begin(talk);
	err = flow_start(talk->sess, &talk->turn);
	if (!err) {
		turn_add(talk);
		err = requests_end(talk);
	}

	return turn_reply(talk, err, replyp);
}

int talk_feed(struct talk *talk, enum flow_input_kind kind, const char *args,
              json_t **replyp)
{
	const struct flow_input input = {
		.kind = kind,
		.args = args,
		.start_ms = clock_ms() - talk->start_ms,
	};
	int err;

	turn_begin(talk);
	err = feed(talk, &input);
	if (!err)
		err = requests_end(talk);
	if (!err)
		err = wait_end(talk, &input);
	if (!err)
		err = requests_end(talk);

	return turn_reply(talk, err, replyp);
}
