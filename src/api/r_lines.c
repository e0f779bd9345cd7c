/*
 * api/r_lines.c - routes about lines
 */
#include <errno.h>
#include "api/api_parts.h"
#include "api/handlers.h"
#include "base/jmem.h"
#include "base/mem.h"

static const char *const statev[] = {
	[PHONE_LINE_READY] = "ready",
	[PHONE_LINE_REGISTERING] = "registering",
	[PHONE_LINE_REFUSED] = "refused",
	[PHONE_LINE_UNREACHABLE] = "unreachable",
};

static const char *line_state_name(const struct phone_line *line,
                                   const char **reasonp)
{
	return statev[phone_line_state(line, reasonp)];
}

static struct phone_line *line_at(const struct api_prm *prm, size_t i)
{
	const char *name = cfg_name(prm->cfg, "line", i);

	return name ? phone_line_find(prm->phone, name) : NULL;
}

void r_lines(struct ask *ask)
{
	json_t *items = json_array();
	struct phone_line *line;

	jmem_forget();
	for (size_t i = 0; (line = line_at(ask_prm(ask), i)); i++) {
		const struct phone_line_prm *prm = phone_line_prm(line);
		const char *caller_id = prm->caller_id, *reason = NULL;
		const char *state = line_state_name(line, &reason);

		if (!caller_id)
			caller_id = prm->user;
		(void)json_array_append_new(
			items,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:f}", "name",
		                  prm->name, "state", state, "reason",
		                  reason ? reason : "", "server", prm->server,
		                  "caller_id", caller_id ? caller_id : "",
		                  "calls_max", (int)prm->calls_max,
		                  "calls_per_s", prm->calls_per_s));
	}
	ask_page(ask, items, 0);
}

static void probe_handler(int err, const char *words, void *arg)
{
	struct ask *ask = arg;

	jmem_forget();
	ask_reply(ask, 0,
	          json_pack("{s:b, s:s}", "answers", !err, "words",
	                    words ? words : ""));
	mem_deref(ask);
}

void r_line_probe(struct ask *ask)
{
	struct phone_line *line;
	int err = ENOENT;

	for (size_t i = 0; (line = line_at(ask_prm(ask), i)); i++) {
		if (!strcmp(phone_line_prm(line)->name, ask_param(ask, "name")))
			break;
	}
	if (!line) {
		ask_failed(ask, err, "the line");
		return;
	}

	err = phone_line_probe(line, probe_handler, mem_ref(ask));
	ask_begun(ask, err, "the line");
}
