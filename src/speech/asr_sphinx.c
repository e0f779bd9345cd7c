/*
 * speech/asr_sphinx.c - the local recogniser: streams and answers
 *
 * A stream collects the samples of one phrase; at its end they go as one job
 * to the lanes, and the answer comes back to the loop.
 *
 * A caller is waited for in silence before a phrase is over. That time is
 * used: the job is begun with the silence, as a guess that this was all. Who
 * goes on speaking makes it void; what it heard are the words so far.
 */
#include <assert.h>
#include <sphinxbase/err.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "speech/aloud.h"
#include "speech/asr.h"
#include "speech/bands.h"
#include "speech/decoder.h"
#include "speech/espeak.h"
#include "speech/lanes.h"
#include "speech/letters.h"

enum {
	FIRST_MS = 2000, /* room of a new stream */
	SPAN_MS = 50,    /* so exactly is the same speech found again */
};

struct asr_engine {
	struct lanes *lanes;
	struct wordbook *book; /* NULL: none is configured */
	struct mailbox *home;
	uint32_t speech_max_s;
	unsigned score_min;
	unsigned score_min_other;
};

struct asr_stream {
	struct asr_engine *engine;
	struct asr_sink sink;
	struct asked question;
	struct bands bands;
	uint32_t rate_hz;
	int16_t *pcm;
	size_t count;
	size_t size;
	struct lanes_job *guess; /* it is this if nothing more comes, or NULL */
	struct level_span guess_span; /* where its speech is */
	struct lanes_job *job;        /* finished: the answer is on its way */
	bool is_due;                  /* ... and report() frees it */
};

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"model", CFG_TEXT, "/usr/share/pocketsphinx/model/en-us/en-us", NULL,
	 "Folder of the acoustic model (package pocketsphinx-en-us)."},
	{"dictionary", CFG_TEXT,
	 "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict", NULL,
	 "How the words of that language sound."},
	{"pronounce", CFG_TEXT, "", NULL,
	 "A file of words that sound otherwise than the dictionary or "
	 "espeak-ng says: lines \"SQL = sequel\", those under \"[ru]\" for "
	 "that language alone. A script's asr.pronounce wins."},
	{"decoders", CFG_NUMBER, "2", "1..64",
	 "How many phrases are recognised at the same time; 8 MB each."},
	{"grammars", CFG_NUMBER, "64", "1..1000",
	 "Questions that each decoder keeps compiled; 0.4 MB each."},
	{"speech_max_s", CFG_NUMBER, "30", "1..120",
	 "Longest phrase in seconds; what is said behind it is not heard."},
	{"garbage_per_mille", CFG_NUMBER, "10", "1..1000",
	 "How easily a phrase counts as none of the expected ones before it "
	 "is judged: lower understands more and mishears more."},
	{"around_per_million", CFG_NUMBER, "3", "0..1000000",
	 "How easily other words may stand before and behind an expected "
	 "phrase; 0 is never."},
	{"score_min", CFG_NUMBER, "80", "0..100",
	 "How sure it must be, in percent, that an expected phrase was said; "
	 "0 takes every one. A node's asr_params {\"accept\": 85, "
	 "\"confirm\": 50} wins; what lies between comes as \"?\" and the "
	 "phrase."},
	{"score_min_other", CFG_NUMBER, "67", "0..100",
	 "The same for other languages than English."},
};
/* clang-format on */

const struct cfg_table asr_sphinx_cfg_table = {
	.section = "sphinx",
	.help = "The local recogniser, pocketsphinx, guided by the answers a "
		"script expects. Languages other than English are read by "
		"espeak-ng and sound like English to it: confirm what "
		"matters.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static void engine_destructor(void *arg)
{
	struct asr_engine *engine = arg;

	mem_deref(engine->lanes);
	mem_deref(engine->book);
}

static int read_prm(struct decoder_prm *prm, const struct cfg *cfg,
                    char fault[CFG_FAULT_SIZE])
{
	char mdef[DECODER_MODEL_SIZE + 8];

	(void)snprintf(prm->model, sizeof(prm->model), "%s",
	               cfg_text(cfg, "sphinx", "model"));
	(void)snprintf(prm->dictionary, sizeof(prm->dictionary), "%s",
	               cfg_text(cfg, "sphinx", "dictionary"));
	prm->grammars_max = cfg_number(cfg, "sphinx", "grammars");
	prm->rule.garbage =
		(double)cfg_number(cfg, "sphinx", "garbage_per_mille") / 1000;
	prm->rule.around =
		(double)cfg_number(cfg, "sphinx", "around_per_million") / 1e6;

	(void)snprintf(mdef, sizeof(mdef), "%s/mdef", prm->model);
	if (access(mdef, R_OK)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "no speech model in %.200s: apt-get install "
		               "pocketsphinx-en-us, or set sphinx.model",
		               prm->model);
		return ENOENT;
	}
	if (access(prm->dictionary, R_OK)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "no dictionary %.200s: apt-get install "
		               "pocketsphinx-en-us, or set sphinx.dictionary",
		               prm->dictionary);
		return ENOENT;
	}

	return 0;
}

static void report(struct lanes_job *job);

static int engine_alloc(struct asr_engine **enginep,
                        const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = make->cfg;
	struct work_pool *pool = make->pool;
	struct asr_engine *engine;
	struct decoder_prm prm = {0};
	int err;

	err = read_prm(&prm, cfg, fault);
	if (err)
		return err;

	engine = mem_zalloc(sizeof(*engine), engine_destructor);
	if (!engine)
		return ENOMEM;

	/* The engine talks a lot; our own log says what matters. */
	(void)err_set_logfp(NULL);
	letters_init();

	if (*cfg_text(cfg, "sphinx", "pronounce"))
		err = wordbook_alloc(&engine->book,
		                     cfg_text(cfg, "sphinx", "pronounce"),
		                     fault);
	prm.book = engine->book;
	engine->home = work_pool_home(pool);
	engine->speech_max_s =
		(uint32_t)cfg_number(cfg, "sphinx", "speech_max_s");
	engine->score_min = (unsigned)cfg_number(cfg, "sphinx", "score_min");
	engine->score_min_other =
		(unsigned)cfg_number(cfg, "sphinx", "score_min_other");
	if (!err)
		err = lanes_alloc(&engine->lanes, pool,
		                  cfg_number(cfg, "sphinx", "decoders"), &prm,
		                  report);

	if (err)
		mem_deref(engine);
	else
		*enginep = engine;

	return err;
}

static void tell(struct asr_stream *stream, const struct decoder_heard *heard)
{
	char asked[DECODER_TEXT_SIZE + 1];
	struct asr_phrase phrase = {
		.text = heard->text,
		.score = heard->score,
		.begin_ms = heard->begin_ms,
		.end_ms = heard->end_ms,
	};
	enum band band = bands_of(&stream->bands, heard->score);

	if (band == BAND_REJECTED) {
		phrase.text = "";
		phrase.score = 0;
	}
	if (band == BAND_CONFIRM && *heard->text) {
		(void)snprintf(asked, sizeof(asked), "?%s", heard->text);
		phrase.text = asked;
	}
	stream->sink.phrase(&phrase, stream->sink.arg);
}

/* At a pause: the words so far. They may lead on or end a prompt before the
 * phrase is over, so only those that are certain are told. */
static void guess_tell(struct asr_stream *stream, struct lanes_job *job)
{
	const struct decoder_heard *heard = &job->heard;

	if (!stream->sink.partial || job->err || !heard->is_speech ||
	    !*heard->text ||
	    bands_of(&stream->bands, heard->score) != BAND_ACCEPTED)
		return;

	/* The handler may free the stream, and the text with it. */
	mem_ref(job);
	stream->sink.partial(heard->text, stream->sink.arg);
	mem_deref(job);
}

static void report(struct lanes_job *job)
{
	struct asr_stream *stream = job->asker;

	if (stream->guess == job) {
		guess_tell(stream, job);
		return;
	}

	stream->is_due = true;
	if (job->err)
		log_warning("speech",
		            "the recogniser failed (%s): this phrase is lost",
		            strerror(job->err));
	else if (job->heard.is_speech)
		tell(stream, &job->heard);

	/* The handler may have freed the stream. */
	stream = job->asker;
	if (stream) {
		stream->job = NULL;
		stream->is_due = false;
		stream->sink.closed(job->err, stream->sink.arg);
	}
	mem_deref(job);
}

static void posted_handler(void *arg)
{
	struct lanes_job *job = arg;

	if (job->asker)
		report(job);
	else
		mem_deref(job);
}

static void engine_prepare(struct asr_engine *engine, const struct asr_prm *prm)
{
	lanes_prepare(engine->lanes, prm);
}

static void stream_destructor(void *arg)
{
	struct asr_stream *stream = arg;

	lanes_forget(stream->guess);
	if (stream->is_due)
		stream->job->asker = NULL;
	else
		lanes_forget(stream->job);
	asked_clear(&stream->question);
	mem_deref(stream->pcm);
	mem_deref(stream->engine);
}

static int stream_open(struct asr_stream **streamp, struct asr_engine *engine,
                       const struct asr_prm *prm, const struct asr_sink *sink)
{
	struct asr_stream *stream;
	int err;

	assert(prm->rate_hz >= 8000);

	stream = mem_zalloc(sizeof(*stream), stream_destructor);
	if (!stream)
		return ENOMEM;

	stream->engine = mem_ref(engine);
	stream->sink = *sink;
	stream->rate_hz = prm->rate_hz;
	bands_read(&stream->bands, prm->params,
	           aloud_is_english(prm->lang) ? engine->score_min
	                                       : engine->score_min_other);
	err = asked_make(&stream->question, prm);
	if (err)
		goto out;

	stream->size = (size_t)prm->rate_hz * FIRST_MS / 1000;
	stream->pcm = mem_zalloc(stream->size * sizeof(*stream->pcm), NULL);
	if (!stream->pcm)
		err = ENOMEM;

out:
	if (err)
		mem_deref(stream);
	else
		*streamp = stream;

	return err;
}

/* Makes room for n more samples, or for as many as the ceiling leaves. */
static int grow(struct asr_stream *stream, size_t n)
{
	size_t max = (size_t)stream->rate_hz * stream->engine->speech_max_s;
	size_t size = stream->size;
	int16_t *pcm;

	while (size < stream->count + n && size < max)
		size *= 2;
	if (size > max)
		size = max;
	if (size <= stream->size)
		return 0;

	pcm = mem_reallocarray(stream->pcm, size, sizeof(*pcm), NULL);
	if (!pcm)
		return ENOMEM;
	stream->pcm = pcm;
	stream->size = size;

	return 0;
}

static int stream_feed(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	size_t room;
	int err;

	assert(!stream->job);

	err = grow(stream, n);
	if (err)
		return err;

	room = stream->size - stream->count;
	if (room > n)
		room = n;
	memcpy(stream->pcm + stream->count, pcm, room * sizeof(*pcm));
	stream->count += room;

	return room == n ? 0 : EAGAIN;
}

/* The job gets the sound, which is its own. */
static int job_add(struct lanes_job **jobp, struct asr_stream *stream,
                   int16_t *pcm, bool is_guess)
{
	struct lanes_job *job;
	int err;

	job = lanes_job_alloc();
	if (!job) {
		mem_deref(pcm);
		return ENOMEM;
	}

	asked_share(&job->question, &stream->question);
	job->pcm = pcm;
	job->sound = (struct decoder_sound){
		.pcm = pcm,
		.count = stream->count,
		.rate_hz = stream->rate_hz,
		.is_unwanted = &job->is_unwanted,
	};
	job->asker = stream;
	job->is_guess = is_guess;
	err = lanes_add(stream->engine->lanes, job);
	if (err)
		mem_deref(job);
	else
		*jobp = job;

	return err;
}

static void stream_pause(struct asr_stream *stream)
{
	struct level_span *span = &stream->guess_span;
	int16_t *pcm;

	assert(!stream->job);

	lanes_forget(stream->guess);
	stream->guess = NULL;
	decoder_span(span, stream->pcm, stream->count, stream->rate_hz);
	if (span->begin == span->end)
		return;

	/* Without memory or room it is begun at the end. */
	pcm = mem_alloc(stream->count * sizeof(*pcm), NULL);
	if (!pcm)
		return;
	memcpy(pcm, stream->pcm, stream->count * sizeof(*pcm));
	(void)job_add(&stream->guess, stream, pcm, true);
}

static bool is_near(size_t a, size_t b, size_t limit)
{
	return a < b ? b - a <= limit : a - b <= limit;
}

/* Whether the guess has all of the speech. More silence makes the measure of
 * what is loud a little different. */
static bool is_right(const struct asr_stream *stream)
{
	const struct level_span *guess = &stream->guess_span;
	const size_t limit = stream->rate_hz / 1000 * SPAN_MS;
	struct level_span span;

	if (!stream->guess)
		return false;

	decoder_span(&span, stream->pcm, stream->count, stream->rate_hz);

	return is_near(span.begin, guess->begin, limit) &&
	       is_near(span.end, guess->end, limit) &&
	       span.is_clean == guess->is_clean;
}

/* From now on somebody waits for it. */
static int guess_take(struct asr_stream *stream)
{
	struct lanes_job *job = stream->guess;
	int err;

	stream->guess = NULL;
	stream->job = job;
	job->is_guess = false;
	if (job->lanes)
		return 0;

	/* It is there already; not from inside the question. */
	err = mailbox_post(stream->engine->home, posted_handler, job);
	if (err)
		stream->job = mem_deref(job);
	else
		stream->is_due = true;

	return err;
}

static int stream_finish(struct asr_stream *stream)
{
	int16_t *pcm = stream->pcm;

	assert(!stream->job);

	if (is_right(stream))
		return guess_take(stream);

	lanes_forget(stream->guess);
	stream->guess = NULL;
	stream->pcm = NULL;

	return job_add(&stream->job, stream, pcm, false);
}

static bool engine_can(const struct asr_engine *engine, const char *lang)
{
	(void)engine;

	return aloud_is_english(lang) ||
	       (espeak_speaks(lang) && !espeak_missing());
}

const struct asr_ops asr_sphinx = {
	.name = "sphinx",
	.alloc = engine_alloc,
	.can = engine_can,
	.prepare = engine_prepare,
	.open = stream_open,
	.feed = stream_feed,
	.pause = stream_pause,
	.finish = stream_finish,
};
