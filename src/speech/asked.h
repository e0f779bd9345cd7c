/*
 * speech/asked.h - what the local recogniser is asked: one question
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "speech/asr.h"

enum {
	ASKED_LANG_SIZE = 24,
};

struct asked {
	char lang[ASKED_LANG_SIZE]; /* BCP 47 */
	char *hints; /* each NUL-terminated, one behind the other */
	size_t size;
	char *pronounce; /* how words sound: a list of base/pronounce.h; or
	                  * NULL */
};

/* Copies the language, the hints with the hot words behind them and how words
 * sound. Hints that find no room are left out. The caller calls asked_clear(),
 * after a failure too. Returns ENOMEM. */
int asked_make(struct asked *asked, const struct asr_prm *prm);

/* A copy of its own for another thread. As asked_make(). */
int asked_dup(struct asked *to, const struct asked *from);

/* A second owner of what it holds, in the same thread. */
void asked_share(struct asked *to, const struct asked *from);
void asked_clear(struct asked *asked);

bool asked_is_same(const struct asked *a, const struct asked *b);
