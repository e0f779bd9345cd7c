/*
 * call/ahead.h - prompts made before they are needed, a few at a time
 *
 * One queue for the program: the literals of scripts before their first call,
 * and what a call's variables say as it is answered (checklist C150, C153).
 * What is made waits in the memory of voices and clips.
 *
 * Threads: the control loop.
 */
#pragma once

#include <stddef.h>

#include "call/prompt.h"

struct ahead;
struct ahead_batch; /* items of one owner */

/* max: items made at a time, each piece of a long text being one. */
int ahead_alloc(struct ahead **aheadp, unsigned max);

struct ahead_sink {
	void (*progress)(size_t made, size_t of, void *arg); /* may be NULL */
	/* Once and last; may free the batch. fault = NULL: all are made; no
	 * more were begun after the first that failed. */
	void (*done)(const char *fault, void *arg); /* may be NULL */
	void *arg;
};

/* prm: all but the voice. Free with mem_deref(), which drops what waits and is
 * silent; all batches before the queue. */
int ahead_batch_alloc(struct ahead_batch **batchp, struct ahead *ahead,
                      const struct prompt_prm *prm,
                      const struct ahead_sink *sink);

/* The texts of voice must outlive the batch; item is copied. */
int ahead_add(struct ahead_batch *batch, const char *item,
              const struct voice_prm *voice);

/* No more will be added. Handlers come later, never from in here. */
int ahead_start(struct ahead_batch *batch);
