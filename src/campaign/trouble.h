/*
 * campaign/trouble.h - pure: a line that fails again and again
 *
 * Calls that were under way together fail together: that is one round. Each
 * round is followed by a rest twice as long, and after some rounds without a
 * single success there is no point in going on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/cfg.h"
#include "phone/phone.h"

enum {
	TROUBLE_REASON_SIZE = 96,
};

struct trouble {
	uint32_t rest_ms;     /* after the first round */
	unsigned rounds;      /* failures of the line, in a row */
	unsigned slow_rounds; /* refusals for congestion, in a row */
	uint64_t round_ms;    /* end of the last one */
	bool has_worked;      /* a call went through */
	enum outcome outcome; /* of the last failure */
	unsigned sip_code;
	char reason[TROUBLE_REASON_SIZE];
};

void trouble_init(struct trouble *trouble, uint32_t rest_ms);

/* A call that was placed at placed_ms failed by our fault. Returns for how
 * long to place none. */
uint32_t trouble_add(struct trouble *trouble, const struct phone_end *end,
                     uint64_t placed_ms, uint64_t now_ms);

/* A call went through. */
void trouble_clear(struct trouble *trouble);

bool trouble_is_hopeless(const struct trouble *trouble);

/* What stopped the run, with the remedy. */
void trouble_words(const struct trouble *trouble, char fault[CFG_FAULT_SIZE],
                   const char *line);

/* Why nothing is dialled now. */
const char *trouble_waiting(const struct trouble *trouble);
