/*
 * media/intake.c - packets of any length in, a frame per tick out
 */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include "media/intake.h"

enum {
	QUIET_MEAN = 64,      /* of samples: -54 dB below full scale */
	SPARE_MIN_MS = 20,    /* a frame is left out where it is quiet */
	SPARE_URGENT_MS = 80, /* or wherever it is */
	CACHE_LINE = 64,
	FADE_MS = 100,           /* what is made up is silent after that */
	COMFORT_LOUDEST_DB = 40, /* below full scale: noise, not an attack */
	COMFORT_SILENT_DB = 90,
	TICKS_S = 50,
	BEFORE_MAX = JITTER_SLOTS, /* packets still to be played, in a pause */
};

void intake_init(struct intake *intake, const struct codec *codec, void *state)
{
	assert(codec && (state || !codec->decoder_size));

	intake->codec = codec;
	intake->state = state;
	intake->has_begun = false;
	intake->made_up = 0;
	intake->doubtful = 0;
	intake->lost_seen = 0;
	intake->concealed = 0;
	intake->repaired = 0;
	intake->is_paused = false;
	intake->noise = 0;
	intake->noise_seed = 1;
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

/* --- pauses ---------------------------------------------------------------
 */

static void pause_begin(struct intake *intake, uint16_t seq)
{
	intake->is_paused = true;
	intake->pause_seq = seq;
}

void intake_comfort(struct intake *intake, const struct packet *packet)
{
	unsigned level_db = COMFORT_SILENT_DB;

	jitter_skip(&intake->jitter, packet);
	pause_begin(intake, packet->seq);

	/* One byte of level, then a spectrum, which is left out (RFC 3389,
	 * 3.1). Uniform noise is sqrt(3) below its peak. */
	if (packet->len)
		level_db = packet->payload[0] & 0x7f;
	if (level_db < COMFORT_LOUDEST_DB)
		level_db = COMFORT_LOUDEST_DB;
	intake->noise = level_db >= COMFORT_SILENT_DB
	                        ? 0
	                        : (int32_t)(32768 * 1.732F *
	                                    powf(10, -(float)level_db / 20));
}

static void noise_fill(struct intake *intake, int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		intake->noise_seed = intake->noise_seed * 1664525 + 1013904223;
		pcm[i] = (int16_t)((int32_t)(intake->noise_seed >> 16) *
		                           intake->noise / 32768 -
		                   intake->noise);
	}
}

/* Now that the next packet is there: were the ticks before it a loss? */
static void judge_gap(struct intake *intake, const struct jitter_frame *frame)
{
	uint32_t gap = (uint32_t)((uint64_t)intake->doubtful *
	                          intake->codec->clock_hz / TICKS_S);

	if (intake->doubtful &&
	    (frame->lost > intake->lost_seen || frame->skipped < gap / 2))
		intake->concealed += intake->doubtful;
	intake->doubtful = 0;
	intake->lost_seen = frame->lost;
}

/* --- sound ----------------------------------------------------------------
 */

static void frame_begun(struct intake *intake, const struct jitter_frame *frame)
{
	const struct codec *codec = intake->codec;

	judge_gap(intake, frame);
	if (codec->is_pause && codec->is_pause(frame->payload, frame->len))
		pause_begin(intake, frame->seq);
	else if ((uint16_t)(intake->pause_seq - frame->seq) >= BEFORE_MAX)
		intake->is_paused = false;
}

/* Decodes a packet to pcm, of which *n samples are free, or where it is longer
 * to the rest, of which it moves what fits. */
static int decode(struct intake *intake, int16_t *pcm, size_t *n,
                  const struct jitter_frame *frame)
{
	const struct codec *codec = intake->codec;
	size_t room = *n;
	int err;

	assert(!intake->restc);

	err = codec->decode(intake->state, pcm, n, frame->payload, frame->len);
	if (err != EOVERFLOW)
		return err;

	intake->restc = INTAKE_REST_MAX;
	err = codec->decode(intake->state, intake->restv, &intake->restc,
	                    frame->payload, frame->len);
	if (err)
		intake->restc = 0;
	else
		*n = take_rest(intake, pcm, room);

	return err;
}

/* The next packet; returns what the jitter buffer said. A packet that does
 * not decode is a gap. */
static enum jitter_next decode_next(struct intake *intake, int16_t *pcm,
                                    size_t *n, struct jitter_frame *frame)
{
	const struct codec *codec = intake->codec;
	enum jitter_next next;

	next = jitter_get(&intake->jitter, frame, units_of(codec, *n));
	if (next != JITTER_FRAME) {
		*n = 0;
		return next;
	}

	frame_begun(intake, frame);
	if (decode(intake, pcm, n, frame)) {
		*n = 0;
		frame->payload = NULL;
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

static void conceal(struct intake *intake, int16_t *pcm, size_t n)
{
	const struct codec *codec = intake->codec;
	size_t made = n;

	if (!codec->has_concealment ||
	    codec->decode(intake->state, pcm, &made, NULL, 0) || made != n)
		conceal_fill(&intake->conceal, pcm, n);
}

static enum intake_kind make_up(struct intake *intake, int16_t *pcm, size_t n,
                                const struct jitter_frame *next)
{
	const struct codec *codec = intake->codec;
	const uint32_t fade = codec->rate_hz / 1000 * FADE_MS;

	if (intake->is_paused && !next->payload) {
		/* Opus makes the noise itself. */
		if (codec->is_pause)
			conceal(intake, pcm, n);
		else
			noise_fill(intake, pcm, n);
		return INTAKE_PAUSE;
	}

	if (next->payload && codec->recover &&
	    !codec->recover(intake->state, pcm, n, next->payload, next->len)) {
		intake->repaired++;
		return INTAKE_HEARD;
	}

	conceal(intake, pcm, n);
	if (intake->made_up < fade)
		intake->doubtful++;
	intake->made_up += (uint32_t)n;

	/* An encoder that heard silence meanwhile is where it began; it once
	 * could begin and cannot fail now. */
	if (intake->made_up - n < fade && intake->made_up >= fade &&
	    codec->decoder_begin && !codec->has_concealment)
		(void)codec->decoder_begin(intake->state);

	return INTAKE_MADE_UP;
}

enum intake_kind intake_frame(struct intake *intake, int16_t *pcm, size_t n)
{
	struct jitter_frame frame = {0};
	enum jitter_next next = JITTER_FRAME;
	size_t played = take_rest(intake, pcm, n);

	/* Ends: every turn takes a packet out of the buffer. */
	while (played < n && next == JITTER_FRAME) {
		size_t more = n - played;

		next = decode_next(intake, &pcm[played], &more, &frame);
		played += more;
	}

	if (!intake->has_begun && next == JITTER_NOTHING && !played)
		return INTAKE_NOTHING;

	intake->has_begun = true;
	if (played) {
		if (!intake->codec->has_concealment)
			conceal_heard(&intake->conceal, pcm, played);
		intake->made_up = 0;
	}

	return played < n ? make_up(intake, &pcm[played], n - played, &frame)
	                  : INTAKE_HEARD;
}
