/*
 * campaign/trouble.c - pure: a line that fails again and again
 */
#include <stdio.h>
#include "campaign/trouble.h"

enum {
	REST_MS = 1000,
	REST_MAX_MS = 30000,
	DOUBLED_MAX = 5,
	ROUNDS_MAX = 6, /* with the rests about half a minute */
	/* Congestion passes, and the pace gives way to it. */
	SLOW_ROUNDS_MAX = 60,
};

void trouble_init(struct trouble *trouble, uint32_t rest_ms)
{
	*trouble = (struct trouble){.rest_ms = rest_ms ? rest_ms : REST_MS};
}

uint32_t trouble_add(struct trouble *trouble, const struct phone_end *end,
                     uint64_t placed_ms, uint64_t now_ms)
{
	bool is_slow = end->outcome == OUTCOME_LINE_CONGESTED;
	unsigned *rounds = is_slow ? &trouble->slow_rounds : &trouble->rounds;
	uint64_t rest_ms;
	unsigned doubled;

	if (!*rounds || placed_ms >= trouble->round_ms) {
		++*rounds;
		trouble->round_ms = now_ms;
	}

	trouble->outcome = end->outcome;
	trouble->sip_code = end->sip_code;
	(void)snprintf(trouble->reason, sizeof(trouble->reason), "%s",
	               end->reason ? end->reason : "");

	doubled = *rounds - 1 < DOUBLED_MAX ? *rounds - 1 : DOUBLED_MAX;
	rest_ms = (uint64_t)trouble->rest_ms << doubled;

	return rest_ms < REST_MAX_MS ? (uint32_t)rest_ms : REST_MAX_MS;
}

void trouble_clear(struct trouble *trouble)
{
	trouble->rounds = 0;
	trouble->slow_rounds = 0;
	trouble->has_worked = true;
}

bool trouble_is_hopeless(const struct trouble *trouble)
{
	return trouble->rounds >= ROUNDS_MAX ||
	       trouble->slow_rounds >= SLOW_ROUNDS_MAX;
}

static const char *remedy(enum outcome outcome)
{
	switch (outcome) {

	case OUTCOME_LINE_AUTH:
		return "check user and password of the line";

	case OUTCOME_LINE_CONGESTED:
		return "lower campaign.calls and calls_per_s, or ask the "
		       "carrier for more";

	case OUTCOME_MEDIA_MISMATCH:
		return "check the codecs of the line";

	case OUTCOME_IDENTITY_FAILED:
		return "check stir_key and stir_cert_url of the line, or ask "
		       "the carrier which caller numbers it takes";

	default:
		return "see what `dialwright doctor` says";
	}
}

void trouble_words(const struct trouble *trouble, char fault[CFG_FAULT_SIZE],
                   const char *line)
{
	char code[16] = "";

	if (trouble->sip_code)
		(void)snprintf(code, sizeof(code), " %u", trouble->sip_code);

	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "line %s fails again and again (%s%s%s%s): %s; running "
	               "again continues",
	               line, outcome_name(trouble->outcome), code,
	               trouble->reason[0] ? " " : "", trouble->reason,
	               remedy(trouble->outcome));
}

const char *trouble_waiting(const struct trouble *trouble)
{
	return trouble->rounds ? "the line failed, trying again soon"
	                       : "all channels of the line are in use";
}
