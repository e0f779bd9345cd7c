/*
 * test/fakes/fake_http.c - services that hear a phrase in one request
 *
 * They look at all that the real ones look at: the path, the key, the fields of
 * the form, the head of the sound file.
 */
#include <stdio.h>
#include "base/text.h"
#include "fakes/fake.h"
#include <re_msg.h>
#include <re_http.h>

enum {
	WAV_HEAD = 44,
	BOUNDARY_SIZE = 80,
	VALUE_SIZE = 256,
};

static const char *key_of(const struct fake_conn *conn)
{
	return fake_prm(conn)->key ? fake_prm(conn)->key : "you";
}

static bool has_header(const struct http_msg *msg, enum http_hdrid id,
                       const char *name, const char *key)
{
	const struct http_hdr *hdr = http_msg_hdr(msg, id);
	char wanted[VALUE_SIZE];

	(void)snprintf(wanted, sizeof(wanted), "%s%s", name, key);

	return hdr && !pl_strcmp(&hdr->val, wanted);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static void pcm_hear(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	int16_t pcm[1024];

	if (n % 2)
		fake_complain(conn, "half a sample");
	while (n > 1) {
		size_t take = n < sizeof(pcm) ? n / 2 * 2 : sizeof(pcm);

		memcpy(pcm, data, take);
		fake_hear(conn, pcm, take / 2);
		data += take;
		n -= take;
	}
}

/* A WAV file of 16 bits, mono, at that rate. */
static void wav_hear(struct fake_conn *conn, const uint8_t *data, size_t n,
                     uint32_t rate_hz)
{
	if (n < WAV_HEAD || memcmp(data, "RIFF", 4) ||
	    memcmp(data + 8, "WAVEfmt \x10\0\0\0\1\0\1\0", 16) ||
	    get32(data + 4) != n - 8 || get32(data + 40) != n - WAV_HEAD ||
	    data[32] != 2 || data[34] != 16) {
		fake_complain(conn, "no WAV of 16 bits, mono");
		return;
	}
	if (get32(data + 24) != rate_hz || get32(data + 28) != 2 * rate_hz)
		fake_complain(conn, "a sound of %u Hz", get32(data + 24));
	pcm_hear(conn, data + WAV_HEAD, n - WAV_HEAD);
}

/* --- OpenAI and its likes --------------------------------------------------
 */

/* A field of the form; the value may be binary. */
struct field {
	struct pl head;
	struct pl value;
};

/* Takes the next field off *form, which begins behind a boundary. */
static bool field_next(struct field *field, struct pl *form,
                       const char *boundary)
{
	const char *blank = memmem(form->p, form->l, "\r\n\r\n", 4), *end;

	if (!blank)
		return false;

	field->head.p = form->p;
	field->head.l = (size_t)(blank - form->p);
	field->value.p = blank + 4;
	form->l -= (size_t)(field->value.p - form->p);
	end = memmem(field->value.p, form->l, boundary, strlen(boundary));
	if (!end)
		return false;

	field->value.l = (size_t)(end - field->value.p);
	form->p = end + strlen(boundary);
	form->l -= field->value.l + strlen(boundary);

	return true;
}

static bool is_named(const struct field *field, const char *name)
{
	char wanted[VALUE_SIZE];
	size_t n;

	n = (size_t)snprintf(wanted, sizeof(wanted), "form-data; name=\"%s\"",
	                     name);

	return memmem(field->head.p, field->head.l, wanted, n) != NULL;
}

/* Returns false where the real server would refuse it. */
static bool form_read(struct fake_conn *conn, const char *boundary,
                      struct pl form)
{
	bool has_model = false, has_file = false, is_verbose = false;
	struct field field;

	form.p += strlen(boundary) - 2;
	form.l -= strlen(boundary) - 2;
	while (field_next(&field, &form, boundary)) {
		if (is_named(&field, "model"))
			has_model = field.value.l > 0;
		else if (is_named(&field, "language") && field.value.l != 2)
			fake_complain(conn, "language is no ISO 639-1");
		else if (is_named(&field, "response_format"))
			is_verbose = !pl_strcmp(&field.value, "verbose_json");
		else if (is_named(&field, "file")) {
			has_file = memmem(field.head.p, field.head.l, ".wav\"",
			                  5) != NULL;
			wav_hear(conn, (const uint8_t *)field.value.p,
			         field.value.l, 16000);
		}
	}
	if (form.l < 2 || memcmp(form.p, "--", 2))
		fake_complain(conn, "the form has no end");
	if (!is_verbose)
		fake_complain(conn, "no response_format");

	return has_model && has_file;
}

static void openai_refuse(struct fake_conn *conn, unsigned status)
{
	fake_answer(conn, status, "application/json",
	            "{\"error\":{\"message\":\"Incorrect API key or so: %s.\","
	            "\"type\":\"invalid_request_error\",\"param\":null,"
	            "\"code\":null}}",
	            fake_who(conn));
}

static void openai_request(struct fake_conn *conn, const struct http_msg *msg)
{
	const struct http_hdr *type = http_msg_hdr(msg, HTTP_HDR_CONTENT_TYPE);
	char boundary[BOUNDARY_SIZE];
	struct pl mark, form;

	if (pl_strcmp(&msg->met, "POST") ||
	    pl_strcmp(&msg->path, "/v1/audio/transcriptions")) {
		openai_refuse(conn, 404);
		return;
	}
	if (fake_prm(conn)->key &&
	    !has_header(msg, HTTP_HDR_AUTHORIZATION, "Bearer ", key_of(conn))) {
		openai_refuse(conn, 401);
		return;
	}
	pl_set_mbuf(&form, msg->mb);
	if (!type ||
	    re_regex(type->val.p, type->val.l,
	             "multipart/form-data; boundary=[^]+", &mark) ||
	    re_snprintf(boundary, sizeof(boundary), "\r\n--%r", &mark) < 0 ||
	    form.l < strlen(boundary) || !form_read(conn, boundary, form)) {
		openai_refuse(conn, 400);
		return;
	}

	fake_answer(conn, 200, "application/json",
	            "{\"task\":\"transcribe\",\"language\":\"english\","
	            "\"duration\":1.0,\"text\":\" %s\",\"segments\":["
	            "{\"id\":0,\"seek\":0,\"start\":0.1,\"end\":0.9,"
	            "\"text\":\" %s\",\"temperature\":0.0,"
	            "\"avg_logprob\":-0.2877,\"compression_ratio\":0.8,"
	            "\"no_speech_prob\":0.01}]}",
	            fake_text(conn), fake_text(conn));
}

const struct fake_kind fake_openai = {
	.name = "openai",
	.request = openai_request,
	.refuse = openai_refuse,
};

/* --- Yandex ----------------------------------------------------------------
 */

/* A parameter of the query, decoded by nobody: plain values only. */
static bool has_query(const struct http_msg *msg, const char *name,
                      const char *value)
{
	char wanted[VALUE_SIZE];
	size_t n;

	n = (size_t)snprintf(wanted, sizeof(wanted), "%s=%s", name, value);
	for (size_t i = 0; i + n <= msg->prm.l; i++) {
		const char *at = msg->prm.p + i;

		if ((!i || strchr("?&", at[-1])) && !strncmp(at, wanted, n) &&
		    (i + n == msg->prm.l || at[n] == '&'))
			return true;
	}

	return false;
}

static void query_want(struct fake_conn *conn, const struct http_msg *msg,
                       const char *name, const char *value)
{
	if (!has_query(msg, name, value))
		fake_complain(conn, "no %s=%s", name, value);
}

static void v1_refuse(struct fake_conn *conn, unsigned status)
{
	fake_answer(conn, status, "application/json",
	            "{\"error_code\":\"%s\",\"error_message\":"
	            "\"The token %s is not good\"}",
	            status == 401   ? "UNAUTHORIZED"
	            : status == 429 ? "TOO_MANY_REQUESTS"
	            : status == 400 ? "BAD_REQUEST"
	                            : "INTERNAL_SERVER_ERROR",
	            fake_who(conn));
}

static void v1_request(struct fake_conn *conn, const struct http_msg *msg)
{
	static const size_t bytes_max = 1 << 20, ms_max = 30000;
	size_t n = mbuf_get_left(msg->mb);

	if (pl_strcmp(&msg->met, "POST") ||
	    pl_strcmp(&msg->path, "/speech/v1/stt:recognize")) {
		v1_refuse(conn, 404);
		return;
	}
	if (fake_prm(conn)->key && !has_header(msg, HTTP_HDR_AUTHORIZATION,
	                                       "Api-Key ", key_of(conn))) {
		v1_refuse(conn, 401);
		return;
	}
	if (n > bytes_max || n / 16 > ms_max) {
		v1_refuse(conn, 400);
		return;
	}
	query_want(conn, msg, "lang", "en-US");
	query_want(conn, msg, "topic", "general");
	query_want(conn, msg, "format", "lpcm");
	query_want(conn, msg, "sampleRateHertz", "8000");
	pcm_hear(conn, mbuf_buf(msg->mb), n);
	fake_answer(conn, 200, "application/json", "{\"result\":\"%s\"}",
	            fake_text(conn));
}

const struct fake_kind fake_yandex_v1 = {
	.name = "yandex-v1",
	.request = v1_request,
	.refuse = v1_refuse,
};

static void xml_refuse(struct fake_conn *conn, unsigned status)
{
	fake_answer(conn, status == 401 ? 423 : status, "text/plain",
	            "Locked: %s", fake_who(conn));
}

static void xml_request(struct fake_conn *conn, const struct http_msg *msg)
{
	const struct http_hdr *type = http_msg_hdr(msg, HTTP_HDR_CONTENT_TYPE);
	const char *text;
	struct pl uuid;

	if (pl_strcmp(&msg->path, "/asr_xml") ||
	    (fake_prm(conn)->key && !has_query(msg, "key", key_of(conn)))) {
		xml_refuse(conn, 401);
		return;
	}
	if (!type || pl_strcmp(&type->val, "audio/x-wav")) {
		xml_refuse(conn, 415);
		return;
	}
	if (re_regex(msg->prm.p, msg->prm.l, "uuid=[0-9a-f]+", &uuid) ||
	    uuid.l != 32)
		fake_complain(conn, "uuid has no 32 digits");
	query_want(conn, msg, "topic", "queries");
	query_want(conn, msg, "lang", "en-US");
	wav_hear(conn, mbuf_buf(msg->mb), mbuf_get_left(msg->mb), 8000);

	text = fake_text(conn);
	if (!*text)
		fake_answer(conn, 200, "text/xml; charset=utf-8",
		            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		            "<recognitionResults success=\"0\" />");
	else
		fake_answer(conn, 200, "text/xml; charset=utf-8",
		            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		            "<recognitionResults success=\"1\">\n"
		            "  <variant confidence=\"0.69\">%s</variant>\n"
		            "  <variant confidence=\"0.7\">%s or so</variant>\n"
		            "</recognitionResults>\n",
		            text, text);
}

const struct fake_kind fake_yandex_xml = {
	.name = "yandex-asr-xml",
	.request = xml_request,
	.refuse = xml_refuse,
};
