/*
 * test/fakes/fake_voice_kinds.c - the voices, each as its service takes a text
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/text.h"
#include "fakes/fake_iflytek.h"
#include "fakes/fake_voice.h"
#include <re_base64.h>

enum {
	USUAL_HZ = 22050,
};

static bool is_authorized(const struct fake_voice *fake,
                          const struct fake_voice_asked *asked,
                          const char *scheme)
{
	const char *key = fake_voice_prm(fake)->key;
	char wanted[512];

	(void)snprintf(wanted, sizeof(wanted), "%s %s", scheme, key);

	return !key || !strcmp(asked->authorization, wanted);
}

static uint32_t rate_or(const struct fake_voice *fake, uint32_t rate_hz)
{
	uint32_t wanted_hz = fake_voice_prm(fake)->rate_hz;

	return wanted_hz ? wanted_hz : rate_hz;
}

static void keep(char *text, size_t size, const char *value)
{
	(void)text_copy(text, size, value ? value : "");
}

/* --- GET /tts?… ------------------------------------------------------------
 */

/* 0 is the default, 50 as well; 100 doubles. */
static double setting(struct fake_voice *fake, const char *query,
                      const char *name)
{
	const char *text = fake_voice_member(query, name);
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || value < 0 || value > 100)
		fake_voice_complain(fake, "%s=%s", name, text);

	return value > 0 ? exp2((value - 50) / 50) : 1;
}

static void http_ask(struct fake_voice *fake, struct fake_voice_seen *seen,
                     const struct fake_voice_asked *asked,
                     struct fake_voice_said *said)
{
	static const char *const namev[] = {
		"config=",    "voice=",  "volume=", "speechrate=",
		"pitchrate=", "engine=", "text="};

	if (strcmp(asked->method, "GET") != 0 || strcmp(asked->path, "/tts"))
		fake_voice_complain(fake, "%s %s", asked->method, asked->path);
	for (size_t i = 0; i < ARRAY_COUNT(namev); i++) {
		if (!strstr(asked->query, namev[i]))
			fake_voice_complain(fake, "no %s", namev[i]);
	}
	keep(seen->text, sizeof(seen->text),
	     fake_voice_member(asked->query, "text"));
	keep(seen->voice, sizeof(seen->voice),
	     fake_voice_member(asked->query, "voice"));
	keep(seen->model, sizeof(seen->model),
	     fake_voice_member(asked->query, "config"));
	keep(seen->engine, sizeof(seen->engine),
	     fake_voice_member(asked->query, "engine"));
	seen->volume = setting(fake, asked->query, "volume");
	seen->rate = setting(fake, asked->query, "speechrate");
	seen->pitch = setting(fake, asked->query, "pitchrate");
	if (!is_authorized(fake, asked, "Bearer"))
		said->status = 401;
	said->rate_hz = rate_or(fake, USUAL_HZ);
}

const struct fake_voice_kind fake_voice_http = {
	.name = "http-tts",
	.path = "/tts",
	.ask = http_ask,
	.error = "{\"error\":\"%s\"}",
};

/* --- POST of JSON ----------------------------------------------------------
 */

static const char *member(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

static void json_ask(struct fake_voice *fake, struct fake_voice_seen *seen,
                     const struct fake_voice_asked *asked,
                     struct fake_voice_said *said)
{
	json_t *json = json_loads(asked->body, 0, NULL);

	if (strcmp(asked->method, "POST") != 0 ||
	    strcmp(asked->type, "application/json") != 0 || !json)
		fake_voice_complain(fake, "%s of %s", asked->method,
		                    asked->type);
	keep(seen->text, sizeof(seen->text), member(json, "text"));
	keep(seen->voice, sizeof(seen->voice), member(json, "voice"));
	seen->rate = json_number_value(json_object_get(json, "speed"));
	if (!(seen->rate >= 0.5 && seen->rate <= 2)) {
		fake_voice_complain(fake, "speed %g", seen->rate);
		seen->rate = 1;
	}
	if (!is_authorized(fake, asked, "Bearer"))
		said->status = 401;
	said->rate_hz = rate_or(fake, 16000);
	json_decref(json);
}

const struct fake_voice_kind fake_voice_json = {
	.name = "json-tts",
	.path = "/speak",
	.ask = json_ask,
	.error = "{\"error\":{\"message\":\"%s\"}}",
};

/* --- OpenAI ----------------------------------------------------------------
 */

static void openai_ask(struct fake_voice *fake, struct fake_voice_seen *seen,
                       const struct fake_voice_asked *asked,
                       struct fake_voice_said *said)
{
	json_t *json = json_loads(asked->body, 0, NULL);
	const json_t *speed = json_object_get(json, "speed");
	const char *form = member(json, "response_format");

	if (strcmp(asked->method, "POST") != 0 ||
	    strcmp(asked->path, "/v1/audio/speech") != 0 || !json)
		fake_voice_complain(fake, "%s %s", asked->method, asked->path);
	if (!*member(json, "model") || !*member(json, "voice"))
		fake_voice_complain(fake, "no model or no voice");
	if (strcmp(form, "pcm") != 0 && strcmp(form, "wav") != 0 &&
	    strcmp(form, "mp3") != 0)
		fake_voice_complain(fake, "response_format %s", form);
	keep(seen->text, sizeof(seen->text), member(json, "input"));
	keep(seen->voice, sizeof(seen->voice), member(json, "voice"));
	keep(seen->model, sizeof(seen->model), member(json, "model"));
	seen->rate = speed ? json_number_value(speed) : 1;
	if (!(seen->rate >= 0.25 && seen->rate <= 4)) {
		fake_voice_complain(fake, "speed %g", seen->rate);
		seen->rate = 1;
	}
	if (!is_authorized(fake, asked, "Bearer"))
		said->status = 401;
	said->rate_hz = 24000;
	said->is_raw = !strcmp(form, "pcm");
	said->type = said->is_raw ? "audio/pcm" : NULL;
	json_decref(json);
}

const struct fake_voice_kind fake_voice_openai = {
	.name = "openai-tts",
	.path = "/v1/audio/speech",
	.ask = openai_ask,
	.error = "{\"error\":{\"message\":\"%s\",\"type\":"
		 "\"invalid_request_error\",\"param\":null,\"code\":null}}",
};

/* --- Yandex v1 --------------------------------------------------------------
 */

static void yandex_ask(struct fake_voice *fake, struct fake_voice_seen *seen,
                       const struct fake_voice_asked *asked,
                       struct fake_voice_said *said)
{
	const char *speed = fake_voice_member(asked->body, "speed");
	const char *lang = fake_voice_member(asked->body, "lang");

	if (strcmp(asked->method, "POST") != 0 ||
	    strcmp(asked->type, "application/x-www-form-urlencoded") != 0)
		fake_voice_complain(fake, "%s of %s", asked->method,
		                    asked->type);
	if (strlen(asked->body) > 15 << 10)
		fake_voice_complain(fake, "a form above 15 kB");
	if (strlen(lang) != 5 || lang[2] != '-')
		fake_voice_complain(fake, "lang=%s", lang);
	if (strcmp(fake_voice_member(asked->body, "format"), "lpcm"))
		fake_voice_complain(fake, "no format=lpcm");
	keep(seen->text, sizeof(seen->text),
	     fake_voice_member(asked->body, "text"));
	keep(seen->voice, sizeof(seen->voice),
	     fake_voice_member(asked->body, "voice"));
	seen->rate = *speed ? strtod(speed, NULL) : 1;
	if (!(seen->rate >= 0.1 && seen->rate <= 3)) {
		fake_voice_complain(fake, "speed=%s", speed);
		seen->rate = 1;
	}
	if (!is_authorized(fake, asked, "Api-Key"))
		said->status = 401;
	said->rate_hz = (uint32_t)strtoul(
		fake_voice_member(asked->body, "sampleRateHertz"), NULL, 10);
	if (said->rate_hz != 8000 && said->rate_hz != 16000 &&
	    said->rate_hz != 48000)
		said->status = 400;
	said->is_raw = true;
	said->type = "audio/x-pcm;bit=16";
}

const struct fake_voice_kind fake_voice_yandex = {
	.name = "yandex-tts",
	.path = "/speech/v1/tts:synthesize",
	.ask = yandex_ask,
	.error = "{\"error_code\":\"UNAUTHORIZED\",\"error_message\":"
		 "\"%s\"}",
};

/* --- Alibaba Cloud NLS ------------------------------------------------------
 */

/* Whole numbers between; `least` is half of the normal, `most` twice. */
static double number(struct fake_voice *fake, const json_t *json,
                     const char *name, int least, int most)
{
	const json_t *value = json_object_get(json, name);
	long long at = json_integer_value(value);
	double middle = (least + most) / 2.0;

	if (!json_is_integer(value) || at < least || at > most)
		fake_voice_complain(fake, "%s", name);

	return exp2(((double)at - middle) / (most - middle));
}

static void nls_ask(struct fake_voice *fake, struct fake_voice_seen *seen,
                    const struct fake_voice_asked *asked,
                    struct fake_voice_said *said)
{
	const struct fake_voice_prm *prm = fake_voice_prm(fake);
	json_t *json = json_loads(asked->body, 0, NULL);

	if (strcmp(asked->method, "POST") != 0 ||
	    strcmp(asked->path, "/stream/v1/tts") != 0 || !json)
		fake_voice_complain(fake, "%s %s", asked->method, asked->path);
	if (strcmp(member(json, "appkey"), prm->app) != 0)
		fake_voice_complain(fake, "appkey %s", member(json, "appkey"));
	keep(seen->text, sizeof(seen->text), member(json, "text"));
	keep(seen->voice, sizeof(seen->voice), member(json, "voice"));
	if (text_length(seen->text) > 300)
		fake_voice_complain(fake, "above 300 characters");
	seen->volume = number(fake, json, "volume", 0, 100);
	seen->rate = number(fake, json, "speech_rate", -500, 500);
	seen->pitch = number(fake, json, "pitch_rate", -500, 500);
	said->rate_hz = (uint32_t)json_integer_value(
		json_object_get(json, "sample_rate"));
	if (!asked->is_token_good) {
		said->status = 400;
		(void)snprintf(said->words, sizeof(said->words),
		               "Gateway:ACCESS_DENIED:The token '%s' has "
		               "expired!",
		               asked->token);
	}
	said->is_raw = !strcmp(member(json, "format"), "pcm");
	said->type = "audio/mpeg"; /* whatever it is */
	json_decref(json);
}

#define NLS_ERROR(code)                                                        \
	"{\"task_id\":\"1\",\"result\":\"\",\"status\":" code                  \
	",\"message\":\"%s\"}"

static const char *nls_error_of(unsigned status)
{
	switch (status) {
	case 429:
		return NLS_ERROR("40000005");
	case 503:
		return NLS_ERROR("50000000");
	case 200: /* found out in the middle */
		return NLS_ERROR("51020001");
	default:
		return NLS_ERROR("40000001");
	}
}

const struct fake_voice_kind fake_voice_nls = {
	.name = "nls-tts",
	.path = "/stream/v1/tts",
	.makes_tokens = true,
	.ask = nls_ask,
	.error_of = nls_error_of,
};

/* --- iFlytek ----------------------------------------------------------------
 */

static void iflytek_ask(struct fake_voice *fake, struct fake_voice_seen *seen,
                        const struct fake_voice_asked *asked,
                        struct fake_voice_said *said)
{
	const struct fake_voice_prm *prm = fake_voice_prm(fake);
	const char *query = asked->query;
	const struct fake_iflytek_signed what = {
		.path = asked->path,
		.authorization = fake_voice_member(query, "authorization"),
		.asked = fake_voice_member(query, "host"),
		.host = asked->host,
		.date = fake_voice_member(query, "date"),
	};

	(void)seen;

	said->status = fake_iflytek_hello(&what, prm->key, prm->secret);
}

static void iflytek_message(struct fake_voice *fake,
                            struct fake_voice_seen *seen, const char *data,
                            size_t n, struct fake_voice_said *said)
{
	const struct fake_voice_prm *prm = fake_voice_prm(fake);
	json_t *json = json_loadb(data, n, 0, NULL);
	const json_t *business = json_object_get(json, "business");
	const json_t *data_of = json_object_get(json, "data");
	const char *text = member(data_of, "text");
	size_t size = sizeof(seen->text) - 1;
	unsigned rate_hz = 0;

	if (strcmp(member(json_object_get(json, "common"), "app_id"),
	           prm->app) != 0 ||
	    strcmp(member(business, "aue"), "raw") != 0 ||
	    strcmp(member(business, "tte"), "UTF8") != 0 ||
	    json_integer_value(json_object_get(data_of, "status")) != 2)
		fake_voice_complain(fake, "%.*s", (int)n, data);
	if (base64_decode(text, strlen(text), (uint8_t *)seen->text, &size))
		fake_voice_complain(fake, "no base64");
	seen->text[size] = '\0';
	keep(seen->voice, sizeof(seen->voice), member(business, "vcn"));
	seen->volume = number(fake, business, "volume", 0, 100);
	seen->rate = number(fake, business, "speed", 0, 100);
	seen->pitch = number(fake, business, "pitch", 0, 100);
	if (sscanf(member(business, "auf"), "audio/L16;rate=%u", &rate_hz) != 1)
		said->status = 400;
	said->rate_hz = rate_hz;
	said->is_raw = true;
	json_decref(json);
}

static char *iflytek_wrap(const int16_t *pcm, size_t n, bool is_last)
{
	size_t size = (n * sizeof(*pcm) + 2) / 3 * 4;
	char *audio = mem_zalloc(size + 1, NULL), *text = NULL;

	if (audio && !base64_encode((const uint8_t *)pcm, n * sizeof(*pcm),
	                            audio, &size))
		(void)re_sdprintf(&text,
		                  "{\"code\":0,\"message\":\"success\",\"sid\":"
		                  "\"tts1\",\"data\":{\"audio\":\"%s\",\"ced\":"
		                  "\"1\",\"status\":%d}}",
		                  audio, is_last ? 2 : 1);
	mem_deref(audio);

	return text;
}

const struct fake_voice_kind fake_voice_iflytek = {
	.name = "iflytek-tts",
	.path = "/v2/tts",
	.ask = iflytek_ask,
	.message = iflytek_message,
	.wrap = iflytek_wrap,
	.error = "{\"code\":10163,\"message\":\"%s\",\"sid\":"
		 "\"tts1\",\"data\":null}",
};
