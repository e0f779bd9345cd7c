/*
 * speech/voice_http.c - the voice that is a GET: checklist C011-C020
 *
 * The settings go as they are, 0 to 100 with 0 for the default; `config`, which
 * chooses among the keys of a proxy, and `engine` are options. Answers WAV, or
 * samples with their rate in the type of the content or in rate_hz.
 */
#include <jansson.h>
#include "speech/voice_kinds.h"

/* What the script says goes before what the configuration does. */
static const char *option_of(const json_t *options, const char *name,
                             const char *said)
{
	const char *text = json_string_value(json_object_get(options, name));

	if (said && *said)
		return said;

	return text ? text : "";
}

/* In the order of the document, empty ones too. */
static int query_write(struct mbuf *url, const struct voice_prm *prm,
                       json_t *options)
{
	int err;

	err = speaking_query(url, "config",
	                     option_of(options, "config", prm->config));
	if (!err)
		err = speaking_query(url, "voice", prm->name);
	if (!err)
		err = speaking_query_number(url, "volume", prm->volume);
	if (!err)
		err = speaking_query_number(url, "speechrate", prm->speechrate);
	if (!err)
		err = speaking_query_number(url, "pitchrate", prm->pitchrate);
	if (!err)
		err = speaking_query(url, "engine",
		                     option_of(options, "engine", prm->engine));
	(void)json_object_del(options, "config");
	(void)json_object_del(options, "engine");
	if (!err)
		err = speaking_query_all(url, options);
	if (!err)
		err = speaking_query(url, "text", prm->text);

	return err;
}

static int http_ask(struct speaking_ask *ask)
{
	json_t *options = speaking_options(ask->service);
	int err;

	err = options ? query_write(ask->url, ask->prm, options) : ENOMEM;
	json_decref(options);
	if (!err)
		speaking_authorize(ask, "Bearer");

	return err;
}

const struct speaking_dialect voice_http = {
	.kind = "http-tts",
	.url = "http://127.0.0.1:9989/tts",
	.text_max = 1300, /* nine bytes each in the address at worst */
	.volume = {"volume", 0, 50, 100, false},
	.rate = {"speechrate", 0, 50, 100, false},
	.pitch = {"pitchrate", 0, 50, 100, false},
	.ask = http_ask,
};
