/*
 * call/tape.h - where the recording of a call goes, and who writes it
 */
#pragma once

#include "call/calls.h"
#include "call/recorder.h"

enum {
	TAPE_PATH_SIZE = 1024,
};

struct tape_prm {
	struct tickbox *box;
	const char *callid, *number;
	int64_t start_ms; /* wall */
	void (*failed)(const char *words, void *arg);
	void *arg;
};

/* *recp stays NULL where nothing is recorded. path: of its file, "" none;
 * person: whose key seals it, "" none. */
int tape_make(struct recorder **recp, const struct calls *calls,
              const struct tape_prm *prm, char path[TAPE_PATH_SIZE],
              char person[VAULT_PERSON_SIZE]);
