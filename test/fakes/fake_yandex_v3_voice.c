/*
 * test/fakes/fake_yandex_v3_voice.c - SpeechKit v3, synthesis: one message with
 * a text and hints, then samples until the end
 */
#include <math.h>
#include "base/text.h"
#include "fakes/fake.h"
#include "fakes/fake_voice_parts.h"
#include "speech/proto.h"

enum {
	TEXT = 2,
	HINT = 4,
	AUDIO = 5,
	UNSAFE = 7,
	VOICE = 1,
	SPEED = 3,
	PITCH = 6,
	SAFE_CHARS = 250,
	INVALID = 3,
	UNAVAILABLE = 14,
	STATUS_QUOTA = 8,
	STATUS_KEY = 16,
	TONE_HZ = 200, /* so many Hz more are twice as high */
};

static void text_keep(char *to, size_t size, struct proto from)
{
	size_t n = from.left < size ? from.left : size - 1;

	memcpy(to, from.at, n);
	to[n] = '\0';
}

static void hint_take(struct fake_voice *fake, struct proto hint)
{
	struct fake_voice_seen *seen = &fake->seen;
	struct proto_field field;
	double pitch_hz = 0;

	if (!proto_next(&hint, &field) || hint.left)
		fake_voice_complain(fake, "a hint that is not one");
	else if (field.number == VOICE && field.kind == PROTO_BYTES)
		text_keep(seen->voice, sizeof(seen->voice), field.bytes);
	else if (field.number == SPEED && field.kind == PROTO_64)
		seen->rate = proto_as_double(&field);
	else if (field.number == PITCH && field.kind == PROTO_64)
		pitch_hz = proto_as_double(&field);
	else
		fake_voice_complain(fake, "hint %u", field.number);
	if (!(seen->rate >= 0.1 && seen->rate <= 3) || fabs(pitch_hz) > 1000)
		fake_voice_complain(fake, "speed %g, pitch_shift %g",
		                    seen->rate, pitch_hz);
	seen->pitch *= exp2(pitch_hz / TONE_HZ);
}

/* raw_audio { audio_encoding = LINEAR16_PCM, sample_rate_hertz } */
static uint32_t rate_of(struct fake_voice *fake, struct proto audio)
{
	struct proto_field raw, encoding, rate;

	if (proto_next(&audio, &raw) && raw.number == 1 &&
	    proto_next(&raw.bytes, &encoding) && encoding.number == 1 &&
	    encoding.value == 1 && proto_next(&raw.bytes, &rate) &&
	    rate.number == 2 && rate.value >= 8000 && rate.value <= 48000)
		return (uint32_t)rate.value;

	fake_voice_complain(fake, "no audio that we know");

	return 0;
}

static void request_take(struct fake_voice *fake, struct proto request,
                         struct fake_voice_said *said)
{
	struct fake_voice_seen *seen = &fake->seen;
	struct proto_field field;
	bool is_unsafe = false;

	seen->volume = seen->rate = seen->pitch = 1;
	seen->voice[0] = seen->text[0] = '\0';
	while (proto_next(&request, &field)) {
		if (field.number == TEXT)
			text_keep(seen->text, sizeof(seen->text), field.bytes);
		else if (field.number == HINT)
			hint_take(fake, field.bytes);
		else if (field.number == AUDIO)
			said->rate_hz = rate_of(fake, field.bytes);
		else if (field.number == UNSAFE)
			is_unsafe = field.value;
	}
	if (is_unsafe != (text_length(seen->text) > SAFE_CHARS))
		fake_voice_complain(fake, "unsafe_mode %d", is_unsafe);
	said->status = said->rate_hz && *seen->text ? 200 : 400;
	said->is_raw = true;
}

/* The first text decides; what is left of the call is its sound. */
static void talk_binary(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	static const struct mbuf page = {.buf = (uint8_t *)"<html>sold</html>",
	                                 .end = 17};
	const struct fake_voice_way way = {.rpc = conn};
	struct fake_voice *fake = fake_prm(conn)->arg;
	struct fake_voice_said said = {.status = 200};
	enum fake_voice_fault fault = fake_voice_fault_next(fake);
	char words[FAKE_VOICE_NO_SIZE];

	if (fake_phrase(conn)->stage++)
		fake_voice_complain(fake, "two texts in a call");
	fake->seen.asked++;
	request_take(fake, (struct proto){data, n}, &said);
	(void)fake_voice_no(words, fake, fault);
	if (fault == FAKE_VOICE_REFUSE || fault == FAKE_VOICE_EXPIRED)
		fake_grpc_end(conn, STATUS_KEY, words);
	else if (fault == FAKE_VOICE_QUOTA)
		fake_grpc_end(conn, STATUS_QUOTA, words);
	else if (fault == FAKE_VOICE_BROKEN)
		fake_grpc_end(conn, UNAVAILABLE, words);
	else if (fault == FAKE_VOICE_WORDS || said.status != 200)
		fake_grpc_end(conn, INVALID, words);
	else if (fault == FAKE_VOICE_TYPE)
		fake_grpc_send(conn, &page);
	else if (fault == FAKE_VOICE_EMPTY)
		fake_grpc_end(conn, 0, "");
	else
		(void)fake_voice_answer(fake, &way, &said, fault);
}

static void talk_finish(struct fake_conn *conn)
{
	if (!fake_phrase(conn)->stage)
		fake_voice_complain(fake_prm(conn)->arg, "no text at all");
}

static void talk_gone(struct fake_conn *conn)
{
	const struct fake_voice_way way = {.rpc = conn};

	fake_voice_gone(fake_prm(conn)->arg, &way);
}

static void talk_send(struct fake_conn *conn, const int16_t *pcm, size_t n)
{
	struct mbuf *mb = mbuf_alloc(256);
	size_t chunk;

	if (!mb)
		return;
	(void)proto_begin(mb, 1, &chunk);
	(void)proto_bytes(mb, 1, pcm, n * sizeof(*pcm));
	(void)proto_end(mb, chunk);
	fake_grpc_send(conn, mb);
	mem_deref(mb);
}

const struct fake_kind fake_yandex_v3_talk = {
	.name = "yandex-v3-tts",
	.rpc = "/speechkit.tts.v3.Synthesizer/UtteranceSynthesis",
	.binary = talk_binary,
	.finish = talk_finish,
	.gone = talk_gone,
};

const struct fake_voice_kind fake_voice_yandex_v3 = {
	.name = "yandex-v3-tts",
	.path = "/",
	.rpc = &fake_yandex_v3_talk,
	.send = talk_send,
};
