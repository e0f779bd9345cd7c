/*
 * speech/speaking.c - the voice client: a text to a service, its sound as it
 * arrives
 */
#include <assert.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/log.h"
#include "base/text.h"
#include "speech/soundfeed.h"
#include "speech/speaking_parts.h"

enum {
	PATIENCE_MS = 30000, /* for the first sound, where nobody waits */
	WHOLE_MS = 300000,
	SOUND_BYTES_MAX = 64 << 20,
	WORDS_MAX = 4096, /* of an answer that is no sound */
	AGAIN_MS = 20,    /* while an address or a token is fetched */
};

static void start_handler(void *arg);

static void destructor(void *arg)
{
	struct speaking *speaking = arg;

	tmr_cancel(&speaking->tmr);
	mem_deref(speaking->req);
	mem_deref(speaking->ws);
	mem_deref(speaking->call);
	mem_deref(speaking->lease);
	mem_deref(speaking->message);
	mem_deref(speaking->feed);
	mem_deref(speaking->words);
	mem_deref(speaking->room);
	mem_deref(speaking->text);
	mem_deref(speaking->lang);
	mem_deref(speaking->name);
	mem_deref(speaking->engine);
}

/* --- its end -------------------------------------------------------------- */

static void let_go(struct speaking *speaking)
{
	tmr_cancel(&speaking->tmr);
	speaking->req = mem_deref(speaking->req);
	speaking->ws = mem_deref(speaking->ws);
	speaking->call = mem_deref(speaking->call);
	speaking->lease = mem_deref(speaking->lease);
}

static void close_with(struct speaking *speaking, int err, const char *why)
{
	const struct speaking_sink sink = speaking->sink;
	char told[SERVICE_WHY_SIZE];

	/* It may be a part of what is freed by letting go. */
	(void)text_copy(told, sizeof(told), why);
	(void)service_scrub(speaking->engine->service, told);
	(void)service_key_judge(speaking->engine->service, speaking->lease,
	                        err);
	let_go(speaking);
	sink.closed(err, told, sink.arg);
}

/* What was played already is not played again. */
static void ask_again(struct speaking *speaking)
{
	let_go(speaking);
	speaking->is_retried = true;
	speaking->skip = speaking->given;
	tmr_start(&speaking->tmr, 0, start_handler, speaking);
}

void speaking_fail(struct speaking *speaking, int err, const char *why)
{
	bool was_cut = err == ECONNRESET && !speaking->is_retried;

	if (!was_cut) {
		close_with(speaking, err, why);
		return;
	}

	/* What is between may cut a connection. */
	log_info("speech", "%s: %s; asking it once more",
	         speaking->engine->service->name, why);
	ask_again(speaking);
}

static void late_handler(void *arg)
{
	struct speaking *speaking = arg;
	const struct service *service = speaking->engine->service;
	char why[SERVICE_WHY_SIZE];

	if (speaking->given)
		(void)snprintf(why, sizeof(why),
		               "silent for %u ms in the middle of a text",
		               service->stall_ms);
	else
		(void)snprintf(why, sizeof(why), "no sound within %u ms",
		               speaking->first_ms);
	close_with(speaking, ETIMEDOUT, why);
}

/* --- sound ---------------------------------------------------------------- */

static void samples_handler(const int16_t *pcm, size_t n, void *arg)
{
	struct speaking *speaking = arg;
	size_t skipped = n < speaking->skip ? n : (size_t)speaking->skip;

	/* Whoever calls this holds a reference; is it the only one? */
	if (mem_nrefs(speaking) == 1)
		return;

	speaking->skip -= skipped;
	pcm += skipped;
	n -= skipped;
	if (!n)
		return;

	speaking->given += n;
	speaking->sink.sound(pcm, n, speaking->sink.arg);
}

/* Sound that came. Returns false where that was the end. */
static bool sound_take(struct speaking *speaking, const uint8_t *bytes,
                       size_t n)
{
	int err;

	tmr_start(&speaking->tmr,
	          speaking->given ? speaking->engine->service->stall_ms
	                          : speaking->first_ms,
	          late_handler, speaking);
	err = soundfeed_take(speaking->feed, bytes, n, samples_handler,
	                     speaking);
	if (err)
		speaking_fail(speaking, err,
		              *soundfeed_why(speaking->feed)
		                      ? soundfeed_why(speaking->feed)
		                      : strerror(err));

	return !err;
}

bool speaking_hear(struct speaking *speaking, const uint8_t *bytes, size_t n)
{
	bool is_there;

	/* The sink may let go of us. */
	mem_ref(speaking);
	is_there = sound_take(speaking, bytes, n) && mem_nrefs(speaking) > 1;
	mem_deref(speaking);

	return is_there;
}

void speaking_end(struct speaking *speaking)
{
	bool is_gone;
	int err;

	mem_ref(speaking);
	err = soundfeed_finish(speaking->feed, samples_handler, speaking);
	is_gone = mem_nrefs(speaking) == 1;
	mem_deref(speaking);
	if (is_gone)
		return;

	if (err)
		speaking_fail(speaking, err, soundfeed_why(speaking->feed));
	else if (!speaking->given)
		speaking_fail(speaking, EBADMSG, "no sound at all");
	else
		close_with(speaking, 0, "");
}

/* --- messages ------------------------------------------------------------- */

void speaking_message(struct speaking *speaking, bool is_text, const char *data,
                      size_t n)
{
	struct speaking_heard heard = {.room = speaking->room};

	mbuf_rewind(speaking->room);
	jmem_forget();
	jmem_pool_open();
	speaking->engine->dialect->hear(&heard, is_text, data, n);
	jmem_pool_close();
	if (jmem_has_failed()) {
		heard.err = ENOMEM;
		(void)text_copy(heard.why, sizeof(heard.why), strerror(ENOMEM));
	}

	if (heard.err)
		speaking_fail(speaking, heard.err, heard.why);
	else if ((!heard.soundc ||
	          speaking_hear(speaking, heard.sound, heard.soundc)) &&
	         heard.is_over)
		speaking_end(speaking);
}

/* --- HTTP ----------------------------------------------------------------- */

/* Decided by the first piece of an answer: is it words in place of sound? */
static bool is_words(const struct httpc_answer *answer, const uint8_t *piece,
                     size_t len)
{
	const char *type = answer->content_type;

	return !strncmp(type, "text/", 5) ||
	       !strncmp(type, "application/json", 16) ||
	       (len && *piece == '{' && strncmp(type, "audio/", 6) != 0);
}

/* "audio/L16;rate=16000"; of MP3 the header tells. */
static void rate_take(struct speaking *speaking, const char *type)
{
	const char *at = strstr(type, "rate=");
	unsigned rate_hz;

	if (!strncmp(type, "audio/mp", 8) &&
	    !speaking->engine->service->rate_hz &&
	    !speaking->engine->dialect->is_always_raw)
		soundfeed_set_raw(speaking->feed, 0);
	if (at && !strncmp(type, "audio/", 6) &&
	    !speaking->engine->service->rate_hz &&
	    sscanf(at, "rate=%u", &rate_hz) == 1)
		soundfeed_set_raw(speaking->feed, rate_hz);
}

static void body_handler(const struct httpc_answer *answer,
                         const uint8_t *piece, size_t len, void *arg)
{
	struct speaking *speaking = arg;

	if (!speaking->is_begun) {
		speaking->is_begun = true;
		speaking->is_words = is_words(answer, piece, len);
		rate_take(speaking, answer->content_type);
	}

	if (!speaking->is_words)
		(void)speaking_hear(speaking, piece, len);
	else if (speaking->words->end + len <= WORDS_MAX)
		(void)mbuf_write_mem(speaking->words, piece, len);
}

static int error_of(unsigned status)
{
	if (status == 401 || status == 403)
		return EACCES;

	return status == 402 || status == 429 ? EDQUOT : EREMOTEIO;
}

/* The number that the service itself gave tells more than the status. */
static unsigned status_of(const struct speaking *speaking, unsigned status,
                          long code)
{
	const struct speaking_dialect *dialect = speaking->engine->dialect;
	int means = dialect->meaning && code ? dialect->meaning(code) : 0;

	if (means == EACCES)
		return 401;

	return means == EDQUOT ? 429 : status;
}

/* Whether there is another key to ask with. */
static bool has_another_key(struct speaking *speaking, unsigned status)
{
	const struct speaking_engine *engine = speaking->engine;

	if (speaking->is_retried)
		return false;
	if (service_key_judge(engine->service, speaking->lease,
	                      error_of(status)))
		return true;

	return error_of(status) == EACCES && engine->dialect->refused &&
	       engine->dialect->refused(engine->memory, speaking->asked_ms);
}

void speaking_refused(struct speaking *speaking, unsigned status,
                      const char *said)
{
	char why[SERVICE_WHY_SIZE];

	if (has_another_key(speaking, status))
		ask_again(speaking);
	else
		close_with(speaking, error_of(status),
		           service_why(speaking->engine->service, status, said,
		                       why));
}

static void words_take(struct speaking *speaking, unsigned status,
                       const char *body, size_t n, const char *type)
{
	char said[SERVICE_WHY_SIZE], why[SERVICE_WHY_SIZE];
	long code = speaking_words(said, body, n);

	status = status_of(speaking, status, code);
	if (status >= 400) {
		speaking_refused(speaking, status, said);
		return;
	}

	(void)snprintf(why, sizeof(why),
	               "words in place of sound (%.60s): %.200s", type, said);
	close_with(speaking, EBADMSG, why);
}

static void done_handler(const struct httpc_answer *answer, void *arg)
{
	struct speaking *speaking = arg;
	const struct mbuf *words = speaking->words;

	if (answer->err)
		speaking_fail(speaking, answer->err, answer->reason);
	else if (answer->status < 200 || answer->status > 299)
		words_take(speaking, answer->status, (const char *)answer->body,
		           answer->body_len, answer->content_type);
	else if (speaking->is_words)
		words_take(speaking, 200, (const char *)words->buf, words->end,
		           answer->content_type);
	else
		speaking_end(speaking);
}

static int http_start(struct speaking *speaking, struct speaking_ask *ask)
{
	const struct speaking_engine *engine = speaking->engine;
	const struct httpc_sink sink = {body_handler, done_handler, speaking};
	const struct httpc_prm prm = {
		.url = (const char *)ask->url->buf,
		.headerv = ask->headerv,
		.headerc = ask->headerc,
		.body = ask->body->end ? ask->body->buf : NULL,
		.body_len = ask->body->end,
		.content_type = ask->content_type,
		.connect_ms = engine->service->connect_ms,
		.whole_ms = WHOLE_MS,
		.limit_bytes = SOUND_BYTES_MAX,
		.ca_file = engine->ca_file,
	};

	return httpc_send(&speaking->req, engine->http, &prm, &sink);
}

/* --- its beginning -------------------------------------------------------- */

static int feed_open(struct speaking *speaking)
{
	const struct speaking_engine *engine = speaking->engine;
	uint32_t raw_hz = engine->service->rate_hz;

	if (!raw_hz && engine->dialect->raw_hz)
		raw_hz = engine->dialect->raw_hz(speaking->rate_hz);
	speaking->feed = mem_deref(speaking->feed);
	speaking->is_begun = speaking->is_words = false;
	mbuf_rewind(speaking->words);

	return soundfeed_alloc(&speaking->feed, raw_hz, speaking->rate_hz);
}

static int ask_write(struct speaking_ask *ask, struct speaking *speaking)
{
	const struct speaking_engine *engine = speaking->engine;
	int err;

	*ask = (struct speaking_ask){
		.dialect = engine->dialect,
		.service = engine->service,
		.prm = &speaking->prm,
		.rate_hz = speaking->rate_hz,
		.url = mbuf_alloc(512),
		.body = mbuf_alloc(512),
		.memory = engine->memory,
	};
	if (!ask->url || !ask->body)
		return ENOMEM;

	speaking->asked_ms = clock_ms();
	err = speaking_url(ask->url, &engine->service->url);
	if (!err)
		err = engine->dialect->ask(ask);
	if (!err)
		err = mbuf_write_u8(ask->url, 0);

	return err;
}

static int start(struct speaking *speaking)
{
	struct speaking_ask ask;
	int err = 0;

	/* It may be here already, for the second time that this is tried. */
	if (!speaking->lease)
		err = service_key_take(&speaking->lease,
		                       speaking->engine->service);
	if (err)
		return err;

	err = ask_write(&ask, speaking);
	if (!err)
		err = feed_open(speaking);
	if (!err)
		err = speaking->engine->dialect->rpc
		              ? speaking_grpc_start(speaking, &ask)
		      : speaking->engine->dialect->hear
		              ? speaking_ws_start(speaking, &ask)
		              : http_start(speaking, &ask);
	mem_deref(ask.url);
	mem_deref(ask.body);

	return err;
}

static void start_handler(void *arg)
{
	struct speaking *speaking = arg;
	const struct speaking_engine *engine = speaking->engine;
	const char *token_why = engine->dialect->why
	                                ? engine->dialect->why(engine->memory)
	                                : "";
	char why[SERVICE_WHY_SIZE];
	uint64_t now_ms = clock_ms();
	int err;

	tmr_start(&speaking->tmr, speaking->first_ms, late_handler, speaking);
	err = start(speaking);
	if (err == EINPROGRESS && now_ms < speaking->until_ms)
		tmr_start(&speaking->tmr, AGAIN_MS, start_handler, speaking);
	else if (err == EINPROGRESS)
		late_handler(speaking);
	else if (err && *token_why)
		close_with(speaking, err, token_why);
	else if (err)
		close_with(speaking, err,
		           service_unasked(engine->service, err, why));
}

static int prm_copy(struct speaking *speaking, const struct voice_prm *prm)
{
	const struct speaking_engine *engine = speaking->engine;
	const char *name = prm->name;
	int err;

	if (!*name)
		name = engine->service->voice;
	if (!*name && engine->dialect->voice)
		name = engine->dialect->voice;

	speaking->prm = *prm;
	speaking->prm.usage = NULL;
	err = str_dup(&speaking->text, prm->text);
	if (!err)
		err = str_dup(&speaking->lang, prm->lang);
	if (!err)
		err = str_dup(&speaking->name, name);
	speaking->prm.text = speaking->text;
	speaking->prm.lang = speaking->lang;
	speaking->prm.name = speaking->name;

	return err;
}

int speaking_say(struct speaking **speakingp, struct speaking_engine *engine,
                 const struct voice_prm *prm, uint32_t rate_hz,
                 const struct speaking_sink *sink)
{
	struct speaking *speaking;
	int err;

	assert(speakingp && engine && prm && sink->sound && sink->closed);

	speaking = mem_zalloc(sizeof(*speaking), destructor);
	if (!speaking)
		return ENOMEM;

	tmr_init(&speaking->tmr);
	speaking->engine = mem_ref(engine);
	speaking->sink = *sink;
	speaking->rate_hz = rate_hz;
	speaking->first_ms = prm->limit_ms ? engine->service->connect_ms +
	                                             engine->service->answer_ms
	                                   : PATIENCE_MS;
	speaking->until_ms = clock_ms() + speaking->first_ms;
	err = prm_copy(speaking, prm);
	speaking->words = mbuf_alloc(64);
	speaking->room = mbuf_alloc(64);
	if (!err && (!speaking->words || !speaking->room))
		err = ENOMEM;
	if (err) {
		mem_deref(speaking);
		return err;
	}

	tmr_start(&speaking->tmr, 0, start_handler, speaking);
	*speakingp = speaking;

	return 0;
}
