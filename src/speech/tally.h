/*
 * speech/tally.h - what each service did since the program began, for who pays
 * and who looks after it
 *
 * One table for the whole program, by the name of the service, like metrics:
 * calls, prompts that are made ahead, the speech proxy and trials ask the same
 * ones. What a call used is counted in the call as well (asr_usage,
 * voice_usage).
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keys;

enum {
	TALLY_SERVICES_MAX = 64, /* more are not counted */
	TALLY_NAME_SIZE = 33,
	TALLY_WHY_SIZE = 300,
};

/* For whom: a call, or anybody else (a prompt before its call, a trial). */
enum tally_use {
	TALLY_CALL,
	TALLY_BESIDE,
	TALLY_USES,
};

struct tally_sum {
	uint64_t requests;
	uint64_t chars; /* of texts that were to be spoken */
	uint64_t audio_ms;
};

struct tally {
	char name[TALLY_NAME_SIZE];
	struct tally_sum sumv[TALLY_USES];
	uint64_t failures;
	char why[TALLY_WHY_SIZE]; /* of the last, without credentials */
	int64_t failed_ms;        /* wall; 0: never */
	int64_t worked_ms;
	const struct keys *keys; /* NULL: it is not open */
};

/* The i-th that there is; NULL behind the last. And by name; NULL: it has done
 * nothing. */
const struct tally *tally_at(size_t i);
const struct tally *tally_find(const char *name);

/* For whomever; NULL: nothing. */
struct tally_sum tally_all(const struct tally *tally);

void tally_add(const char *name, enum tally_use use,
               const struct tally_sum *sum);
void tally_worked(const char *name);
void tally_failed(const char *name, const char *why);

/* Whose limits are shown, until tally_keys_gone(). */
void tally_keys(const char *name, const struct keys *keys);
void tally_keys_gone(const char *name, const struct keys *keys);

/* For who keeps it: what the i-th did since this was asked last. False:
 * nothing. */
bool tally_take(size_t i, enum tally_use use, struct tally_sum *sum);
