/*
 * store/q_end.h - the place of the end of an attempt, had when it begins
 *
 * However little memory there is when a call is over, its end can be written.
 */
#pragma once

#include "store/task.h"

/* Returns NULL without memory. Free with mem_deref(), or hand it on: */
struct task *q_end_reserve(void);

/* It is kept until store_attempt_end(). */
void q_end_expect(struct store *store, struct task *place, int64_t attempt_id);
