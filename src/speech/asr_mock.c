/*
 * speech/asr_mock.c - a recogniser that hears what the test wrote
 *
 * The params of a stream tell what it hears (none: its first hint), as courses
 * separated by ';': a sound of 400 Hz is the first, 800 Hz the second, and so
 * on; what is higher is the last. A course is steps separated by '|', with
 * times in ms of loud sound:
 *   "300:we"    words so far       "600=well"  a phrase that ends by itself
 *   "300!"      the engine fails   "300?"      it stops answering for good
 *   "well"      the phrase at the end of the sound; "-": not understood
 *   "+500well"  the same, half a second late; "!" fails, "?" never comes
 * Params of "^" are the stream's hot words.
 * A stream without a sample hears nothing.
 */
#include <assert.h>
#include <stdlib.h>
#include "base/mem.h"
#include "speech/asr.h"
#include <re_tmr.h>

enum {
	JOBS_MAX = 1000,
	BLOCKS_PER_S = 100, /* of which each is loud or not */
	LOUD = 300,         /* mean of a loud one's samples */
	PITCH_STEP_HZ = 400,
	PITCH_BLOCKS = 4, /* before the pitch is known */
};

struct asr_engine {
	struct work_queue *queue;
};

/* On its way through the pool, so that answers come from the loop. */
struct answer {
	struct le le;
	struct asr_stream *stream; /* NULL: nobody waits any more */
	enum answer_kind {
		ANSWER_PARTIAL,
		ANSWER_PHRASE,
		ANSWER_CLOSED,
	} kind;
	int err;
	char *words;
};

struct asr_stream {
	struct asr_engine *engine;
	struct asr_sink sink;
	char *courses;
	char *step; /* the next one of the course, "" = none, NULL: unknown */
	uint32_t rate_hz;
	size_t count;
	bool is_stalled, is_finished;
	struct list answerl;
	struct tmr late_tmr;

	/* of the sound */
	size_t blocks; /* loud ones */
	size_t in_block;
	uint64_t sum;
	unsigned crossings, block_crossings;
	int16_t last;
};

static void engine_destructor(void *arg)
{
	struct asr_engine *engine = arg;

	mem_deref(engine->queue);
}

static int mock_alloc(struct asr_engine **enginep, const struct asr_make *make,
                      char fault[CFG_FAULT_SIZE])
{
	struct asr_engine *engine;
	int err;

	engine = mem_zalloc(sizeof(*engine), engine_destructor);
	if (!engine)
		return ENOMEM;

	err = work_queue_alloc(&engine->queue, make->pool, JOBS_MAX);
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "mock: %s",
		               strerror(err));
		mem_deref(engine);
		return err;
	}
	*enginep = engine;

	return 0;
}

/* --- answers -------------------------------------------------------------- */

static void answer_destructor(void *arg)
{
	struct answer *answer = arg;

	mem_deref(answer->words);
}

static void nothing_to_do(void *arg)
{
	(void)arg;
}

/* The handler may free the stream. */
static void report(void *arg)
{
	struct answer *answer = arg;
	struct asr_stream *stream = answer->stream;

	if (stream) {
		const struct asr_sink *sink = &stream->sink;
		const struct asr_phrase phrase = {
			.text = answer->words,
			.score = answer->words && *answer->words ? 100 : 0,
			.end_ms = (uint32_t)(stream->count * 1000 /
		                             stream->rate_hz),
		};

		list_unlink(&answer->le);
		answer->stream = NULL;
		if (answer->kind == ANSWER_CLOSED)
			sink->closed(answer->err, sink->arg);
		else if (answer->kind == ANSWER_PHRASE)
			sink->phrase(&phrase, sink->arg);
		else if (sink->partial)
			sink->partial(answer->words, sink->arg);
	}
	mem_deref(answer);
}

static int answer_send(struct asr_stream *stream, enum answer_kind kind,
                       const char *words, int closed_err)
{
	struct answer *answer;
	int err = 0;

	answer = mem_zalloc(sizeof(*answer), answer_destructor);
	if (!answer)
		return ENOMEM;

	answer->kind = kind;
	answer->err = closed_err;
	if (words)
		err = str_dup(&answer->words, words);
	if (!err)
		err = work_submit(stream->engine->queue, nothing_to_do, report,
		                  answer);
	if (err) {
		mem_deref(answer);
		return err;
	}
	answer->stream = stream;
	list_append(&stream->answerl, &answer->le, answer);

	return 0;
}

static int phrase_send(struct asr_stream *stream, const char *words)
{
	return answer_send(stream, ANSWER_PHRASE,
	                   strcmp(words, "-") ? words : "", 0);
}

/* --- the course ----------------------------------------------------------- */

/* Cuts what is before the separator off and returns it. */
static char *word_take(char **textp, char separator)
{
	char *word = *textp;
	char *end = strchr(word, separator);

	if (end)
		*end++ = '\0';
	*textp = end ? end : word + strlen(word);

	return word;
}

static void course_choose(struct asr_stream *stream)
{
	unsigned hz = 0, i;
	char *rest = stream->courses;

	if (stream->blocks)
		hz = stream->crossings * BLOCKS_PER_S / 2 /
		     (unsigned)stream->blocks;
	i = (hz + PITCH_STEP_HZ / 2) / PITCH_STEP_HZ;
	do
		stream->step = word_take(&rest, ';');
	while (i-- > 1 && *rest);
}

/* Whether the next step has a time; *kindp is what stands behind that. */
static bool step_time(const char *step, unsigned long *msp, char *kindp)
{
	char *end;

	if (*step < '0' || *step > '9')
		return false;

	*msp = strtoul(step, &end, 10);
	*kindp = *end;

	return *end && strchr(":=!?", *end);
}

static int steps_do(struct asr_stream *stream)
{
	unsigned long ms;
	char kind;
	int err = 0;

	while (!err && !stream->is_stalled &&
	       step_time(stream->step, &ms, &kind) &&
	       stream->blocks * 1000 / BLOCKS_PER_S >= ms) {
		char *step = word_take(&stream->step, '|');
		const char *words = strchr(step, kind) + 1;

		if (kind == ':')
			err = answer_send(stream, ANSWER_PARTIAL, words, 0);
		else if (kind == '=')
			err = phrase_send(stream, words);
		else
			stream->is_stalled = true;
		if (kind == '!')
			err = answer_send(stream, ANSWER_CLOSED, NULL, EIO);
	}

	return err;
}

/* --- the sound ------------------------------------------------------------ */

static void block_end(struct asr_stream *stream)
{
	if (stream->sum > (uint64_t)LOUD * stream->in_block) {
		stream->blocks++;
		stream->crossings += stream->block_crossings;
	}
	stream->in_block = 0;
	stream->sum = 0;
	stream->block_crossings = 0;
}

static int mock_feed(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		stream->sum += (uint64_t)abs(pcm[i]);
		stream->block_crossings += (pcm[i] < 0) != (stream->last < 0);
		stream->last = pcm[i];
		if (++stream->in_block == stream->rate_hz / BLOCKS_PER_S)
			block_end(stream);
	}
	stream->count += n;

	if (!stream->step && stream->blocks >= PITCH_BLOCKS)
		course_choose(stream);

	return stream->step ? steps_do(stream) : 0;
}

/* --- a stream ------------------------------------------------------------- */

static void stream_destructor(void *arg)
{
	struct asr_stream *stream = arg;
	struct le *le;

	tmr_cancel(&stream->late_tmr);
	while ((le = list_head(&stream->answerl))) {
		struct answer *answer = le->data;

		list_unlink(le);
		answer->stream = NULL;
	}
	mem_deref(stream->courses);
	mem_deref(stream->engine);
}

static int mock_open(struct asr_stream **streamp, struct asr_engine *engine,
                     const struct asr_prm *prm, const struct asr_sink *sink)
{
	const char *courses = prm->hintc ? prm->hintv[0] : "";
	struct asr_stream *stream;
	int err;

	stream = mem_zalloc(sizeof(*stream), stream_destructor);
	if (!stream)
		return ENOMEM;

	tmr_init(&stream->late_tmr);
	stream->engine = mem_ref(engine);
	stream->sink = *sink;
	stream->rate_hz = prm->rate_hz;
	if (prm->params && prm->params[0])
		courses = prm->params;
	if (!strcmp(courses, "^") && prm->hot_word)
		courses = prm->hot_word;
	err = str_dup(&stream->courses, courses);
	if (err)
		mem_deref(stream);
	else
		*streamp = stream;

	return err;
}

/* What comes when the sound has ended. */
static int end_send(struct asr_stream *stream, const char *words)
{
	int err = 0;

	if (!strcmp(words, "!"))
		return answer_send(stream, ANSWER_CLOSED, NULL, EIO);
	if (stream->count && *words)
		err = phrase_send(stream, words);

	return err ? err : answer_send(stream, ANSWER_CLOSED, NULL, 0);
}

static void late_handler(void *arg)
{
	struct asr_stream *stream = arg;

	if (end_send(stream, stream->step))
		stream->sink.closed(ENOMEM, stream->sink.arg);
}

static int mock_finish(struct asr_stream *stream)
{
	unsigned long ms;
	char kind;

	assert(!stream->is_finished);

	stream->is_finished = true;
	if (stream->is_stalled)
		return 0;
	if (!stream->step)
		course_choose(stream);
	while (step_time(stream->step, &ms, &kind))
		(void)word_take(&stream->step, '|');
	if (!strcmp(stream->step, "?"))
		return 0;
	if (*stream->step != '+')
		return end_send(stream, stream->step);

	ms = strtoul(stream->step + 1, &stream->step, 10);
	tmr_start(&stream->late_tmr, ms, late_handler, stream);

	return 0;
}

static bool mock_can(const struct asr_engine *engine, const char *lang)
{
	(void)engine;
	(void)lang;

	return true;
}

const struct asr_ops asr_mock = {
	.name = "mock",
	.has_endpoints = true,
	.alloc = mock_alloc,
	.can = mock_can,
	.open = mock_open,
	.feed = mock_feed,
	.finish = mock_finish,
};
