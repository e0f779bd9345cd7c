/*
 * call/ears_tick.c - the half of the ears that lives in the tick
 */
#include <assert.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/prefetch.h"
#include "call/ears_tick.h"
#include "media/level.h"

enum {
	/* How much longer than the settings say silence may last, at most,
	 * before we end a sentence whose end the recogniser was to find. */
	END_GRACE_MS = 2000,
	END_GRACE_MIN_MS = 200,
};

static void chunks_add(struct ears_tick *et, struct ears *ears,
                       struct ears_chunk *chunkv, size_t chunkc)
{
	for (size_t i = 0; i < chunkc; i++) {
		chunkv[i].ears = ears;
		chunkv[i].next = et->freep;
		et->freep = &chunkv[i];
	}
}

void ears_tick_init(struct ears_tick *et, struct ears *ears,
                    const struct ears_prm *prm, mailbox_h *arrived)
{
	et->arrived = arrived;
	et->preroll_ms = prm->preroll_ms;
	et->answer_ms = prm->answer_ms;
	vad_init(&et->vad, &(struct vad_prm){.margin_db = prm->margin_db,
	                                     .echo_db = prm->echo_db});
	et->prerollv = et->narrowv;
	et->preroll_size = EARS_PREROLL_SAMPLES;
	chunks_add(et, ears, et->chunkv, EARS_CHUNKS);
}

void ears_tick_widen(struct ears_tick *et, struct ears *ears,
                     struct ears_wide *wide)
{
	et->prerollv = wide->prerollv;
	et->preroll_size = EARS_PREROLL_SAMPLES_WIDE;
	et->preroll = 0;
	chunks_add(et, ears, wide->chunkv, EARS_CHUNKS_MORE);
}

/* --- chunks --------------------------------------------------------------- */

static struct ears_chunk *chunk_take(struct ears_tick *et)
{
	struct ears_chunk *chunk = et->freep;

	if (!chunk)
		return NULL;

	et->freep = chunk->next;
	chunk->is_first = chunk->is_last = chunk->is_too_long = false;
	chunk->turn = et->turn;
	chunk->voice_ms = 0;
	chunk->rate_hz = et->rate_hz;
	chunk->n = 0;

	return chunk;
}

void ears_tick_chunk_free(struct ears_tick *et, struct ears_chunk *chunk)
{
	chunk->next = et->freep;
	et->freep = chunk;
}

static void chunk_send(struct ears_tick *et)
{
	struct ears_chunk *chunk = et->filling;

	et->filling = NULL;
	if (chunk)
		chunk->silence_ms =
			et->endpoint.is_speech ? et->endpoint.silence_ms : 0;
	if (chunk && tickbox_report(et->arrived, chunk))
		ears_tick_chunk_free(et, chunk);
}

static void speech_add(struct ears_tick *et, const int16_t *pcm, size_t n)
{
	while (n) {
		struct ears_chunk *chunk;
		size_t part;

		if (!et->filling)
			et->filling = chunk_take(et);
		chunk = et->filling;
		if (!chunk) {
			et->dropped_ms += n * 1000 / et->rate_hz;
			return;
		}

		part = EARS_CHUNK_SAMPLES - chunk->n;
		if (part > n)
			part = n;
		memcpy(chunk->pcm + chunk->n, pcm, part * sizeof(*pcm));
		chunk->n += part;
		pcm += part;
		n -= part;
		if (chunk->n == EARS_CHUNK_SAMPLES)
			chunk_send(et);
	}
}

static void preroll_add(struct ears_tick *et, const int16_t *pcm, size_t n)
{
	size_t part = et->preroll_size - et->preroll;

	if (part > n)
		part = n;
	memcpy(et->prerollv + et->preroll, pcm, part * sizeof(*pcm));
	memcpy(et->prerollv, pcm + part, (n - part) * sizeof(*pcm));
	et->preroll = (et->preroll + n) % et->preroll_size;
}

/* --- orders --------------------------------------------------------------- */

/* The recogniser may be late or never find the end: then we do, early enough
 * that it is still asked for the text within the time of an answer. */
static struct endpoint_prm endpoint_of(const struct ears_tick *et,
                                       const struct ears_set *set)
{
	struct endpoint_prm prm = set->endpoint;
	const uint32_t used_ms = prm.end_silence_ms + EARS_ANSWER_MS_MIN;
	uint32_t grace_ms = END_GRACE_MIN_MS;

	if (set->mode == EARS_LOCAL)
		return prm;

	if (et->answer_ms > used_ms + END_GRACE_MIN_MS)
		grace_ms = et->answer_ms - used_ms;
	if (grace_ms > END_GRACE_MS)
		grace_ms = END_GRACE_MS;
	prm.end_silence_ms += grace_ms;

	return prm;
}

static void hear(struct ears_tick *et, const struct ears_order *order)
{
	const struct endpoint_prm prm = endpoint_of(et, &order->set);

	if (et->is_listening && order->turn == et->turn)
		endpoint_set(&et->endpoint, &prm);
	else
		endpoint_init(&et->endpoint, &prm);
	et->set = order->set;
	et->denoise = order->denoise;
	vad_filter_set(&et->vad, order->set.filter);
	et->is_listening = true;
}

void ears_tick_order(struct ears_tick *et, const struct ears_order *order)
{
	if (order->turn != et->turn) {
		/* Of a sentence that nobody waits for; it comes back free. */
		chunk_send(et);
		et->is_ending = false;
	}

	switch (order->kind) {
	case EARS_HEAR:
		hear(et, order);
		break;
	case EARS_DEAFEN:
		et->is_listening = false;
		break;
	case EARS_NEXT:
		if (order->turn == et->turn)
			endpoint_init(&et->endpoint, &et->endpoint.prm);
		break;
	case EARS_END_HERE:
		if (order->turn == et->turn)
			endpoint_set(&et->endpoint, &et->set.endpoint);
		break;
	}
	et->turn = order->turn;
}

/* --- speech --------------------------------------------------------------- */

/* The ring holds the frame that made it speech as well. */
static bool speech_begin(struct ears_tick *et)
{
	uint32_t onset_ms = endpoint_onset_ms(&et->endpoint);
	size_t n = (size_t)(onset_ms + et->preroll_ms) * (et->rate_hz / 1000);
	size_t from;

	et->filling = chunk_take(et);
	if (!et->filling) {
		/* Nobody would know of the end of a sentence that has no
		 * beginning. */
		endpoint_init(&et->endpoint, &et->endpoint.prm);
		return false;
	}
	et->filling->is_first = true;
	et->filling->voice_ms = clock_ms() - onset_ms;

	if (n > et->preroll_size)
		n = et->preroll_size;
	from = (et->preroll + et->preroll_size - n) % et->preroll_size;
	if (from + n > et->preroll_size) {
		speech_add(et, et->prerollv + from, et->preroll_size - from);
		speech_add(et, et->prerollv, from + n - et->preroll_size);
	}
	else {
		speech_add(et, et->prerollv + from, n);
	}

	return true;
}

/* Without its end a sentence would never be over: where no chunk is free, the
 * next ticks try again. */
static void end_send(struct ears_tick *et)
{
	if (!et->filling)
		et->filling = chunk_take(et);
	if (!et->filling)
		return;

	et->filling->is_last = true;
	et->filling->is_too_long = et->is_too_long;
	et->filling->voice_ms = et->voice_end_ms;
	et->is_ending = false;
	chunk_send(et);
}

static void speech_end(struct ears_tick *et, bool is_too_long)
{
	et->is_ending = true;
	et->is_too_long = is_too_long;
	et->voice_end_ms = clock_ms();
	if (!is_too_long)
		et->voice_end_ms -= et->endpoint.silence_ms;
	end_send(et);
}

/* Whether there is voice in this frame; the floor learns in any case. */
static bool is_voiced(struct ears_tick *et, const int16_t *in, size_t n,
                      float played_db)
{
	const float in_db = level_db(in, n);
	float clean_db = in_db;

	if (et->is_listening && et->denoise)
		clean_db = denoise_level_db(et->denoise, in, n, in_db,
		                            vad_limit_db(&et->vad));

	return vad_feed_clean(&et->vad, in_db, clean_db, played_db);
}

/* Begin and end are found here, or at least the begin. */
static bool local_feed(struct ears_tick *et, const int16_t *in, size_t n,
                       bool has_voice)
{
	if (et->endpoint.is_speech)
		speech_add(et, in, n);
	switch (endpoint_feed(&et->endpoint, has_voice)) {
	case ENDPOINT_NONE:
		break;
	case ENDPOINT_START:
		return speech_begin(et);
	case ENDPOINT_END:
		speech_end(et, false);
		break;
	case ENDPOINT_TOO_LONG:
		speech_end(et, true);
		break;
	}

	return false;
}

/* What was heard so far is of another rate. */
static void rate_change(struct ears_tick *et, uint32_t rate_hz)
{
	if (et->endpoint.is_speech || et->filling) {
		speech_end(et, false);
		endpoint_init(&et->endpoint, &et->endpoint.prm);
	}
	memset(et->prerollv, 0, et->preroll_size * sizeof(*et->prerollv));
	et->rate_hz = rate_hz;
}

void ears_tick_prefetch(const struct ears_tick *et)
{
	prefetch(et, offsetof(struct ears_tick, narrowv));
}

bool ears_tick_feed(struct ears_tick *et, const int16_t *in, size_t n,
                    float played_db)
{
	const uint32_t rate_hz = (uint32_t)n * AUDIO_TICKS_S;
	bool has_voice;

	if (et->rate_hz != rate_hz)
		rate_change(et, rate_hz);
	if (!in)
		return false;

	has_voice = is_voiced(et, in, n, played_db);

	preroll_add(et, in, n);
	if (et->is_ending)
		end_send(et);
	if (!et->is_listening || et->is_ending)
		return false;

	if (et->set.mode != EARS_RECOGNISER)
		return local_feed(et, in, n, has_voice);

	speech_add(et, in, n);
	if (endpoint_feed(&et->endpoint, has_voice) == ENDPOINT_END)
		speech_end(et, false);

	return false;
}
