/*
 * speech/asr_iflytek_iat.c - iFlytek (xfyun) iat v2, WebSocket
 *
 * The url is signed (speech/sign.h) and good for five minutes. Every message is
 * JSON with base64 audio; the first has the settings, the last status 2. Texts
 * are numbered pieces; a later one may take the place of several ("rpl"). One
 * connection is one phrase of at most a minute.
 */
#include <stdio.h>
#include "speech/hearing.h"
#include "speech/iflytek.h"

enum {
	PIECE_MS = 40,
	LONGEST_MS = 58000, /* it fails what is longer than a minute */
	SPARE_MS = 8000,    /* it closes after ten seconds without audio */
	QUIET_MS = 10000,   /* we find the end of a phrase, not it */
	PIECES_MAX = 256,   /* numbers of a text */
	STATUS_FIRST = 0,
	STATUS_MIDDLE = 1,
	STATUS_LAST = 2,
};

/* Of one phrase. */
struct iat {
	json_t *business; /* the settings, until they are sent */
	char *piecev[PIECES_MAX];
};

static void destructor(void *arg)
{
	struct iat *iat = arg;

	json_decref(iat->business);
	for (size_t i = 0; i < PIECES_MAX; i++)
		mem_deref(iat->piecev[i]);
}

static int iat_setup(void **memoryp, struct service *service,
                     const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	(void)memoryp;
	(void)make;

	return iflytek_check(service, true, fault);
}

static int iat_greet(struct url *url, char headers[HEARING_HEADERS_SIZE],
                     const struct service *service, const struct asr_prm *prm,
                     void *memory)
{
	(void)headers;
	(void)prm;
	(void)memory;

	return iflytek_sign(url, service);
}

/* Nothing is sent yet: the settings go with the first audio. */
static int iat_begin(struct mbuf *mb, struct hearing_talk *talk,
                     const struct asr_prm *prm)
{
	/* Other languages have names of their own there: an option. */
	bool is_english = !strncmp(prm->lang, "en", 2);
	struct iat *iat;

	(void)mb;

	talk->memory = iat = mem_zalloc(sizeof(*iat), destructor);
	if (!iat)
		return ENOMEM;

	iat->business =
		json_pack("{s:s,s:s,s:s,s:i,s:i}", "language",
	                  is_english ? "en_us" : "zh_cn", "domain",
	                  *talk->service->model ? talk->service->model : "iat",
	                  "accent", "mandarin", "vad_eos", QUIET_MS, "ptt", 1);
	/* Numbered pieces that replace each other: Chinese only. */
	if (iat->business && !is_english)
		(void)json_object_set_new(iat->business, "dwa",
		                          json_string("wpgs"));

	return iat->business ? hearing_options(iat->business, talk->service)
	                     : ENOMEM;
}

static int message(struct mbuf *mb, const struct hearing_talk *talk, int status,
                   const char *audio)
{
	const struct iat *iat = talk->memory;
	char format[32];
	json_t *msg;

	(void)snprintf(format, sizeof(format), "audio/L16;rate=%u",
	               talk->rate_hz);
	msg = json_pack("{s:{s:i,s:s,s:s,s:s}}", "data", "status", status,
	                "format", format, "encoding", "raw", "audio", audio);
	if (msg && status == STATUS_FIRST &&
	    (json_object_set_new(
		     msg, "common",
		     json_pack("{s:s}", "app_id", talk->service->app)) ||
	     json_object_set(msg, "business", iat->business))) {
		json_decref(msg);
		return ENOMEM;
	}

	return hearing_json(mb, msg);
}

static int iat_audio(struct mbuf *mb, enum ws_kind *kindp,
                     struct hearing_talk *talk, const int16_t *pcm, size_t n)
{
	char *audio = hearing_base64(pcm, n * sizeof(*pcm));
	int err;

	if (!audio)
		return ENOMEM;

	*kindp = WS_TEXT;
	err = message(mb, talk, talk->sent == 1 ? STATUS_FIRST : STATUS_MIDDLE,
	              audio);
	mem_deref(audio);

	return err;
}

static int iat_end(struct mbuf *mb, struct hearing_talk *talk)
{
	return message(mb, talk, STATUS_LAST, "");
}

/* The numbers of the pieces that it takes the place of are let go of. */
static void range_drop(struct iat *iat, const json_t *range)
{
	json_int_t from = json_integer_value(json_array_get(range, 0));
	json_int_t to = json_integer_value(json_array_get(range, 1));

	for (json_int_t i = from < 0 ? 0 : from; i <= to && i < PIECES_MAX; i++)
		iat->piecev[i] = mem_deref(iat->piecev[i]);
}

static int piece_take(struct iat *iat, const json_t *result)
{
	json_int_t sn = json_integer_value(json_object_get(result, "sn"));
	const char *pgs = json_string_value(json_object_get(result, "pgs"));
	char text[HEARING_TEXT_SIZE] = "";

	if (sn < 0 || sn >= PIECES_MAX)
		return 0;

	if (pgs && !strcmp(pgs, "rpl"))
		range_drop(iat, json_object_get(result, "rg"));
	iat->piecev[sn] = mem_deref(iat->piecev[sn]);

	return str_dup(&iat->piecev[sn],
	               iflytek_words(text, json_object_get(result, "ws")));
}

/* All pieces in the order of their numbers. */
static void whole_text(char text[HEARING_TEXT_SIZE], const struct iat *iat)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < PIECES_MAX; i++) {
		const char *piece = iat->piecev[i] ? iat->piecev[i] : "";
		size_t len = strlen(piece);

		if (n + len + 1 > HEARING_TEXT_SIZE)
			break;
		memcpy(text + n, piece, len + 1);
		n += len;
	}
}

static void result_take(struct hearing_heard *heard, struct hearing_talk *talk,
                        const json_t *part)
{
	const json_t *result = json_object_get(part, "result");
	struct iat *iat = talk->memory;
	char text[HEARING_TEXT_SIZE];

	if (result && piece_take(iat, result)) {
		hearing_fail(heard, ENOMEM, "no memory for a text");
		return;
	}

	whole_text(text, iat);
	heard->is_over = json_integer_value(json_object_get(part, "status")) ==
	                 STATUS_LAST;
	if (heard->is_over)
		hearing_final(talk, text);
	else
		hearing_partial(talk, text);
}

static void iat_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                     const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const json_t *code = json_object_get(msg, "code");

	if (!json_is_integer(code))
		hearing_fail(heard, EPROTO, "not an answer of iFlytek");
	else if (json_integer_value(code))
		iflytek_fail(
			heard, (long)json_integer_value(code),
			json_string_value(json_object_get(msg, "message")));
	else
		result_take(heard, talk, json_object_get(msg, "data"));
	json_decref(msg);
}

const struct hearing_dialect hearing_iflytek_iat = {
	.kind = "iflytek-iat",
	.url = "wss://iat-api.xfyun.cn/v2/iat",
	.langs = "zh,en",
	.piece_ms = PIECE_MS,
	.is_paced = true,
	.spare_ms = SPARE_MS,
	.longest_ms = LONGEST_MS,
	.setup = iat_setup,
	.greet = iat_greet,
	.begin = iat_begin,
	.audio = iat_audio,
	.end = iat_end,
	.hear = iat_hear,
};

static int iat_alloc(struct asr_engine **enginep, const struct asr_make *make,
                     char fault[CFG_FAULT_SIZE])
{
	return hearing_alloc(enginep, &hearing_iflytek_iat, make, fault);
}

const struct asr_ops asr_iflytek_iat = {
	.name = "iflytek-iat",
	.is_service = true,
	.has_endpoints = false,
	.alloc = iat_alloc,
	.can = hearing_can,
	.prepare = hearing_prepare,
	.open = hearing_open,
	.feed = hearing_feed,
	.finish = hearing_finish,
};
