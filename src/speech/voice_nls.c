/*
 * speech/voice_nls.c - Alibaba Cloud NLS, synthesis over HTTP
 *
 * A POST of JSON with the token (speech/nls_token.h); samples back, whatever
 * type the content claims. What fails is JSON with a number.
 */
#include <jansson.h>
#include "speech/hearing.h"
#include "speech/nls_token.h"
#include "speech/voice_kinds.h"

static int nls_setup(void **memoryp, struct service *service,
                     struct httpc *http, char fault[CFG_FAULT_SIZE])
{
	struct nls_token *token;
	int err;

	if (!*service->app) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[service %s] app: the appkey of a project of "
		               "Alibaba Cloud NLS is wanted",
		               service->name);
		return EINVAL;
	}

	err = nls_token_alloc(&token, service, http);
	if (!err)
		*memoryp = token;

	return err;
}

static bool nls_refused(void *memory, uint64_t asked_ms)
{
	return nls_token_refused(memory, asked_ms);
}

static const char *nls_why(const void *memory)
{
	return nls_token_why(memory);
}

static uint32_t nls_raw_hz(uint32_t rate_hz)
{
	return rate_hz == 8000 ? 8000 : 16000;
}

static json_t *message_make(const struct speaking_ask *ask)
{
	const struct speaking_dialect *dialect = ask->dialect;
	const struct voice_prm *prm = ask->prm;

	return json_pack("{ss ss ss ss si si si si}", "appkey",
	                 ask->service->app, "text", prm->text, "voice",
	                 prm->name, "format", "pcm", "sample_rate",
	                 (int)nls_raw_hz(ask->rate_hz), "volume",
	                 (int)speaking_scale(&dialect->volume, prm->volume),
	                 "speech_rate",
	                 (int)speaking_scale(&dialect->rate, prm->speechrate),
	                 "pitch_rate",
	                 (int)speaking_scale(&dialect->pitch, prm->pitchrate));
}

static int nls_ask(struct speaking_ask *ask)
{
	const char *token;
	json_t *msg;
	int err;

	err = nls_token_get(ask->memory, &token);
	if (err)
		return err;

	msg = message_make(ask);
	err = msg ? hearing_options(msg, ask->service) : ENOMEM;
	if (err) {
		json_decref(msg);
		return err;
	}

	(void)snprintf(ask->header, sizeof(ask->header), "%s", token);
	speaking_header(ask, "X-NLS-Token", ask->header);
	ask->content_type = "application/json";

	return hearing_json(ask->body, msg);
}

static int nls_meaning(long code)
{
	switch (code) {
	case 40000001: /* no token, or an old one */
	case 40020105: /* no appkey, or another's */
	case 40020106:
		return EACCES;
	case 40000005: /* too many at a time */
	case 40000010: /* the free trial is over */
	case 43040001:
		return EDQUOT;
	default:
		return 0;
	}
}

const struct speaking_dialect voice_nls = {
	.kind = "nls-tts",
	.url = "https://nls-gateway.cn-shanghai.aliyuncs.com/stream/v1/tts",
	.voice = "xiaoyun",
	.text_max = 300,
	.volume = {"volume", 0, 50, 100, false},
	.rate = {"speech_rate", -500, 0, 500, false},
	.pitch = {"pitch_rate", -500, 0, 500, false},
	.setup = nls_setup,
	.ask = nls_ask,
	.raw_hz = nls_raw_hz,
	.is_always_raw = true,
	.refused = nls_refused,
	.why = nls_why,
	.meaning = nls_meaning,
};
