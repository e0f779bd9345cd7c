/*
 * autocall/target.h - whom exten= of a request means; private to autocall/
 *
 * "9990000001" behind "8" is +7999…; what is no number of the country, an
 * extension, is dialled as it is.
 */
#pragma once

#include <stdbool.h>

#include "base/cfg.h"
#include "base/number.h"

enum {
	TARGET_SIZE = 48, /* prefix and number */
};

struct target {
	char exten[NUMBER_SIZE * 2]; /* as it was asked for */
	char dialled[TARGET_SIZE];   /* as the older robot would have */
	char number[TARGET_SIZE];    /* as it is called */
};

/* false: it cannot be dialled. */
bool target_take(struct target *target, const struct cfg *cfg,
                 const char *exten);
