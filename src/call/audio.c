/*
 * call/audio.c - what hears and speaks on a leg: mouth, ears, recorder
 *
 * Inside everything is 8 kHz. A wideband leg is met at the edge: its samples
 * are averaged on the way in and repeated on the way out, which is all that
 * prompts and a recogniser of telephone quality need.
 */
#include <assert.h>
#include "base/mem.h"
#include "call/audio.h"

static void narrow(int16_t *out, const int16_t *in, size_t step)
{
	for (size_t i = 0; i < AUDIO_FRAME; i++) {
		int32_t sum = 0;

		for (size_t k = 0; k < step; k++)
			sum += in[i * step + k];
		out[i] = (int16_t)(sum / (int32_t)step);
	}
}

void audio_tick(struct phone_tick *tick, struct audio *audio)
{
	size_t step = tick->n / AUDIO_FRAME;
	int16_t inv[AUDIO_FRAME], outv[AUDIO_FRAME];
	const int16_t *in = tick->in;

	assert(tick->n == step * AUDIO_FRAME);

	tickbox_drain(audio->box);
	if (in && step > 1) {
		narrow(inv, in, step);
		in = inv;
	}

	mouth_tick(audio->mouth, outv, AUDIO_FRAME);
	ears_tick(audio->ears, in, outv, AUDIO_FRAME);
	if (audio->recorder)
		recorder_tick(audio->recorder, in, outv, AUDIO_FRAME);

	for (size_t i = 0; i < tick->n; i++)
		tick->out[i] = outv[i / step];
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
