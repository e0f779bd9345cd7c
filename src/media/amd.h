/*
 * media/amd.h - a greeting told from a "hello?", by its rhythm alone
 *
 * Pure. The state machine that Asterisk publishes as app_amd, with its
 * parameters and their defaults: words are voice of min_word_ms, a greeting is
 * a row of words. Time is that of the frames fed: whoever feeds a frame each
 * tick gets a decision in time also where no packet comes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct amd_prm {
	uint32_t initial_silence_ms; /* nothing said: a machine */
	uint32_t greeting_ms;        /* that much voice: a machine */
	uint32_t after_greeting_ms;  /* silent behind it: a human */
	uint32_t total_analysis_ms;  /* then it gives up */
	uint32_t min_word_ms;        /* shorter voice is noise */
	uint32_t between_words_ms;   /* silence that ends a word */
	uint32_t words_max;          /* more of them: a machine */
	uint32_t word_max_ms;        /* one of that length: a machine */
	unsigned silence_threshold;  /* mean |sample| of silence */
};

/* Asterisk's. */
#define AMD_DEFAULTS                                                           \
	{                                                                      \
		.initial_silence_ms = 2500, .greeting_ms = 1500,               \
		.after_greeting_ms = 800, .total_analysis_ms = 5000,           \
		.min_word_ms = 100, .between_words_ms = 50, .words_max = 2,    \
		.word_max_ms = 5000, .silence_threshold = 256,                 \
	}
extern const struct amd_prm amd_defaults;

enum amd_verdict {
	AMD_UNDECIDED,
	AMD_HUMAN,
	AMD_MACHINE,
	AMD_NOT_SURE,
};

enum amd_cause {
	AMD_CAUSE_NONE,
	AMD_CAUSE_INITIAL_SILENCE,
	AMD_CAUSE_LONG_WORD,
	AMD_CAUSE_WORDS,
	AMD_CAUSE_GREETING,
	AMD_CAUSE_SILENCE, /* behind the greeting */
	AMD_CAUSE_TOO_LONG,
};

/* Belongs to whoever embeds it; amd_init() first. */
struct amd {
	struct amd_prm prm;
	enum amd_verdict verdict;
	enum amd_cause cause;
	bool is_in_word;
	bool has_word;       /* a greeting has begun */
	uint32_t total_ms;   /* of analysis */
	uint32_t silence_ms; /* in a row, now */
	uint32_t voice_ms;   /* in a row, now */
	uint32_t greeting_ms;
	uint32_t words;
};

void amd_init(struct amd *amd, const struct amd_prm *prm);

/* What app_amd takes for voice. */
bool amd_is_voiced(const int16_t *pcm, size_t n, unsigned silence_threshold);

/* One frame. Once decided it stays so; the counters go on. */
enum amd_verdict amd_feed(struct amd *amd, bool is_voiced, uint32_t frame_ms);

const char *amd_cause_name(enum amd_cause cause); /* "greeting" */
