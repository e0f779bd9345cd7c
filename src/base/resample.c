/*
 * base/resample.c - another sample rate (speexdsp behind it)
 */
#include <assert.h>
#include <speex/speex_resampler.h>
#include "base/mem.h"
#include "base/resample.h"

enum {
	RATE_MIN_HZ = 8000,
	RATE_MAX_HZ = 48000,
	WHOLE_QUALITY = 5, /* prompts are converted once and heard often */
};

struct resample {
	SpeexResamplerState *state;
};

static void destructor(void *arg)
{
	struct resample *rs = arg;

	if (rs->state)
		speex_resampler_destroy(rs->state);
}

int resample_alloc(struct resample **rsp, uint32_t from_hz, uint32_t to_hz,
                   int quality)
{
	struct resample *rs;
	int code;

	assert(rsp && quality >= 0 && quality <= 10);
	assert(to_hz >= RATE_MIN_HZ && to_hz <= RATE_MAX_HZ);

	/* Where from is what a file says. */
	if (from_hz < RATE_MIN_HZ || from_hz > RATE_MAX_HZ)
		return ENOTSUP;

	rs = mem_zalloc(sizeof(*rs), destructor);
	if (!rs)
		return ENOMEM;

	rs->state = speex_resampler_init(1, from_hz, to_hz, quality, &code);
	if (!rs->state || code != RESAMPLER_ERR_SUCCESS) {
		mem_deref(rs);
		return ENOMEM;
	}

	*rsp = rs;

	return 0;
}

int resample_feed(struct resample *rs, const int16_t *in, size_t *inc,
                  int16_t *out, size_t *outc)
{
	uint32_t in_len, out_len;

	assert(*inc <= UINT32_MAX && *outc <= UINT32_MAX);

	in_len = (uint32_t)*inc;
	out_len = (uint32_t)*outc;
	if (speex_resampler_process_int(rs->state, 0, in, &in_len, out,
	                                &out_len) != RESAMPLER_ERR_SUCCESS)
		return ENOMEM;

	*inc = in_len;
	*outc = out_len;

	return 0;
}

/* Fills out to its end: with the sound, then with the silence that pushes the
 * rest of it out of the filter. */
static int fill(struct resample *rs, int16_t *out, size_t outc,
                const int16_t *in, size_t inc)
{
	static const int16_t silence[256];

	while (outc) {
		size_t used = inc ? inc : ARRAY_COUNT(silence);
		size_t made = outc;
		int err;

		err = resample_feed(rs, inc ? in : silence, &used, out, &made);
		if (err)
			return err;

		if (inc) {
			in += used;
			inc -= used;
		}
		out += made;
		outc -= made;
	}

	return 0;
}

static int copy_all(int16_t **outp, size_t *outcp, const int16_t *in,
                    size_t inc)
{
	int16_t *out = mem_alloc(inc * sizeof(*out), NULL);

	if (!out)
		return ENOMEM;

	memcpy(out, in, inc * sizeof(*out));
	*outp = out;
	*outcp = inc;

	return 0;
}

int resample_all(int16_t **outp, size_t *outcp, uint32_t to_hz,
                 const int16_t *in, size_t inc, uint32_t from_hz)
{
	struct resample *rs = NULL;
	int16_t *out = NULL;
	size_t outc;
	int err;

	assert(inc <= UINT32_MAX);

	/* A filter for nothing would blur every edge. */
	if (from_hz == to_hz && inc)
		return copy_all(outp, outcp, in, inc);

	err = resample_alloc(&rs, from_hz, to_hz, WHOLE_QUALITY);
	if (err)
		return err;

	outc = (size_t)(((uint64_t)inc * to_hz + from_hz / 2) / from_hz);
	out = mem_alloc(outc * sizeof(*out), NULL);
	if (!out) {
		err = ENOMEM;
		goto out;
	}

	(void)speex_resampler_skip_zeros(rs->state);
	err = fill(rs, out, outc, in, inc);
	if (err)
		goto out;

	*outp = out;
	*outcp = outc;

out:
	mem_deref(rs);
	if (err)
		mem_deref(out);

	return err;
}
