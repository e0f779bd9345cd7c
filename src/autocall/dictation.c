/*
 * autocall/dictation.c - a recorded answer that somebody sends to have it
 * recognised
 *
 * Read by a worker, then told to the recogniser as one phrase, faster than it
 * was spoken. What holds no voice is not asked about: recognisers cost money.
 */
#include <stdio.h>
#include <stdlib.h>
#include "autocall/dictation.h"
#include "autocall/errand.h"
#include "base/log.h"
#include "base/resample.h"
#include "base/wav.h"

enum {
	NARROW_HZ = 8000,
	WIDE_HZ = 16000,
	STEP_MS = 10,
	SPEED = 10, /* times as fast as it was spoken */
	LOUD = 300, /* a sample of a voice, not of a line's hiss */
	TEXT_BYTES = 4000,
	SECONDS_MAX = 60,
	AT_A_TIME = 20,
};

struct dictation {
	struct le le;
	struct autocall *owner; /* NULL: the service is gone */
	struct httpd_request *req;
	char path[32];
	int16_t *pcm;
	size_t count, fed;
	uint32_t rate_hz;
	int err;      /* of the worker */
	bool is_read; /* the worker is through with it */
	struct asr_stream *stream;
	struct tmr tmr;
	char text[TEXT_BYTES];
};

static void destructor(void *arg)
{
	struct dictation *dictation = arg;

	list_unlink(&dictation->le);
	tmr_cancel(&dictation->tmr);
	mem_deref(dictation->stream);
	mem_deref(dictation->req);
	mem_deref(dictation->pcm);
}

static const char *query(const struct dictation *dictation, const char *name)
{
	const char *value = httpd_query(dictation->req, name);

	return value ? value : "";
}

static void say(struct httpd_request *req, enum verdict verdict)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "%d", verdict);
	autocall_say(req, 200, autocall_html, text);
}

/* It is over: answers, tells whose call it was. */
static void finish(struct dictation *dictation)
{
	struct autocall *ac = dictation->owner;
	enum verdict verdict = verdict_of(dictation->text, &ac->words);

	say(dictation->req, verdict);
	errand_heard(ac, query(dictation, "channel"),
	             query(dictation, "callerid"), verdict, dictation->text);
	mem_deref(dictation);
}

/* --- the recogniser ------------------------------------------------------- */

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct dictation *dictation = arg;
	size_t n = strlen(dictation->text), m = strlen(phrase->text);

	if (!m || n + m + 2 > sizeof(dictation->text))
		return;
	(void)snprintf(&dictation->text[n], sizeof(dictation->text) - n, "%s%s",
	               n ? " " : "", phrase->text);
}

static void closed_handler(int err, void *arg)
{
	struct dictation *dictation = arg;

	if (err)
		log_warning("autocall",
		            "a recording was not recognised: %s; "
		            "the answer is 0",
		            strerror(err));
	finish(dictation);
}

static void step_handler(void *arg)
{
	struct dictation *dictation = arg;
	struct autocall *ac = dictation->owner;
	size_t left = dictation->count - dictation->fed;
	size_t n = (size_t)dictation->rate_hz / 1000 * STEP_MS * SPEED;
	uint32_t limit_ms;

	if (n > left)
		n = left;
	(void)asr_feed(ac->prm.asr, dictation->stream,
	               &dictation->pcm[dictation->fed], n);
	dictation->fed += n;
	if (n < left) {
		tmr_start(&dictation->tmr, STEP_MS, step_handler, dictation);
		return;
	}

	limit_ms = (uint32_t)cfg_number(ac->prm.cfg, "autocall", "answer_ms");
	if (asr_finish(ac->prm.asr, dictation->stream, limit_ms))
		finish(dictation);
}

static void recognise(struct dictation *dictation)
{
	static const struct asr_sink handlers = {
		.phrase = phrase_handler,
		.closed = closed_handler,
	};
	struct autocall *ac = dictation->owner;
	const struct asr_prm prm = {
		.lang = cfg_text(ac->prm.cfg, "autocall", "language"),
		.rate_hz = dictation->rate_hz,
		.params = cfg_text(ac->prm.cfg, "autocall", "asr_params"),
	};
	struct asr_sink sink = handlers;

	sink.arg = dictation;
	if (asr_open(&dictation->stream, ac->prm.asr, &prm, &sink))
		finish(dictation);
	else
		tmr_start(&dictation->tmr, 0, step_handler, dictation);
}

/* --- the sound ------------------------------------------------------------ */

/* On a worker: knows no live object but its own fields. */
static void read_job(void *arg)
{
	struct dictation *dictation = arg;
	int16_t *pcm = NULL;
	uint32_t rate_hz;
	size_t count;

	dictation->err = wav_read(&pcm, &count, &rate_hz, dictation->path);
	if (dictation->err)
		return;

	if (count > (size_t)rate_hz * SECONDS_MAX)
		count = (size_t)rate_hz * SECONDS_MAX;
	dictation->rate_hz = rate_hz < WIDE_HZ ? NARROW_HZ : WIDE_HZ;
	dictation->err = resample_all(&dictation->pcm, &dictation->count,
	                              dictation->rate_hz, pcm, count, rate_hz);
	mem_deref(pcm);
}

static bool is_silent(const struct dictation *dictation)
{
	for (size_t i = 0; i < dictation->count; i++) {
		if (abs(dictation->pcm[i]) > LOUD)
			return false;
	}

	return true;
}

static void read_done(void *arg)
{
	struct dictation *dictation = arg;

	dictation->is_read = true;
	if (!dictation->owner) {
		mem_deref(dictation);
	}
	else if (dictation->err) {
		say(dictation->req, VERDICT_NO_SOUND);
		mem_deref(dictation);
	}
	else if (is_silent(dictation)) {
		finish(dictation);
	}
	else {
		recognise(dictation);
	}
}

void dictation_handler(struct httpd_request *req, void *arg)
{
	struct autocall *ac = arg;
	const struct httpd_file file = httpd_upload(req);
	struct dictation *dictation;

	if (file.fd < 0 || !file.size || strcmp(file.field, "audio") != 0) {
		say(req, VERDICT_NO_SOUND);
		return;
	}

	dictation = list_count(&ac->dictationl) < AT_A_TIME
	                    ? mem_zalloc(sizeof(*dictation), destructor)
	                    : NULL;
	if (!dictation) {
		autocall_fail(req, 503, "too many recordings at a time");
		return;
	}

	tmr_init(&dictation->tmr);
	dictation->owner = ac;
	dictation->req = mem_ref(req);
	(void)snprintf(dictation->path, sizeof(dictation->path),
	               "/proc/self/fd/%d", file.fd);
	list_append(&ac->dictationl, &dictation->le, dictation);
	if (work_submit(ac->queue, read_job, read_done, dictation)) {
		autocall_fail(req, 503, "too many recordings at a time");
		mem_deref(dictation);
	}
}

void dictation_end_all(struct autocall *ac)
{
	struct le *le = ac->dictationl.head;

	while (le) {
		struct dictation *dictation = le->data;

		le = le->next;
		list_unlink(&dictation->le);
		dictation->owner = NULL;
		if (dictation->is_read)
			mem_deref(dictation);
	}
}
