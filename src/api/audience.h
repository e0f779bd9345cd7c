/*
 * api/audience.h - events and live calls for those who follow them; private to
 * api/
 *
 * All who follow the outbox share its reads: who comes late, or is slow, is
 * read for from where it stands, in turn with those who are at the end.
 */
#pragma once

#include "api/ask.h"

struct audience;

/* keep_ms: older events are removed; 0: somebody else sees to it. */
int audience_alloc(struct audience **audiencep, struct store *store,
                   struct calls *calls, int64_t keep_ms);

/* Answers with events of these types (a list as text_is_listed() reads it, ""
 * for all) behind the place after, or, with -1, from now on. */
void audience_events(struct audience *audience, struct ask *ask,
                     const char *types, int64_t after);

/* Answers with what happens in the call until it is over. */
void audience_live(struct audience *audience, struct ask *ask,
                   const char *callid);

/* Ends all of them: we are stopping. Before the last mem_deref(). */
void audience_end(struct audience *audience);
