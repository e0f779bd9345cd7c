/*
 * test/fakes/fake_nls.c - Alibaba Cloud NLS, as it behaves: tokens by HTTP,
 * then the transcriber
 *
 * A token is made for a request whose signature is right, and is good until
 * the next is made after fake_expire(). Audio before TranscriptionStarted fails
 * the task, and a token that is not good fails it in the service's own words,
 * which repeat it.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <jansson.h>
#include "base/clock.h"
#include "fakes/fake_parts.h"
#include <re_base64.h>
#include <re_msg.h>
#include <re_http.h>

enum {
	PARTS_MAX = 16,
	TEXT_SIZE = 1024,
	ID_CHARS = 32,
	DAY_S = 86400,
	STARTING_MS = 30, /* it takes its time */
	STAGE_STARTED = 1,
};

/* --- tokens ----------------------------------------------------------------
 */

void fake_set_token_life(struct fake *fake, uint32_t seconds)
{
	fake->prm.token_s = seconds;
}

void fake_expire(struct fake *fake)
{
	fake->expiredc = fake->seen.tokens;
}

static const char *token_make(struct fake *fake)
{
	(void)snprintf(fake->token, sizeof(fake->token), "token-%u",
	               ++fake->seen.tokens);

	return fake->token;
}

static bool is_good(const struct fake *fake, const char *token)
{
	unsigned i = 0;

	return sscanf(token, "token-%u", &i) == 1 && i > fake->expiredc &&
	       i <= fake->seen.tokens;
}

static int part_compare(const void *a, const void *b)
{
	const struct pl *x = a, *y = b;
	int c = memcmp(x->p, y->p, x->l < y->l ? x->l : y->l);

	return c ? c : (int)x->l - (int)y->l;
}

/* All parameters but the signature, sorted, as they stand in the query. */
static void canonical(char text[TEXT_SIZE], const struct http_msg *msg)
{
	struct pl partv[PARTS_MAX];
	struct pl rest = {msg->prm.p + 1, msg->prm.l - 1};
	size_t partc = 0, n = 0;

	while (rest.l && partc < PARTS_MAX) {
		const char *end = pl_strchr(&rest, '&');
		struct pl part = {rest.p,
		                  end ? (size_t)(end - rest.p) : rest.l};

		if (part.l < 10 || memcmp(part.p, "Signature=", 10))
			partv[partc++] = part;
		pl_advance(&rest, (ssize_t)part.l + (end ? 1 : 0));
	}
	qsort(partv, partc, sizeof(partv[0]), part_compare);
	for (size_t i = 0; i < partc; i++)
		n += (size_t)snprintf(text + n, TEXT_SIZE - n, "%s%.*s",
		                      i ? "&" : "", (int)partv[i].l,
		                      partv[i].p);
}

static void encode(char *text, size_t size, const char *plain)
{
	size_t n = 0;

	for (; *plain && n + 4 < size; plain++) {
		if ((*plain >= '0' && *plain <= '9') ||
		    (*plain >= 'A' && *plain <= 'Z') ||
		    (*plain >= 'a' && *plain <= 'z') || strchr("-_.~", *plain))
			text[n++] = *plain;
		else
			n += (size_t)snprintf(text + n, size - n, "%%%02X",
			                      (unsigned char)*plain);
	}
	text[n] = '\0';
}

static bool is_signed(const struct fake_prm *prm, const struct http_msg *msg)
{
	char query[TEXT_SIZE] = "", encoded[2 * TEXT_SIZE];
	char text[3 * TEXT_SIZE], key[128], wanted[64], came[128];
	unsigned char digestv[EVP_MAX_MD_SIZE];
	unsigned int digestc = 0;
	size_t n = sizeof(wanted) - 1;

	canonical(query, msg);
	encode(encoded, sizeof(encoded), query);
	(void)snprintf(text, sizeof(text), "GET&%%2F&%s", encoded);
	(void)snprintf(key, sizeof(key), "%s&", prm->secret);
	(void)HMAC(EVP_sha1(), key, (int)strlen(key),
	           (const unsigned char *)text, strlen(text), digestv,
	           &digestc);
	(void)base64_encode(digestv, digestc, wanted, &n);
	wanted[n] = '\0';

	return !strcmp(wanted,
	               fake_query(came, sizeof(came), msg, "Signature"));
}

static bool nls_page(struct fake *fake, struct http_conn *http,
                     const struct http_msg *msg)
{
	const struct fake_prm *prm = &fake->prm;
	char value[128];

	if (pl_strcmp(&msg->path, "/token"))
		return false;

	if (strcmp(fake_query(value, sizeof(value), msg, "AccessKeyId"),
	           prm->key))
		(void)http_creply(http, 404, "Not Found", "application/json",
		                  "{\"Code\":\"InvalidAccessKeyId.NotFound\","
		                  "\"Message\":\"Specified access key %s is "
		                  "not found.\"}",
		                  value);
	else if (!is_signed(prm, msg))
		(void)http_creply(
			http, 400, "Bad Request", "application/json",
			"{\"Code\":\"SignatureDoesNotMatch\",\"Message\":"
			"\"Specified signature is not matched\"}");
	else
		(void)http_creply(
			http, 200, "OK", "application/json",
			"{\"ErrMsg\":\"\",\"Token\":{\"UserId\":\"1\",\"Id\":"
			"\"%s\",\"ExpireTime\":%lld}}",
			token_make(fake),
			(long long)(clock_wall_ms() / 1000 +
		                    (prm->token_s ? prm->token_s : DAY_S)));

	return true;
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

	if (!is_good(fake_of(conn), phrase->id)) {
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
