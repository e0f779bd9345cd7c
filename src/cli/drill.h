/*
 * cli/drill.h - breaking things on purpose, in whole calls
 *
 * A row says what is broken and who should take over; a call with a simulated
 * person shows what happens. What is heard is measured where it is heard.
 *
 * Threads: the control loop.
 */
#pragma once

#include "cli/env.h"
#include "cli/silence.h"

enum {
	DRILL_ROWS_MAX = 128,
	DRILL_NAME_SIZE = 80,
	DRILL_WHO_SIZE = 40,
	DRILL_SILENCE_MS = 2000, /* nobody shall hear nothing for longer */
};

/* How the call of a row should end. */
enum drill_ending {
	DRILL_UNDERSTOOD, /* the answer was heard, whoever heard it */
	DRILL_APOLOGISED, /* nobody could go on: the branch for errors */
	DRILL_SOMEHOW,    /* it ends, without a silence */
};

/* What the robot says in it that no voice has spoken before, besides its
 * thanks. */
enum drill_words {
	DRILL_KNOWN,
	DRILL_NEW_GREETING,
	DRILL_NEW_APOLOGY,
	DRILL_WORDS,
};

struct drill_row {
	char name[DRILL_NAME_SIZE]; /* "recogniser/sphinx/stalls" */
	unsigned asr_broken;        /* a bit for each of the order */
	size_t asr_first;
	enum asr_break asr_how;
	unsigned voice_broken;
	size_t voice_first;
	enum voice_break voice_how;
	enum drill_words words;
	char heard_by[DRILL_WHO_SIZE]; /* who should hear; "" = nobody */
	enum drill_ending ending;
};

struct drill_rows {
	struct drill_row rowv[DRILL_ROWS_MAX];
	size_t rowc;
};

/* What happened. */
struct drill_result {
	char label[DRILL_WHO_SIZE];    /* "" = the script gave none */
	char heard_by[DRILL_WHO_SIZE]; /* of the step that was heard */
	char spoken_by[64];
	char trouble[256]; /* the first that the call told of */
	bool was_answered;
	bool is_by_them; /* they hung up */
	uint64_t talk_ms;
	struct silence silence;
	unsigned tries;  /* who was late is tried again */
	char fault[128]; /* why it failed; "" = it passed */
};

struct drill {
	struct env *env;
	struct phone_line *line;
	struct flow_script *scriptv[DRILL_WORDS];
	unsigned calls; /* so far; each has words of its own */
	char tapes[ENV_PATH_SIZE];
};

/* "a service before sphinx", or the name itself. */
const char *drill_asr_name(char text[DRILL_WHO_SIZE], const struct asr *asr,
                           size_t i);

/* Our own conversations, one for each kind of words. */
int drill_script_make(struct flow_script **scriptp, enum drill_words words);

/* All that can break in this configuration. */
void drill_rows_make(struct drill_rows *rows, const struct asr *asr,
                     const struct voices *voices, bool is_own_script);

/* One call, and again where it was only late. Returns an errno where it could
 * not be made at all; then the reason is said. */
int drill_call(struct drill_result *result, struct drill *drill,
               const struct drill_row *row);
