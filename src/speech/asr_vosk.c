/*
 * speech/asr_vosk.c - the Vosk server (alphacep/vosk-server), WebSocket
 *
 * One text answers each piece of audio: {"partial":…} or, where the decoder
 * found an end by itself, {"text":…}. The configuration comes before the first
 * audio and is not answered by the server in Python, but is by the one in C++.
 * The end is the exact text below; then comes one last answer and the server
 * closes. "reset" keeps the connection: the server in Python knows it.
 */
#include <jansson.h>
#include "speech/hearing.h"

enum {
	SECOND_MS = 1000,
};

/* Compared byte by byte there. */
static const char end_text[] = "{\"eof\" : 1}";
static const char reset_text[] = "{\"reset\" : 1}";

/* The option "phrase_list": true stands for what is expected now, with a way
 * out for everything else. Models with a graph of their own ignore it. */
static int phrases_set(json_t *config, const struct asr_prm *prm)
{
	json_t *list;

	if (!json_is_true(json_object_get(config, "phrase_list")))
		return 0;

	if (!prm->hintc)
		return json_object_del(config, "phrase_list") ? ENOMEM : 0;

	list = json_array();
	for (size_t i = 0; i < prm->hintc; i++)
		(void)json_array_append_new(list, json_string(prm->hintv[i]));
	(void)json_array_append_new(list, json_string("[unk]"));

	return json_object_set_new(config, "phrase_list", list) ? ENOMEM : 0;
}

static int vosk_begin(struct mbuf *mb, struct hearing_talk *talk,
                      const struct asr_prm *prm)
{
	json_t *config = json_pack("{s:i,s:b}", "sample_rate",
	                           (int)talk->rate_hz, "words", 1);
	int err;

	if (!config)
		return ENOMEM;

	err = hearing_options(config, talk->service);
	if (!err)
		err = phrases_set(config, prm);
	if (err) {
		json_decref(config);
		return err;
	}

	return hearing_json(mb, json_pack("{s:o}", "config", config));
}

static int vosk_end(struct mbuf *mb, struct hearing_talk *talk)
{
	return mbuf_write_str(mb,
	                      talk->service->is_reused ? reset_text : end_text);
}

static double word_number(const json_t *words, size_t i, const char *name)
{
	return json_number_value(
		json_object_get(json_array_get(words, i), name));
}

/* The words' confidence, as a mean, and when they were said. */
static void words_take(struct hearing_talk *talk, const json_t *words)
{
	double sum = 0;
	size_t n = json_array_size(words);

	if (!n)
		return;

	for (size_t i = 0; i < n; i++)
		sum += word_number(words, i, "conf");
	hearing_score(talk, sum / (double)n);
	hearing_times(talk, word_number(words, 0, "start") * SECOND_MS,
	              word_number(words, n - 1, "end") * SECOND_MS);
}

/* With alternatives the first is the best; its confidence has no scale. */
static const char *final_text(const json_t *msg)
{
	const json_t *first =
		json_array_get(json_object_get(msg, "alternatives"), 0);

	return json_string_value(json_object_get(first ? first : msg, "text"));
}

static void vosk_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                      const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const char *text;

	if (!json_is_object(msg)) {
		hearing_fail(heard, EPROTO, "not an answer of a Vosk server");
		goto out;
	}

	text = json_string_value(json_object_get(msg, "partial"));
	if (text)
		hearing_partial(talk, text);
	text = final_text(msg);
	if (text) {
		words_take(talk, json_object_get(msg, "result"));
		hearing_final(talk, text);
		hearing_sentence(talk);
	}

	/* Every piece was answered, and the end as well. */
	heard->is_over = talk->is_end_sent && talk->service->is_reused &&
	                 text && talk->replies > talk->sent;

out:
	json_decref(msg);
}

const struct hearing_dialect hearing_vosk = {
	.kind = "vosk",
	.piece_ms = 100,
	.answers_each = true,
	.ends_by_close = true,
	.reuse = HEARING_IF_ASKED,
	.begin = vosk_begin,
	.end = vosk_end,
	.hear = vosk_hear,
};

static int vosk_alloc(struct asr_engine **enginep, const struct asr_make *make,
                      char fault[CFG_FAULT_SIZE])
{
	return hearing_alloc(enginep, &hearing_vosk, make, fault);
}

const struct asr_ops asr_vosk = {
	.name = "vosk",
	.is_service = true,
	.has_endpoints = true,
	.alloc = vosk_alloc,
	.can = hearing_can,
	.prepare = hearing_prepare,
	.open = hearing_open,
	.feed = hearing_feed,
	.finish = hearing_finish,
};
