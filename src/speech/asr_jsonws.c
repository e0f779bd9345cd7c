/*
 * speech/asr_jsonws.c - the plain WebSocket of seed documents: JSON and base64
 *
 * Checklist D007-D010: "Authorization: Bearer KEY", each piece of 16 kHz PCM is
 * {"format":"pcm","rate":16000,"data":BASE64} and is answered with a "text" of
 * the sentence so far; or the format is "mulaw". There is no message for an
 * end: the answer to the last piece is it.
 */
#include <stdio.h>
#include "speech/hearing.h"

enum {
	RATE_HZ = 16000,
};

static int jsonws_greet(struct url *url, char headers[HEARING_HEADERS_SIZE],
                        const struct service *service,
                        const struct asr_prm *prm, void *memory)
{
	(void)url;
	(void)prm;
	(void)memory;

	(void)snprintf(headers, HEARING_HEADERS_SIZE,
	               "Authorization: Bearer %s\r\n"
	               "Content-Type: application/json\r\n",
	               service->key);

	return 0;
}

/* PCM goes as it lies there; mu-law has to be made of it. */
static char *audio_base64(const struct service *service, const int16_t *pcm,
                          size_t n)
{
	struct mbuf *samples;
	char *text = NULL;

	if (!service->is_mulaw)
		return hearing_base64(pcm, n * sizeof(*pcm));

	samples = mbuf_alloc(n);
	if (samples && !hearing_samples(samples, service, pcm, n))
		text = hearing_base64(samples->buf, samples->end);
	mem_deref(samples);

	return text;
}

static int jsonws_audio(struct mbuf *mb, enum ws_kind *kindp,
                        struct hearing_talk *talk, const int16_t *pcm, size_t n)
{
	char *audio = audio_base64(talk->service, pcm, n);
	int err;

	if (!audio)
		return ENOMEM;

	*kindp = WS_TEXT;
	err = mbuf_printf(mb, "{\"format\":\"%s\",\"rate\":%u,\"data\":\"%s\"}",
	                  talk->service->is_mulaw ? "mulaw" : "pcm",
	                  talk->rate_hz, audio);
	mem_deref(audio);

	return err;
}

static void jsonws_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                        const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const char *text = json_string_value(json_object_get(msg, "text"));
	const char *error = json_string_value(json_object_get(msg, "error"));

	if (error)
		hearing_fail(heard, EREMOTEIO, "%s", error);
	else if (!text)
		hearing_fail(heard, EPROTO, "an answer without \"text\"");
	else
		hearing_partial(talk, text);
	heard->is_over = talk->is_end_sent && talk->replies >= talk->sent;
	json_decref(msg);
}

const struct hearing_dialect hearing_jsonws = {
	.kind = "jsonws",
	.piece_ms = 100,
	.rate_hz = RATE_HZ,
	.answers_each = true,
	.greet = jsonws_greet,
	.audio = jsonws_audio,
	.hear = jsonws_hear,
};

static int jsonws_alloc(struct asr_engine **enginep,
                        const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	return hearing_alloc(enginep, &hearing_jsonws, make, fault);
}

const struct asr_ops asr_jsonws = {
	.name = "jsonws",
	.is_service = true,
	.has_endpoints = false,
	.alloc = jsonws_alloc,
	.can = hearing_can,
	.prepare = hearing_prepare,
	.open = hearing_open,
	.feed = hearing_feed,
	.finish = hearing_finish,
};
