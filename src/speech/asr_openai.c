/*
 * speech/asr_openai.c - POST /v1/audio/transcriptions (multipart/form-data), as
 * OpenAI, whisper.cpp's server, speaches and many others have it
 *
 * The sound goes as WAV of 16 kHz, the only one that whisper.cpp takes as it
 * is. Verbose answers have what a confidence can be made of; newer models of
 * OpenAI have plain ones only.
 */
#include <jansson.h>
#include <math.h>
#include "base/id.h"
#include "speech/oneshot.h"

enum {
	RATE_HZ = 16000,
	LIMIT_MS = 60000,
	LANG_LEN = 2, /* ISO 639-1 */
};

/* What Whisper itself takes for silence. */
static const double silence_min = 0.6;
static const double silence_logprob_max = -1.0;

static int field_add(struct mbuf *mb, const char *boundary, const char *name,
                     const char *value)
{
	return mbuf_printf(mb,
	                   "--%s\r\nContent-Disposition: form-data; "
	                   "name=\"%s\"\r\n\r\n%s\r\n",
	                   boundary, name, value);
}

/* The newer models know no verbose form. */
static const char *format_of(const struct service *service)
{
	return strncmp(service->model, "gpt-", 4) ? "verbose_json" : "json";
}

static int fields_add(struct mbuf *mb, const char *boundary,
                      const struct oneshot_question *question)
{
	const struct service *service = question->service;
	char lang[LANG_LEN + 1] = "";
	char buf[ONESHOT_OPTION_SIZE];
	json_t *options, *value;
	const char *name;
	int err;

	options = oneshot_options(service);
	if (!options)
		return ENOMEM;

	err = field_add(mb, boundary, "model",
	                *service->model ? service->model : "whisper-1");
	if (!err && strcspn(question->lang, "-_") == LANG_LEN) {
		memcpy(lang, question->lang, LANG_LEN);
		err = field_add(mb, boundary, "language", lang);
	}
	if (!err && *question->hot_word)
		err = field_add(mb, boundary, "prompt", question->hot_word);
	if (!err && !json_object_get(options, "response_format"))
		err = field_add(mb, boundary, "response_format",
		                format_of(service));
	json_object_foreach(options, name, value)
	{
		if (!err)
			err = field_add(mb, boundary, name,
			                oneshot_option(buf, value));
	}
	json_decref(options);

	return err;
}

static int openai_ask(struct oneshot_question *question, const void *memory)
{
	struct mbuf *mb = question->body;
	char boundary[ID_SIZE];
	int err;

	(void)memory;

	(void)id_make(boundary);
	(void)snprintf(question->type, sizeof(question->type),
	               "multipart/form-data; boundary=%s", boundary);
	err = fields_add(mb, boundary, question);
	if (!err)
		err = mbuf_printf(mb,
		                  "--%s\r\nContent-Disposition: form-data; "
		                  "name=\"file\"; filename=\"phrase.wav\"\r\n"
		                  "Content-Type: audio/wav\r\n\r\n",
		                  boundary);
	if (!err)
		err = oneshot_wav(mb, question);
	if (!err)
		err = mbuf_printf(mb, "\r\n--%s--\r\n", boundary);
	if (!err && *question->service->key)
		err = oneshot_header(question, "Authorization", "Bearer %s",
		                     question->service->key);

	return err;
}

/* Whisper's text of a silence is something it has learnt from subtitles. */
static bool is_silence(const json_t *segment)
{
	const json_t *silence = json_object_get(segment, "no_speech_prob");
	const json_t *logprob = json_object_get(segment, "avg_logprob");

	return json_number_value(silence) > silence_min &&
	       json_is_number(logprob) &&
	       json_number_value(logprob) < silence_logprob_max;
}

static uint32_t ms_of(const json_t *segment, const char *name)
{
	double s = json_number_value(json_object_get(segment, name));

	return s > 0 && s < LIMIT_MS / 1000 ? (uint32_t)(s * 1000 + 0.5) : 0;
}

/* The probability of a token, as a mean over the segments. */
static void segments_take(struct oneshot_heard *heard, const json_t *segments)
{
	size_t n = json_array_size(segments), silences = 0, scored = 0;
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const json_t *segment = json_array_get(segments, i);
		const json_t *logprob = json_object_get(segment, "avg_logprob");

		silences += is_silence(segment);
		if (!json_is_number(logprob))
			continue;
		sum += exp(json_number_value(logprob));
		scored++;
	}
	if (n) {
		heard->begin_ms = ms_of(json_array_get(segments, 0), "start");
		heard->end_ms = ms_of(json_array_get(segments, n - 1), "end");
	}
	if (n && silences == n)
		heard->text[0] = '\0';
	if (scored)
		oneshot_score(heard, sum / (double)scored);
}

static void answer_take(struct oneshot_heard *heard, const json_t *msg,
                        const void *memory)
{
	const char *text = json_string_value(json_object_get(msg, "text"));

	(void)memory;

	if (!text) {
		oneshot_fail(heard, EPROTO, "an answer without \"text\"");
		return;
	}
	oneshot_text(heard, text, strlen(text));
	segments_take(heard, json_object_get(msg, "segments"));
}

static void openai_hear(struct oneshot_heard *heard, const char *body, size_t n,
                        const void *memory)
{
	oneshot_json(heard, body, n, answer_take, memory);
}

static const struct oneshot_dialect dialect = {
	.kind = "openai",
	.url = "https://api.openai.com/v1/audio/transcriptions",
	.rate_hz = RATE_HZ,
	.limit_ms = LIMIT_MS,
	.ask = openai_ask,
	.hear = openai_hear,
};

static int openai_alloc(struct asr_engine **enginep,
                        const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	return oneshot_alloc(enginep, &dialect, make, fault);
}

const struct asr_ops asr_openai = {
	.name = "openai",
	.is_service = true,
	.alloc = openai_alloc,
	.can = oneshot_can,
	.prepare = oneshot_prepare,
	.open = oneshot_open,
	.feed = oneshot_feed,
	.finish = oneshot_finish,
};
