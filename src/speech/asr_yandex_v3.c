/*
 * speech/asr_yandex_v3.c - Yandex SpeechKit v3, streaming recognition over gRPC
 *
 * speechkit.stt.v3.Recognizer/RecognizeStreaming: the first message has the
 * settings, the others the sound; what is heard comes as partial, final and
 * eou_update, and with normalisation once more as final_refinement. The numbers
 * are those of yandex/cloud/ai/stt/v3/stt.proto.
 */
#include <jansson.h>
#include "base/id.h"
#include "base/text.h"
#include "speech/hearing.h"
#include "speech/proto.h"
#include "speech/yandex.h"

/* Fields of messages to the service. */
enum {
	REQUEST_OPTIONS = 1,
	REQUEST_CHUNK = 2,
	CHUNK_DATA = 1,

	OPTIONS_MODEL = 1,
	OPTIONS_EOU = 2,
	MODEL_NAME = 1,
	MODEL_AUDIO = 2,
	MODEL_TEXT = 3,
	MODEL_LANGUAGE = 4,
	MODEL_PROCESSING = 5,
	AUDIO_RAW = 1,
	RAW_ENCODING = 1,
	RAW_RATE = 2,
	RAW_CHANNELS = 3,
	TEXT_NORMALIZATION = 1,
	TEXT_PROFANITY = 2,
	TEXT_LITERATURE = 3,
	LANGUAGE_KIND = 1,
	LANGUAGE_CODE = 2,
	EOU_DEFAULT = 1,
	DEFAULT_TYPE = 1,
	DEFAULT_PAUSE_MS = 2,
};

/* Fields of its answers. */
enum {
	RESPONSE_PARTIAL = 4,
	RESPONSE_FINAL = 5,
	RESPONSE_EOU = 6,
	RESPONSE_REFINEMENT = 7,
	REFINEMENT_TEXT = 2,
	UPDATE_ALTERNATIVE = 1,
	ALTERNATIVE_TEXT = 2,
	ALTERNATIVE_BEGIN_MS = 3,
	ALTERNATIVE_END_MS = 4,
	ALTERNATIVE_CONFIDENCE = 5,
};

/* Values. */
enum {
	LINEAR16 = 1,
	MONO = 1,
	ENABLED = 1,
	DISABLED = 2,
	WHITELIST = 1,
	REAL_TIME = 1,
	SENSITIVE = 2, /* the end of a phrase is found sooner */
};

enum {
	PIECE_MS = 100,
	LONGEST_MS = 290000, /* it says five minutes */
};

/* Of a phrase: a final text is not final before its refinement. */
struct v3 {
	bool is_refined;
};

static int v3_greet(struct url *url, char headers[HEARING_HEADERS_SIZE],
                    const struct service *service, const struct asr_prm *prm,
                    void *memory)
{
	char id[ID_SIZE];
	int n;

	(void)url;
	(void)prm;
	(void)memory;

	n = snprintf(headers, HEARING_HEADERS_SIZE,
	             "authorization: %s %s\r\n"
	             "x-client-request-id: %s\r\n"
	             "%s%s%s",
	             yandex_scheme(service->key), service->key, id_make(id),
	             *service->app ? "x-folder-id: " : "", service->app,
	             *service->app ? "\r\n" : "");

	return n < 0 || n >= HEARING_HEADERS_SIZE ? ENAMETOOLONG : 0;
}

/* --- settings --------------------------------------------------------------
 */

static bool is_set(const json_t *options, const char *name)
{
	return json_is_true(json_object_get(options, name));
}

static int audio_write(struct mbuf *mb, uint32_t rate_hz)
{
	size_t audio, raw;
	int err;

	err = proto_begin(mb, MODEL_AUDIO, &audio);
	if (!err)
		err = proto_begin(mb, AUDIO_RAW, &raw);
	if (!err)
		err = proto_uint(mb, RAW_ENCODING, LINEAR16);
	if (!err)
		err = proto_uint(mb, RAW_RATE, rate_hz);
	if (!err)
		err = proto_uint(mb, RAW_CHANNELS, MONO);
	if (!err)
		err = proto_end(mb, raw);

	return err ? err : proto_end(mb, audio);
}

static int text_write(struct mbuf *mb, const json_t *options)
{
	size_t text;
	int err;

	err = proto_begin(mb, MODEL_TEXT, &text);
	if (!err)
		err = proto_uint(mb, TEXT_NORMALIZATION,
		                 is_set(options, "text_normalization")
		                         ? ENABLED
		                         : DISABLED);
	if (!err)
		err = proto_uint(mb, TEXT_PROFANITY,
		                 is_set(options, "profanity_filter"));
	if (!err)
		err = proto_uint(mb, TEXT_LITERATURE,
		                 is_set(options, "literature_text"));

	return err ? err : proto_end(mb, text);
}

static int language_write(struct mbuf *mb, const char *lang)
{
	char named[YANDEX_LANG_SIZE];
	size_t language;
	int err;

	err = proto_begin(mb, MODEL_LANGUAGE, &language);
	if (!err)
		err = proto_uint(mb, LANGUAGE_KIND, WHITELIST);
	if (!err)
		err = proto_text(mb, LANGUAGE_CODE, yandex_lang(named, lang));

	return err ? err : proto_end(mb, language);
}

static int model_write(struct mbuf *mb, const struct hearing_talk *talk,
                       const struct asr_prm *prm, const json_t *options)
{
	const char *model = talk->service->model;
	size_t mark;
	int err;

	err = proto_begin(mb, OPTIONS_MODEL, &mark);
	if (!err)
		err = proto_text(mb, MODEL_NAME, *model ? model : "general");
	if (!err)
		err = audio_write(mb, talk->rate_hz);
	if (!err)
		err = text_write(mb, options);
	if (!err)
		err = language_write(mb, prm->lang);
	if (!err)
		err = proto_uint(mb, MODEL_PROCESSING, REAL_TIME);

	return err ? err : proto_end(mb, mark);
}

/* Where it is to find the ends of sentences (vad_mode 1 and 2). */
static int eou_write(struct mbuf *mb, const json_t *options)
{
	const char *eou = json_string_value(json_object_get(options, "eou"));
	const json_t *pause = json_object_get(options, "max_pause_ms");
	size_t mark, inner;
	int err;

	err = proto_begin(mb, OPTIONS_EOU, &mark);
	if (!err)
		err = proto_begin(mb, EOU_DEFAULT, &inner);
	if (!err && eou && !strcmp(eou, "high"))
		err = proto_uint(mb, DEFAULT_TYPE, SENSITIVE);
	if (!err && json_integer_value(pause) > 0)
		err = proto_uint(mb, DEFAULT_PAUSE_MS,
		                 (uint64_t)json_integer_value(pause));
	if (!err)
		err = proto_end(mb, inner);

	return err ? err : proto_end(mb, mark);
}

static int v3_begin(struct mbuf *mb, struct hearing_talk *talk,
                    const struct asr_prm *prm)
{
	const char *text = talk->service->options;
	struct v3 *v3;
	json_t *options;
	size_t mark;
	int err;

	options = json_loads(*text ? text : "{}", 0, NULL);
	talk->memory = v3 = mem_zalloc(sizeof(*v3), NULL);
	if (!options || !v3) {
		err = ENOMEM;
		goto out;
	}

	v3->is_refined = is_set(options, "text_normalization");
	err = proto_begin(mb, REQUEST_OPTIONS, &mark);
	if (!err)
		err = model_write(mb, talk, prm, options);
	if (!err)
		err = eou_write(mb, options);
	if (!err)
		err = proto_end(mb, mark);

out:
	json_decref(options);
	return err;
}

static int v3_audio(struct mbuf *mb, enum ws_kind *kindp,
                    struct hearing_talk *talk, const int16_t *pcm, size_t n)
{
	size_t mark;
	int err;

	(void)kindp;
	(void)talk;

	err = proto_begin(mb, REQUEST_CHUNK, &mark);
	if (!err)
		err = proto_bytes(mb, CHUNK_DATA, pcm, n * sizeof(*pcm));

	return err ? err : proto_end(mb, mark);
}

/* --- answers ---------------------------------------------------------------
 */

struct alternative {
	char text[HEARING_TEXT_SIZE];
	uint64_t begin_ms;
	uint64_t end_ms;
	double confidence; /* 0: none was told */
};

static void alternative_read(struct alternative *alternative,
                             struct proto proto)
{
	struct proto_field field;

	while (proto_next(&proto, &field)) {
		size_t n = field.bytes.left < HEARING_TEXT_SIZE
		                   ? field.bytes.left
		                   : HEARING_TEXT_SIZE - 1;

		if (field.number == ALTERNATIVE_TEXT &&
		    field.kind == PROTO_BYTES) {
			memcpy(alternative->text, field.bytes.at, n);
			alternative->text[n] = '\0';
			(void)text_repair(alternative->text);
		}
		else if (field.number == ALTERNATIVE_BEGIN_MS) {
			alternative->begin_ms = field.value;
		}
		else if (field.number == ALTERNATIVE_END_MS) {
			alternative->end_ms = field.value;
		}
		else if (field.number == ALTERNATIVE_CONFIDENCE &&
		         field.kind == PROTO_64) {
			alternative->confidence = proto_as_double(&field);
		}
	}
}

/* Of an update: the first alternative is the best. */
static bool update_read(struct alternative *best, struct proto proto)
{
	struct proto_field field;

	*best = (struct alternative){.begin_ms = 0};
	while (proto_next(&proto, &field)) {
		if (field.number != UPDATE_ALTERNATIVE ||
		    field.kind != PROTO_BYTES)
			continue;
		alternative_read(best, field.bytes);
		return true;
	}

	return false;
}

static void final_take(struct hearing_talk *talk,
                       const struct alternative *best)
{
	hearing_final(talk, best->text);
	hearing_times(talk, (double)best->begin_ms, (double)best->end_ms);
	if (best->confidence > 0)
		hearing_score(talk, best->confidence);
}

static void refinement_take(struct hearing_talk *talk, struct proto proto)
{
	struct proto_field field;
	struct alternative best;

	while (proto_next(&proto, &field)) {
		if (field.number == REFINEMENT_TEXT &&
		    field.kind == PROTO_BYTES &&
		    update_read(&best, field.bytes))
			final_take(talk, &best);
	}
}

static void event_take(struct hearing_talk *talk,
                       const struct proto_field *field)
{
	const struct v3 *v3 = talk->memory;
	struct alternative best;

	switch (field->number) {
	case RESPONSE_PARTIAL:
		if (update_read(&best, field->bytes))
			hearing_partial(talk, best.text);
		break;
	case RESPONSE_FINAL:
		if (!update_read(&best, field->bytes))
			break;
		if (v3->is_refined)
			hearing_partial(talk, best.text);
		else
			final_take(talk, &best);
		break;
	case RESPONSE_REFINEMENT:
		refinement_take(talk, field->bytes);
		break;
	case RESPONSE_EOU:
		hearing_sentence(talk);
		break;
	default:
		break; /* cursors, statistics, what is to come */
	}
}

static void v3_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                    const char *data, size_t n)
{
	struct proto proto = {(const uint8_t *)data, n};
	struct proto_field field;

	while (proto_next(&proto, &field)) {
		if (field.kind == PROTO_BYTES)
			event_take(talk, &field);
	}
	if (proto.left)
		hearing_fail(heard, EPROTO, "not an answer of SpeechKit v3");
}

const struct hearing_dialect hearing_yandex_v3 = {
	.kind = "yandex-v3",
	.url = "https://stt.api.cloud.yandex.net/",
	.rpc = "/speechkit.stt.v3.Recognizer/RecognizeStreaming",
	.piece_ms = PIECE_MS,
	.ends_by_close = true,
	.longest_ms = LONGEST_MS,
	.greet = v3_greet,
	.begin = v3_begin,
	.audio = v3_audio,
	.hear = v3_hear,
};

static int v3_alloc(struct asr_engine **enginep, const struct asr_make *make,
                    char fault[CFG_FAULT_SIZE])
{
	return hearing_alloc(enginep, &hearing_yandex_v3, make, fault);
}

const struct asr_ops asr_yandex_v3 = {
	.name = "yandex-v3",
	.is_service = true,
	.has_endpoints = true,
	.alloc = v3_alloc,
	.can = hearing_can,
	.prepare = hearing_prepare,
	.open = hearing_open,
	.feed = hearing_feed,
	.finish = hearing_finish,
};
