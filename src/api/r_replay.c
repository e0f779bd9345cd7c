/*
 * api/r_replay.c - the route that holds a call again, by another script
 */
#include <errno.h>
#include "api/api_parts.h"
#include "api/handlers.h"
#include "api/shelf.h"
#include "base/jmem.h"
#include "base/mem.h"

struct replaying {
	struct ask *ask;
	struct flow_script *script;
	json_t *steps;
	json_t *reply;
	int err;
};

static void destructor(void *arg)
{
	struct replaying *replaying = arg;

	mem_deref(replaying->ask);
	mem_deref(replaying->script);
	json_decref(replaying->steps);
	json_decref(replaying->reply);
}

static json_t *step_json(const struct flow_step *step)
{
	if (!step)
		return json_null();

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "node",
	                 step->current_flowid, "input", step->input_args,
	                 "response", flow_response_name(step->response_type),
	                 "response_id", step->response_id, "keyword",
	                 step->matching_keyword, "says", step->response_args);
}

static json_t *result_json(const char *label, const char *class_letter,
                           int64_t intention)
{
	return label ? json_pack("{s:s, s:s, s:I}", "label", label,
	                         "class_letter", class_letter, "intention",
	                         (json_int_t)intention)
	             : json_null();
}

static void parting_handler(enum flow_parting parting, size_t i,
                            const struct flow_step *was,
                            const struct flow_step *now, void *arg)
{
	struct replaying *replaying = arg;

	(void)json_array_append_new(
		replaying->steps,
		json_pack("{s:I, s:s, s:o, s:o}", "step", (json_int_t)i + 1,
	                  "parting", flow_parting_name(parting), "was",
	                  step_json(was), "now", step_json(now)));
}

static bool talk_handler(const struct store_talk *talk, void *arg)
{
	struct replaying *replaying = arg;
	struct flow_replayed now;
	struct call_past *past;

	replaying->err = call_past_alloc(&past, talk);
	if (replaying->err)
		return false;

	jmem_forget();
	replaying->steps = json_array();
	replaying->err = flow_replay(replaying->script, &past->call,
	                             parting_handler, replaying, &now);
	if (!replaying->err)
		replaying->reply = json_pack(
			"{s:s, s:O, s:o, s:o}", "parting",
			flow_parting_name(now.worst), "steps", replaying->steps,
			"was",
			result_json(past->call.label, past->call.class_letter,
		                    past->call.intention),
			"now",
			result_json(now.label, now.class_letter,
		                    now.intention));
	mem_deref(past);

	return !replaying->err;
}

static void talk_done(int err, void *arg)
{
	struct replaying *replaying = arg;

	if (!err)
		err = replaying->err;
	if (err)
		ask_failed(replaying->ask, err, "the call");
	else if (!replaying->steps)
		ask_problem(replaying->ask, 404,
		            "there is no such call that was answered",
		            "GET /api/v1/calls?outcome=answered lists them");
	else
		ask_reply(replaying->ask, 0, json_incref(replaying->reply));
	mem_deref(replaying);
}

static void script_handler(int err, struct flow_script *script, int64_t version,
                           void *arg)
{
	struct replaying *replaying = arg;
	const struct store_talks_prm prm = {
		.callid = ask_param(replaying->ask, "id"),
	};

	(void)version;

	if (err == ENOENT || err == EINVAL) {
		ask_wrong(replaying->ask, "script",
		          "is none that was published and loads");
		mem_deref(replaying);
		return;
	}
	if (!err) {
		replaying->script = mem_ref(script);
		err = store_talks(ask_prm(replaying->ask)->store, &prm,
		                  talk_handler, talk_done, replaying);
	}
	if (err) {
		ask_failed(replaying->ask, err, "the call");
		mem_deref(replaying);
	}
}

void r_call_replay(struct ask *ask)
{
	struct replaying *replaying;
	char name[SHELF_NAME_SIZE];
	int64_t version;
	int err = ENOMEM;

	if (!shelf_parse(ask_text(ask, "script"), name, &version)) {
		ask_wrong(ask, "script",
		          "has to be a name, or a version as \"name@3\"");
		return;
	}

	replaying = mem_zalloc(sizeof(*replaying), destructor);
	if (replaying) {
		replaying->ask = mem_ref(ask);
		err = shelf_get(ask->api->shelf, name, version, script_handler,
		                replaying);
	}
	if (err) {
		ask_failed(ask, err, "the call");
		mem_deref(replaying);
	}
}
