/*
 * media/keytone.c - telephone keys by their tones, in the sound itself
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <spandsp.h>
#include "base/mem.h"
#include "media/keys.h"
#include "media/keytone.h"

enum {
	SAMPLES = 160, /* of 20 ms at spandsp's rate */
};

struct keytone {
	dtmf_rx_state_t *state;
};

static void destructor(void *arg)
{
	struct keytone *kt = arg;

	if (kt->state)
		(void)dtmf_rx_free(kt->state);
}

int keytone_alloc(struct keytone **ktp)
{
	struct keytone *kt;

	kt = mem_zalloc(sizeof(*kt), destructor);
	if (!kt)
		return ENOMEM;

	kt->state = dtmf_rx_init(NULL, NULL, NULL);
	if (!kt->state) {
		mem_deref(kt);
		return ENOMEM;
	}
	*ktp = kt;

	return 0;
}

char keytone_feed(struct keytone *kt, const int16_t *pcm, size_t n)
{
	const size_t step = n / SAMPLES;
	int16_t narrow[SAMPLES];
	char digits[4];

	assert(n == step * SAMPLES);

	/* The tones lie far below what averaging blurs. */
	for (size_t i = 0; i < SAMPLES; i++) {
		int32_t sum = 0;

		for (size_t k = 0; k < step; k++)
			sum += pcm[i * step + k];
		narrow[i] = (int16_t)(sum / (int32_t)step);
	}
	(void)dtmf_rx(kt->state, narrow, SAMPLES);

	return dtmf_rx_get(kt->state, digits, 1) ? digits[0] : '\0';
}

bool keytone_is_down(struct keytone *kt)
{
	const char keys[] = {(char)dtmf_rx_status(kt->state), '\0'};

	/* 'x' is spandsp's "perhaps". */
	return *keys && keys_are_valid(keys);
}
