/*
 * call/notice.c - what other systems hear of a call while it goes on
 */
#include <jansson.h>
#include "base/jmem.h"
#include "call/notice.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

char *notice_intention(const struct call *call,
                       const struct flow_notify *notify)
{
	struct flow_result flow;
	json_t *variables;

	jmem_forget();
	variables = json_object();
	flow_session_result(call->sess, &flow);
	for (size_t i = 0; i < flow.varc; i++)
		(void)json_object_set_new(variables, flow.varv[i].name,
		                          json_string(flow.varv[i].value));

	return jmem_text(json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:o}",
		"callid", call->id, "number", call->number, "line", call->line,
		"script", or_empty(flow_script_name(call->script)), "trigger",
		or_empty(notify->trigger), "intention",
		(json_int_t)flow.intention, "label", or_empty(flow.label),
		"class_letter", or_empty(flow.class_letter), "http",
		or_empty(notify->http), "linegroup",
		or_empty(notify->linegroup), "variables", variables));
}

void notice_moment(struct store *store, const char *type,
                   const struct store_call *row)
{
	struct store_event event = {
		.type = type,
		.key = row->callid,
		.number = row->number,
	};
	char *data;

	if (!store)
		return;

	jmem_forget();
	data = jmem_text(json_pack("{s:s, s:s, s:s, s:s}", "callid",
	                           row->callid, "direction", row->direction,
	                           "number", row->number, "line", row->line));
	event.data = data;
	if (data)
		(void)store_event(store, &event, NULL, NULL);
	mem_deref(data);
}
