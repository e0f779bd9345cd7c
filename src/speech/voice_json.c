/*
 * speech/voice_json.c - the voice that is a POST of JSON: checklist D012
 *
 * {"text","voice","speed"} with "Authorization: Bearer KEY"; answers WAV.
 */
#include <jansson.h>
#include "speech/hearing.h"
#include "speech/voice_kinds.h"

static int json_ask(struct speaking_ask *ask)
{
	const struct voice_prm *prm = ask->prm;
	json_t *msg;
	int err;

	msg = json_pack("{ss ss sf}", "text", prm->text, "voice", prm->name,
	                "speed",
	                speaking_scale(&ask->dialect->rate, prm->speechrate));
	err = hearing_options(msg, ask->service);
	if (err) {
		json_decref(msg);
		return err;
	}

	speaking_authorize(ask, "Bearer");
	ask->content_type = "application/json";

	return hearing_json(ask->body, msg);
}

const struct speaking_dialect voice_json = {
	.kind = "json-tts",
	.voice = "female_1",
	.rate = {"speed", 0.5, 1, 2, true},
	.ask = json_ask,
};
