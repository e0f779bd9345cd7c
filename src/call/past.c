/*
 * call/past.c - a call of the past, as a replay takes it
 */
#include <assert.h>
#include <string.h>
#include "base/mem.h"
#include "call/call.h"

static uint64_t since(int64_t ms, int64_t base_ms)
{
	return ms > base_ms ? (uint64_t)(ms - base_ms) : 0;
}

/* What a row of the session and one of the store have by the same name; their
 * times differ. */
#define SAME_COLUMNS(s)                                                        \
	.callid = (s)->callid, .current_appid = (s)->current_appid,            \
	.sequence = (s)->sequence, .current_flowid = (s)->current_flowid,      \
	.input_type = (s)->input_type, .input_args = (s)->input_args,          \
	.input_nlp_args = (s)->input_nlp_args,                                 \
	.input_duration_ms = (s)->input_duration_ms,                           \
	.input_play_ms = (s)->input_play_ms,                                   \
	.matching_method = (s)->matching_method,                               \
	.matching_condition = (s)->matching_condition,                         \
	.condition_id = (s)->condition_id,                                     \
	.condition_weight = (s)->condition_weight,                             \
	.matching_keyword = (s)->matching_keyword,                             \
	.response_type = (s)->response_type,                                   \
	.response_description = (s)->response_description,                     \
	.response_id = (s)->response_id,                                       \
	.response_action = (s)->response_action,                               \
	.response_args = (s)->response_args, .repetition = (s)->repetition,    \
	.potential = (s)->potential, .record = (s)->record

struct store_step call_step_row(const struct flow_step *s, int64_t base_ms)
{
	return (struct store_step){
		SAME_COLUMNS(s),
		.createtime_ms = base_ms + (int64_t)s->createtime_ms,
		.input_start_ms = base_ms + (int64_t)s->input_start_ms,
		.heard_by = "",
	};
}

struct flow_step call_step_of(const struct store_step *s, int64_t base_ms)
{
	return (struct flow_step){
		SAME_COLUMNS(s),
		.createtime_ms = since(s->createtime_ms, base_ms),
		.input_start_ms = since(s->input_start_ms, base_ms),
	};
}

/* Machines, faxes, networks: the session's words about them do not count. */
static bool is_concluded(const struct store_call *call)
{
	return *call->label ||
	       !strcmp(call->outcome, outcome_name(OUTCOME_ANSWERED));
}

static void destructor(void *arg)
{
	struct call_past *past = arg;

	mem_deref(past->stepv);
	mem_deref(past->varv);
}

int call_past_alloc(struct call_past **pastp, const struct store_talk *talk)
{
	const struct store_contact *contact = talk->contact;
	struct call_past *past;

	assert(pastp && contact);

	past = mem_zalloc(sizeof(*past), destructor);
	if (!past)
		return ENOMEM;

	past->stepv =
		mem_zalloc((talk->stepc + 1) * sizeof(*past->stepv), NULL);
	past->varv =
		mem_zalloc((contact->varc + 1) * sizeof(*past->varv), NULL);
	if (!past->stepv || !past->varv) {
		mem_deref(past);
		return ENOMEM;
	}

	for (size_t i = 0; i < talk->stepc; i++)
		past->stepv[i] = call_step_of(&talk->stepv[i],
		                              talk->stepv[0].createtime_ms);
	for (size_t i = 0; i < contact->varc; i++)
		past->varv[i] = (struct flow_var){contact->varv[i].name,
		                                  contact->varv[i].value};
	past->call = (struct flow_call){
		.callid = talk->call.callid,
		.varv = past->varv,
		.varc = contact->varc,
		.inputs = talk->call.inputs,
		.stepv = past->stepv,
		.stepc = talk->stepc,
		.label = is_concluded(&talk->call) ? talk->call.label : NULL,
		.class_letter = talk->call.class_letter,
		.intention = talk->call.intention,
	};
	*pastp = past;

	return 0;
}
