/*
 * speech/asr_yandex.c - Yandex SpeechKit v1 and, for what still speaks like it,
 * the asr_xml of before
 *
 * v1: the sound as it is, everything else in the query. asr_xml: a WAV file,
 * the key in the query, an answer in XML with up to five variants, the best
 * first; their confidence is no order and may be above 1.
 */
#include <jansson.h>
#include "base/id.h"
#include "base/text.h"
#include "speech/hearing.h"
#include "speech/oneshot.h"
#include "speech/variants.h"
#include "speech/yandex.h"

enum {
	V1_LIMIT_MS = 29500, /* it says 30 s and 1 MB */
	XML_LIMIT_MS = 30000,
	UUID_SIZE = 33,
};

/* What the question's options and the language add to the address. */
static int query_add(struct oneshot_question *question)
{
	char lang[YANDEX_LANG_SIZE], buf[ONESHOT_OPTION_SIZE];
	json_t *options, *value;
	const char *name;
	int err;

	options = oneshot_options(question->service);
	if (!options)
		return ENOMEM;

	err = hearing_query(&question->url, "lang",
	                    yandex_lang(lang, question->lang));
	json_object_foreach(options, name, value)
	{
		if (!err)
			err = hearing_query(&question->url, name,
			                    oneshot_option(buf, value));
	}
	json_decref(options);

	return err;
}

/* --- v1 --------------------------------------------------------------------
 */

static int v1_ask(struct oneshot_question *question, const void *memory)
{
	const struct service *service = question->service;
	struct url *url = &question->url;
	char rate[16];
	int err;

	(void)memory;

	(void)snprintf(rate, sizeof(rate), "%u", question->rate_hz);
	err = query_add(question);
	if (!err)
		err = hearing_query(url, "topic",
		                    *service->model ? service->model
		                                    : "general");
	if (!err)
		err = hearing_query(url, "format", "lpcm");
	if (!err)
		err = hearing_query(url, "sampleRateHertz", rate);
	if (!err && *service->app)
		err = hearing_query(url, "folderId", service->app);
	if (!err)
		err = oneshot_header(question, "Authorization", "%s %s",
		                     yandex_scheme(service->key), service->key);
	(void)snprintf(question->type, sizeof(question->type),
	               "audio/x-pcm;bit=16;rate=%u", question->rate_hz);

	return err ? err : oneshot_raw(question->body, question);
}

static void v1_take(struct oneshot_heard *heard, const json_t *msg,
                    const void *memory)
{
	const char *text = json_string_value(json_object_get(msg, "result"));

	(void)memory;

	if (text)
		oneshot_text(heard, text, strlen(text));
	else
		oneshot_fail(heard, EPROTO, "an answer without \"result\"");
}

static void v1_hear(struct oneshot_heard *heard, const char *body, size_t n,
                    const void *memory)
{
	oneshot_json(heard, body, n, v1_take, memory);
}

static const struct oneshot_dialect v1_dialect = {
	.kind = "yandex-v1",
	.url = "https://stt.api.cloud.yandex.net/speech/v1/stt:recognize",
	.limit_ms = V1_LIMIT_MS,
	.ask = v1_ask,
	.hear = v1_hear,
};

static int v1_alloc(struct asr_engine **enginep, const struct asr_make *make,
                    char fault[CFG_FAULT_SIZE])
{
	return oneshot_alloc(enginep, &v1_dialect, make, fault);
}

const struct asr_ops asr_yandex_v1 = {
	.name = "yandex-v1",
	.is_service = true,
	.alloc = v1_alloc,
	.can = oneshot_can,
	.prepare = oneshot_prepare,
	.open = oneshot_open,
	.feed = oneshot_feed,
	.finish = oneshot_finish,
};

/* --- asr_xml --------------------------------------------------------------
 */

static bool is_uuid(const char *text)
{
	return strlen(text) == UUID_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == UUID_SIZE - 1;
}

/* It wants 32 hexadecimal digits that name its user, always the same. */
static int xml_setup(void **memoryp, const struct service *service,
                     const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	char id[ID_SIZE];
	char *uuid;
	size_t n = 0;

	(void)make;
	(void)fault;

	uuid = mem_zalloc(UUID_SIZE, NULL);
	if (!uuid)
		return ENOMEM;

	(void)id_make(id);
	for (const char *at = is_uuid(service->app) ? service->app : id; *at;
	     at++) {
		if (*at != '-' && n < UUID_SIZE - 1)
			uuid[n++] = *at;
	}
	*memoryp = uuid;

	return 0;
}

static int xml_ask(struct oneshot_question *question, const void *memory)
{
	const struct service *service = question->service;
	int err;

	(void)text_copy(question->type, sizeof(question->type), "audio/x-wav");
	err = hearing_query(&question->url, "uuid", memory);
	if (!err)
		err = hearing_query(&question->url, "key", service->key);
	if (!err)
		err = hearing_query(&question->url, "topic",
		                    *service->model ? service->model
		                                    : "queries");
	if (!err)
		err = query_add(question);

	return err ? err : oneshot_wav(question->body, question);
}

static void xml_hear(struct oneshot_heard *heard, const char *body, size_t n,
                     const void *memory)
{
	struct variants *variants;
	int err = ENOMEM;

	(void)memory;

	variants = mem_zalloc(sizeof(*variants), NULL);
	if (variants)
		err = variants_parse(variants, body, n);
	if (err) {
		oneshot_fail(heard, err, "its answer is no recognitionResults");
	}
	else if (variants->is_heard) {
		oneshot_text(heard, variants->text, strlen(variants->text));
		if (variants->has_confidence)
			oneshot_score(heard, variants->confidence);
	}
	mem_deref(variants);
}

static const struct oneshot_dialect xml_dialect = {
	.kind = "yandex-asr-xml",
	.url = "https://asr.yandex.net/asr_xml",
	.limit_ms = XML_LIMIT_MS,
	.setup = xml_setup,
	.ask = xml_ask,
	.hear = xml_hear,
};

static int xml_alloc(struct asr_engine **enginep, const struct asr_make *make,
                     char fault[CFG_FAULT_SIZE])
{
	return oneshot_alloc(enginep, &xml_dialect, make, fault);
}

const struct asr_ops asr_yandex_xml = {
	.name = "yandex-asr-xml",
	.is_service = true,
	.alloc = xml_alloc,
	.can = oneshot_can,
	.prepare = oneshot_prepare,
	.open = oneshot_open,
	.feed = oneshot_feed,
	.finish = oneshot_finish,
};
