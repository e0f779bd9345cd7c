/*
 * media/amd.c - a greeting told from a "hello?", by its rhythm alone
 *
 * Written from the published description of the parameters, not from the code.
 */
#include <assert.h>
#include <stdlib.h>
#include "media/amd.h"

const struct amd_prm amd_defaults = AMD_DEFAULTS;

void amd_init(struct amd *amd, const struct amd_prm *prm)
{
	assert(amd && prm);

	*amd = (struct amd){.prm = *prm};
}

bool amd_is_voiced(const int16_t *pcm, size_t n, unsigned silence_threshold)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (unsigned)abs(pcm[i]);

	return n && sum >= (uint64_t)silence_threshold * n;
}

static void decide(struct amd *amd, enum amd_verdict verdict,
                   enum amd_cause cause)
{
	if (amd->verdict != AMD_UNDECIDED)
		return;

	amd->verdict = verdict;
	amd->cause = cause;
}

static void hear_silence(struct amd *amd, uint32_t frame_ms)
{
	const struct amd_prm *prm = &amd->prm;

	amd->silence_ms += frame_ms;
	if (amd->silence_ms >= prm->between_words_ms) {
		amd->is_in_word = false;
		amd->voice_ms = 0;
	}

	if (!amd->has_word && amd->silence_ms >= prm->initial_silence_ms)
		decide(amd, AMD_MACHINE, AMD_CAUSE_INITIAL_SILENCE);
	if (amd->has_word && amd->silence_ms >= prm->after_greeting_ms)
		decide(amd, AMD_HUMAN, AMD_CAUSE_SILENCE);
}

static void word_begin(struct amd *amd)
{
	amd->is_in_word = true;
	amd->has_word = true;
	amd->words++;
	if (amd->words > amd->prm.words_max)
		decide(amd, AMD_MACHINE, AMD_CAUSE_WORDS);
}

static void hear_voice(struct amd *amd, uint32_t frame_ms)
{
	const struct amd_prm *prm = &amd->prm;

	amd->voice_ms += frame_ms;
	amd->silence_ms = 0;
	if (!amd->is_in_word && amd->voice_ms >= prm->min_word_ms) {
		/* The voice that made it a word belongs to the greeting. */
		amd->greeting_ms += amd->voice_ms - frame_ms;
		word_begin(amd);
	}
	if (!amd->is_in_word)
		return;

	amd->greeting_ms += frame_ms;
	if (amd->voice_ms >= prm->word_max_ms)
		decide(amd, AMD_MACHINE, AMD_CAUSE_LONG_WORD);
	if (amd->greeting_ms >= prm->greeting_ms)
		decide(amd, AMD_MACHINE, AMD_CAUSE_GREETING);
}

enum amd_verdict amd_feed(struct amd *amd, bool is_voiced, uint32_t frame_ms)
{
	amd->total_ms += frame_ms;
	if (is_voiced)
		hear_voice(amd, frame_ms);
	else
		hear_silence(amd, frame_ms);

	if (amd->total_ms >= amd->prm.total_analysis_ms)
		decide(amd, AMD_NOT_SURE, AMD_CAUSE_TOO_LONG);

	return amd->verdict;
}

const char *amd_cause_name(enum amd_cause cause)
{
	static const char *const namev[] = {
		[AMD_CAUSE_NONE] = "",
		[AMD_CAUSE_INITIAL_SILENCE] = "initial silence",
		[AMD_CAUSE_LONG_WORD] = "long word",
		[AMD_CAUSE_WORDS] = "words",
		[AMD_CAUSE_GREETING] = "greeting",
		[AMD_CAUSE_SILENCE] = "silence after greeting",
		[AMD_CAUSE_TOO_LONG] = "too long",
	};

	assert(cause <= AMD_CAUSE_TOO_LONG);

	return namev[cause];
}
