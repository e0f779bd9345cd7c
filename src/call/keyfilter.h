/*
 * call/keyfilter.h - pure: which keys make an input (checklist C110, C137)
 *
 * A filter is a node's `filter.dtmf`: terminators ("#", "#*"), "any" (every
 * key ends the input), "max=N" (so many keys end it), several joined by ','
 * or ' '; NULL or "none": keys are no input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEYS_MAX = 32, /* of one input; the last one ends it */
};

struct keyfilter {
	bool is_on;
	bool is_any;
	unsigned max; /* 0: KEYS_MAX */
	char endv[17];

	char keyv[KEYS_MAX + 1]; /* pressed so far */
	unsigned keyc;
};

void keyfilter_set(struct keyfilter *filter, const char *text);

/* One key. Whether it ended the input: keyv holds what was pressed, without
 * a '#' or '*' that only ended it. */
bool keyfilter_press(struct keyfilter *filter, char key);

void keyfilter_clear(struct keyfilter *filter);

/* --- once ----------------------------------------------------------------- */

enum {
	KEYONCE_LATE_MS = 500, /* a message may come so long behind the tone */
};

/* A line may carry a key twice: as tones, heard as they begin, and as a message
 * (RFC 4733, INFO), told when it ends. All zero: nothing heard yet. */
struct keyonce {
	bool has_messages; /* the tones say nothing new */
	char key;          /* last by its tones, not yet matched */
	uint64_t at_ms;
};

/* Whether this is a new press. */
bool keyonce_tone(struct keyonce *once, char key, uint64_t now_ms);
bool keyonce_message(struct keyonce *once, char key, uint32_t duration_ms,
                     uint64_t now_ms);
