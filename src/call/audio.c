/*
 * call/audio.c - what hears and speaks on a leg: mouth, ears, recorder
 */
#include <assert.h>
#include "base/mem.h"
#include "call/audio.h"
#include "media/level.h"

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

	return tickbox_send(audio->box, tick_rate, audio);
}

/* All at once, so that their memory comes side by side. */
static void parts_prefetch(const struct audio *audio)
{
	ears_prefetch(audio->ears);
	mouth_prefetch(audio->mouth);
	if (audio->recorder)
		recorder_prefetch(audio->recorder);
}

void audio_tick(struct phone_tick *tick, struct audio *audio)
{
	int16_t inv[AUDIO_FRAME_MAX], outv[AUDIO_FRAME_MAX];
	const int16_t *in = tick->in;
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

	/* Ears before mouth: what somebody says silences the prompt in the
	 * same tick. */
	if (ears_tick(audio->ears, in, n, audio->played_db))
		mouth_tick_hush(audio->mouth);
	mouth_tick(audio->mouth, out, n);
	audio->played_db = level_db(out, n);
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
	if (audio->recorder &&
	    !recorder_finish(audio->recorder, audio->closed, audio->closed_arg))
		return;

	audio->closed(audio->closed_arg);
}

void audio_close(struct audio *audio, void (*closed)(void *arg), void *arg)
{
	audio->closed = closed;
	audio->closed_arg = arg;

	/* What the tick would have read is read here; what that reports is
	 * in the loop's mailbox before the next letter. */
	tickbox_drain(audio->box);
	if (tickbox_report(letters_arrived, audio))
		letters_arrived(audio);
}

void audio_free(struct audio *audio)
{
	audio->recorder = mem_deref(audio->recorder);
	audio->ears = mem_deref(audio->ears);
	audio->mouth = mem_deref(audio->mouth);
	audio->box = mem_deref(audio->box);
}
