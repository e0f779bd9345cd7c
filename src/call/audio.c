/*
 * call/audio.c - what hears and speaks on a leg: mouth, ears, recorder
 */
#include <assert.h>
#include "base/mem.h"
#include "call/audio.h"
#include "media/level.h"

static const float OWN_TONE_DB = 10.0F;

uint32_t audio_rate_for(uint32_t leg_rate_hz)
{
	return leg_rate_hz >= AUDIO_WIDE_HZ ? AUDIO_WIDE_HZ : AUDIO_NARROW_HZ;
}

static void tick_rate(void *arg)
{
	struct audio *audio = arg;

	audio->rate_hz = audio->next_rate_hz;
}

int audio_rate_set(struct audio *audio, uint32_t rate_hz)
{
	assert(rate_hz == AUDIO_NARROW_HZ || rate_hz == AUDIO_WIDE_HZ);
	assert(!audio->next_rate_hz);

	audio->next_rate_hz = rate_hz;
	if (rate_hz == AUDIO_WIDE_HZ && audio->ears)
		(void)ears_widen(audio->ears);

	return tickbox_send(audio->box, tick_rate, audio);
}

/* All at once, so that their memory comes side by side. */
static void parts_prefetch(const struct audio *audio)
{
	if (audio->ears)
		ears_prefetch(audio->ears);
	mouth_prefetch(audio->mouth);
	if (audio->recorder)
		recorder_prefetch(audio->recorder);
}

static void tick_join(void *arg)
{
	struct audio *audio = arg;

	audio->tick_bridge = audio->bridge;
}

int audio_join(struct audio *audio, struct bridge *bridge, enum bridge_end end)
{
	assert(!audio->bridge);

	audio->bridge = mem_ref(bridge);
	audio->end = end;

	return tickbox_send(audio->box, tick_join, audio);
}

/* --- keys by their tones -------------------------------------------------- */

static void tick_keys_on(void *arg)
{
	struct audio *audio = arg;

	audio->tick_tone = audio->tone;
}

static void tick_keys_off(void *arg)
{
	struct audio *audio = arg;

	audio->tick_tone = NULL;
}

int audio_keys(struct audio *audio, bool is_on)
{
	int err;

	if (is_on && !audio->tone) {
		err = keytone_alloc(&audio->tone);
		if (err)
			return err;
	}

	return tickbox_send(audio->box, is_on ? tick_keys_on : tick_keys_off,
	                    audio);
}

static void key_arrived(void *arg)
{
	const struct audio_key *key = arg;

	key->audio->key(key->key, key->audio->key_arg);
}

/* Whether a key sounds. One that we play ourselves comes back weaker. */
static bool tone_feed(struct audio *audio, const int16_t *in, size_t n)
{
	struct audio_key *told =
		&audio->tone_keyv[audio->tone_keys % AUDIO_TONE_KEYS];
	char key;

	if (level_db(in, n) < audio->played_db - OWN_TONE_DB)
		return false;

	key = keytone_feed(audio->tick_tone, in, n);
	if (key) {
		*told = (struct audio_key){audio, key};
		audio->tone_keys++;
		(void)tickbox_report(key_arrived, told);
	}

	return keytone_is_down(audio->tick_tone);
}

void audio_tick(struct phone_tick *tick, struct audio *audio)
{
	int16_t inv[AUDIO_FRAME_MAX], outv[AUDIO_FRAME_MAX];
	const int16_t *in = tick->in, *heard;
	int16_t *out = tick->out;
	size_t n;

	parts_prefetch(audio);
	tickbox_drain(audio->box);
	if (audio->recorder)
		recorder_prefetch_piece(audio->recorder);
	if (!audio->rate_hz)
		audio->rate_hz = AUDIO_NARROW_HZ;
	n = audio->rate_hz / AUDIO_TICKS_S;
	assert(tick->n == n || tick->n == 2 * n || 2 * tick->n == n);

	if (in && tick->n > n) {
		halfband_down(&audio->down, inv, in, n);
		in = inv;
	}
	else if (in && tick->n < n) {
		halfband_up(&audio->up, inv, in, tick->n);
		in = inv;
	}
	if (tick->n != n)
		out = outv;
	heard = in;

	/* The ears don't get them: they are no speech. */
	if (in && audio->tick_tone && tone_feed(audio, in, n))
		heard = NULL;

	/* Ears before mouth: what somebody says silences the prompt in the
	 * same tick. */
	if (audio->ears && ears_tick(audio->ears, heard, n, audio->played_db))
		mouth_tick_hush(audio->mouth);
	mouth_tick(audio->mouth, out, n);
	if (audio->tick_bridge)
		(void)bridge_tick(audio->tick_bridge, audio->end, in, out, n);
	audio->played_db = level_db(out, n);
	if (audio->answer)
		answer_tick(audio->answer, in, out, n,
		            !audio->recorder ||
		                    recorder_is_recording(audio->recorder));
	if (audio->recorder)
		recorder_tick(audio->recorder, in, out, n);

	if (tick->n > n)
		halfband_up(&audio->up, tick->out, out, n);
	else if (tick->n < n)
		halfband_down(&audio->down, tick->out, out, tick->n);
}

/* The letters between the halves have arrived, on both sides. */
static void letters_arrived(void *arg)
{
	struct audio *audio = arg;

	tickbox_drain(audio->box);
	if (audio->recorder)
		recorder_finish(audio->recorder, audio->closed,
		                audio->closed_arg);
	else
		audio->closed(audio->closed_arg);
}

void audio_close(struct audio *audio, void (*closed)(void *arg), void *arg)
{
	audio->closed = closed;
	audio->closed_arg = arg;

	/* What the tick would have read is read here; what that reports is
	 * in the loop's mailbox before the next letter. */
	tickbox_drain(audio->box);
	tickbox_report_last(audio->box, letters_arrived, audio);
}

void audio_free(struct audio *audio)
{
	audio->recorder = mem_deref(audio->recorder);
	audio->answer = mem_deref(audio->answer);
	audio->ears = mem_deref(audio->ears);
	audio->mouth = mem_deref(audio->mouth);
	audio->tone = mem_deref(audio->tone);
	audio->bridge = mem_deref(audio->bridge);
	audio->box = mem_deref(audio->box);
}
