/*
 * api/r_place.c - the route that calls somebody now
 *
 * Its script is found, the do-not-call list asked, its prompts made; then it is
 * dialled and answered with the call's id.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/handlers.h"
#include "api/shelf.h"
#include "api/varset.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"

enum {
	DIALABLE_SIZE = 33,
};

struct placing {
	struct ask *ask;
	char number[DIALABLE_SIZE];
	struct flow_script *script;
	int64_t version;
	struct varset vars;
	bool is_reserved;
};

static void destructor(void *arg)
{
	struct placing *placing = arg;

	if (placing->is_reserved)
		calls_release(ask_prm(placing->ask)->calls);
	mem_deref(placing->script);
	mem_deref(placing->ask);
}

/* --- what is asked for ---------------------------------------------------- */

static bool number_take(struct placing *placing)
{
	struct ask *ask = placing->ask;
	const char *number = ask_text(ask, "number");
	const char *country =
		cfg_text(ask_prm(ask)->cfg, "campaign", "country");
	enum number_fault fault;

	fault = number_normalise(placing->number, number, country);
	if (!fault)
		return true;

	/* An extension of our own PBX. */
	if (number_is_dialable(number) && strlen(number) < DIALABLE_SIZE) {
		(void)text_copy(placing->number, sizeof(placing->number),
		                number);
		return true;
	}
	ask_wrong(ask, "number", number_fault_text(fault));

	return false;
}

/* The line that is asked for, ready; NULL: that has been answered. */
static struct phone_line *line_of(struct ask *ask)
{
	const char *name = ask_text(ask, "line");
	struct phone *phone = ask_prm(ask)->phone;
	struct phone_line *line = phone_line_find(phone, *name ? name : NULL);
	const char *reason = "";
	char words[256];

	if (!line && *name) {
		ask_wrong(ask, "line", "is none that is configured");
		return NULL;
	}
	if (!line) {
		ask_problem(ask, 409, "there is no line to call over",
		            "configure a [line NAME] and start again");
		return NULL;
	}
	if (phone_line_state(line, &reason) == PHONE_LINE_READY)
		return line;

	(void)snprintf(words, sizeof(words), "line %s is not ready: %s",
	               phone_line_prm(line)->name,
	               reason && *reason ? reason
	                                 : "its server does not answer");
	ask_problem(ask, 503, words, "choose another line, or try again");

	return NULL;
}

/* --- step by step --------------------------------------------------------- */

static void ended_handler(const struct call_result *result, void *arg)
{
	(void)result;
	(void)arg;
}

static void placed(struct placing *placing, const struct call *call)
{
	struct call_view view;
	char script[SHELF_NAME_SIZE + 24];

	(void)calls_look(ask_prm(placing->ask)->calls, call_id(call), &view);
	(void)snprintf(script, sizeof(script), "%s@%lld", view.script,
	               (long long)placing->version);
	jmem_forget();
	ask_reply(placing->ask, 0,
	          json_pack("{s:s, s:s, s:s, s:s}", "id", view.id, "number",
	                    view.number, "line", view.line, "script", script));
}

static void place(struct placing *placing, struct phone_line *line)
{
	const struct call_sink sink = {.ended = ended_handler};
	struct ask *ask = placing->ask;
	const char *caller = ask_text(ask, "caller_id");
	const char *identity = ask_text(ask, "identity");
	const struct call_prm prm = {
		.script = placing->script,
		.varv = placing->vars.v,
		.varc = placing->vars.c,
		.line = line,
		.number = placing->number,
		.caller_id = *caller ? caller : NULL,
		.identity = *identity ? identity : NULL,
		.ring_ms = (uint32_t)ask_number(ask, "ring_s", 0) * 1000,
	};
	struct call *call = NULL;
	int err;

	if (placing->is_reserved)
		calls_release(ask_prm(ask)->calls);
	placing->is_reserved = false;
	err = call_place(&call, ask_prm(ask)->calls, &prm, &sink);
	if (err == EINVAL)
		ask_wrong(ask, "number", "is none that can be dialled");
	else if (err)
		ask_failed(ask, err, "the line");
	else
		placed(placing, call);
}

static void ready_handler(const char *fault, void *arg)
{
	struct placing *placing = arg;
	struct phone_line *line;

	if (fault) {
		ask_problem(placing->ask, 409, fault,
		            "POST /api/v1/scripts/{name}/check says more of "
		            "the script");
	}
	else {
		line = line_of(placing->ask);
		if (line)
			place(placing, line);
	}
	mem_deref(placing);
}

static void blocked_handler(int err, const char *reason, void *arg)
{
	struct placing *placing = arg;
	const struct api_prm *prm = ask_prm(placing->ask);
	const char *line = ask_text(placing->ask, "line");
	char words[256];

	if (!err && reason) {
		(void)snprintf(words, sizeof(words),
		               "%s is on the do-not-call list (%s)",
		               placing->number, reason);
		ask_problem(placing->ask, 409, words,
		            "nobody is called who does not want it; take the "
		            "number off the list if that was a mistake");
		mem_deref(placing);
		return;
	}
	if (!err)
		err = calls_prepare(
			prm->calls, placing->script,
			phone_cfg_rate_hz(prm->cfg, *line ? line : NULL), NULL,
			ready_handler, placing);
	if (err) {
		ask_failed(placing->ask, err, "the call");
		mem_deref(placing);
	}
}

static void script_handler(int err, struct flow_script *script, int64_t version,
                           void *arg)
{
	struct placing *placing = arg;

	if (err == ENOENT)
		ask_wrong(placing->ask, "script",
		          "is none that was published; GET /api/v1/scripts "
		          "lists them");
	else if (err == EINVAL)
		ask_wrong(placing->ask, "script",
		          "does not load; POST /api/v1/scripts/{name}/check "
		          "says why");
	else if (err)
		ask_failed(placing->ask, err, "the script");
	if (err)
		goto out;

	placing->script = mem_ref(script);
	placing->version = version;
	err = store_blocked(ask_prm(placing->ask)->store, placing->number,
	                    blocked_handler, placing);
	if (!err)
		return;

	ask_failed(placing->ask, err, "the do-not-call list");

out:
	mem_deref(placing);
}

static bool is_sound(struct placing *placing, char name[SHELF_NAME_SIZE],
                     int64_t *versionp)
{
	struct ask *ask = placing->ask;
	const char *caller = ask_text(ask, "caller_id");
	const char *identity = ask_text(ask, "identity");

	if (!shelf_parse(ask_text(ask, "script"), name, versionp)) {
		ask_wrong(ask, "script",
		          "has to be a name, or a version as \"name@3\"");
		return false;
	}
	if (*caller && !number_is_dialable(caller)) {
		ask_wrong(ask, "caller_id",
		          "has to be 1 to 32 of 0-9 A-Z a-z + * # . _ -");
		return false;
	}
	if (*identity && !phone_is_identity(identity)) {
		ask_wrong(ask, "identity",
		          "has to be the value of an Identity header: "
		          "header.payload.signature;info=<address>;…");
		return false;
	}

	return number_take(placing) && varset_take(&placing->vars, ask);
}

static void no_robot(struct ask *ask, int err)
{
	if (err == EAGAIN)
		ask_problem(ask, 503,
		            "people are understood late: fewer calls at a time "
		            "are begun",
		            "try again when a call is over, or give the "
		            "recogniser more to work with (late_percent in "
		            "[talk])");
	else
		ask_problem(ask, 503, "all robots talk to somebody",
		            "try again when a call is over, or raise the "
		            "limits of [talk]");
}

void r_call_place(struct ask *ask)
{
	struct placing *placing;
	char name[SHELF_NAME_SIZE];
	int64_t version;
	int err;

	placing = mem_zalloc(sizeof(*placing), destructor);
	if (!placing) {
		ask_failed(ask, ENOMEM, "the call");
		return;
	}

	placing->ask = mem_ref(ask);
	if (runner_is_ending(ask_prm(ask)->runner)) {
		ask_failed(ask, ECANCELED, "the call");
		goto out;
	}
	if (!is_sound(placing, name, &version) || !line_of(ask))
		goto out;

	err = calls_reserve(ask_prm(ask)->calls);
	if (err) {
		no_robot(ask, err);
		goto out;
	}
	placing->is_reserved = true;
	err = shelf_get(ask->api->shelf, name, version, script_handler,
	                placing);
	if (!err)
		return;

	ask_failed(ask, err, "the script");

out:
	mem_deref(placing);
}
