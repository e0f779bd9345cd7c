/*
 * call/pair_row.c - a call between two people, as others see it
 */
#include "call/audible.h"
#include "call/notice.h"
#include "call/pair.h"
#include "call/partings.h"
#include "call/rowtext.h"

/* --- looking on -------------------------------------------------------------
 */

struct call_pair *pair_find(const struct calls *calls, const char *id)
{
	struct le *le;

	LIST_FOREACH (&calls->pairl, le) {
		struct call_pair *pair = le->data;

		if (!strcmp(pair->id, id))
			return pair;
	}

	return NULL;
}

void pair_look(const struct call_pair *pair, struct call_view *view)
{
	*view = (struct call_view){
		.id = pair->id,
		.number = pair->second.number,
		.line = phone_line_prm(pair->second.line)->name,
		.direction = "out",
		.script = "",
		.script_version = "",
		.state = pair->first.party.is_over ? "ending"
	                 : pair->answer_ms         ? "talking"
	                                           : "dialling",
		.start_ms = pair->start_ms,
		.answer_ms = pair->answer_ms,
	};
}

/* --- the row ----------------------------------------------------------------
 */

enum outcome pair_outcome(const struct call_pair *pair)
{
	const struct party *second = &pair->second.party;

	if (pair->answer_ms)
		return OUTCOME_ANSWERED;

	return pair->second.is_dialled ? second->end.outcome
	                               : OUTCOME_CANCELLED;
}

static struct store_call row_of(const struct call_pair *pair)
{
	enum outcome outcome =
		pair->end_ms ? pair_outcome(pair) : OUTCOME_IN_DOUBT;

	return (struct store_call){
		.callid = pair->id,
		.direction = "out",
		.number = pair->second.number,
		.line = phone_line_prm(pair->second.line)->name,
		.outcome = outcome_name(outcome),
		.is_our_fault = outcome_is_our_fault(outcome),
		.start_ms = pair->start_ms,
		.answer_ms = pair->answer_ms,
		.end_ms = pair->end_ms,
		.recording = pair->recording,
	};
}

void pair_leg_keep(const struct call_pair *pair, const struct side *side)
{
	bool is_first = side == &pair->first;
	const struct parting_prm prm = {
		.callid = pair->id,
		.side = !is_first,
		.number = pair->second.number,
		.line = phone_line_prm(side->line)->name,
		.leg = side->party.leg,
		.will = is_first ? pair->will : NULL,
	};

	partings_keep(pair->calls, &prm);
}

void pair_notice(const struct call_pair *pair, const char *type)
{
	const struct store_call row = row_of(pair);

	notice_moment(pair->calls->prm.store, type, &row);
}

int pair_keep(struct call_pair *pair, store_done_h *done)
{
	const struct flow_var varv[] = {{"first", pair->first.number}};
	struct store_call row = row_of(pair);
	char *variables, *media = NULL;
	int err = ENOMEM;

	variables = rowtext_variables(varv, ARRAY_COUNT(varv));
	media = audible_json(&pair->second.party.stats);
	if (variables && media) {
		row.variables = row.variables_begin = variables;
		row.media = media;
		err = store_call(pair->calls->prm.store, &row, done, pair);
	}
	mem_deref(variables);
	mem_deref(media);

	return err;
}
