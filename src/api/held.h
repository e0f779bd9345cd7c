/*
 * api/held.h - which published list holds a campaign up; private to api/
 */
#pragma once

#include "base/cfg.h"
#include "store/store.h"

struct held;

/* Looks at the published lists as they are now. Free with mem_deref(), not
 * before done. */
int held_look(struct held **heldp, struct store *store, store_done_h *done,
              void *arg);

/* In words, valid as long as held and until it is asked again; "" = none does,
 * or the campaign is over. */
const char *held_words(struct held *held, const struct store_plan *plan,
                       const struct cfg *cfg);
