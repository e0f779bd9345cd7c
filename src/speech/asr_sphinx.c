/*
 * speech/asr_sphinx.c - the local recogniser: streams, queues, answers
 *
 * A stream collects the samples of one phrase; at its end they go as one job
 * to the least busy lane, and the answer comes back to the loop. A lane is a
 * queue of the worker pool with a decoder that only its jobs touch.
 *
 * A caller is waited for in silence before a phrase is over. That time is
 * used: the job is begun with the silence, as a guess that this was all. Who
 * goes on speaking makes it void.
 */
#include <assert.h>
#include <sphinxbase/err.h>
#include <stdatomic.h>
#include <unistd.h>
#include "base/log.h"
#include "base/mem.h"
#include "speech/aloud.h"
#include "speech/asr.h"
#include "speech/bands.h"
#include "speech/decoder.h"
#include "speech/espeak.h"
#include "speech/letters.h"

enum {
	LANES_MAX = 64,
	LANE_JOBS_MAX = 64, /* phrases that wait for one decoder */
	FIRST_MS = 2000,    /* room of a new stream */
	SPAN_MS = 50,       /* so exactly is the same speech found again */
};

struct lane {
	struct work_queue *queue;
	struct decoder *dec;
	size_t jobc; /* not yet reported */
};

struct asr_engine {
	struct lane lanev[LANES_MAX];
	size_t lanec;
	struct list jobl;
	struct wordbook *book; /* NULL: none is configured */
	struct mailbox *home;
	uint32_t speech_max_s;
	unsigned score_min;
	unsigned score_min_other;
};

/* Travels to the worker and back; what is below the line is the loop's. */
struct job {
	struct decoder *dec;
	struct asked question;
	int16_t *pcm; /* NULL: only prepare */
	size_t count;
	uint32_t rate_hz;
	atomic_bool is_unwanted; /* the caller hung up */
	struct decoder_heard heard;
	int err;

	/* ---- */
	struct level_span span; /* of a guess: where its speech is */
	bool is_done;           /* ... and waits for the end of the phrase */
	struct le le;
	struct lane *lane;         /* NULL: it is off, or the engine gone */
	struct asr_stream *stream; /* NULL: nobody waits */
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
	struct job *guess; /* what it is if nothing more comes; NULL: none */
	struct job *job;   /* finished: the answer is on its way */
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
	struct le *le;

	for (le = list_head(&engine->jobl); le; le = le->next)
		atomic_store(&((struct job *)le->data)->is_unwanted, true);

	/* Blocks until the jobs have run; then nobody uses the decoders. */
	for (size_t i = 0; i < engine->lanec; i++) {
		mem_deref(engine->lanev[i].queue);
		mem_deref(engine->lanev[i].dec);
	}
	mem_deref(engine->book);

	while ((le = list_head(&engine->jobl))) {
		((struct job *)le->data)->lane = NULL;
		list_unlink(le);
	}
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

static int add_lane(struct asr_engine *engine, struct work_pool *pool,
                    const struct decoder_prm *prm)
{
	struct lane *lane = &engine->lanev[engine->lanec];
	int err;

	err = work_queue_alloc(&lane->queue, pool, LANE_JOBS_MAX);
	if (err)
		return err;
	engine->lanec++;

	return decoder_alloc(&lane->dec, prm);
}

static int engine_alloc(struct asr_engine **enginep,
                        const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = make->cfg;
	struct work_pool *pool = make->pool;
	struct asr_engine *engine;
	struct decoder_prm prm = {0};
	size_t lanec;
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
	lanec = cfg_number(cfg, "sphinx", "decoders");
	while (!err && engine->lanec < lanec)
		err = add_lane(engine, pool, &prm);

	if (err)
		mem_deref(engine);
	else
		*enginep = engine;

	return err;
}

static void job_destructor(void *arg)
{
	struct job *job = arg;

	list_unlink(&job->le);
	asked_clear(&job->question);
	mem_deref(job->pcm);
}

static void run(void *arg)
{
	struct job *job = arg;

	if (atomic_load(&job->is_unwanted))
		return;
	if (job->pcm)
		job->err = decoder_run(job->dec, &job->heard, &job->question,
		                       job->pcm, job->count, job->rate_hz);
	else
		job->err = decoder_prepare(job->dec, &job->question);
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

static void report(void *arg)
{
	struct job *job = arg;
	struct asr_stream *stream = job->stream;

	if (job->lane)
		job->lane->jobc--;
	job->lane = NULL;
	if (stream && stream->guess == job) {
		job->is_done = true;
		return;
	}

	if (job->err && job->pcm)
		log_warning("speech",
		            "the recogniser failed (%s): this phrase is lost",
		            strerror(job->err));

	if (stream && !job->err && job->heard.is_speech)
		tell(stream, &job->heard);

	/* The handler may have freed the stream. */
	stream = job->stream;
	if (stream) {
		stream->job = NULL;
		stream->sink.closed(job->err, stream->sink.arg);
	}
	mem_deref(job);
}

static int submit(struct asr_engine *engine, struct lane *lane, struct job *job)
{
	int err;

	job->dec = lane->dec;
	job->lane = lane;
	list_append(&engine->jobl, &job->le, job);
	err = work_submit(lane->queue, run, report, job);
	if (err)
		return err;
	lane->jobc++;

	return 0;
}

static void engine_prepare(struct asr_engine *engine, const struct asr_prm *prm)
{
	/* On every lane: the answer may be decoded on any of them. */
	for (size_t i = 0; i < engine->lanec; i++) {
		struct job *job;

		job = mem_zalloc(sizeof(*job), job_destructor);
		if (!job)
			return;

		/* Without it the first answer takes a little longer. */
		if (asked_make(&job->question, prm) ||
		    submit(engine, &engine->lanev[i], job))
			mem_deref(job);
	}
}

static void job_forget(struct job *job)
{
	if (!job)
		return;

	job->stream = NULL;
	if (job->is_done)
		mem_deref(job);
	else
		atomic_store(&job->is_unwanted, true);
}

static void stream_destructor(void *arg)
{
	struct asr_stream *stream = arg;

	job_forget(stream->guess);
	job_forget(stream->job);
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
static int job_submit(struct job **jobp, struct asr_stream *stream,
                      int16_t *pcm)
{
	struct asr_engine *engine = stream->engine;
	struct lane *lane = engine->lanev;
	struct job *job;
	int err;

	job = mem_zalloc(sizeof(*job), job_destructor);
	if (!job) {
		mem_deref(pcm);
		return ENOMEM;
	}

	asked_share(&job->question, &stream->question);
	job->pcm = pcm;
	job->count = stream->count;
	job->rate_hz = stream->rate_hz;
	job->stream = stream;

	for (size_t i = 1; i < engine->lanec; i++) {
		if (engine->lanev[i].jobc < lane->jobc)
			lane = &engine->lanev[i];
	}
	err = submit(engine, lane, job);
	if (err)
		mem_deref(job);
	else
		*jobp = job;

	return err;
}

static void stream_pause(struct asr_stream *stream)
{
	struct level_span span;
	int16_t *pcm;

	assert(!stream->job);

	job_forget(stream->guess);
	stream->guess = NULL;
	decoder_span(&span, stream->pcm, stream->count, stream->rate_hz);
	if (span.begin == span.end)
		return;

	/* Without memory or room it is begun at the end. */
	pcm = mem_alloc(stream->count * sizeof(*pcm), NULL);
	if (!pcm)
		return;
	memcpy(pcm, stream->pcm, stream->count * sizeof(*pcm));
	if (!job_submit(&stream->guess, stream, pcm))
		stream->guess->span = span;
}

static bool is_near(size_t a, size_t b, size_t limit)
{
	return a < b ? b - a <= limit : a - b <= limit;
}

/* Whether the guess has all of the speech. More silence makes the measure of
 * what is loud a little different. */
static bool is_right(const struct asr_stream *stream)
{
	const struct job *guess = stream->guess;
	const size_t limit = stream->rate_hz / 1000 * SPAN_MS;
	struct level_span span;

	if (!guess)
		return false;

	decoder_span(&span, stream->pcm, stream->count, stream->rate_hz);

	return is_near(span.begin, guess->span.begin, limit) &&
	       is_near(span.end, guess->span.end, limit) &&
	       span.is_clean == guess->span.is_clean;
}

static int stream_finish(struct asr_stream *stream)
{
	int16_t *pcm = stream->pcm;
	int err;

	assert(!stream->job);

	if (is_right(stream)) {
		stream->job = stream->guess;
		stream->guess = NULL;
		if (!stream->job->is_done)
			return 0;
		stream->job->is_done = false;
		err = mailbox_post(stream->engine->home, report, stream->job);
		if (err)
			stream->job = mem_deref(stream->job);
		return err;
	}

	job_forget(stream->guess);
	stream->guess = NULL;
	stream->pcm = NULL;

	return job_submit(&stream->job, stream, pcm);
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
