/*
 * campaign/grievance.h - pure: which ends of calls put a number on the
 * do-not-call list
 */
#pragma once

#include <stdbool.h>
#include "campaign/campaign.h"

enum {
	GRIEVANCE_LABELS_MAX = 8,
	GRIEVANCE_LABEL_SIZE = 64,
	GRIEVANCE_REASON_SIZE = 128,
};

struct grievance {
	bool outcomev[OUTCOMES];
	char labelv[GRIEVANCE_LABELS_MAX][GRIEVANCE_LABEL_SIZE];
	size_t labelc;
	uint32_t hangup_ms, hangups; /* hung up within it so often; 0: any */
};

/* "unwanted, label complaint, hangup<3 x2". False: not understood. */
bool grievance_parse(struct grievance *grievance, const char *text);

/* Whether the call's end is one of them, and in words why. */
bool grievance_is(const struct grievance *grievance,
                  const struct dialer_end *end,
                  char reason[GRIEVANCE_REASON_SIZE]);
