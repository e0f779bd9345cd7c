/*
 * call/tape.c - where the recording of a call goes, and who writes it
 */
#include <stdio.h>
#include "base/clock.h"
#include "base/recording.h"
#include "call/tape.h"

/* Sealed ones are spread by whose they are. */
static int name_make(const struct calls *calls, const struct tape_prm *prm,
                     char path[TAPE_PATH_SIZE], char person[VAULT_PERSON_SIZE])
{
	const struct vault *vault = calls->prm.vault;
	char day[CLOCK_TEXT_SIZE];
	int n;

	if (vault && vault_person(vault, prm->number, person))
		return ENOMEM;

	if (vault)
		n = snprintf(path, TAPE_PATH_SIZE, "%s/%.2s/%s.wav%s",
		             calls->recordings, person, prm->callid,
		             recording_suffix);
	else
		n = snprintf(path, TAPE_PATH_SIZE, "%s/%.10s/%s.wav",
		             calls->recordings, clock_text(day, prm->start_ms),
		             prm->callid);

	return n < 0 || n >= TAPE_PATH_SIZE ? ENAMETOOLONG : 0;
}

int tape_make(struct recorder **recp, const struct calls *calls,
              const struct tape_prm *prm, char path[TAPE_PATH_SIZE],
              char person[VAULT_PERSON_SIZE])
{
	const struct recorder_prm recorder = {
		.box = prm->box,
		.pool = calls->prm.pool,
		.path = path,
		.vault = calls->prm.vault,
		.person = person,
		.failed = prm->failed,
		.arg = prm->arg,
	};
	int err;

	if (!calls->recordings)
		return 0;

	err = name_make(calls, prm, path, person);

	return err ? err : recorder_alloc(recp, &recorder);
}
