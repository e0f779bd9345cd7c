/*
 * speech/asr_iflytek_rtasr.c - iFlytek (xfyun) rtasr v1, WebSocket
 *
 * The url is signed (speech/sign.h). "started" comes to every new connection;
 * then 16 kHz audio, and {"end": true}. A sentence is replaced while it grows
 * (type 1) and whole with type 0. The result stands in a text inside of the
 * message. The service closes when it has said all.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "speech/hearing.h"
#include "speech/iflytek.h"
#include "speech/sign.h"

enum {
	RATE_HZ = 16000,
	PIECE_MS = 40,
	SPARE_MS = 10000, /* it closes after fifteen seconds without audio */
	SECOND_MS = 1000,
};

static int rtasr_setup(void **memoryp, struct service *service,
                       const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	(void)memoryp;
	(void)make;

	return iflytek_check(service, false, fault);
}

static int options_add(struct url *url, const struct service *service)
{
	json_t *options = json_object(), *value;
	const char *name;
	int err = options ? hearing_options(options, service) : ENOMEM;

	json_object_foreach(options, name, value)
	{
		if (!err && json_is_string(value))
			err = hearing_query(url, name,
			                    json_string_value(value));
	}
	json_decref(options);

	return err;
}

static int rtasr_greet(struct url *url, char headers[HEARING_HEADERS_SIZE],
                       const struct service *service, const struct asr_prm *prm,
                       void *memory)
{
	int64_t now_s = clock_wall_ms() / SECOND_MS;
	char stamp[24], signature[SIGN_SIZE];
	int err;

	(void)headers;
	(void)memory;

	err = sign_rtasr(signature, service->key, service->app, now_s);
	if (err)
		return err;

	(void)snprintf(stamp, sizeof(stamp), "%lld", (long long)now_s);
	err = hearing_query(url, "appid", service->app);
	if (!err)
		err = hearing_query(url, "ts", stamp);
	if (!err)
		err = hearing_query(url, "signa", signature);
	if (!err && !strncmp(prm->lang, "en", 2))
		err = hearing_query(url, "lang", "en");

	return err ? err : options_add(url, service);
}

static int rtasr_end(struct mbuf *mb, struct hearing_talk *talk)
{
	(void)talk;

	return mbuf_write_str(mb, "{\"end\": true}");
}

static double text_number(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? strtod(text, NULL) : 0;
}

static void sentence_take(struct hearing_talk *talk, const json_t *result)
{
	const json_t *sentence =
		json_object_get(json_object_get(result, "cn"), "st");
	const json_t *partv = json_object_get(sentence, "rt");
	const char *type = json_string_value(json_object_get(sentence, "type"));
	char text[HEARING_TEXT_SIZE] = "", part[HEARING_TEXT_SIZE];
	size_t n = 0;

	if (!type)
		return;

	for (size_t i = 0; i < json_array_size(partv); i++) {
		size_t len = strlen(iflytek_words(
			part, json_object_get(json_array_get(partv, i), "ws")));

		if (n + len + 1 > sizeof(text))
			break;
		memcpy(text + n, part, len + 1);
		n += len;
	}

	if (strcmp(type, "0")) {
		hearing_partial(talk, text);
		return;
	}
	hearing_final(talk, text);
	hearing_times(talk, text_number(sentence, "bg"),
	              text_number(sentence, "ed"));
	hearing_sentence(talk);
}

static void result_take(struct hearing_heard *heard, struct hearing_talk *talk,
                        const char *data)
{
	json_t *result = data ? json_loads(data, 0, NULL) : NULL;

	if (!json_is_object(result))
		hearing_fail(heard, EPROTO, "a result that is no JSON");
	else
		sentence_take(talk, result);
	heard->is_over = talk->is_end_sent &&
	                 json_is_true(json_object_get(result, "ls"));
	json_decref(result);
}

static void rtasr_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                       const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const char *action = json_string_value(json_object_get(msg, "action"));

	if (!action)
		hearing_fail(heard, EPROTO, "not an answer of iFlytek");
	else if (!strcmp(action, "started"))
		heard->is_ready = true;
	else if (!strcmp(action, "result"))
		result_take(heard, talk,
		            json_string_value(json_object_get(msg, "data")));
	else if (!strcmp(action, "error"))
		iflytek_fail(heard, (long)text_number(msg, "code"),
		             json_string_value(json_object_get(msg, "desc")));
	json_decref(msg);
}

const struct hearing_dialect hearing_iflytek_rtasr = {
	.kind = "iflytek-rtasr",
	.url = "wss://rtasr.xfyun.cn/v1/ws",
	.langs = "zh,en",
	.piece_ms = PIECE_MS,
	.rate_hz = RATE_HZ,
	.has_to_start = true,
	.is_greeted = true,
	.ends_by_close = true,
	.is_paced = true,
	.is_url_bound = true,
	.spare_ms = SPARE_MS,
	.setup = rtasr_setup,
	.greet = rtasr_greet,
	.end = rtasr_end,
	.hear = rtasr_hear,
};

static int rtasr_alloc(struct asr_engine **enginep, const struct asr_make *make,
                       char fault[CFG_FAULT_SIZE])
{
	return hearing_alloc(enginep, &hearing_iflytek_rtasr, make, fault);
}

const struct asr_ops asr_iflytek_rtasr = {
	.name = "iflytek-rtasr",
	.is_service = true,
	.has_endpoints = true,
	.alloc = rtasr_alloc,
	.can = hearing_can,
	.prepare = hearing_prepare,
	.open = hearing_open,
	.feed = hearing_feed,
	.finish = hearing_finish,
};
