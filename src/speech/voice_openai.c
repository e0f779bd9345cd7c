/*
 * speech/voice_openai.c - OpenAI's /v1/audio/speech, and servers that speak the
 * same
 *
 * "pcm" is 24 kHz without a header and begins soonest; a server that has only
 * WAV is told so by the options ({"response_format":"wav"}).
 */
#include <jansson.h>
#include "speech/hearing.h"
#include "speech/voice_kinds.h"

enum {
	RAW_HZ = 24000,
};

static int openai_ask(struct speaking_ask *ask)
{
	const struct voice_prm *prm = ask->prm;
	const char *model = ask->service->model;
	json_t *msg;
	int err;

	msg = json_pack("{ss ss ss ss}", "model", *model ? model : "tts-1",
	                "input", prm->text, "voice", prm->name,
	                "response_format", "pcm");
	if (msg && prm->speechrate)
		(void)json_object_set_new(
			msg, "speed",
			json_real(speaking_scale(&ask->dialect->rate,
		                                 prm->speechrate)));
	err = msg ? hearing_options(msg, ask->service) : ENOMEM;
	if (err) {
		json_decref(msg);
		return err;
	}

	speaking_authorize(ask, "Bearer");
	ask->content_type = "application/json";

	return hearing_json(ask->body, msg);
}

static uint32_t openai_raw_hz(uint32_t rate_hz)
{
	(void)rate_hz;

	return RAW_HZ;
}

const struct speaking_dialect voice_openai = {
	.kind = "openai-tts",
	.url = "https://api.openai.com/v1/audio/speech",
	.voice = "alloy",
	.text_max = 4096,
	.rate = {"speed", 0.5, 1, 2, true},
	.ask = openai_ask,
	.raw_hz = openai_raw_hz,
};
