/*
 * speech/oneshot_part.c - one question of a phrase and its answer
 */
#include "base/httpc.h"
#include "base/resample.h"
#include "base/text.h"
#include "speech/oneshot_parts.h"

enum {
	PARTS_MAX = 16,  /* of one phrase */
	ANSWER_KB = 256, /* the largest that is read */
	SURE = 100,      /* percent, where nothing is told */
	URL_TEXT_SIZE = URL_PATH_SIZE + URL_HOST_SIZE + 32,
};

static void part_destructor(void *arg)
{
	struct oneshot_part *part = arg;

	list_unlink(&part->le);
	mem_deref(part->req);
	mem_deref(part->lease);
	mem_deref(part->text);
}

/* --- answers ---------------------------------------------------------------
 */

/* Ours for a status that is none of success. */
static int err_of(unsigned status)
{
	switch (status) {
	case 401:
	case 403:
	case 423:
		return EACCES;
	case 402:
	case 429:
		return EDQUOT;
	default:
		return status >= 500 ? EREMOTEIO : EPROTO;
	}
}

/* Returns 0 when the answer has the part's text. */
static int part_take(struct oneshot_part *part,
                     const struct httpc_answer *answer,
                     char why[SERVICE_WHY_SIZE])
{
	const struct asr_engine *engine = part->stream->engine;
	const struct service *service = engine->service;
	const char *body = (const char *)answer->body;
	char said[SERVICE_WHY_SIZE], refusal[SERVICE_WHY_SIZE];
	struct oneshot_heard *heard;
	int err;

	if (answer->err == ETIMEDOUT) {
		(void)snprintf(why, SERVICE_WHY_SIZE,
		               "no text within %u ms of the phrase's end",
		               service->answer_ms);
		return ETIMEDOUT;
	}
	if (answer->err) {
		(void)service_why(service, 0, answer->reason, why);
		return answer->err;
	}
	if (answer->status < 200 || answer->status > 299) {
		(void)snprintf(refusal, sizeof(refusal), "status %u: %s",
		               answer->status,
		               oneshot_said(body, answer->body_len, said));
		(void)service_why(service, answer->status, refusal, why);
		return err_of(answer->status);
	}

	heard = mem_zalloc(sizeof(*heard), NULL);
	if (!heard)
		return ENOMEM;

	engine->dialect->hear(heard, body, answer->body_len, engine->memory);
	err = heard->err ? heard->err : str_dup(&part->text, heard->text);
	(void)service_why(service, 0, heard->why, why);
	part->score = heard->has_score ? heard->score : SURE;
	part->begin_ms = part->at_ms + heard->begin_ms;
	part->end_ms = part->at_ms + (heard->end_ms ? heard->end_ms : part->ms);
	mem_deref(heard);

	return err;
}

static void answer_handler(const struct httpc_answer *answer, void *arg)
{
	struct oneshot_part *part = arg;
	char why[SERVICE_WHY_SIZE] = "";
	int err = part_take(part, answer, why);

	part->req = mem_deref(part->req);
	/* Who is asked once more has another key. */
	if (service_key_judge(part->stream->engine->service, part->lease, err))
		err = ECONNRESET;
	part->lease = mem_deref(part->lease);
	oneshot_answered(part->stream, err, why);
}

/* --- questions -------------------------------------------------------------
 */

static void question_destructor(void *arg)
{
	struct oneshot_question *question = arg;

	mem_deref(question->body);
	for (size_t i = 0; i < question->headerc; i++) {
		mem_deref(question->headerv[i].name);
		mem_deref(question->headerv[i].value);
	}
}

static int question_send(struct oneshot_part *part,
                         const struct oneshot_question *question)
{
	const struct asr_engine *engine = part->stream->engine;
	const struct httpc_sink sink = {.done = answer_handler, .arg = part};
	struct httpc_header headerv[ONESHOT_HEADERS_MAX];
	char authority[URL_HOST_SIZE + 16];
	char url[URL_TEXT_SIZE];
	struct httpc_prm prm = {
		.method = question->method,
		.url = url,
		.headerv = headerv,
		.headerc = question->headerc,
		.connect_ms = engine->service->connect_ms,
		.whole_ms = engine->service->answer_ms,
		.limit_bytes = ANSWER_KB * 1024,
		.ca_file = engine->ca_file,
	};

	for (size_t i = 0; i < question->headerc; i++) {
		headerv[i].name = question->headerv[i].name;
		headerv[i].value = question->headerv[i].value;
	}
	if (question->body->end) {
		prm.body = question->body->buf;
		prm.body_len = question->body->end;
		prm.content_type = question->type;
	}
	(void)snprintf(
		url, sizeof(url), "http%s://%s%s",
		question->url.is_secure ? "s" : "",
		url_authority(&question->url, authority, sizeof(authority)),
		question->url.path);

	return httpc_send(&part->req, engine->http, &prm, &sink);
}

static int ask(struct oneshot_part *part, const int16_t *pcm, size_t n)
{
	const struct asr_stream *stream = part->stream;
	const struct asr_engine *engine = stream->engine;
	uint32_t rate_hz = engine->dialect->rate_hz;
	struct oneshot_question *question;
	int16_t *converted = NULL;
	int err = 0;

	question = mem_zalloc(sizeof(*question), question_destructor);
	if (!question)
		return ENOMEM;

	*question = (struct oneshot_question){
		.service = engine->service,
		.lang = stream->lang,
		.hot_word = stream->hot_word,
		.rate_hz = rate_hz ? rate_hz : stream->rate_hz,
		.pcm = pcm,
		.n = n,
		.url = engine->service->url,
		.method = "POST",
		.body = mbuf_alloc(n * sizeof(*pcm) * 2),
	};
	if (!question->body)
		err = ENOMEM;
	if (!err && question->rate_hz != stream->rate_hz) {
		err = resample_all(&converted, &question->n, question->rate_hz,
		                   pcm, n, stream->rate_hz);
		question->pcm = converted;
	}
	if (!err)
		err = engine->dialect->ask(question, engine->memory);
	if (!err)
		err = question_send(part, question);
	mem_deref(converted);
	mem_deref(question);

	return err;
}

int oneshot_part_ask(struct asr_stream *stream, size_t n)
{
	struct mbuf *audio = stream->audio;
	size_t bytes = n * sizeof(int16_t);
	struct oneshot_part *part;
	int err;

	if (list_count(&stream->partl) == PARTS_MAX)
		return EFBIG;

	part = mem_zalloc(sizeof(*part), part_destructor);
	if (!part)
		return ENOMEM;

	part->stream = stream;
	part->at_ms = (uint32_t)(stream->asked * 1000 / stream->rate_hz);
	part->ms = (uint32_t)(n * 1000 / stream->rate_hz);
	err = service_key_take(&part->lease, stream->engine->service);
	if (!err)
		err = ask(part, (const int16_t *)(void *)audio->buf, n);
	if (err) {
		mem_deref(part);
		return err;
	}
	list_append(&stream->partl, &part->le, part);
	memmove(audio->buf, audio->buf + bytes, audio->end - bytes);
	audio->pos = audio->end = audio->end - bytes;
	stream->asked += n;

	return 0;
}
