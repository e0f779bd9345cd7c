/*
 * api/r_system.c - routes about the whole
 */
#include <stdio.h>
#include "api/api_parts.h"
#include "api/handlers.h"
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"

void r_health(struct ask *ask)
{
	jmem_forget();
	ask_reply(ask, 0, json_pack("{s:s}", "status", "ok"));
}

void r_ready(struct ask *ask)
{
	const struct api_prm *prm = ask_prm(ask);
	const char *trouble = store_trouble(prm->store);
	const char *status = trouble ? "degraded" : "ready";
	json_t *troubles = json_array();

	jmem_forget();
	if (runner_is_ending(prm->runner)) {
		status = "stopping";
		trouble = "no new calls are placed: the program ends";
	}
	if (trouble)
		(void)json_array_append_new(troubles, json_string(trouble));
	ask_reply(ask, trouble ? 503 : 200,
	          json_pack("{s:s, s:o}", "status", status, "troubles",
	                    troubles));
}

void r_openapi(struct ask *ask)
{
	jmem_forget();
	ask_reply(ask, 0, openapi_make());
}

static json_t *sinks_json(const struct notify *notify)
{
	json_t *sinks = json_array();
	struct notify_state state;

	for (size_t i = 0; notify && notify_state(notify, i, &state); i++)
		(void)json_array_append_new(
			sinks, json_pack("{s:s, s:I, s:I, s:I, s:I, s:s}",
		                         "name", state.sink, "delivered",
		                         (json_int_t)state.delivered, "failed",
		                         (json_int_t)state.failed, "given_up",
		                         (json_int_t)state.given_up, "lag_ms",
		                         (json_int_t)state.lag_ms, "fault",
		                         state.fault));

	return sinks;
}

void r_system(struct ask *ask)
{
	const struct api_prm *prm = ask_prm(ask);
	char started[CLOCK_TEXT_SIZE];
	struct phone_load load = {0};

	jmem_forget();
	if (prm->phone)
		phone_load(prm->phone, &load);
	ask_reply(ask, 0,
	          json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:o}", "version",
	                    DIALWRIGHT_VERSION, "started",
	                    clock_text(started, ask->api->start_ms), "database",
	                    store_name(prm->store), "calls", (int)load.legs,
	                    "late_ticks", (json_int_t)load.late_ticks, "ticks",
	                    (json_int_t)load.ticks, "sinks",
	                    sinks_json(prm->notify)));
}
