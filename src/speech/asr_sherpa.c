/*
 * speech/asr_sherpa.c - sherpa-onnx's online server, WebSocket
 *
 * Audio as 32-bit floats at 16 kHz; no settings. Each text takes the place of
 * the one before until its end is found (is_final); "Done" asks for the rest.
 * The server in C++ says "Done!" then, the one in Python just closes.
 */
#include "speech/hearing.h"

enum {
	RATE_HZ = 16000,
	SECOND_MS = 1000,
};

static int sherpa_audio(struct mbuf *mb, enum ws_kind *kindp,
                        struct hearing_talk *talk, const int16_t *pcm, size_t n)
{
	int err = 0;

	(void)talk;

	*kindp = WS_BINARY;
	for (size_t i = 0; i < n && !err; i++) {
		float sample = (float)pcm[i] / 32768;

		err = mbuf_write_mem(mb, (const uint8_t *)&sample,
		                     sizeof(sample));
	}

	return err;
}

static int sherpa_end(struct mbuf *mb, struct hearing_talk *talk)
{
	(void)talk;

	return mbuf_write_str(mb, "Done");
}

/* Where each token begins, from the beginning of its sentence on. */
static void times_take(struct hearing_talk *talk, const json_t *msg)
{
	const json_t *timev = json_object_get(msg, "timestamps");
	double begin_s = json_number_value(json_object_get(msg, "start_time"));
	size_t n = json_array_size(timev);

	if (!n)
		return;

	hearing_times(
		talk,
		(begin_s + json_number_value(json_array_get(timev, 0))) *
			SECOND_MS,
		(begin_s + json_number_value(json_array_get(timev, n - 1))) *
			SECOND_MS);
}

static void sherpa_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                        const char *data, size_t n)
{
	static const char done[] = "Done!";
	json_t *msg;
	const char *text;

	if (n == sizeof(done) - 1 && !memcmp(data, done, n)) {
		heard->is_over = talk->is_end_sent;
		return;
	}

	msg = json_loadb(data, n, 0, NULL);
	text = json_string_value(json_object_get(msg, "text"));
	if (!text) {
		hearing_fail(heard, EPROTO, "not an answer of sherpa-onnx");
		goto out;
	}

	if (json_is_true(json_object_get(msg, "is_final"))) {
		hearing_final(talk, text + strspn(text, " "));
		times_take(talk, msg);
		hearing_sentence(talk);
	}
	else {
		hearing_partial(talk, text + strspn(text, " "));
	}

out:
	json_decref(msg);
}

const struct hearing_dialect hearing_sherpa = {
	.kind = "sherpa",
	.piece_ms = 100,
	.rate_hz = RATE_HZ,
	.ends_by_close = true,
	.audio = sherpa_audio,
	.end = sherpa_end,
	.hear = sherpa_hear,
};

static int sherpa_alloc(struct asr_engine **enginep,
                        const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	return hearing_alloc(enginep, &hearing_sherpa, make, fault);
}

const struct asr_ops asr_sherpa = {
	.name = "sherpa",
	.is_service = true,
	.has_endpoints = true,
	.alloc = sherpa_alloc,
	.can = hearing_can,
	.prepare = hearing_prepare,
	.open = hearing_open,
	.feed = hearing_feed,
	.finish = hearing_finish,
};
