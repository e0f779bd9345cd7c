/*
 * flow/lintbands.c - the bands of sureness that asr_params ask for
 *
 * {"accept": 85, "confirm": 50}: what is less sure than the first and surer
 * than the second comes as "F?yes". Who asks for that and does not take the
 * "?" takes an unsure yes for a sure one.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/jmem.h"
#include "flow/lint.h"
#include "flow/pattern.h"

enum {
	PERCENT_MAX = 100,
	PATH_BYTES = 128,
};

struct bands {
	bool is_wrong; /* one of them is no percentage */
	double accept; /* below 0: not set */
	double confirm;
};

static bool is_percent(const json_t *value)
{
	return json_is_number(value) && json_number_value(value) >= 0 &&
	       json_number_value(value) <= PERCENT_MAX;
}

static double percent_of(struct bands *bands, const json_t *params,
                         const char *key)
{
	const json_t *value = json_object_get(params, key);

	if (!value)
		return -1;
	if (!is_percent(value))
		bands->is_wrong = true;

	return is_percent(value) ? json_number_value(value) : -1;
}

/* What is no JSON, or has no bands, is for some other recogniser. */
static void read_bands(struct bands *bands, const struct flow_params *params)
{
	json_t *json;

	*bands = (struct bands){.accept = -1, .confirm = -1};
	jmem_pool_open();
	json = json_loads(params->text, 0, NULL);
	if (json_is_object(json)) {
		bands->accept = percent_of(bands, json, "accept");
		bands->confirm = percent_of(bands, json, "confirm");
	}
	json_decref(json);
	jmem_pool_close();
}

static bool takes_question(const struct order *order)
{
	for (size_t i = 0; i < order->c; i++) {
		const char *text = order->v[i]->condv[COND_TEXT].text;

		if (text && (strstr(text, "\\?") || strstr(text, "[?]")))
			return true;
	}

	return false;
}

static void check_numbers(const struct lint *lint, const struct bands *bands,
                          const char *node, const char *path)
{
	if (bands->is_wrong)
		lint_warn(lint, node,
		          "accept and confirm must be numbers from 0 to 100; "
		          "as it is, what is wrong is not read",
		          "%s", path);
	else if (bands->accept >= 0 && bands->confirm >= bands->accept)
		lint_warn(lint, node,
		          "nothing is ever to be confirmed: confirm must be "
		          "below accept",
		          "%s", path);
}

static void check_node(const struct lint *lint, const struct node *node)
{
	const struct flow_params *common = &lint->script->asr.asr_params;
	const struct flow_params *params = &node->listen.asr_params;
	const char *place = "asr.asr_params";
	struct bands bands;
	char path[PATH_BYTES];

	if (node->action != ACTION_PLAYBACK || !*params->text)
		return;

	read_bands(&bands, params);
	if (params->text != common->text) {
		(void)snprintf(path, sizeof(path), "flow[%u].%s", node->index,
		               place);
		check_numbers(lint, &bands, node->id, path);
	}
	if (bands.confirm >= 0 && node->orderv[COND_TEXT].c &&
	    !takes_question(&node->orderv[COND_TEXT]) &&
	    !takes_question(&node->globals->orderv[COND_TEXT]))
		lint_warn(lint, node->id,
		          "an answer to be confirmed (asr_params) comes as "
		          "F?yes, and no child takes it: an unsure yes counts "
		          "as a sure one; add a child with ^F\\? and a higher "
		          "priority",
		          "flow[%u].children", node->index);
}

void lintbands_check(const struct lint *lint)
{
	const struct flow_script *script = lint->script;
	struct bands bands;

	if (*script->asr.asr_params.text) {
		read_bands(&bands, &script->asr.asr_params);
		check_numbers(lint, &bands, "", "asr.asr_params");
	}
	for (size_t i = 0; i < script->flow.c; i++)
		check_node(lint, &script_nodes(script)[i]);
}
