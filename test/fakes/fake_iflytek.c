/*
 * test/fakes/fake_iflytek.c - iFlytek's iat v2 and rtasr v1, as they behave
 *
 * Both check the signature of the url and its time. iat speaks JSON both ways
 * and corrects itself in numbered pieces where the client asked for that
 * (wpgs), else it appends. rtasr greets, takes bytes and puts its results, as a
 * text, into a message.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <jansson.h>
#include "base/clock.h"
#include "fakes/fake.h"
#include "fakes/fake_iflytek.h"
#include <re_base64.h>
#include <re_msg.h>
#include <re_http.h>

enum {
	TEXT_SIZE = 2048,
	SIGNATURE_SIZE = 64,
	SKEW_S = 300,
	PIECE_MS = 40,
	LONGEST_MS = 60000,
	RTASR_HZ = 16000,
	RTASR_BYTES = 1280,
	STAGE_WPGS = 1, /* bits of a phrase's stage */
	STAGE_BEGUN = 2,
};

static void sign(char signature[SIGNATURE_SIZE], const EVP_MD *md,
                 const char *key, const char *text)
{
	unsigned char digestv[EVP_MAX_MD_SIZE];
	unsigned int digestc = 0;
	size_t n = SIGNATURE_SIZE - 1;

	(void)HMAC(md, key, (int)strlen(key), (const unsigned char *)text,
	           strlen(text), digestv, &digestc);
	(void)base64_encode(digestv, digestc, signature, &n);
	signature[n] = '\0';
}

/* Whether "Wed, 10 Jul 2019 07:35:43 GMT" is within five minutes of it. */
static bool is_now(const char *date)
{
	struct tm tm = {.tm_isdst = 0};
	const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	long long skew_s = (long long)timegm(&tm) - clock_wall_ms() / 1000;

	return end && !*end && skew_s > -SKEW_S && skew_s < SKEW_S;
}

unsigned fake_iflytek_hello(const struct fake_iflytek_signed *what,
                            const char *key, const char *secret)
{
	const char *value = what->authorization;
	char plain[TEXT_SIZE], text[TEXT_SIZE], wanted[TEXT_SIZE];
	char signature[SIGNATURE_SIZE];
	size_t n = sizeof(plain) - 1;

	if (base64_decode(value, strlen(value), (uint8_t *)plain, &n))
		return 401;
	plain[n] = '\0';
	if (strcmp(what->asked, what->host) || !is_now(what->date))
		return 403;

	(void)snprintf(text, sizeof(text),
	               "host: %s\ndate: %s\nGET %s HTTP/1.1", what->host,
	               what->date, what->path);
	sign(signature, EVP_sha256(), secret, text);
	(void)snprintf(wanted, sizeof(wanted),
	               "api_key=\"%s\", algorithm=\"hmac-sha256\", "
	               "headers=\"host date request-line\", signature=\"%s\"",
	               key, signature);

	return strcmp(plain, wanted) ? 401 : 101;
}

/* --- iat -------------------------------------------------------------------
 */

static unsigned iat_hello(struct fake_conn *conn, const struct http_msg *msg)
{
	const struct fake_prm *prm = fake_prm(conn);
	char value[TEXT_SIZE], host[256], asked[256], date[64];
	const struct fake_iflytek_signed signed_ = {
		.path = "/v2/iat",
		.authorization =
			fake_query(value, sizeof(value), msg, "authorization"),
		.asked = fake_query(asked, sizeof(asked), msg, "host"),
		.host = fake_header(host, sizeof(host), msg, "Host"),
		.date = fake_query(date, sizeof(date), msg, "date"),
	};

	return fake_iflytek_hello(&signed_, prm->key, prm->secret);
}

static void iat_code(struct fake_conn *conn, int code, const char *message)
{
	fake_say(conn,
	         "{\"code\":%d,\"message\":\"%s\",\"sid\":\"iat1\","
	         "\"data\":null}",
	         code, message);
	fake_close(conn);
}

static void iat_piece(struct fake_conn *conn, unsigned sn, const char *how,
                      const char *text, size_t n, int status)
{
	fake_say(conn,
	         "{\"code\":0,\"message\":\"success\",\"sid\":\"iat1\","
	         "\"data\":{\"status\":%d,\"result\":{\"sn\":%u,\"ls\":%s,"
	         "\"bg\":0,\"ed\":0,%s\"ws\":[{\"bg\":0,\"cw\":[{\"sc\":0,"
	         "\"w\":\"%.*s\"}]}]}}}",
	         status, sn, status == 2 ? "true" : "false", how, (int)n, text);
}

/* Each piece takes the place of all before it. */
static void iat_partial(struct fake_conn *conn)
{
	struct fake_phrase *phrase = fake_phrase(conn);
	const char *text = fake_partial(conn);
	char how[64] = "\"pgs\":\"apd\",";

	if (!(phrase->stage & STAGE_WPGS))
		return;
	if (phrase->pieces > 1)
		(void)snprintf(how, sizeof(how),
		               "\"pgs\":\"rpl\",\"rg\":[%u,%u],",
		               phrase->pieces - 1, phrase->pieces - 1);
	iat_piece(conn, phrase->pieces, how, text, strlen(text), 1);
}

/* The text in two pieces; the last one has the last number. */
static void iat_final(struct fake_conn *conn)
{
	struct fake_phrase *phrase = fake_phrase(conn);
	const char *text = fake_text(conn);
	size_t n = strcspn(text, " ");
	unsigned sn = phrase->pieces + 1;
	char how[64] = "";

	if (phrase->stage & STAGE_WPGS)
		(void)snprintf(how, sizeof(how),
		               "\"pgs\":\"rpl\",\"rg\":[1,%u],",
		               phrase->pieces);
	iat_piece(conn, sn, how, text, n, 1);
	iat_piece(conn, sn + 1,
	          phrase->stage & STAGE_WPGS ? "\"pgs\":\"apd\"," : "",
	          text + n, strlen(text + n), 2);
}

static bool iat_begin(struct fake_conn *conn, const json_t *msg)
{
	const json_t *business = json_object_get(msg, "business");
	const char *app = json_string_value(
		json_object_get(json_object_get(msg, "common"), "app_id"));
	const char *dwa = json_string_value(json_object_get(business, "dwa"));
	const char *lang =
		json_string_value(json_object_get(business, "language"));

	if (!app || strcmp(app, "app-1")) {
		iat_code(conn, 10313, "appid cannot be empty or not found");
		return false;
	}
	if (!lang || (strcmp(lang, "zh_cn") && strcmp(lang, "en_us"))) {
		iat_code(conn, 10139, "invalid parameter: language");
		return false;
	}
	fake_phrase(conn)->stage =
		STAGE_BEGUN | (dwa && !strcmp(dwa, "wpgs") ? STAGE_WPGS : 0);

	return true;
}

static void iat_audio(struct fake_conn *conn, const json_t *part)
{
	const char *audio = json_string_value(json_object_get(part, "audio"));
	const char *format = json_string_value(json_object_get(part, "format"));
	int16_t pcm[TEXT_SIZE];
	size_t size = sizeof(pcm);
	unsigned rate_hz = 0;

	if (!format || sscanf(format, "audio/L16;rate=%u", &rate_hz) != 1 ||
	    (rate_hz != 8000 && rate_hz != 16000) || !audio ||
	    base64_decode(audio, strlen(audio), (uint8_t *)pcm, &size)) {
		fake_complain(conn, "no audio in a message");
		iat_code(conn, 10161, "base64 decode error");
		return;
	}
	if (size > rate_hz * PIECE_MS / 1000 * sizeof(int16_t))
		fake_complain(conn, "%zu bytes at once", size);
	fake_hear_paced(conn, pcm, size / sizeof(int16_t), rate_hz);
	if (fake_phrase(conn)->samples * 1000 / rate_hz > LONGEST_MS)
		iat_code(conn, 10114, "session timeout");
	else
		iat_partial(conn);
}

static void iat_text(struct fake_conn *conn, const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const json_t *part = json_object_get(msg, "data");
	json_int_t status = json_integer_value(json_object_get(part, "status"));

	if (!msg || !part)
		iat_code(conn, 10160, "parse request json error");
	else if (!fake_phrase(conn)->stage && status != 0)
		iat_code(conn, 10165, "invalid handle");
	else if (fake_phrase(conn)->stage && status == 0)
		fake_complain(conn, "a second beginning");
	else if (status == 2)
		iat_final(conn);
	else if (status || iat_begin(conn, msg))
		iat_audio(conn, part);
	json_decref(msg);
}

static void iat_binary(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	(void)data;
	fake_complain(conn, "%zu bytes that are no text", n);
}

static void iat_error(struct fake_conn *conn)
{
	iat_code(conn, 11201, "licc failed: daily limit exceeded");
}

const struct fake_kind fake_iat = {
	.name = "iflytek-iat",
	.path = "/v2/iat",
	.hello = iat_hello,
	.text = iat_text,
	.binary = iat_binary,
	.error = iat_error,
};

/* --- rtasr -----------------------------------------------------------------
 */

static void rtasr_code(struct fake_conn *conn, const char *code,
                       const char *desc)
{
	fake_say(conn,
	         "{\"action\":\"error\",\"code\":\"%s\",\"data\":\"\","
	         "\"desc\":\"%s\",\"sid\":\"rta1\"}",
	         code, desc);
	fake_close(conn);
}

/* What is wrong is said once the WebSocket stands. */
static unsigned rtasr_hello(struct fake_conn *conn, const struct http_msg *msg)
{
	char app[64], stamp[32], came[128], text[128], hex[33];
	char signature[SIGNATURE_SIZE];
	unsigned char digestv[EVP_MAX_MD_SIZE];
	size_t n = 0;
	long long skew_s;

	(void)fake_query(app, sizeof(app), msg, "appid");
	(void)fake_query(stamp, sizeof(stamp), msg, "ts");
	(void)fake_query(came, sizeof(came), msg, "signa");
	(void)snprintf(text, sizeof(text), "%s%s", app, stamp);
	(void)EVP_Q_digest(NULL, "MD5", NULL, text, strlen(text), digestv, &n);
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digestv[i]);
	sign(signature, EVP_sha1(), fake_prm(conn)->key, hex);
	skew_s = strtoll(stamp, NULL, 10) - clock_wall_ms() / 1000;
	if (!strcmp(signature, came) && !strcmp(app, "app-1") &&
	    skew_s > -SKEW_S && skew_s < SKEW_S)
		fake_phrase(conn)->stage = STAGE_BEGUN;

	return 101;
}

static void rtasr_opened(struct fake_conn *conn)
{
	if (fake_phrase(conn)->stage)
		fake_say(conn, "{\"action\":\"started\",\"code\":\"0\","
		               "\"data\":\"\",\"desc\":\"success\","
		               "\"sid\":\"rta1\"}");
	else
		rtasr_code(conn, "10105", "illegal access|illegal signa");
}

static void rtasr_result(struct fake_conn *conn, const char *text, size_t n,
                         bool is_final, bool is_last)
{
	const struct fake_phrase *phrase = fake_phrase(conn);
	unsigned end_ms = (unsigned)(phrase->samples * 1000 / RTASR_HZ);

	fake_say(conn,
	         "{\"action\":\"result\",\"code\":\"0\",\"data\":\"{"
	         "\\\"seg_id\\\":1,\\\"cn\\\":{\\\"st\\\":{\\\"bg\\\":"
	         "\\\"100\\\",\\\"ed\\\":\\\"%u\\\",\\\"type\\\":\\\"%d\\\","
	         "\\\"rt\\\":[{\\\"ws\\\":[{\\\"wb\\\":0,\\\"we\\\":0,"
	         "\\\"cw\\\":[{\\\"w\\\":\\\"%.*s\\\",\\\"wp\\\":\\\"n\\\"}"
	         "]}]}]}},\\\"ls\\\":%s}\",\"desc\":\"success\",\"sid\":"
	         "\"rta1\"}",
	         is_final ? end_ms - 100 : 0, is_final ? 0 : 1, (int)n, text,
	         is_last ? "true" : "false");
}

static void rtasr_text(struct fake_conn *conn, const char *data, size_t n)
{
	const char *text = fake_text(conn);
	size_t len = strcspn(text, " ");

	if (!memmem(data, n, "\"end\": true", 11))
		fake_complain(conn, "a text that is no end: %.*s", (int)n,
		              data);
	rtasr_result(conn, text, len, true, !text[len]);
	if (text[len])
		rtasr_result(conn, text + len + 1, strlen(text + len + 1), true,
		             true);
	fake_close(conn);
}

static void rtasr_binary(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	const char *text;

	if (n > RTASR_BYTES || n % 2)
		fake_complain(conn, "%zu bytes at once", n);
	if (!fake_phrase(conn)->stage)
		fake_complain(conn, "audio before it was started");
	fake_hear_paced(conn, (const int16_t *)(const void *)data, n / 2,
	                RTASR_HZ);
	text = fake_partial(conn);
	rtasr_result(conn, text, strlen(text), false, false);
}

static void rtasr_error(struct fake_conn *conn)
{
	rtasr_code(conn, "11200", "no license left");
}

const struct fake_kind fake_rtasr = {
	.name = "iflytek-rtasr",
	.path = "/v1/ws",
	.hello = rtasr_hello,
	.opened = rtasr_opened,
	.text = rtasr_text,
	.binary = rtasr_binary,
	.error = rtasr_error,
};
