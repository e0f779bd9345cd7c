/*
 * speech/voice_iflytek.c - iFlytek (xfyun) tts v2, WebSocket
 *
 * One signed connection is one text; samples come as base64 in JSON, the last
 * with status 2.
 */
#include <jansson.h>
#include <stdio.h>
#include "speech/hearing.h"
#include "speech/iflytek.h"
#include "speech/voice_kinds.h"
#include <re_base64.h>

enum {
	STATUS_LAST = 2,
};

static int iflytek_setup(void **memoryp, struct service *service,
                         struct httpc *http, char fault[CFG_FAULT_SIZE])
{
	(void)memoryp;
	(void)http;

	return iflytek_check(service, true, fault);
}

static uint32_t iflytek_raw_hz(uint32_t rate_hz)
{
	return rate_hz == 8000 ? 8000 : 16000;
}

static json_t *business_make(const struct speaking_ask *ask)
{
	const struct speaking_dialect *dialect = ask->dialect;
	const struct voice_prm *prm = ask->prm;
	char form[32];

	(void)snprintf(form, sizeof(form), "audio/L16;rate=%u",
	               iflytek_raw_hz(ask->rate_hz));

	return json_pack(
		"{ss ss ss ss si si si}", "aue", "raw", "auf", form, "vcn",
		prm->name, "tte", "UTF8", "speed",
		(int)speaking_scale(&dialect->rate, prm->speechrate), "volume",
		(int)speaking_scale(&dialect->volume, prm->volume), "pitch",
		(int)speaking_scale(&dialect->pitch, prm->pitchrate));
}

static int iflytek_ask(struct speaking_ask *ask)
{
	const char *text = ask->prm->text;
	struct url url = ask->service->url;
	char *encoded;
	json_t *business;
	int err;

	err = iflytek_sign(&url, ask->service);
	if (!err)
		err = speaking_url(ask->url, &url);
	if (err)
		return err;

	business = business_make(ask);
	encoded = hearing_base64(text, strlen(text));
	err = business && encoded ? hearing_options(business, ask->service)
	                          : ENOMEM;
	if (!err)
		err = hearing_json(ask->body,
		                   json_pack("{s{ss} sO s{ss si}}", "common",
		                             "app_id", ask->service->app,
		                             "business", business, "data",
		                             "text", encoded, "status",
		                             STATUS_LAST));
	json_decref(business);
	mem_deref(encoded);

	return err;
}

static void sound_take(struct speaking_heard *heard, const char *audio)
{
	size_t len = strlen(audio), size = len / 4 * 3 + 3;

	if (mbuf_resize(heard->room, size)) {
		heard->err = ENOMEM;
		return;
	}
	if (len && base64_decode(audio, len, heard->room->buf, &size)) {
		heard->err = EPROTO;
		(void)snprintf(heard->why, sizeof(heard->why),
		               "sound that is not base64");
		return;
	}

	heard->sound = heard->room->buf;
	heard->soundc = len ? size : 0;
}

static void iflytek_hear(struct speaking_heard *heard, bool is_text,
                         const char *data, size_t n)
{
	json_t *msg = is_text ? json_loadb(data, n, 0, NULL) : NULL;
	const json_t *answer = json_object_get(msg, "data");
	const json_t *code = json_object_get(msg, "code");
	const char *audio = json_string_value(json_object_get(answer, "audio"));
	struct hearing_heard failed = {.err = 0};

	if (!json_is_integer(code)) {
		heard->err = EPROTO;
		(void)snprintf(heard->why, sizeof(heard->why),
		               "not an answer of iFlytek");
	}
	else if (json_integer_value(code)) {
		iflytek_fail(
			&failed, (long)json_integer_value(code),
			json_string_value(json_object_get(msg, "message")));
		heard->err = failed.err;
		(void)snprintf(heard->why, sizeof(heard->why), "%s",
		               failed.why);
	}
	else if (audio) {
		sound_take(heard, audio);
	}
	heard->is_over =
		json_integer_value(json_object_get(answer, "status")) ==
		STATUS_LAST;
	json_decref(msg);
}

const struct speaking_dialect voice_iflytek = {
	.kind = "iflytek-tts",
	.url = "wss://tts-api.xfyun.cn/v2/tts",
	.voice = "xiaoyan",
	.text_max = 2000, /* 8000 bytes */
	.volume = {"volume", 0, 50, 100, false},
	.rate = {"speed", 0, 50, 100, false},
	.pitch = {"pitch", 0, 50, 100, false},
	.setup = iflytek_setup,
	.ask = iflytek_ask,
	.raw_hz = iflytek_raw_hz,
	.hear = iflytek_hear,
};
