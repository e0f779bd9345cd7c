/*
 * api/r_sinks.c - routes about events for other systems
 */
#include <errno.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "base/jmem.h"
#include "base/mem.h"

static void sink_handler(const struct store_sink *sink, void *arg)
{
	gather_add(arg, json_pack("{s:s, s:I, s:I, s:o}", "name", sink->name,
	                          "waiting", (json_int_t)sink->waiting,
	                          "undelivered", (json_int_t)sink->undelivered,
	                          "oldest", fields_time_json(sink->oldest_ms)));
}

void r_sinks(struct ask *ask)
{
	struct gather *gather = gather_alloc(ask, json_array(), "the sinks");

	if (gather)
		gather_begun(gather,
		             store_sinks(ask_prm(ask)->store, sink_handler,
		                         gather_done, gather));
}

void r_sink_forget(struct ask *ask)
{
	int err = store_sink_forget(ask_prm(ask)->store, ask_param(ask, "name"),
	                            ask_done, mem_ref(ask));

	ask_begun(ask, err, "the sink");
}

static void undelivered_handler(const struct store_undelivered *event,
                                void *arg)
{
	gather_add(arg,
	           json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:i, s:s, s:b}",
	                     "sink", event->sink, "seq", (json_int_t)event->seq,
	                     "id", event->id, "type", event->type, "key",
	                     event->key, "at", fields_time_json(event->at_ms),
	                     "tries", (int)event->tries, "fault", event->fault,
	                     "is_again", event->is_again));
}

void r_undelivered(struct ask *ask)
{
	struct gather *gather = gather_alloc(ask, json_array(), "the events");

	if (gather)
		gather_begun(gather,
		             store_outbox_undelivered(ask_prm(ask)->store,
		                                      ask_query(ask, "sink"),
		                                      undelivered_handler,
		                                      gather_done, gather));
}

static void again_handler(int err, uint32_t count, void *arg)
{
	struct ask *ask = arg;

	jmem_forget();
	if (err)
		ask_failed(ask, err, "the sink");
	else
		ask_reply(ask, 0, json_pack("{s:i}", "count", (int)count));
	mem_deref(ask);
}

void r_again(struct ask *ask)
{
	int err = store_outbox_again(
		ask_prm(ask)->store, ask_param(ask, "name"),
		ask_number(ask, "seq", 0), again_handler, mem_ref(ask));

	ask_begun(ask, err, "the sink");
}
