/*
 * test/fakes/fake_nls.c - Alibaba Cloud NLS, as it behaves: tokens by HTTP
 * (fake_tokens.c), then the transcriber
 *
 * Audio before TranscriptionStarted fails the task, and a token that is not
 * good fails it in the service's own words, which repeat it.
 */
#include <stdio.h>
#include <jansson.h>
#include "base/clock.h"
#include "fakes/fake_parts.h"
#include <re_msg.h>
#include <re_http.h>

enum {
	TEXT_SIZE = 1024,
	ID_CHARS = 32,
	STARTING_MS = 30, /* it takes its time */
	STAGE_STARTED = 1,
};

/* --- tokens ----------------------------------------------------------------
 */

void fake_set_token_life(struct fake *fake, uint32_t seconds)
{
	fake->tokens.life_s = seconds;
}

void fake_expire(struct fake *fake)
{
	fake_tokens_expire(&fake->tokens);
}

static bool nls_page(struct fake *fake, struct http_conn *http,
                     const struct http_msg *msg)
{
	bool is_ours;

	fake->tokens.key = fake->prm.key;
	fake->tokens.secret = fake->prm.secret;
	is_ours = fake_tokens_page(&fake->tokens, http, msg);
	fake->seen.tokens = fake->tokens.made;

	return is_ours;
}

/* --- the transcriber -------------------------------------------------------
 */

static unsigned nls_hello(struct fake_conn *conn, const struct http_msg *msg)
{
	/* A token that is wrong is found out with the first message. */
	(void)fake_header(fake_phrase(conn)->id, sizeof(fake_phrase(conn)->id),
	                  msg, "X-NLS-Token");

	return *fake_phrase(conn)->id ? 101 : 403;
}

static void event(struct fake_conn *conn, const char *name, const char *payload)
{
	fake_say(conn,
	         "{\"header\":{\"namespace\":\"SpeechTranscriber\","
	         "\"name\":\"%s\",\"status\":20000000,\"message_id\":\"m\","
	         "\"task_id\":\"t\",\"status_text\":"
	         "\"Gateway:SUCCESS:Success.\"},\"payload\":{%s}}",
	         name, payload);
}

static void failed(struct fake_conn *conn, long status, const char *text)
{
	fake_say(conn,
	         "{\"header\":{\"namespace\":\"Default\",\"name\":"
	         "\"TaskFailed\",\"status\":%ld,\"message_id\":\"m\","
	         "\"task_id\":\"t\",\"status_text\":\"%s\"}}",
	         status, text);
	fake_close(conn);
}

static bool is_id(const json_t *head, const char *name)
{
	const char *id = json_string_value(json_object_get(head, name));

	return id && strlen(id) == ID_CHARS &&
	       strspn(id, "0123456789abcdef") == ID_CHARS;
}

static void start(struct fake_conn *conn, const json_t *head,
                  const json_t *payload)
{
	const char *app = json_string_value(json_object_get(head, "appkey"));
	json_int_t rate_hz =
		json_integer_value(json_object_get(payload, "sample_rate"));
	struct fake_phrase *phrase = fake_phrase(conn);
	char text[256];

	if (!fake_tokens_are_good(&fake_of(conn)->tokens, phrase->id)) {
		(void)snprintf(text, sizeof(text),
		               "Gateway:ACCESS_DENIED:The token '%s' has "
		               "expired!",
		               phrase->id);
		failed(conn, 40000001, text);
		return;
	}
	if (!app || strcmp(app, "app-1")) {
		failed(conn, 40020105,
		       "Gateway:APPKEY_NOT_EXIST:Appkey not "
		       "exist!");
		return;
	}
	if (phrase->stage || (rate_hz != 8000 && rate_hz != 16000))
		fake_complain(conn, "a second start, or a wrong rate");

	phrase->stage = STAGE_STARTED;
	phrase->rate_hz = (uint32_t)rate_hz;
	phrase->begun_ms = clock_ms() + STARTING_MS;
	phrase->wait_ms = STARTING_MS;
	event(conn, "TranscriptionStarted", "");
	phrase->wait_ms = 0;
}

static void stop(struct fake_conn *conn)
{
	const struct fake_phrase *phrase = fake_phrase(conn);
	const char *text = fake_text(conn);
	unsigned end_ms = 0;
	char payload[TEXT_SIZE];

	if (!phrase->stage) {
		failed(conn, 40010005,
		       "Gateway:TASK_STATE_ERROR:Got stop "
		       "directive while task is stopping!");
		return;
	}

	if (phrase->samples)
		end_ms = (unsigned)(phrase->samples * 1000 / phrase->rate_hz);
	if (*text) {
		(void)snprintf(payload, sizeof(payload),
		               "\"index\":1,\"time\":%u,\"begin_time\":0,"
		               "\"result\":\"%s\",\"confidence\":0.875,"
		               "\"status\":20000000,\"words\":[{\"text\":\"a\","
		               "\"startTime\":100,\"endTime\":300},"
		               "{\"text\":\"b\",\"startTime\":400,"
		               "\"endTime\":%u}]",
		               end_ms, text, end_ms - 100);
		event(conn, "SentenceEnd", payload);
	}
	event(conn, "TranscriptionCompleted", "");
}

static void nls_text(struct fake_conn *conn, const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const json_t *head = json_object_get(msg, "header");
	const char *space =
		json_string_value(json_object_get(head, "namespace"));
	const char *name = json_string_value(json_object_get(head, "name"));

	if (!name || !space || strcmp(space, "SpeechTranscriber") ||
	    !is_id(head, "message_id") || !is_id(head, "task_id")) {
		fake_complain(conn, "not a message: %.*s", (int)n, data);
		failed(conn, 40000002, "Gateway:MESSAGE_INVALID:bad message");
	}
	else if (!strcmp(name, "StartTranscription")) {
		start(conn, head, json_object_get(msg, "payload"));
	}
	else if (!strcmp(name, "StopTranscription")) {
		stop(conn);
	}
	json_decref(msg);
}

static void nls_binary(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	struct fake_phrase *phrase = fake_phrase(conn);
	char payload[TEXT_SIZE];

	if (!phrase->stage || clock_ms() < phrase->begun_ms) {
		fake_complain(conn, "audio before TranscriptionStarted");
		failed(conn, 40010005, "Gateway:TASK_STATE_ERROR:audio");
		return;
	}
	if (!phrase->samples)
		event(conn, "SentenceBegin", "\"index\":1,\"time\":0");
	fake_hear_paced(conn, (const int16_t *)(const void *)data, n / 2,
	                phrase->rate_hz);
	(void)snprintf(payload, sizeof(payload),
	               "\"index\":1,\"time\":100,\"result\":\"%s\","
	               "\"confidence\":0.5,\"words\":[],\"status\":0",
	               fake_partial(conn));
	event(conn, "TranscriptionResultChanged", payload);
}

/* It repeats the token: a client must not pass that on. */
static void nls_error(struct fake_conn *conn)
{
	char text[256];

	(void)snprintf(text, sizeof(text),
	               "Gateway:TOO_MANY_REQUESTS:Too many requests of %s!",
	               fake_phrase(conn)->id);
	failed(conn, 40000005, text);
}

const struct fake_kind fake_nls = {
	.name = "nls",
	.path = "/ws/v1",
	.page = nls_page,
	.hello = nls_hello,
	.text = nls_text,
	.binary = nls_binary,
	.error = nls_error,
};
