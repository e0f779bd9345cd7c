/*
 * base/patrol.h - a question that is asked again every few seconds
 *
 * One is under way at a time, and may be answered when its owner is gone: a
 * patrol lives until then, and says whether there is an owner.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct patrol;

/* Asks with the patrol as the argument of its handlers, the last of which
 * calls patrol_answered(). An error: nothing is asked, it is tried again when
 * the next one is due. */
typedef int(patrol_ask_h)(struct patrol *patrol, void *owner);

/* Asks for the first time from the loop, then every_ms after each answer. The
 * owner ends it. */
int patrol_alloc(struct patrol **patrolp, uint64_t every_ms, patrol_ask_h *askh,
                 void *owner);

/* For the handlers of a question: NULL, there is none any more. */
void *patrol_owner(const struct patrol *patrol);

void patrol_answered(struct patrol *patrol);

/* Whether a question is under way, or the first is still to be asked. */
bool patrol_is_asking(const struct patrol *patrol);

/* No owner any more; frees it as soon as nothing is under way. NULL is
 * ignored. */
void patrol_end(struct patrol *patrol);
