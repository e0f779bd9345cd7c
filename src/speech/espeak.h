/*
 * speech/espeak.h - espeak-ng: a process of its own for each text
 *
 * It speaks for the voices and says how words of any language sound for the
 * recogniser.
 *
 * Threads: any; each call blocks until its process has ended.
 */
#pragma once

#include <stdbool.h>

#include "base/cfg.h"

enum {
	ESPEAK_VOICE_SIZE = 64,
	ESPEAK_OPTION_SIZE = 12,
	ESPEAK_TIME_MAX_S = 20, /* then it is ended */
};

/* What espeak-ng 1.51 speaks, NULL at the end. */
extern const char *const espeak_languagev[];

/* NULL, or one sentence with the remedy: it is not installed. */
const char *espeak_missing(void);

/* Whether it speaks the language of the tag ("zh-CN", "en-gb+f2"). */
bool espeak_speaks(const char *tag);

/* Its voice for a tag. */
void espeak_voice(char voice[ESPEAK_VOICE_SIZE], const char *tag);

/* Runs it with a text; *fdp is what it wrote, the caller's to close. Returns
 * ENOENT when it is not installed, ETIMEDOUT, EPROTO when it did not end
 * well, or another errno. */
int espeak_run(int *fdp, char *const argv[], const char *text);

/* How a text sounds, in IPA; a line for each paragraph of it (an empty line
 * ends one). *ipap is the caller's to mem_deref(). Errors as above. */
int espeak_ipa(char **ipap, const char *tag, const char *text);

/* The same by its own names of sounds, as they stand between "[[" and "]]". */
int espeak_names(char **namesp, const char *tag, const char *text);

/* An error of espeak_run() in one sentence with the remedy. */
void espeak_explain(char fault[CFG_FAULT_SIZE], int err, const char *voice);
