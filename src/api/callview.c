/*
 * api/callview.c - calls and their rows as JSON
 */
#include <stddef.h>
#include <string.h>
#include "api/callview.h"
#include "api/fields.h"
#include "base/mem.h"

json_t *callview_live(const struct call_view *view)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "id",
	                 view->id, "state", view->state, "direction",
	                 view->direction, "number", view->number, "line",
	                 view->line, "script", view->script, "script_version",
	                 view->script_version, "start",
	                 fields_time_json(view->start_ms), "answer",
	                 fields_time_json(view->answer_ms));
}

/* Of our own making. */
static void object_add(json_t *json, const char *name, const char *text)
{
	json_t *object = json_loads(text && *text ? text : "{}", 0, NULL);

	(void)json_object_set_new(json, name, object ? object : json_object());
}

json_t *callview_past(const struct store_past *past, bool is_whole)
{
	const struct store_call *call = &past->call;
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:s,"
		" s:I, s:s, s:s, s:s, s:i, s:b}",
		"id", call->callid, "state", "over", "direction",
		call->direction, "number", call->number, "line", call->line,
		"script", call->script, "script_version", call->script_version,
		"start", fields_time_json(call->start_ms), "answer",
		fields_time_json(call->answer_ms), "end",
		fields_time_json(call->end_ms), "outcome", call->outcome,
		"label", call->label, "intention", (json_int_t)call->intention,
		"class_letter", call->class_letter, "heard", call->heard,
		"campaign", past->campaign, "attempt", (int)past->attempt,
		"has_recording", *call->recording != '\0');

	if (json && is_whole) {
		object_add(json, "variables", call->variables);
		object_add(json, "counters", call->counters);
		object_add(json, "media", call->media);
		object_add(json, "answerer", call->answerer);
		object_add(json, "services", call->services);
	}

	return json;
}

/* --- rows ----------------------------------------------------------------- */

void callview_step(json_t *items, const struct store_step *step)
{
	(void)json_array_append_new(items,
	                            store_step_json(step, STORE_STEP_COLUMNS));
}

/* --- words ---------------------------------------------------------------- */

enum {
	/* values of input_type (checklist E009 to E011) */
	INPUT_TEXT = 0,
	INPUT_KEYS = 1,
};

static void line_add(json_t *items, const struct store_step *step,
                     const char *who, const char *text)
{
	(void)json_array_append_new(
		items,
		json_pack("{s:o, s:s, s:s, s:s}", "at",
	                  fields_time_json(step->createtime_ms), "who", who,
	                  "text", text, "node", step->current_flowid));
}

/* Items of a prompt stand between bars. */
static void said_add(json_t *items, const struct store_step *step)
{
	size_t size = strlen(step->response_args) + 1;
	char *text = mem_zalloc(size, NULL);

	if (!text)
		return;

	memcpy(text, step->response_args, size);
	for (char *bar = strchr(text, '|'); bar; bar = strchr(bar, '|'))
		*bar = ' ';
	line_add(items, step, "robot", text);
	mem_deref(text);
}

void callview_words(json_t *items, const struct store_step *step)
{
	const char *args = step->input_args;

	/* The letter in front says what kind of text it is (E017, E018): F a
	 * whole sentence, S one that goes on, E none; D and d keys. */
	if (step->input_type == INPUT_TEXT && *args == 'F')
		line_add(items, step, "callee", args + 1);
	else if (step->input_type == INPUT_KEYS && *args)
		line_add(items, step, "keys", args + 1);
	if (*step->response_args &&
	    (!strcmp(step->response_action, "playback") ||
	     !strcmp(step->response_action, "hangup")))
		said_add(items, step);
}
