/*
 * flow/soundof.h - how words sound, as a script writes it (asr.pronounce)
 */
#pragma once

#include "flow/lint.h"
#include "flow/scalar.h"

enum {
	SOUNDOF_WORDS_MAX = 1000, /* of one object */
};

/* An object: word to a way or an array of ways. Its words come in front of
 * those that the list (base/pronounce.h) has already, a node's in front of
 * the script's, and take their place. */
void soundof_read(struct reader *reader, const char **listp, json_t *value,
                  const struct trail *trail);

/* Words that stand in no answer. */
void soundof_check(const struct lint *lint);
