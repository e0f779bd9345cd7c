/*
 * call/reception_cfg.h - section [answer], as a call needs it
 *
 * Private to call/ and its tests.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "call/sayings.h"
#include "speech/asr.h"

struct cfg;

enum {
	RECEPTION_PHRASE_SIZE = 128,
	RECEPTION_HINTS_MAX = 1500,
};

enum reception_do {
	RECEPTION_TALK,   /* as to a human */
	RECEPTION_SCRIPT, /* the script's global flow; without one, hang up */
	RECEPTION_HANGUP,
};

/* Section [answer]. */
struct reception_prm {
	bool is_on;
	struct who_prm who;
	struct sayings *sayings;
	uint32_t wait_ms; /* before the first prompt, at most */
	enum reception_do on_machine, on_fax, on_announcement, on_screening;
};

int reception_prm_read(struct reception_prm *prm, const struct cfg *cfg,
                       char fault[CFG_FAULT_SIZE]);
void reception_prm_clear(struct reception_prm *prm);

/* Adds the phrases of the table to what a recogniser expects; hintv has room
 * for RECEPTION_HINTS_MAX and takes both. */
void reception_hints(const struct reception_prm *prm, struct asr_prm *asr,
                     bool is_early, const char **hintv);
