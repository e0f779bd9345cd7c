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

const struct flow_voice *flow_script_voice(const struct flow_script *script)
{
	return &script->voice;
}

/* Whether an item is words to be spoken, and always the same ones. */
static bool is_literal_text(const char *item)
{
	static const char *const prefixv[] = {
		"file://", "tone_stream://", "silence_stream://",
		"http://", "https://",
	};
	size_t len = strlen(item);

	for (size_t i = 0; i < ARRAY_COUNT(prefixv); i++)
		if (!strncmp(item, prefixv[i], strlen(prefixv[i])))
			return false;
	if (len > 4 && (!strcasecmp(item + len - 4, ".wav") ||
	                !strcasecmp(item + len - 4, ".mp3")))
		return false;

	return len && !strstr(item, "${");
}

static void prompt_literals(const struct prompt *prompt,
                            void (*handler)(const char *text, void *arg),
                            void *arg)
{
	for (size_t i = 0; i < prompt->itemc; i++)
		if (is_literal_text(prompt->itemv[i]))
			handler(prompt->itemv[i], arg);
}

void flow_script_literals(const struct flow_script *script,
                          void (*handler)(const char *text, void *arg),
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
			prompt_literals(promptv[j], handler, arg);
	}
	for (size_t i = 0; i < script->kb.c; i++)
		prompt_literals(&script_entries(script)[i].playbacks, handler,
		                arg);
}
