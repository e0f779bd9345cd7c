/*
 * api/r_talks.c - the routes that try a script without a telephone
 */
#include <errno.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/handlers.h"
#include "api/shelf.h"
#include "api/talks.h"
#include "api/varset.h"
#include "base/mem.h"

struct beginning {
	struct ask *ask;
	struct varset vars;
};

static void destructor(void *arg)
{
	struct beginning *beginning = arg;

	mem_deref(beginning->ask);
}

static void answer(struct ask *ask, int err, json_t *reply)
{
	if (err == ENOBUFS)
		ask_problem(ask, 503, "too many talks are under way",
		            "DELETE /api/v1/talks/{id} ends one; idle ones end "
		            "after ten minutes");
	else if (err == ELOOP)
		ask_problem(ask, 422, "the script asks services in a circle",
		            "let the branch without an answer lead elsewhere");
	else if (err)
		ask_failed(ask, err, "the talk");
	else
		ask_reply(ask, 0, reply);
}

static void script_handler(int err, struct flow_script *script, int64_t version,
                           void *arg)
{
	struct beginning *beginning = arg;
	const struct talk_prm prm = {
		.script = script,
		.varv = beginning->vars.v,
		.varc = beginning->vars.c,
	};
	struct ask *ask = beginning->ask;
	struct talk *talk = NULL;
	json_t *reply = NULL;

	(void)version;

	if (err == EINVAL) {
		ask_problem(ask, 422, "the script has errors",
		            "POST …/check lists them");
		goto out;
	}
	if (!err)
		err = talks_begin(&talk, ask->api->talks, &prm);
	if (!err)
		err = talk_start(talk, &reply);
	answer(ask, err, reply);

out:
	mem_deref(beginning);
}

void r_script_talk(struct ask *ask)
{
	const char *name = ask_param(ask, "name");
	struct beginning *beginning;
	int err;

	beginning = mem_zalloc(sizeof(*beginning), destructor);
	if (!beginning) {
		ask_failed(ask, ENOMEM, "the talk");
		return;
	}

	beginning->ask = mem_ref(ask);
	err = varset_take(&beginning->vars, ask) ? 0 : EINVAL;
	if (err)
		goto out;

	err = shelf_get(ask->api->shelf, name,
	                ask_number(ask, "version", STORE_SCRIPT_DRAFT),
	                script_handler, beginning);
	if (err)
		ask_failed(ask, err, "the talk");

out:
	if (err)
		mem_deref(beginning);
}

/* What the callee does, as an input; false: that has been answered. */
static bool input_take(struct ask *ask, enum flow_input_kind *kindp,
                       char **argsp)
{
	static const struct {
		const char *field;
		enum flow_input_kind kind;
		const char *format;
	} rowv[] = {
		{"text", FLOW_TEXT, "F%s"},
		{"keys", FLOW_DTMF, "D%s"},
		{"event", FLOW_COMPLETE, "%s()"},
	};
	size_t given = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const char *text = ask_text(ask, rowv[i].field);

		if (!json_object_get(ask->body, rowv[i].field))
			continue;
		given++;
		*kindp = rowv[i].kind;
		mem_deref(*argsp);
		*argsp = NULL;
		if (re_sdprintf(argsp, rowv[i].format, text)) {
			ask_failed(ask, ENOMEM, "the talk");
			return false;
		}
	}
	if (given != 1)
		ask_wrong(ask, "text", "or keys, or event: one of them");

	return given == 1;
}

static struct talk *talk_of(struct ask *ask)
{
	struct talk *talk = talks_find(ask->api->talks, ask_param(ask, "id"));

	if (!talk)
		ask_problem(ask, 404, "no such talk is under way",
		            "POST /api/v1/scripts/{name}/talk begins one");

	return talk;
}

void r_talk_say(struct ask *ask)
{
	struct talk *talk = talk_of(ask);
	enum flow_input_kind kind;
	json_t *reply = NULL;
	char *args = NULL;
	int err;

	if (talk && input_take(ask, &kind, &args)) {
		err = talk_feed(talk, kind, args, &reply);
		answer(ask, err, reply);
	}
	mem_deref(args);
}

void r_talk_end(struct ask *ask)
{
	struct talk *talk = talk_of(ask);

	if (!talk)
		return;

	mem_deref(talk);
	ask_empty(ask);
}
