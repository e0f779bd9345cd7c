/*
 * cli/tidying.h - what is kept of people goes when its time is over
 *
 * Threads: the control loop.
 */
#pragma once

#include "base/cfg.h"
#include "store/store.h"

struct tidying;

/* What [vault] keep_… says, from now back. */
void tidying_prm(struct store_tidy_prm *prm, const struct cfg *cfg);

/* At once, and each hour from then on, until it is freed. */
int tidying_alloc(struct tidying **tidyingp, struct store *store,
                  const struct cfg *cfg);
