/*
 * flow/script.c - what the caller may know of a script
 */
#include "base/mem.h"
#include "flow/idmap.h"
#include "flow/script.h"

struct node *script_node(const struct flow_script *script, const char *id)
{
	return idmap_get(script->nodes, id);
}

const char *flow_script_name(const struct flow_script *script)
{
	return script->name;
}

const char *flow_script_version(const struct flow_script *script)
{
	return script->version;
}

const char *flow_script_language(const struct flow_script *script)
{
	return script->language;
}

bool flow_script_takes(const struct flow_script *script, const char *word)
{
	const struct global *globalv = script_globals(script);

	for (size_t i = 0; i < script->globalflow.c; i++) {
		const char *complete = globalv[i].link.condition.complete;

		if (complete && strstr(complete, word))
			return true;
	}

	return false;
}

const char *flow_script_recordings(const struct flow_script *script)
{
	return script->recordings;
}

int flow_script_set_recordings(struct flow_script *script, const char *folder)
{
	script->is_file = true;
	script->recordings = arena_text(script->arena, folder, strlen(folder));

	return arena_err(script->arena);
}

const struct flow_voice *flow_script_voice(const struct flow_script *script)
{
	return &script->voice;
}

static bool has_prefix(const char *item, const char *const *prefixv, size_t c)
{
	for (size_t i = 0; i < c; i++)
		if (!strncmp(item, prefixv[i], strlen(prefixv[i])))
			return true;

	return false;
}

/* Whether an item is words to be spoken or a sound of the web: all others are
 * at hand. */
static bool is_made(const char *item)
{
	static const char *const webv[] = {"http://", "https://"};
	static const char *const handv[] = {"file://", "tone_stream://",
	                                    "silence_stream://"};
	size_t len = strlen(item);

	if (has_prefix(item, webv, ARRAY_COUNT(webv)))
		return true;
	if (has_prefix(item, handv, ARRAY_COUNT(handv)))
		return false;
	if (len > 4 && (!strcasecmp(item + len - 4, ".wav") ||
	                !strcasecmp(item + len - 4, ".mp3")))
		return false;

	return len;
}

static void prompt_items(const struct prompt *prompt, script_item_h *handler,
                         void *arg)
{
	for (size_t i = 0; i < prompt->itemc; i++)
		if (is_made(prompt->itemv[i]))
			handler(prompt->itemv[i], arg);
}

void script_items(const struct flow_script *script, script_item_h *handler,
                  void *arg)
{
	for (size_t i = 0; i < script->flow.c; i++) {
		const struct node *node = &script_nodes(script)[i];
		const struct prompt *const promptv[] = {
			&node->playbacks,        &node->replaybacks,
			&node->thirdplaybacks,   &node->fourplaybacks,
			&node->kbplaybacks,      &node->returnplaybacks,
			&node->timeoutplaybacks, &node->mismatchplaybacks,
		};

		for (size_t j = 0; j < ARRAY_COUNT(promptv); j++)
			prompt_items(promptv[j], handler, arg);
	}
	for (size_t i = 0; i < script->kb.c; i++)
		prompt_items(&script_entries(script)[i].playbacks, handler,
		             arg);
}

struct literals {
	script_item_h *handler;
	void *arg;
};

static void literal_handler(const char *item, void *arg)
{
	const struct literals *literals = arg;

	if (!strstr(item, "${"))
		literals->handler(item, literals->arg);
}

void flow_script_literals(const struct flow_script *script,
                          void (*handler)(const char *item, void *arg),
                          void *arg)
{
	struct literals literals = {handler, arg};

	script_items(script, literal_handler, &literals);
}
