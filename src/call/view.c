/*
 * call/view.c - calls under way, for those who look on
 */
#include <assert.h>
#include <errno.h>
#include "call/live.h"
#include "call/pair.h"

static const char *const statev[CALL_STATES] = {
	[CALL_IDLE] = "dialling",   [CALL_CALLING] = "dialling",
	[CALL_TALKING] = "talking", [CALL_CLOSING] = "ending",
	[CALL_GONE] = "ending",
};

static void look(const struct call *call, struct call_view *view)
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
	const struct le *call = list_tail(&calls->livel);
	const struct le *pair = list_tail(&calls->pairl);
	struct call_view of_call, of_pair;

	while (call || pair) {
		if (call)
			look(call->data, &of_call);
		if (pair)
			pair_look(pair->data, &of_pair);
		if (!pair || (call && of_call.start_ms >= of_pair.start_ms)) {
			handler(&of_call, arg);
			call = call->prev;
		}
		else {
			handler(&of_pair, arg);
			pair = pair->prev;
		}
	}
}

static struct call *find(const struct calls *calls, const char *id)
{
	struct le *le;

	LIST_FOREACH (&calls->livel, le) {
		struct call *call = le->data;

		if (!strcmp(call->id, id))
			return call;
	}

	return NULL;
}

bool calls_look(const struct calls *calls, const char *id,
                struct call_view *view)
{
	const struct call *call = find(calls, id);
	const struct call_pair *pair = pair_find(calls, id);

	if (call)
		look(call, view);
	else if (pair)
		pair_look(pair, view);

	return call || pair;
}

bool calls_has(const struct calls *calls, const char *id)
{
	return find(calls, id) || pair_find(calls, id);
}

int calls_hangup(struct calls *calls, const char *id)
{
	struct call *call = find(calls, id);
	struct call_pair *pair = pair_find(calls, id);

	if (call)
		call_hangup(call);
	else if (pair)
		call_pair_hangup(pair);

	return call || pair ? 0 : ENOENT;
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

void live_over(const struct calls *calls, const char *id)
{
	if (calls->watch.over)
		calls->watch.over(id, calls->watch.arg);
}
