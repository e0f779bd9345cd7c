/*
 * test/fakes/fake_voice_kinds.c - the voices, each as its service takes a text
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/text.h"
#include "fakes/fake_voice.h"

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
	.error = "{\"error\":\"nothing for %s\"}",
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
	.error = "{\"error\":{\"message\":\"nothing for %s\"}}",
};
