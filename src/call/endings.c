/*
 * call/endings.c - how calls end, counted
 */
#include "base/metrics.h"
#include "call/endings.h"

static struct metric ended = {
	.name = "dialwright_calls_ended_total",
	.help = "Calls that ended, by outcome.",
	.label = "outcome",
};

static struct metric answered = {
	.name = "dialwright_calls_answered_total",
	.help = "Calls that ended and were answered.",
};

static struct metric dropped = {
	.name = "dialwright_calls_dropped_total",
	.help = "Answered calls that neither they nor we ended.",
};

bool endings_is_drop(bool was_answered, const struct phone_end *end)
{
	return was_answered && end->outcome != OUTCOME_ANSWERED &&
	       end->outcome != OUTCOME_CANCELLED;
}

void endings_count(enum outcome outcome, bool was_answered,
                   const struct phone_end *end)
{
	metric_add(&ended, outcome_name(outcome));
	if (!was_answered)
		return;

	metric_add(&answered, NULL);
	if (endings_is_drop(was_answered, end))
		metric_add(&dropped, NULL);
}
