/*
 * call/view.c - calls under way, for those who look on
 */
#include <assert.h>
#include "call/live.h"

static const char *const statev[CALL_STATES] = {
	[CALL_IDLE] = "dialling",   [CALL_CALLING] = "dialling",
	[CALL_TALKING] = "talking", [CALL_CLOSING] = "ending",
	[CALL_GONE] = "ending",
};

void call_look(const struct call *call, struct call_view *view)
{
	*view = (struct call_view){
		.id = call->id,
		.number = call->number,
		.line = call->line,
		.direction = call->direction,
		.script = flow_script_name(call->script),
		.script_version = flow_script_version(call->script),
		.state = statev[call->state],
		.attempt_id = call->attempt_id,
		.start_ms = call->start_ms,
		.answer_ms = call->answer_ms,
	};
}

void calls_each(const struct calls *calls, call_view_h *handler, void *arg)
{
	struct call_view view;

	for (struct le *le = list_tail(&calls->livel); le; le = le->prev) {
		call_look(le->data, &view);
		handler(&view, arg);
	}
}

struct call *calls_find(const struct calls *calls, const char *id)
{
	struct le *le;

	LIST_FOREACH (&calls->livel, le) {
		struct call *call = le->data;

		if (!strcmp(call->id, id))
			return call;
	}

	return NULL;
}

void calls_watch(struct calls *calls, const struct call_watch *watch)
{
	assert(!watch || (watch->moment && watch->over));

	calls->watch = watch ? *watch : (struct call_watch){0};
}

void live_tell(struct call *call, const struct call_moment *moment)
{
	const struct call_watch *watch = &call->calls->watch;

	if (watch->moment)
		watch->moment(call->id, moment, watch->arg);
	if (call->sink.moment)
		call->sink.moment(moment, call->sink.arg);
}

void live_over(struct call *call)
{
	const struct call_watch *watch = &call->calls->watch;

	if (watch->over)
		watch->over(call->id, watch->arg);
}
