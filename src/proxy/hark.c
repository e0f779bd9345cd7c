/*
 * proxy/hark.c - sound that somebody sends, cut into phrases and recognised
 */
#include <assert.h>
#include "base/mem.h"
#include "base/resample.h"
#include "media/endpoint.h"
#include "media/level.h"
#include "media/vad.h"
#include "proxy/hark.h"
#include <re_tmr.h>

enum {
	STEP_MS = 10,
	NARROW_HZ = 8000,
	WIDE_HZ = 16000,
	FRAME_MAX = WIDE_HZ / 1000 * VAD_FRAME_MS,
	PREROLL_FRAMES = 25, /* sound from before the first voice: 500 ms */
	BEFORE_MS = 200,     /* of it, in front of the voice */
	ACTIVE_MS = 120,
	PAUSE_MS = 250, /* of silence: the phrase may be over */
	SPEECH_MAX_MS = 30000,
	QUALITY = 5,
};

static const float margin_db = 8.0F;

struct piece {
	struct le le;
	size_t count, used;
	int16_t pcm[];
};

struct phrase {
	struct le le;
	struct hark *hark;
	struct asr_stream *stream;
	uint32_t begin_ms;
	bool is_told;
	bool is_paused;
};

struct hark {
	struct hark_prm prm;
	struct asr_prm hear;
	struct hark_sink sink;
	struct resample *resample; /* NULL: the rate is heard as it is */
	struct list piecel;
	struct list phrasel;    /* under way; `current` is the last */
	struct phrase *current; /* being spoken */
	struct tmr tmr;

	uint32_t rate_hz; /* of what is heard */
	size_t frame;     /* samples of 20 ms */
	int16_t partv[FRAME_MAX];
	size_t partc; /* of a frame that is not whole */
	int16_t prerollv[PREROLL_FRAMES][FRAME_MAX];
	unsigned preroll; /* frames so far */
	struct vad vad;
	struct endpoint endpoint;
	uint64_t waiting, fed; /* samples */
	uint32_t at_ms;        /* of the frame */
	bool is_ending;
};

static void piece_destructor(void *arg)
{
	struct piece *piece = arg;

	list_unlink(&piece->le);
}

static void phrase_destructor(void *arg)
{
	struct phrase *phrase = arg;

	list_unlink(&phrase->le);
	mem_deref(phrase->stream);
}

static void destructor(void *arg)
{
	struct hark *hark = arg;

	tmr_cancel(&hark->tmr);
	list_flush(&hark->piecel);
	list_flush(&hark->phrasel);
	mem_deref(hark->resample);
}

/* --- what the recogniser says -------------------------------------------- */

static void partial_handler(const char *text, void *arg)
{
	const struct phrase *phrase = arg;

	phrase->hark->sink.partial(text, phrase->hark->sink.arg);
}

static void phrase_handler(const struct asr_phrase *heard, void *arg)
{
	struct phrase *phrase = arg;
	struct asr_phrase told = *heard;

	phrase->is_told = true;
	told.begin_ms += phrase->begin_ms;
	told.end_ms += phrase->begin_ms;
	phrase->hark->sink.final(&told, phrase->hark->sink.arg);
}

static void trouble_handler(const char *why, void *arg)
{
	const struct phrase *phrase = arg;

	phrase->hark->sink.trouble(why, phrase->hark->sink.arg);
}

static bool is_over(const struct hark *hark)
{
	return hark->is_ending && list_isempty(&hark->piecel) &&
	       list_isempty(&hark->phrasel);
}

static void closed_handler(int err, void *arg)
{
	struct phrase *phrase = arg;
	struct hark *hark = phrase->hark;
	const struct asr_phrase nothing = {
		.text = "",
		.begin_ms = phrase->begin_ms,
		.end_ms = hark->at_ms,
		.service = "",
	};

	/* Somebody spoke: they hear that it was not understood. */
	if (!phrase->is_told && !err)
		hark->sink.final(&nothing, hark->sink.arg);
	if (phrase == hark->current)
		hark->current = NULL;
	mem_deref(phrase);
	if (is_over(hark))
		hark->sink.ended(hark->sink.arg);
}

/* --- phrases
 * ------------------------------------------------------------------ */

static void phrase_open(struct hark *hark, uint32_t onset_ms)
{
	const struct asr_sink sink = {
		.partial = partial_handler,
		.phrase = phrase_handler,
		.trouble = trouble_handler,
		.closed = closed_handler,
	};
	struct asr_sink own = sink;
	struct phrase *phrase = mem_zalloc(sizeof(*phrase), phrase_destructor);
	unsigned frames = (onset_ms + BEFORE_MS) / VAD_FRAME_MS;
	int err;

	if (!phrase)
		return;
	if (frames > hark->preroll)
		frames = hark->preroll;
	if (frames > PREROLL_FRAMES)
		frames = PREROLL_FRAMES;

	phrase->hark = hark;
	phrase->begin_ms = hark->at_ms - frames * VAD_FRAME_MS;
	own.arg = phrase;
	list_append(&hark->phrasel, &phrase->le, phrase);
	err = asr_open(&phrase->stream, hark->prm.asr, &hark->hear, &own);
	if (err) {
		mem_deref(phrase);
		hark->sink.trouble("no recogniser takes the phrase",
		                   hark->sink.arg);
		return;
	}

	hark->current = phrase;
	hark->sink.began(phrase->begin_ms, hark->sink.arg);
	for (unsigned i = hark->preroll - frames; i < hark->preroll; i++)
		(void)asr_feed(hark->prm.asr, phrase->stream,
		               hark->prerollv[i % PREROLL_FRAMES], hark->frame);
}

static void phrase_finish(struct hark *hark)
{
	struct phrase *phrase = hark->current;

	hark->current = NULL;
	if (!phrase)
		return;

	if (asr_finish(hark->prm.asr, phrase->stream, hark->prm.answer_ms)) {
		hark->sink.trouble("the recogniser took no end of the phrase",
		                   hark->sink.arg);
		mem_deref(phrase);
	}
}

/* The recogniser may begin while we wait whether somebody goes on. */
static void pause_tell(struct hark *hark)
{
	struct phrase *phrase = hark->current;
	bool is_paused;

	if (!phrase)
		return;

	is_paused = hark->endpoint.silence_ms >= PAUSE_MS;
	if (is_paused && !phrase->is_paused)
		asr_pause(phrase->stream);
	phrase->is_paused = is_paused;
}

static void frame_take(struct hark *hark, const int16_t *pcm)
{
	bool is_voiced;

	memcpy(hark->prerollv[hark->preroll++ % PREROLL_FRAMES], pcm,
	       hark->frame * sizeof(*pcm));
	hark->at_ms += VAD_FRAME_MS;
	is_voiced = vad_feed(&hark->vad, level_db(pcm, hark->frame),
	                     LEVEL_SILENCE_DB);
	if (hark->current)
		(void)asr_feed(hark->prm.asr, hark->current->stream, pcm,
		               hark->frame);

	switch (endpoint_feed(&hark->endpoint, is_voiced)) {
	case ENDPOINT_NONE:
		pause_tell(hark);
		break;
	case ENDPOINT_START:
		phrase_open(hark, endpoint_onset_ms(&hark->endpoint));
		break;
	case ENDPOINT_END:
	case ENDPOINT_TOO_LONG:
		phrase_finish(hark);
		break;
	}
}

/* --- the pace
 * ------------------------------------------------------------------ */

static void samples_take(struct hark *hark, const int16_t *pcm, size_t n)
{
	while (n) {
		size_t part = hark->frame - hark->partc;

		if (part > n)
			part = n;
		memcpy(hark->partv + hark->partc, pcm, part * sizeof(*pcm));
		hark->partc += part;
		pcm += part;
		n -= part;
		if (hark->partc < hark->frame)
			break;
		hark->partc = 0;
		frame_take(hark, hark->partv);
	}
}

/* Takes up to n samples of what waits. Returns whether a piece is used up; a
 * piece without samples is. */
static bool waiting_take(struct hark *hark, size_t *np)
{
	struct piece *piece = hark->piecel.head->data;
	size_t n = piece->count - piece->used;

	if (n > *np)
		n = *np;
	samples_take(hark, piece->pcm + piece->used, n);
	piece->used += n;
	hark->waiting -= n;
	*np -= n;
	if (piece->used < piece->count)
		return false;

	mem_deref(piece);

	return true;
}

static void step_handler(void *arg)
{
	struct hark *hark = arg;
	size_t left = (size_t)hark->rate_hz / 1000 * STEP_MS * hark->prm.speed;
	bool is_alone;

	tmr_start(&hark->tmr, STEP_MS, step_handler, hark);
	mem_ref(hark);
	while (hark->piecel.head && mem_nrefs(hark) > 1 &&
	       (left || !((struct piece *)hark->piecel.head->data)->count)) {
		if (waiting_take(hark, &left))
			hark->sink.taken(hark->sink.arg);
	}
	is_alone = mem_nrefs(hark) == 1;
	mem_deref(hark);
	if (is_alone || hark->piecel.head)
		return;

	tmr_cancel(&hark->tmr);
	if (hark->is_ending) {
		phrase_finish(hark);
		if (is_over(hark))
			hark->sink.ended(hark->sink.arg);
	}
}

int hark_feed(struct hark *hark, const void *data, size_t bytes)
{
	size_t n = bytes / sizeof(int16_t), size = n, out;
	struct piece *piece;
	int err = 0;

	assert(!hark->is_ending);

	if (hark->resample)
		size = (size_t)((uint64_t)n * hark->rate_hz /
		                hark->prm.rate_hz) +
		       64;
	piece = mem_zalloc(sizeof(*piece) + (size + n) * sizeof(int16_t),
	                   piece_destructor);
	if (!piece)
		return ENOMEM;

	piece->count = n;
	if (!hark->resample) {
		memcpy(piece->pcm, data, n * sizeof(int16_t));
	}
	else {
		/* The message may begin at an odd address. */
		memcpy(piece->pcm + size, data, n * sizeof(int16_t));
		out = size;
		err = resample_feed(hark->resample, piece->pcm + size, &n,
		                    piece->pcm, &out);
		piece->count = out;
	}
	if (err) {
		mem_deref(piece);
		return err;
	}

	hark->fed += piece->count;
	hark->waiting += piece->count;
	list_append(&hark->piecel, &piece->le, piece);
	if (!tmr_isrunning(&hark->tmr))
		tmr_start(&hark->tmr, 0, step_handler, hark);

	return 0;
}

bool hark_is_full(const struct hark *hark)
{
	return hark->waiting > (uint64_t)hark->rate_hz * HARK_WAITING_S;
}

uint64_t hark_fed_ms(const struct hark *hark)
{
	return hark->fed * 1000 / hark->rate_hz;
}

void hark_end(struct hark *hark)
{
	hark->is_ending = true;
	if (!tmr_isrunning(&hark->tmr))
		tmr_start(&hark->tmr, 0, step_handler, hark);
}

int hark_alloc(struct hark **harkp, const struct hark_prm *prm,
               const struct hark_sink *sink)
{
	struct hark *hark;
	int err = 0;

	assert(harkp && prm->asr && prm->speed && sink->ended && sink->taken);

	hark = mem_zalloc(sizeof(*hark), destructor);
	if (!hark)
		return ENOMEM;

	tmr_init(&hark->tmr);
	hark->prm = *prm;
	hark->hear = *prm->hear;
	hark->sink = *sink;
	hark->rate_hz = prm->rate_hz < WIDE_HZ ? NARROW_HZ : WIDE_HZ;
	hark->hear.rate_hz = hark->rate_hz;
	hark->frame = hark->rate_hz / 1000 * VAD_FRAME_MS;
	vad_init(&hark->vad, &(struct vad_prm){.margin_db = margin_db});
	endpoint_init(&hark->endpoint,
	              &(struct endpoint_prm){
			      .min_active_ms = ACTIVE_MS,
			      .end_silence_ms = prm->silence_ms,
			      .max_speech_ms = SPEECH_MAX_MS,
		      });
	if (prm->rate_hz != hark->rate_hz)
		err = resample_alloc(&hark->resample, prm->rate_hz,
		                     hark->rate_hz, QUALITY);
	if (err)
		mem_deref(hark);
	else
		*harkp = hark;
	/* What is expected is known before anybody speaks. */
	if (!err && hark->hear.hintc)
		asr_prepare(hark->prm.asr, &hark->hear);

	return err;
}
