/*
 * autocall/ami.c - pure: what Asterisk would have said of a call
 */
#include <stdio.h>
#include "autocall/ami.h"

static struct ami_said said_of(enum outcome outcome)
{
	switch (outcome) {

	case OUTCOME_BUSY:
		return (struct ami_said){"BUSY", 17, "User busy"};
	case OUTCOME_NO_ANSWER:
		return (struct ami_said){"NOANSWER", 19,
		                         "User alerting, no answer"};
	case OUTCOME_DECLINED:
	case OUTCOME_REJECTED:
	case OUTCOME_UNWANTED:
	case OUTCOME_BLOCKED:
		return (struct ami_said){"BUSY", 21, "Call Rejected"};
	case OUTCOME_BAD_NUMBER:
		return (struct ami_said){"CHANUNAVAIL", 1,
		                         "Unallocated number"};
	case OUTCOME_UNREACHABLE:
		return (struct ami_said){"CHANUNAVAIL", 20,
		                         "Subscriber absent"};
	case OUTCOME_CANCELLED:
		return (struct ami_said){"CANCEL", 16, "Normal Clearing"};
	case OUTCOME_NETWORK_TIMEOUT:
		return (struct ami_said){"NOANSWER", 18, "No user responding"};
	case OUTCOME_LINE_CONGESTED:
		return (struct ami_said){"CONGESTION", 34,
		                         "Circuit/channel congestion"};
	case OUTCOME_ANSWERED:
	case OUTCOME_MACHINE:
	case OUTCOME_FAX:
	case OUTCOME_ANNOUNCEMENT:
	case OUTCOME_SCREENING:
		return (struct ami_said){"ANSWER", 16, "Normal Clearing"};
	default:
		return (struct ami_said){"CHANUNAVAIL", 38,
		                         "Network out of order"};
	}
}

struct ami_said ami_said(enum outcome outcome, unsigned q850)
{
	struct ami_said said = said_of(outcome);

	if (q850)
		said.cause = q850;

	return said;
}

/* --- events --------------------------------------------------------------- */

json_t *ami_fields(const struct ami_channel *channel)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "Channel", channel->name,
	                 "Uniqueid", channel->uniqueid, "CallerIDNum",
	                 channel->caller, "CallerIDName", channel->caller_name);
}

json_t *ami_with(json_t *fields, const char *key, const char *value)
{
	if (fields)
		(void)json_object_set_new(fields, key, json_string(value));

	return fields;
}

static json_t *state(const struct ami_channel *channel, const char *number,
                     const char *words)
{
	json_t *fields = ami_with(ami_fields(channel), "ChannelState", number);

	return ami_with(fields, "ChannelStateDesc", words);
}

json_t *ami_ringing(const struct ami_channel *channel)
{
	return state(channel, "5", "Ringing");
}

json_t *ami_up(const struct ami_channel *channel)
{
	return state(channel, "6", "Up");
}

json_t *ami_var(const struct ami_channel *channel, const char *variable,
                const char *value)
{
	json_t *fields = ami_with(ami_fields(channel), "Variable", variable);

	return ami_with(fields, "Value", value);
}

json_t *ami_hangup(const struct ami_channel *channel,
                   const struct ami_said *said)
{
	char cause[16];

	(void)snprintf(cause, sizeof(cause), "%u", said->cause);

	return ami_with(ami_with(ami_fields(channel), "Cause", cause),
	                "Cause-txt", said->words);
}
