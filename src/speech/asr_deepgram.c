/*
 * speech/asr_deepgram.c - Deepgram's live recogniser, WebSocket
 *
 * Everything is asked for in the query. An interim result takes the place of
 * the one before; several final ones make a sentence, which speech_final or
 * UtteranceEnd ends. Ten seconds without audio end a connection, so spares say
 * KeepAlive.
 */
#include <stdio.h>
#include "base/text.h"
#include "speech/hearing.h"

enum {
	LANG_SIZE = 36,
	WORD_SIZE = 128,
	SECOND_MS = 1000,
};

/* Most languages have no regions there, and one that is named is refused. */
static const char *language(char text[LANG_SIZE], const char *lang)
{
	static const char *const regionalv[] = {"en-", "pt-", "zh-"};

	if (!*lang)
		return "multi";

	(void)text_copy(text, LANG_SIZE, lang);
	for (size_t i = 0; i < ARRAY_COUNT(regionalv); i++) {
		if (!strncmp(lang, regionalv[i], strlen(regionalv[i])))
			return text;
	}
	text[strcspn(text, "-_")] = '\0';

	return text;
}

static int query_json(struct url *url, const char *name, const json_t *value)
{
	char text[WORD_SIZE];
	int err = 0;

	if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value) && !err; i++)
			err = query_json(url, name, json_array_get(value, i));
		return err;
	}
	if (json_is_string(value))
		return hearing_query(url, name, json_string_value(value));

	if (json_is_boolean(value))
		(void)snprintf(text, sizeof(text), "%s",
		               json_is_true(value) ? "true" : "false");
	else
		(void)snprintf(text, sizeof(text), "%g",
		               json_number_value(value));

	return hearing_query(url, name, text);
}

static int hot_words(struct url *url, const char *model, const char *words)
{
	bool is_old = strstr(model, "nova-2") || strstr(model, "base");
	char word[WORD_SIZE];
	int err = 0;

	while (!err && (words = hearing_hot_word(word, sizeof(word), words)))
		err = hearing_query(url, is_old ? "keywords" : "keyterm", word);

	return err;
}

static int deepgram_greet(struct url *url, char headers[HEARING_HEADERS_SIZE],
                          const struct service *service,
                          const struct asr_prm *prm, void *memory)
{
	const char *model = *service->model ? service->model : "nova-3";
	char lang[LANG_SIZE];
	json_t *query, *value;
	const char *name;
	int err;

	(void)memory;
	(void)snprintf(headers, HEARING_HEADERS_SIZE,
	               "Authorization: Token %s\r\n", service->key);

	query = json_pack("{s:s,s:s,s:s,s:i,s:i,s:b,s:b}", "model", model,
	                  "language", language(lang, prm->lang), "encoding",
	                  service->is_mulaw ? "mulaw" : "linear16",
	                  "sample_rate", (int)prm->rate_hz, "channels", 1,
	                  "interim_results", 1, "punctuate", 1);
	err = query ? hearing_options(query, service) : ENOMEM;
	json_object_foreach(query, name, value)
	{
		if (!err)
			err = query_json(url, name, value);
	}
	json_decref(query);

	return err || !prm->hot_word ? err
	                             : hot_words(url, model, prm->hot_word);
}

static int deepgram_audio(struct mbuf *mb, enum ws_kind *kindp,
                          struct hearing_talk *talk, const int16_t *pcm,
                          size_t n)
{
	*kindp = WS_BINARY;

	return hearing_samples(mb, talk->service, pcm, n);
}

static int deepgram_end(struct mbuf *mb, struct hearing_talk *talk)
{
	(void)talk;

	return mbuf_write_str(mb, "{\"type\":\"CloseStream\"}");
}

static double at_ms(const json_t *words, size_t i, const char *name)
{
	return json_number_value(
		       json_object_get(json_array_get(words, i), name)) *
	       SECOND_MS;
}

static void results(struct hearing_talk *talk, const json_t *msg)
{
	const json_t *best =
		json_array_get(json_object_get(json_object_get(msg, "channel"),
	                                       "alternatives"),
	                       0);
	const char *text =
		json_string_value(json_object_get(best, "transcript"));
	const json_t *words = json_object_get(best, "words");
	size_t n = json_array_size(words);

	if (!text)
		return;

	if (!json_is_true(json_object_get(msg, "is_final"))) {
		hearing_partial(talk, text);
		return;
	}

	hearing_final(talk, text);
	if (*text)
		hearing_score(talk, json_number_value(json_object_get(
					    best, "confidence")));
	if (n)
		hearing_times(talk, at_ms(words, 0, "start"),
		              at_ms(words, n - 1, "end"));
	if (json_is_true(json_object_get(msg, "speech_final")))
		hearing_sentence(talk);
}

static void deepgram_hear(struct hearing_heard *heard,
                          struct hearing_talk *talk, const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const char *type = json_string_value(json_object_get(msg, "type"));
	const char *said =
		json_string_value(json_object_get(msg, "description"));

	if (!type)
		hearing_fail(heard, EPROTO, "not an answer of Deepgram");
	else if (!strcmp(type, "Results"))
		results(talk, msg);
	else if (!strcmp(type, "UtteranceEnd"))
		hearing_sentence(talk);
	else if (!strcmp(type, "Metadata"))
		heard->is_over = talk->is_end_sent;
	else if (!strcmp(type, "Error"))
		hearing_fail(heard, EREMOTEIO, "%s", said ? said : "an error");
	json_decref(msg);
}

const struct hearing_dialect hearing_deepgram = {
	.kind = "deepgram",
	.url = "wss://api.deepgram.com/v1/listen",
	.piece_ms = 100,
	.ends_by_close = true,
	.is_url_bound = true,
	.idle = "{\"type\":\"KeepAlive\"}",
	.idle_ms = 4000,
	.greet = deepgram_greet,
	.audio = deepgram_audio,
	.end = deepgram_end,
	.hear = deepgram_hear,
};

static int deepgram_alloc(struct asr_engine **enginep,
                          const struct asr_make *make,
                          char fault[CFG_FAULT_SIZE])
{
	return hearing_alloc(enginep, &hearing_deepgram, make, fault);
}

const struct asr_ops asr_deepgram = {
	.name = "deepgram",
	.is_service = true,
	.has_endpoints = true,
	.alloc = deepgram_alloc,
	.can = hearing_can,
	.prepare = hearing_prepare,
	.open = hearing_open,
	.feed = hearing_feed,
	.finish = hearing_finish,
};
