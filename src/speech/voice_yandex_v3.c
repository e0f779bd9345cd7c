/*
 * speech/voice_yandex_v3.c - Yandex SpeechKit v3, synthesis over gRPC
 *
 * speechkit.tts.v3.Synthesizer/UtteranceSynthesis: one message with the text
 * and hints how to say it; messages with plain samples come back while it is
 * being spoken. The numbers are those of yandex/cloud/ai/tts/v3/tts.proto.
 */
#include <jansson.h>
#include "base/text.h"
#include "speech/proto.h"
#include "speech/voice_kinds.h"
#include "speech/yandex.h"

/* Fields of the message to the service. */
enum {
	REQUEST_MODEL = 1,
	REQUEST_TEXT = 2,
	REQUEST_HINT = 4,
	REQUEST_AUDIO = 5,
	REQUEST_UNSAFE = 7, /* it may cut a long text into several */

	HINT_VOICE = 1,
	HINT_SPEED = 3,
	HINT_ROLE = 5,
	HINT_PITCH = 6,

	AUDIO_RAW = 1,
	RAW_ENCODING = 1,
	RAW_RATE = 2,
};

/* Fields of its answers. */
enum {
	RESPONSE_CHUNK = 1,
	CHUNK_DATA = 1,
};

enum {
	LINEAR16 = 1,
	SAFE_CHARS = 250, /* longer texts only where it may cut them */
};

static int hint_text(struct mbuf *mb, unsigned number, const char *value)
{
	size_t mark;
	int err;

	if (!value || !*value)
		return 0;

	err = proto_begin(mb, REQUEST_HINT, &mark);
	if (!err)
		err = proto_text(mb, number, value);

	return err ? err : proto_end(mb, mark);
}

/* A setting that the script does not change is not told at all. */
static int hint_number(struct mbuf *mb, unsigned number,
                       const struct speaking_scale *scale, int setting)
{
	size_t mark;
	int err;

	if (!setting)
		return 0;

	err = proto_begin(mb, REQUEST_HINT, &mark);
	if (!err)
		err = proto_double(mb, number, speaking_scale(scale, setting));

	return err ? err : proto_end(mb, mark);
}

static int audio_write(struct mbuf *mb, uint32_t rate_hz)
{
	size_t audio, raw;
	int err;

	err = proto_begin(mb, REQUEST_AUDIO, &audio);
	if (!err)
		err = proto_begin(mb, AUDIO_RAW, &raw);
	if (!err)
		err = proto_uint(mb, RAW_ENCODING, LINEAR16);
	if (!err)
		err = proto_uint(mb, RAW_RATE, yandex_raw_hz(rate_hz));
	if (!err)
		err = proto_end(mb, raw);

	return err ? err : proto_end(mb, audio);
}

static int message_write(struct speaking_ask *ask, const json_t *options)
{
	const struct speaking_dialect *dialect = ask->dialect;
	const struct voice_prm *prm = ask->prm;
	const char *role = json_string_value(json_object_get(options, "role"));
	struct mbuf *mb = ask->body;
	int err;

	err = *ask->service->model
	              ? proto_text(mb, REQUEST_MODEL, ask->service->model)
	              : 0;
	if (!err)
		err = proto_text(mb, REQUEST_TEXT, prm->text);
	if (!err)
		err = hint_text(mb, HINT_VOICE, prm->name);
	if (!err)
		err = hint_number(mb, HINT_SPEED, &dialect->rate,
		                  prm->speechrate);
	if (!err)
		err = hint_text(mb, HINT_ROLE, role);
	if (!err)
		err = hint_number(mb, HINT_PITCH, &dialect->pitch,
		                  prm->pitchrate);
	if (!err)
		err = audio_write(mb, ask->rate_hz);
	if (!err && text_length(prm->text) > SAFE_CHARS)
		err = proto_uint(mb, REQUEST_UNSAFE, true);

	return err;
}

static int v3_ask(struct speaking_ask *ask)
{
	json_t *options = speaking_options(ask->service);
	int err;

	err = options ? message_write(ask, options) : ENOMEM;
	json_decref(options);
	if (err)
		return err;

	speaking_authorize(ask, yandex_scheme(ask->service->key));
	if (*ask->service->app)
		speaking_header(ask, "x-folder-id", ask->service->app);

	return 0;
}

static void chunk_take(struct speaking_heard *heard, struct proto chunk)
{
	struct proto_field field;

	while (proto_next(&chunk, &field)) {
		if (field.number != CHUNK_DATA || field.kind != PROTO_BYTES)
			continue;
		heard->sound = field.bytes.at;
		heard->soundc = field.bytes.left;
	}
}

static void v3_hear(struct speaking_heard *heard, bool is_text,
                    const char *data, size_t n)
{
	struct proto proto = {(const uint8_t *)data, n};
	struct proto_field field;

	(void)is_text;

	while (proto_next(&proto, &field)) {
		if (field.number == RESPONSE_CHUNK && field.kind == PROTO_BYTES)
			chunk_take(heard, field.bytes);
	}
	if (proto.left) {
		heard->err = EPROTO;
		(void)text_copy(heard->why, sizeof(heard->why),
		                "not an answer of SpeechKit v3");
	}
}

const struct speaking_dialect voice_yandex_v3 = {
	.kind = "yandex-v3-tts",
	.url = "https://tts.api.cloud.yandex.net/",
	.rpc = "/speechkit.tts.v3.Synthesizer/UtteranceSynthesis",
	.text_max = 5000,
	.rate = {"speed", 0.5, 1, 2, true},
	.pitch = {"pitch_shift", -100, 0, 200, false},
	.ask = v3_ask,
	.raw_hz = yandex_raw_hz,
	.hear = v3_hear,
};
