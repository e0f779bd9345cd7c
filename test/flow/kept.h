/*
 * test/flow/kept.h - the rows of a conversation, kept as a store would
 */
#pragma once

#include "flow/flow.h"

struct kept; /* free with mem_deref() */

int kept_alloc(struct kept **keptp);

/* Copies the rows of a turn. */
int kept_add(struct kept *kept, const struct flow_turn *turn);

/* As a call to be replayed; valid until the next kept_add(). */
struct flow_call kept_call(const struct kept *kept,
                           const struct flow_session *sess);
