/*
 * call/complaint.h - pure: who complains has said that they want no calls;
 * private to call/
 */
#pragma once

#include <stdbool.h>
#include "base/cfg.h"

enum {
	COMPLAINT_SIZE = 64, /* of a phrase, as a reason */
};

/* The phrases and what turns them round live as long as the configuration. */
struct complaint {
	const char *phrases, *abuse, *negators, *softeners;
};

void complaint_read(struct complaint *complaint, const struct cfg *cfg);

/* Whether one of the phrases was said and meant; found gets it as it stands in
 * the list. */
bool complaint_is(const struct complaint *complaint, const char *text,
                  char found[COMPLAINT_SIZE]);

/* Whether the robot, or whom it calls for, is called names. */
bool complaint_is_abuse(const struct complaint *complaint, const char *text);
