/*
 * speech/lanes.h - which phrase is decoded next
 *
 * A lane is a decoder with a queue of the worker pool that has one job at a
 * time; all others wait together and go to whichever lane is free: first what
 * a caller waits for, then what is guessed to be a whole phrase, then grammars
 * for later. Among equals the shorter sound goes first, so that one who
 * talks at length holds up nobody who said yes.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/work.h"
#include "speech/asked.h"
#include "speech/decoder.h"

enum {
	LANES_MAX = 64,
	LANES_WAITING_MAX = 64, /* phrases, for each lane */
};

struct lanes;

/* The worker's while it runs: then nobody else touches what stands above the
 * line. */
struct lanes_job {
	struct asked question;
	int16_t *pcm; /* NULL: only its grammar is made ready */
	struct decoder_sound sound;
	atomic_bool is_unwanted;
	struct decoder_heard heard;
	int err;

	/* ---- */
	void *asker;         /* who gets the answer; NULL: nobody any more */
	bool is_guess;       /* nobody waits for it yet */
	struct lanes *lanes; /* NULL: not there, or they are gone */
	struct decoder *dec; /* where it has to run; NULL: anywhere */
	bool is_running;
	struct le le;
};

/* What came of a job, which is the handler's to free. */
typedef void(lanes_h)(struct lanes_job *job);

int lanes_alloc(struct lanes **lanesp, struct work_pool *pool, size_t lanec,
                const struct decoder_prm *prm, lanes_h *done);

/* Without a sound and a question. */
struct lanes_job *lanes_job_alloc(void);

/* Takes the job. Returns ENOBUFS when too many wait; then, as on every other
 * error, it stays the caller's. */
int lanes_add(struct lanes *lanes, struct lanes_job *job);

/* Makes the grammar of a question ready on every lane: its answer may be
 * decoded on any of them. */
void lanes_prepare(struct lanes *lanes, const struct asr_prm *prm);

/* Nobody wants the answer: one that waits is freed, one that runs ends soon. */
void lanes_forget(struct lanes_job *job);
