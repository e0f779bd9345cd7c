/*
 * rehearse/handset.c - the audio half of a person
 */
#include <assert.h>
#include <math.h>
#include "base/mem.h"
#include "rehearse/handset.h"

enum {
	FRAME_SAMPLES = HANDSET_RATE_HZ / 1000 * PHONE_TICK_MS,

	/* RMS above which the robot is speaking: -44 dB of full scale, above
	 * the comfort noise of lines and below the softest syllables. */
	VOICE_RMS = 200,
};

void handset_sounds_make(struct handset_sounds *sounds)
{
	for (int kind = 0; kind < NOISE_KINDS; kind++) {
		noise_fill((enum noise_kind)kind, sounds->noisev[kind],
		           HANDSET_NOISE_SAMPLES, (uint32_t)kind + 1);
	}
	noise_beep(sounds->beepv, HANDSET_BEEP_SAMPLES);
}

void handset_init(struct handset *handset, const struct person *person,
                  const struct handset_sounds *sounds, size_t noise_at)
{
	assert(handset && person && sounds);

	memset(handset, 0, sizeof(*handset));
	behaviour_init(&handset->behaviour, person);
	handset->sounds = sounds;
	handset->noise_at = noise_at % HANDSET_NOISE_SAMPLES;
	if (person->echo_ms) {
		handset->echo_delay =
			person->echo_ms * (HANDSET_RATE_HZ / 1000);
		handset->echo_gain = (uint32_t)lrint(
			65536 * pow(10, person->echo_db / 20.0));
	}
}

void handset_answer(struct handset *handset)
{
	behaviour_answer(&handset->behaviour);
	handset->count = handset->at = 0;
}

static bool is_voice(const struct phone_tick *tick)
{
	uint64_t sum = 0;

	if (!tick->in)
		return false;

	for (size_t i = 0; i < tick->n; i++)
		sum += (uint64_t)((int64_t)tick->in[i] * tick->in[i]);

	return sum >= (uint64_t)VOICE_RMS * VOICE_RMS * tick->n;
}

static void act_begin(struct handset *handset, enum behaviour_act act)
{
	const struct move *move = handset->behaviour.move;

	switch (act) {

	case BEHAVIOUR_NOISE:
		handset->noise = handset->sounds->noisev[move->noise];
		handset->noise_gain = noise_gain(move->noise_db);
		break;

	case BEHAVIOUR_TONE:
		handset->pcm = move->tone->pcm;
		handset->count = move->tone->count;
		handset->at = 0;
		break;

	case BEHAVIOUR_SAY:
		assert(move->sound && move->sound->rate_hz == HANDSET_RATE_HZ);
		handset->pcm = move->sound->pcm;
		handset->count = move->sound->count;
		handset->at = 0;
		break;

	case BEHAVIOUR_BEEP:
		handset->pcm = handset->sounds->beepv;
		handset->count = HANDSET_BEEP_SAMPLES;
		handset->at = 0;
		break;

	default:
		break;
	}
}

/* Puts in what is heard now and takes out what comes back of before. */
static int64_t echo_next(struct handset *handset, int16_t heard)
{
	size_t back =
		handset->echo_at + HANDSET_ECHO_SAMPLES - handset->echo_delay;
	int64_t sample;

	if (!handset->echo_gain)
		return 0;

	sample = handset->echov[back % HANDSET_ECHO_SAMPLES];
	handset->echov[handset->echo_at] = heard;
	handset->echo_at = (handset->echo_at + 1) % HANDSET_ECHO_SAMPLES;

	return (sample * handset->echo_gain) >> 16;
}

static int16_t sample_next(struct handset *handset, int16_t heard)
{
	int64_t sample = echo_next(handset, heard);

	if (handset->at < handset->count)
		sample += handset->pcm[handset->at++];
	if (handset->noise) {
		sample += ((int64_t)handset->noise[handset->noise_at] *
		           handset->noise_gain) >>
		          16;
		handset->noise_at =
			(handset->noise_at + 1) % HANDSET_NOISE_SAMPLES;
	}

	if (sample > INT16_MAX)
		return INT16_MAX;
	if (sample < INT16_MIN)
		return INT16_MIN;

	return (int16_t)sample;
}

/* Wideband codecs get each sample several times: a person of telephone
 * quality needs no filter. */
static void speak(struct handset *handset, struct phone_tick *tick)
{
	size_t step = tick->n / FRAME_SAMPLES;

	assert(tick->n == step * FRAME_SAMPLES);

	for (size_t i = 0; i < FRAME_SAMPLES; i++) {
		int16_t heard = tick->in ? tick->in[i * step] : 0;
		int16_t sample = sample_next(handset, heard);

		for (size_t k = 0; k < step; k++)
			tick->out[i * step + k] = sample;
	}
}

enum behaviour_act handset_tick(struct handset *handset,
                                struct phone_tick *tick)
{
	const struct behaviour *behaviour = &handset->behaviour;
	enum behaviour_act act;

	if (behaviour->is_ringing && behaviour->person->is_early_gated &&
	    !tick->in)
		return BEHAVIOUR_NOTHING;

	act = behaviour_step(&handset->behaviour, is_voice(tick),
	                     handset->at < handset->count);
	act_begin(handset, act);
	speak(handset, tick);

	return act == BEHAVIOUR_KEYS || act == BEHAVIOUR_HANGUP
	               ? act
	               : BEHAVIOUR_NOTHING;
}
