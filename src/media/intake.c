/*
 * media/intake.c - packets of any length in, a frame per tick out
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "media/intake.h"

enum {
	QUIET_MEAN = 64,      /* of samples: -54 dB below full scale */
	SPARE_MIN_MS = 20,    /* a frame is left out where it is quiet */
	SPARE_URGENT_MS = 80, /* or wherever it is */
	CACHE_LINE = 64,
	PAUSE_MS = 100, /* made up longer than that is silence, not loss */
};

void intake_init(struct intake *intake, const struct codec *codec, void *state)
{
	assert(codec && (state || !codec->decoder_size));

	intake->codec = codec;
	intake->state = state;
	intake->has_begun = false;
	intake->made_up = 0;
	intake->concealed = 0;
	intake->restc = 0;
	jitter_init(&intake->jitter, codec->clock_hz);
	conceal_init(&intake->conceal);
}

void intake_prefetch(const struct intake *intake)
{
	const uint8_t *conceal = (const uint8_t *)&intake->conceal;

	jitter_prefetch(&intake->jitter);
	for (size_t i = 0; i < sizeof(intake->conceal); i += CACHE_LINE)
		__builtin_prefetch(&conceal[i], 1);
}

static bool is_quiet(const int16_t *pcm, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (uint32_t)(pcm[i] < 0 ? -pcm[i] : pcm[i]);

	return sum < QUIET_MEAN * n;
}

/* Whether the n samples just decoded are left out to catch up. */
static bool may_leave_out(const struct intake *intake, const int16_t *pcm,
                          size_t n)
{
	unsigned spare_ms = jitter_spare_ms(&intake->jitter);

	return spare_ms >= SPARE_URGENT_MS ||
	       (spare_ms >= SPARE_MIN_MS && is_quiet(pcm, n));
}

/* Plays what an earlier packet left. */
static size_t take_rest(struct intake *intake, int16_t *pcm, size_t n)
{
	size_t played = intake->restc < n ? intake->restc : n;

	if (!played)
		return 0;

	memcpy(pcm, intake->restv, played * sizeof(*pcm));
	intake->restc -= played;
	memmove(intake->restv, &intake->restv[played],
	        intake->restc * sizeof(*pcm));

	return played;
}

static uint32_t units_of(const struct codec *codec, size_t n)
{
	return (uint32_t)(n * codec->clock_hz / codec->rate_hz);
}

/* Decodes the next packet to pcm, of which *n samples are free, or where it
 * is longer to the rest, of which it moves what fits. Returns what the jitter
 * buffer said; a packet that does not decode is a gap. */
static enum jitter_next decode_next(struct intake *intake, int16_t *pcm,
                                    size_t *n)
{
	const struct codec *codec = intake->codec;
	struct jitter_frame frame;
	enum jitter_next next;
	size_t room = *n;
	int err;

	*n = 0;
	next = jitter_get(&intake->jitter, &frame, units_of(codec, room));
	if (next != JITTER_FRAME)
		return next;

	assert(!intake->restc);
	*n = room;
	err = codec->decode(intake->state, pcm, n, frame.payload, frame.len);
	if (err == EOVERFLOW) {
		intake->restc = INTAKE_REST_MAX;
		err = codec->decode(intake->state, intake->restv,
		                    &intake->restc, frame.payload, frame.len);
		*n = 0;
		if (err)
			intake->restc = 0;
		else
			*n = take_rest(intake, pcm, room);
	}
	if (err) {
		*n = 0;
		return JITTER_GAP;
	}
	jitter_played(&intake->jitter, units_of(codec, *n + intake->restc));

	if (may_leave_out(intake, pcm, *n)) {
		jitter_shorten(&intake->jitter);
		intake->restc = 0;
		*n = 0;
	}

	return JITTER_FRAME;
}

static void make_up(struct intake *intake, int16_t *pcm, size_t n)
{
	conceal_fill(&intake->conceal, pcm, n);
	if (intake->made_up < intake->codec->rate_hz / 1000 * PAUSE_MS)
		intake->concealed++;
	intake->made_up += (uint32_t)n;
}

enum intake_kind intake_frame(struct intake *intake, int16_t *pcm, size_t n)
{
	enum jitter_next next = JITTER_FRAME;
	size_t played = take_rest(intake, pcm, n);

	/* Ends: every turn takes a packet out of the buffer. */
	while (played < n && next == JITTER_FRAME) {
		size_t more = n - played;

		next = decode_next(intake, &pcm[played], &more);
		played += more;
	}

	if (!intake->has_begun && next == JITTER_NOTHING && !played)
		return INTAKE_NOTHING;

	intake->has_begun = true;
	if (played) {
		conceal_heard(&intake->conceal, pcm, played);
		intake->made_up = 0;
	}
	if (played < n)
		make_up(intake, &pcm[played], n - played);

	return played < n ? INTAKE_MADE_UP : INTAKE_HEARD;
}
