/*
 * api/hush.h - an answer means that nobody is called any more; private to api/
 *
 * What was claimed before a pause or a block was written may be dialled for a
 * moment still: the answer waits for that.
 */
#pragma once

#include "api/ask.h"

/* Calls done once nothing of the campaign (NULL: all) and the numbers that
 * begin so (NULL: all) can be dialled by what was claimed before. */
int hush_start(struct store *store, const char *campaign, const char *number,
               store_done_h *done, void *arg);

/* The same, and answers with 204. */
void hush_wait(struct ask *ask, const char *campaign, const char *number);
