/*
 * flow/label.c - the class of a call once it is over
 */
#include "base/mem.h"
#include "flow/label.h"

/* -1, 0, 1: how the value of a variable compares with the rule's. */
static int compare(const struct flow_session *sess,
                   const struct flow_counters *counters,
                   const struct when *when)
{
	const struct {
		const char *name;
		double value;
	} numberv[] = {
		{"talk_time", counters->talk_time},
		{"respond_count", counters->respond_count},
		{"positive_respond_count", counters->positive_respond_count},
		{"passive_respond_count", counters->passive_respond_count},
		{"intentional_count", counters->intentional_count},
		{"unintentional_count", counters->unintentional_count},
		{"trigger_global_flow", counters->trigger_global_flow},
		{"trigger_kb", counters->trigger_kb},
		{"proactively_hangup", counters->proactively_hangup},
		{"intention", (double)sess->intention},
	};

	if (when->is_text)
		return strcmp(sess->class_letter, when->text);

	for (size_t i = 0; i < ARRAY_COUNT(numberv); i++) {
		double value = numberv[i].value;

		if (!strcmp(numberv[i].name, when->var))
			return (value > when->value) - (value < when->value);
	}

	return 0;
}

static bool holds(const char *op, int order)
{
	switch (op[0]) {
	case '=':
		return order == 0;
	case '!':
		return order != 0;
	case '<':
		return order < 0 || (op[1] && order == 0);
	default:
		return order > 0 || (op[1] && order == 0);
	}
}

const char *label_of(const struct flow_session *sess,
                     const struct flow_counters *counters)
{
	const struct label *labelv = sess->script->label.v;

	for (size_t i = 0; i < sess->script->label.c; i++) {
		const struct when *whenv = labelv[i].when.v;
		bool is_it = true;

		for (size_t j = 0; j < labelv[i].when.c && is_it; j++)
			is_it = holds(whenv[j].op,
			              compare(sess, counters, &whenv[j]));
		if (is_it)
			return labelv[i].label;
	}

	return "";
}
