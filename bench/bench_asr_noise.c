/*
 * bench/bench_asr_noise.c - what lies under everything that is said
 */
#include <math.h>
#include <stdlib.h>
#include "base/mem.h"
#include "bench_asr_corpus.h"
#include "bench_asr_noise.h"
#include "media/codec.h"

enum {
	WIDE_FRAME = 16000 / 50,
	G722_PT = 9,
};

static double rms_of(const int16_t *pcm, size_t count)
{
	double sum = 0;
	size_t n = 0;

	/* Only where somebody speaks. */
	for (size_t i = 0; i < count; i++) {
		if (abs(pcm[i]) < 200)
			continue;
		sum += (double)pcm[i] * pcm[i];
		n++;
	}

	return n ? sqrt(sum / (double)n) : 0;
}

static int16_t clip(double sample)
{
	return (int16_t)fmax(-32767, fmin(32767, sample));
}

/* The same for the same item, whatever was said before it. */
static void put_white(int16_t *pcm, size_t count, double rms)
{
	uint32_t seed = (uint32_t)count;

	for (size_t i = 0; i < count; i++) {
		double sum = 0;

		for (int k = 0; k < 4; k++) {
			seed = seed * 1664525 + 1013904223;
			sum += (double)(seed >> 16) / 32768 - 1;
		}
		pcm[i] = clip(pcm[i] + rms * sum * 0.866);
	}
}

/* Other people of the room: six voices that say strange things. */
static int put_babble(struct rig *rig, int16_t *pcm, size_t count, double rms)
{
	static const char *const voicev[] = {
		"flite:kal16", "flite:rms",       "espeak:en-us+f3",
		"flite:slt",   "espeak:en-gb+m2", "espeak:en-us+m5",
	};
	const char *const *textv = corpus_questionv[0].strangev;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(voicev) && !err; i++) {
		struct voice_sound *sound = NULL;
		size_t at = i * 1777;
		double gain;

		/* A long monologue. */
		err = rig_say(&sound, rig, voicev[i], textv[36 + i % 2]);
		if (err || !sound)
			return err ? err : ENOENT;
		gain = rms / sqrt(ARRAY_COUNT(voicev)) /
		       rms_of(sound->pcm, sound->count);
		for (size_t k = 0; k < count; k++)
			pcm[k] = clip(
				pcm[k] +
				gain * sound->pcm[(k + at) % sound->count]);
		mem_deref(sound);
	}

	return err;
}

int noise_put(const struct noise *noise, struct rig *rig, int16_t *pcm,
              size_t count)
{
	double rms;

	if (!noise->name)
		return 0;

	rms = rms_of(pcm, count) / pow(10, noise->snr_db / 20);
	if (!strcmp(noise->name, "babble"))
		return put_babble(rig, pcm, count, rms);
	put_white(pcm, count, rms);

	return 0;
}

void noise_read(struct noise *noise, char *text)
{
	char *comma = strchr(text, ',');

	noise->name = text;
	noise->snr_db = comma ? strtod(comma + 1, NULL) : 15;
	if (comma)
		*comma = '\0';
}

int noise_g722(int16_t *pcm, size_t count)
{
	const struct codec *codec = codec_by_pt(G722_PT);
	void *encoder = NULL, *decoder = NULL;
	int err;

	err = codec_encoder(&encoder, codec, NULL);
	if (!err)
		err = codec_decoder(&decoder, codec);
	for (size_t at = 0; !err && at + WIDE_FRAME <= count;
	     at += WIDE_FRAME) {
		uint8_t payload[CODEC_BYTES_MAX];
		size_t len = sizeof(payload), n = WIDE_FRAME;

		err = codec->encode(encoder, payload, &len, pcm + at, n);
		if (!err)
			err = codec->decode(decoder, pcm + at, &n, payload,
			                    len);
	}
	mem_deref(encoder);
	mem_deref(decoder);

	return err;
}
