/*
 * call/recorder.h - both voices of a call into a WAV file, or a sealed one
 *
 * Two tracks, the callee left and the robot right, in step. The tick fills
 * pieces of a second; the worker pool writes them. A disk that is full ends
 * the recording, not the call.
 *
 * Threads: everything on the control loop, except recorder_tick().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vault.h"
#include "base/work.h"
#include "call/tickbox.h"

struct recorder;

struct recorder_prm {
	struct tickbox *box;
	struct work_pool *pool;
	const char *path;
	const struct vault *vault; /* NULL: in clear */
	const char *person;        /* whose key seals it */
	/* told once, with words for the operator; may be NULL */
	void (*failed)(const char *words, void *arg);
	void *arg;
};

/* The file is made with the first piece; its folder too. */
int recorder_alloc(struct recorder **recp, const struct recorder_prm *prm);

/* Records from the next tick on. */
int recorder_start(struct recorder *rec);

/* After the last tick: writes the rest, then calls done (once, later). Without
 * memory too, lest the file outlives its call; sound may be missing then. */
void recorder_finish(struct recorder *rec, void (*done)(void *arg), void *arg);

/* The callee's track is silent from the next tick on, or is not. */
int recorder_hear(struct recorder *rec, bool is_on);

/* Where its jobs run: what is submitted before recorder_finish() is done before
 * that is. */
struct work_queue *recorder_queue(struct recorder *rec);

/* The disk refused; nothing more is written. */
bool recorder_has_failed(const struct recorder *rec);

/* Whether anything was written so far. */
bool recorder_has_file(const struct recorder *rec);

/* Before recorder_tick(): ask for its memory, then for that of the piece, which
 * the first one leads to. */
void recorder_prefetch(const struct recorder *rec);
void recorder_prefetch_piece(const struct recorder *rec);

/* In the tick: from the next one on, or before, it records. */
bool recorder_is_recording(const struct recorder *rec);

/* n samples received (NULL: none) and sent, a tick; always as many while it
 * records. */
void recorder_tick(struct recorder *rec, const int16_t *in, const int16_t *out,
                   size_t n);
