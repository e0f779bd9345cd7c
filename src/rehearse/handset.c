/*
 * rehearse/handset.c - the audio half of a person
 */
#include <assert.h>
#include <math.h>
#include "base/mem.h"
#include "rehearse/handset.h"

enum {
	FRAME_SAMPLES = HANDSET_RATE_HZ / 1000 * PHONE_TICK_MS,
	WIDE_SAMPLES = 2 * FRAME_SAMPLES,

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

static void sound_begin(struct handset *handset, const int16_t *pcm,
                        size_t count, uint32_t rate_hz)
{
	handset->pcm = pcm;
	handset->count = count;
	handset->rate_hz = rate_hz;
	handset->at = 0;
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
		sound_begin(handset, move->tone->pcm, move->tone->count,
		            HANDSET_RATE_HZ);
		break;

	case BEHAVIOUR_SAY:
		assert(move->sound);
		sound_begin(handset, move->sound->pcm, move->sound->count,
		            move->sound->rate_hz);
		break;

	case BEHAVIOUR_BEEP:
		sound_begin(handset, handset->sounds->beepv,
		            HANDSET_BEEP_SAMPLES, HANDSET_RATE_HZ);
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

static int16_t cut(int64_t sample)
{
	if (sample > INT16_MAX)
		return INT16_MAX;
	if (sample < INT16_MIN)
		return INT16_MIN;

	return (int16_t)sample;
}

/* What sounds next, then silence. */
static void sound_next(struct handset *handset, int16_t *pcm, size_t n)
{
	size_t part = handset->count - handset->at;

	if (part > n)
		part = n;
	if (part)
		memcpy(pcm, handset->pcm + handset->at, part * sizeof(*pcm));
	memset(pcm + part, 0, (n - part) * sizeof(*pcm));
	handset->at += part;
}

/* All that is around the speech: what comes back of the robot, the room. */
static void around_add(struct handset *handset, int16_t pcm[FRAME_SAMPLES],
                       const int16_t *heard)
{
	for (size_t i = 0; i < FRAME_SAMPLES; i++) {
		int64_t sample = pcm[i] + echo_next(handset, heard[i]);

		if (handset->noise) {
			sample += ((int64_t)handset->noise[handset->noise_at] *
			           handset->noise_gain) >>
			          16;
			handset->noise_at =
				(handset->noise_at + 1) % HANDSET_NOISE_SAMPLES;
		}
		pcm[i] = cut(sample);
	}
}

static void speak_narrow(struct handset *handset, struct phone_tick *tick)
{
	static const int16_t nothing[FRAME_SAMPLES];
	int16_t wide[WIDE_SAMPLES];

	if (handset->rate_hz == HANDSET_WIDE_HZ) {
		sound_next(handset, wide, WIDE_SAMPLES);
		halfband_down(&handset->speech_down, tick->out, wide,
		              FRAME_SAMPLES);
	}
	else {
		sound_next(handset, tick->out, FRAME_SAMPLES);
	}
	around_add(handset, tick->out, tick->in ? tick->in : nothing);
}

/* Wide speech in a room of telephone quality. */
static void speak_wide(struct handset *handset, struct phone_tick *tick)
{
	int16_t low[FRAME_SAMPLES] = {0}, heard[FRAME_SAMPLES] = {0};
	int16_t wide[WIDE_SAMPLES] = {0};

	if (handset->rate_hz == HANDSET_WIDE_HZ)
		sound_next(handset, wide, WIDE_SAMPLES);
	else
		sound_next(handset, low, FRAME_SAMPLES);
	if (tick->in)
		halfband_down(&handset->heard_down, heard, tick->in,
		              FRAME_SAMPLES);
	around_add(handset, low, heard);
	halfband_up(&handset->up, tick->out, low, FRAME_SAMPLES);
	for (size_t i = 0; i < WIDE_SAMPLES; i++)
		tick->out[i] = cut((int64_t)tick->out[i] + wide[i]);
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
	assert(tick->n == FRAME_SAMPLES || tick->n == WIDE_SAMPLES);
	if (tick->n == FRAME_SAMPLES)
		speak_narrow(handset, tick);
	else
		speak_wide(handset, tick);

	return act == BEHAVIOUR_KEYS || act == BEHAVIOUR_HANGUP
	               ? act
	               : BEHAVIOUR_NOTHING;
}
