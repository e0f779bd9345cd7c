/*
 * call/recorder_phrase.h - what was said in one sentence, as a file
 *
 * From the detected sound on (record_mode 1), a little of before included. It
 * is collected on the control loop, as the recogniser gets it, and written at
 * once when it is over.
 *
 * Threads: the control loop; the file is written by a job.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/vault.h"
#include "base/work.h"

enum {
	RECORDER_PHRASE_S = 120, /* what is longer loses its end */
};

struct recorder_phrase {
	struct le le; /* of the owner's list */
	uint32_t serial;
	uint32_t rate_hz;
	char *root, *path;
	const struct vault *vault;
	char person[VAULT_PERSON_SIZE];
	int16_t *pcm;
	size_t count, room;
	int err; /* of the job */
	void (*failed)(const char *words, void *arg);
	void *arg;
};

struct recorder_phrase_prm {
	const char *root; /* folder of recordings */
	const char *path; /* of recorder_path() */
	uint32_t serial;
	const struct vault *vault; /* NULL: in clear */
	const char *person;        /* whose key seals it */
	/* with words for the operator */
	void (*failed)(const char *words, void *arg);
	void *arg;
};

int recorder_phrase_alloc(struct recorder_phrase **phrasep,
                          const struct recorder_phrase_prm *prm);

void recorder_phrase_add(struct recorder_phrase *phrase, const int16_t *pcm,
                         size_t n, uint32_t rate_hz);

/* Takes the phrase in every case; an empty one leaves no file. */
void recorder_phrase_write(struct recorder_phrase *phrase,
                           struct work_queue *queue);
