/*
 * speech/asr_http.c - any service over HTTP, by templates in its section
 *
 * Address, headers and body are texts with places for the language, the rate,
 * the key and the sound; where the text of the answer stands is a JSON pointer
 * or a regular expression.
 */
#include <stdlib.h>
#include "base/text.h"
#include "speech/hearing.h"
#include "speech/oneshot.h"
#include "speech/pick.h"
#include "speech/template.h"

enum {
	LIMIT_MS = 60000,
	SCORE_SIZE = 32,
	NAMES = 9,
	PERCENT = 100,
};

enum body_kind {
	BODY_WAV,
	BODY_RAW,
	BODY_JSON,
};

static const char *const namev[NAMES] = {
	"lang",  "rate",     "key",   "secret", "app",
	"model", "hot_word", "audio", "wav",
};

struct http_service {
	const char *headers; /* these live as long as the configuration */
	const char *body;
	const char *method;
	enum body_kind kind;
	bool wants_audio, wants_wav; /* as base64 */
	struct pick *text_at;
	struct pick *score_at; /* NULL: none is told */
};

static void destructor(void *arg)
{
	struct http_service *http = arg;

	mem_deref(http->text_at);
	mem_deref(http->score_at);
}

/* --- the section -----------------------------------------------------------
 */

static int names_check(const struct service *service, const char *key,
                       const char *text, char fault[CFG_FAULT_SIZE])
{
	const char *name = template_unknown(text, namev, NAMES);

	if (!name)
		return 0;

	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "[service %s] %s: there is no ${%s}; there are ${lang}, "
	               "${rate}, ${key}, ${secret}, ${app}, ${model}, "
	               "${hot_word}, ${audio} (base64) and ${wav} (base64)",
	               service->name, key, name);

	return EINVAL;
}

static int body_choose(struct http_service *http, const struct service *service,
                       char fault[CFG_FAULT_SIZE])
{
	if (!strcmp(http->body, "wav"))
		http->kind = BODY_WAV;
	else if (!strcmp(http->body, "raw"))
		http->kind = BODY_RAW;
	else if (*http->body == '{' || *http->body == '[')
		http->kind = BODY_JSON;
	else {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[service %s] body: wanted wav, raw, or JSON "
		               "with \"${audio}\" in it",
		               service->name);
		return EINVAL;
	}
	http->wants_audio = strstr(http->body, "${audio}") != NULL;
	http->wants_wav = strstr(http->body, "${wav}") != NULL;

	return 0;
}

static int picks_make(struct http_service *http, const struct asr_make *make,
                      char fault[CFG_FAULT_SIZE])
{
	const char *score_at =
		cfg_named_text(make->cfg, "service", make->name, "score_at");
	int err;

	err = pick_alloc(
		&http->text_at,
		cfg_named_text(make->cfg, "service", make->name, "text_at"),
		fault);
	if (!err && *score_at)
		err = pick_alloc(&http->score_at, score_at, fault);

	return err;
}

static int http_setup(void **memoryp, const struct service *service,
                      const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	struct http_service *http;
	int err;

	http = mem_zalloc(sizeof(*http), destructor);
	if (!http)
		return ENOMEM;

	http->headers =
		cfg_named_text(make->cfg, "service", make->name, "headers");
	http->body = cfg_named_text(make->cfg, "service", make->name, "body");
	http->method =
		cfg_named_text(make->cfg, "service", make->name, "method");
	err = names_check(service, "url", service->url.path, fault);
	if (!err)
		err = names_check(service, "headers", http->headers, fault);
	if (!err)
		err = names_check(service, "body", http->body, fault);
	if (!err)
		err = body_choose(http, service, fault);
	if (!err)
		err = picks_make(http, make, fault);

	if (err)
		mem_deref(http);
	else
		*memoryp = http;

	return err;
}

/* --- the question ----------------------------------------------------------
 */

/* The sound as base64, where the template wants it. */
static int sound_write(char **textp, const struct oneshot_question *question,
                       bool is_wav)
{
	struct mbuf *mb = mbuf_alloc(question->n * sizeof(*question->pcm) + 64);
	int err;

	if (!mb)
		return ENOMEM;

	err = is_wav ? oneshot_wav(mb, question) : oneshot_raw(mb, question);
	if (!err) {
		*textp = hearing_base64(mb->buf, mb->end);
		err = *textp ? 0 : ENOMEM;
	}
	mem_deref(mb);

	return err;
}

/* "Name: value | Name: value" */
static int headers_add(struct oneshot_question *question, const char *headers,
                       const struct template_value *valuev)
{
	struct mbuf *mb = mbuf_alloc(256);
	char *line, *next;
	int err;

	if (!mb)
		return ENOMEM;

	err = template_write(mb, headers, TEMPLATE_PLAIN, valuev, NAMES);
	line = err ? NULL : (char *)mb->buf;
	for (; !err && line && *line; line = next) {
		char *colon = strchr(line, ':');

		next = strstr(line, " | ");
		if (next) {
			*next = '\0';
			next += 3;
		}
		if (!colon || (next && colon > next)) {
			err = EINVAL;
			break;
		}
		*colon++ = '\0';
		err = oneshot_header(question, line, "%s",
		                     colon + strspn(colon, " "));
	}
	mem_deref(mb);

	return err;
}

static int path_write(struct oneshot_question *question,
                      const struct template_value *valuev)
{
	struct url *url = &question->url;
	struct mbuf *mb = mbuf_alloc(256);
	int err;

	if (!mb)
		return ENOMEM;

	err = template_write(mb, question->service->url.path, TEMPLATE_URL,
	                     valuev, NAMES);
	if (!err && mb->end >= sizeof(url->path))
		err = ENAMETOOLONG;
	if (!err)
		(void)text_copy(url->path, sizeof(url->path),
		                (const char *)mb->buf);
	mem_deref(mb);

	return err;
}

static int body_write(struct oneshot_question *question,
                      const struct http_service *http,
                      const struct template_value *valuev)
{
	switch (http->kind) {
	case BODY_RAW:
		(void)snprintf(question->type, sizeof(question->type),
		               "audio/x-pcm;bit=16;rate=%u", question->rate_hz);
		return oneshot_raw(question->body, question);
	case BODY_JSON:
		(void)text_copy(question->type, sizeof(question->type),
		                "application/json");
		return template_write(question->body, http->body, TEMPLATE_JSON,
		                      valuev, NAMES);
	default:
		(void)text_copy(question->type, sizeof(question->type),
		                "audio/wav");
		return oneshot_wav(question->body, question);
	}
}

static int http_ask(struct oneshot_question *question, const void *memory)
{
	const struct http_service *http = memory;
	const struct service *service = question->service;
	char *audio = NULL, *wav = NULL;
	char rate[16];
	int err = 0;

	(void)snprintf(rate, sizeof(rate), "%u", question->rate_hz);
	question->method = http->method;
	if (http->wants_audio)
		err = sound_write(&audio, question, false);
	if (!err && http->wants_wav)
		err = sound_write(&wav, question, true);
	if (!err) {
		const struct template_value valuev[NAMES] = {
			{"lang", question->lang},
			{"rate", rate},
			{"key", service->key},
			{"secret", service->secret},
			{"app", service->app},
			{"model", service->model},
			{"hot_word", question->hot_word},
			{"audio", audio ? audio : ""},
			{"wav", wav ? wav : ""},
		};

		err = path_write(question, valuev);
		if (!err)
			err = headers_add(question, http->headers, valuev);
		if (!err)
			err = body_write(question, http, valuev);
	}
	mem_deref(audio);
	mem_deref(wav);

	return err;
}

/* --- the answer ------------------------------------------------------------
 */

/* 0 to 1, or above it per cent. */
static void score_take(struct oneshot_heard *heard, const char *text)
{
	char *end;
	double score = strtod(text, &end);

	if (end != text)
		oneshot_score(heard, score > 1 ? score / PERCENT : score);
}

static void answer_take(struct oneshot_heard *heard, const json_t *msg,
                        const void *memory)
{
	const struct http_service *http = memory;
	char score[SCORE_SIZE];

	if (pick_is_pointer(http->text_at) &&
	    !pick_json(http->text_at, heard->text, sizeof(heard->text), msg))
		oneshot_fail(heard, EPROTO,
		             "an answer without a text at text_at");
	if (http->score_at && pick_is_pointer(http->score_at) &&
	    pick_json(http->score_at, score, sizeof(score), msg))
		score_take(heard, score);
}

static void http_hear(struct oneshot_heard *heard, const char *body, size_t n,
                      const void *memory)
{
	const struct http_service *http = memory;
	char score[SCORE_SIZE];

	if (pick_is_pointer(http->text_at) ||
	    (http->score_at && pick_is_pointer(http->score_at)))
		oneshot_json(heard, body, n, answer_take, memory);
	if (!heard->err && !pick_is_pointer(http->text_at) &&
	    !pick_body(http->text_at, heard->text, sizeof(heard->text), body,
	               n))
		oneshot_fail(heard, EPROTO,
		             "an answer that text_at does not match");
	if (http->score_at && !pick_is_pointer(http->score_at) &&
	    pick_body(http->score_at, score, sizeof(score), body, n))
		score_take(heard, score);
	if (!heard->err)
		oneshot_text(heard, heard->text, strlen(heard->text));
}

static const struct oneshot_dialect dialect = {
	.kind = "http",
	.limit_ms = LIMIT_MS,
	.setup = http_setup,
	.ask = http_ask,
	.hear = http_hear,
};

static int http_alloc(struct asr_engine **enginep, const struct asr_make *make,
                      char fault[CFG_FAULT_SIZE])
{
	return oneshot_alloc(enginep, &dialect, make, fault);
}

const struct asr_ops asr_http = {
	.name = "http",
	.is_service = true,
	.alloc = http_alloc,
	.can = oneshot_can,
	.prepare = oneshot_prepare,
	.open = oneshot_open,
	.feed = oneshot_feed,
	.finish = oneshot_finish,
};
