/*
 * speech/voice_yandex.c - Yandex SpeechKit, synthesis v1: a form, samples back
 */
#include <jansson.h>
#include "speech/ssml.h"
#include "speech/voice_kinds.h"
#include "speech/yandex.h"

static int form_write(struct speaking_ask *ask, json_t *options)
{
	const struct voice_prm *prm = ask->prm;
	struct mbuf *form = ask->body;
	char lang[YANDEX_LANG_SIZE];
	int err;

	err = speaking_query(form, ssml_is(prm->text) ? "ssml" : "text",
	                     prm->text);
	if (!err)
		err = speaking_query(form, "lang",
		                     yandex_lang(lang, prm->lang));
	if (!err && *prm->name)
		err = speaking_query(form, "voice", prm->name);
	if (!err && prm->speechrate)
		err = speaking_query_number(
			form, "speed",
			speaking_scale(&ask->dialect->rate, prm->speechrate));
	if (!err)
		err = speaking_query(form, "format", "lpcm");
	if (!err)
		err = speaking_query_number(form, "sampleRateHertz",
		                            yandex_raw_hz(ask->rate_hz));
	if (!err && *ask->service->app)
		err = speaking_query(form, "folderId", ask->service->app);

	return err ? err : speaking_query_all(form, options);
}

static int yandex_ask(struct speaking_ask *ask)
{
	json_t *options = speaking_options(ask->service);
	int err;

	err = options ? form_write(ask, options) : ENOMEM;
	json_decref(options);
	if (err)
		return err;

	ask->content_type = "application/x-www-form-urlencoded";
	speaking_authorize(ask, yandex_scheme(ask->service->key));

	return 0;
}

const struct speaking_dialect voice_yandex = {
	.kind = "yandex-tts",
	.url = "https://tts.api.cloud.yandex.net/speech/v1/tts:synthesize",
	.text_max = 1600, /* 15 kB of form, nine bytes each at worst */
	.knows_ssml = true,
	.rate = {"speed", 0.5, 1, 2, true},
	.ask = yandex_ask,
	.raw_hz = yandex_raw_hz,
};
