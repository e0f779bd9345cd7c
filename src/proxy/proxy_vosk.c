/*
 * proxy/proxy_vosk.c - the protocol of the Vosk server, for its clients
 *
 * One text answers each message of sound: {"partial":…} or, where a phrase
 * ended meanwhile, {"text":…}. {"config":{…}} before the first sound is not
 * answered. {"eof" : 1} is answered with what is left, and the end;
 * {"reset" : 1} with what is left. Texts that mean nothing end it, as there.
 */
#include <stdio.h>
#include "base/text.h"
#include "proxy/client.h"

enum {
	TEXT_SIZE = 2048,
	FINALS_MAX = 32, /* that wait for a message to answer */
	SILENCE_MS = 600,
	CODE_NORMAL = 1000,
	CODE_TROUBLE = 1011,
};

struct vosk {
	char partial[TEXT_SIZE];
	json_t *finals; /* array of objects */
	bool has_words;
	bool has_alternatives;
	bool is_reset; /* the end that comes is none */
};

static void vosk_destructor(void *arg)
{
	struct vosk *vosk = arg;

	json_decref(vosk->finals);
}

/* --- answers
 * ------------------------------------------------------------------ */

/* Recognisers of ours tell when a phrase was said, not each word: the words
 * share its time by their letters. */
static json_t *words_make(const struct asr_phrase *phrase)
{
	double at_s = phrase->begin_ms / 1000.0;
	double all_s = (phrase->end_ms - phrase->begin_ms) / 1000.0;
	size_t letters = text_length(phrase->text);
	json_t *words = json_array();
	const char *at = phrase->text;

	while (*at) {
		size_t n = strcspn(at, " ");
		double part_s;
		char word[128];

		(void)snprintf(word, sizeof(word), "%.*s", (int)n, at);
		(void)text_repair(word);
		part_s = all_s * (double)(text_length(word) + 1) /
		         (double)(letters + 1);
		if (*word)
			(void)json_array_append_new(
				words, json_pack("{s:f,s:f,s:f,s:s}", "conf",
			                         phrase->score / 100.0, "end",
			                         at_s + part_s, "start", at_s,
			                         "word", word));
		at_s += part_s;
		at += n + (at[n] == ' ');
	}

	return words;
}

static json_t *final_make(const struct vosk *vosk,
                          const struct asr_phrase *phrase)
{
	json_t *object = json_object();

	if (vosk->has_words && *phrase->text)
		(void)json_object_set_new(object, "result", words_make(phrase));
	(void)json_object_set_new(object, "text", json_string(phrase->text));
	if (!vosk->has_alternatives)
		return object;

	(void)json_object_set_new(object, "confidence",
	                          json_real(phrase->score));

	return json_pack("{s:[o]}", "alternatives", object);
}

static json_t *first_final(struct vosk *vosk)
{
	json_t *object = json_incref(json_array_get(vosk->finals, 0));

	(void)json_array_remove(vosk->finals, 0);

	return object;
}

static void vosk_taken(struct client *client)
{
	struct vosk *vosk = client->own;

	if (json_array_size(vosk->finals))
		client_say(client, first_final(vosk));
	else
		client_say(client,
		           json_pack("{s:s}", "partial", vosk->partial));
}

/* At the end there is one answer for all that is left. */
static json_t *rest_make(struct vosk *vosk)
{
	const struct asr_phrase nothing = {.text = ""};
	char text[TEXT_SIZE] = "";
	size_t count = json_array_size(vosk->finals), used = 0;
	json_t *words, *last, *more;

	if (count < 2)
		return count ? first_final(vosk) : final_make(vosk, &nothing);

	words = json_array();
	for (size_t i = 0; i < count; i++) {
		const char *part;

		last = json_array_get(vosk->finals, i);
		more = json_object_get(last, "alternatives");
		last = more ? json_array_get(more, 0) : last;
		(void)json_array_extend(words, json_object_get(last, "result"));
		part = json_string_value(json_object_get(last, "text"));
		(void)snprintf(text + used, sizeof(text) - used, "%s%s",
		               used && *part ? " " : "", part);
		used = strlen(text);
	}
	(void)json_array_clear(vosk->finals);
	(void)text_repair(text);
	last = json_pack("{s:s}", "text", text);
	if (json_array_size(words))
		(void)json_object_set(last, "result", words);
	json_decref(words);

	return vosk->has_alternatives
	               ? json_pack("{s:[o]}", "alternatives", last)
	               : last;
}

static void vosk_ended(struct client *client)
{
	struct vosk *vosk = client->own;

	client_say(client, rest_make(vosk));
	vosk->partial[0] = '\0';
	if (vosk->is_reset)
		client_reset(client);
	else
		httpd_ws_close(client->ws, CODE_NORMAL, "");
	vosk->is_reset = false;
}

/* --- phrases
 * -------------------------------------------------------------------- */

static void vosk_began(struct client *client, uint32_t at_ms)
{
	(void)client;
	(void)at_ms;
}

static void vosk_partial(struct client *client, const char *text)
{
	struct vosk *vosk = client->own;

	(void)text_copy(vosk->partial, sizeof(vosk->partial), text);
}

static void vosk_final(struct client *client, const struct asr_phrase *phrase)
{
	struct vosk *vosk = client->own;

	vosk->partial[0] = '\0';
	if (json_array_size(vosk->finals) < FINALS_MAX)
		(void)json_array_append_new(vosk->finals,
		                            final_make(vosk, phrase));
}

/* The protocol has no word for it but the end. */
static void vosk_trouble(struct client *client, const char *why)
{
	httpd_ws_close(client->ws, CODE_TROUBLE, why);
}

/* --- what the client writes
 * ---------------------------------------------------------- */

static bool config_take(struct client *client, const json_t *config)
{
	struct vosk *vosk = client->own;
	json_t *rate = json_object_get(config, "sample_rate");
	json_t *words = json_object_get(config, "words");
	json_t *phrases = json_object_get(config, "phrase_list");
	double rate_hz = json_number_value(rate);
	char *list = NULL;
	int err = 0;

	if (rate && (rate_hz < 8000 || rate_hz > 48000))
		return false;
	if (rate)
		client->rate_hz = (uint32_t)rate_hz;
	if (words)
		vosk->has_words =
			json_is_true(words) || json_integer_value(words);
	vosk->has_alternatives = json_integer_value(json_object_get(
					 config, "max_alternatives")) > 0;
	if (json_is_array(phrases)) {
		size_t n;

		list = proxy_json(json_incref(phrases), &n);
		err = list ? proxy_hints_take(&client->hints, list) : ENOMEM;
		mem_deref(list);
	}

	return !err;
}

/* Whether it meant something. */
static bool msg_take(struct client *client, const json_t *msg)
{
	struct vosk *vosk = client->own;
	const json_t *config = json_object_get(msg, "config");

	/* Later ones change nothing there either. */
	if (json_is_object(config))
		return client->hark || config_take(client, config);
	if (!json_object_get(msg, "eof") && !json_object_get(msg, "reset"))
		return false;

	vosk->is_reset = json_object_get(msg, "reset") != NULL;
	client_end(client);

	return true;
}

static void vosk_text(struct client *client, const char *text, size_t n)
{
	if (!client_read(client, text, n, msg_take))
		httpd_ws_close(client->ws, CODE_TROUBLE,
		               "neither config, eof nor reset, or with values "
		               "that cannot be");
}

static const struct client_protocol protocol = {
	.silence_ms = SILENCE_MS,
	.text = vosk_text,
	.began = vosk_began,
	.partial = vosk_partial,
	.final = vosk_final,
	.trouble = vosk_trouble,
	.taken = vosk_taken,
	.ended = vosk_ended,
};

void proxy_vosk(struct httpd_request *req, void *arg)
{
	struct vosk *vosk = mem_zalloc(sizeof(*vosk), vosk_destructor);
	struct client *client;

	if (vosk)
		vosk->finals = json_array();
	if (!vosk || !vosk->finals) {
		mem_deref(vosk);
		return;
	}

	vosk->has_words = true;
	client = client_open(req, arg, &protocol, httpd_query(req, "group"));
	if (client)
		client->own = vosk;
	else
		mem_deref(vosk);
}
