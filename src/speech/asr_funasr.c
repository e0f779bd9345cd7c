/*
 * speech/asr_funasr.c - FunASR's runtime server, WebSocket, 2pass or online
 *
 * The first text has the settings and is not answered. Online results are
 * pieces to append; an offline result is the whole sentence in their place. The
 * server in Python counts messages, so each must be the 60 ms of chunk_size,
 * and its models are of 16 kHz whatever audio_fs says.
 */
#include "speech/hearing.h"

enum {
	PIECE_MS = 60, /* 60 * chunk_size[1] / chunk_interval */
	RATE_HZ = 16000,
};

static int funasr_begin(struct mbuf *mb, struct hearing_talk *talk,
                        const struct asr_prm *prm)
{
	json_t *msg;
	int err;

	msg = json_pack("{s:s,s:s,s:s,s:b,s:[iii],s:i,s:i,s:b}", "mode",
	                *talk->service->model ? talk->service->model : "2pass",
	                "wav_name", "call", "wav_format", "pcm", "is_speaking",
	                1, "chunk_size", 5, 10, 5, "chunk_interval", 10,
	                "audio_fs", (int)talk->rate_hz, "itn", 1);
	/* A string, even where it holds an object. */
	if (msg && prm->hot_word && *prm->hot_word)
		(void)json_object_set_new(msg, "hotwords",
		                          json_string(prm->hot_word));
	err = msg ? hearing_options(msg, talk->service) : ENOMEM;
	if (err) {
		json_decref(msg);
		return err;
	}

	return hearing_json(mb, msg);
}

static int funasr_end(struct mbuf *mb, struct hearing_talk *talk)
{
	(void)talk;

	return mbuf_write_str(mb, "{\"is_speaking\":false,\"is_end\":true}");
}

static void times_take(struct hearing_talk *talk, const json_t *msg)
{
	const json_t *partv = json_object_get(msg, "stamp_sents");
	size_t n = json_array_size(partv);

	if (n)
		hearing_times(talk,
		              json_number_value(json_object_get(
				      json_array_get(partv, 0), "start")),
		              json_number_value(json_object_get(
				      json_array_get(partv, n - 1), "end")));
}

static void funasr_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                        const char *data, size_t n)
{
	json_t *msg = json_loadb(data, n, 0, NULL);
	const char *text = json_string_value(json_object_get(msg, "text"));
	const char *mode = json_string_value(json_object_get(msg, "mode"));
	bool is_final = json_is_true(json_object_get(msg, "is_final"));
	bool is_online = mode && strstr(mode, "online");
	bool is_offline = mode && strstr(mode, "offline");

	if (!json_is_object(msg) || (!text && !is_final)) {
		hearing_fail(heard, EPROTO, "not an answer of FunASR");
		goto out;
	}
	if (text && !strncmp(text, "ERROR.", 6)) {
		hearing_fail(heard, EPROTO, "%s", text);
		goto out;
	}

	if (text && is_online) {
		hearing_append(talk, text);
	}
	else if (text && *text) {
		hearing_final(talk, text);
		times_take(talk, msg);
		hearing_sentence(talk);
	}

	/* Its offline server answers once and never says that it was all. */
	heard->is_over = talk->is_end_sent &&
	                 (is_final || (is_offline && !strcmp(mode, "offline")));

out:
	json_decref(msg);
}

const struct hearing_dialect hearing_funasr = {
	.kind = "funasr",
	.piece_ms = PIECE_MS,
	.rate_hz = RATE_HZ,
	.ends_by_close = true,
	.reuse = HEARING_IF_ASKED,
	.begin = funasr_begin,
	.end = funasr_end,
	.hear = funasr_hear,
};

static int funasr_alloc(struct asr_engine **enginep,
                        const struct asr_make *make, char fault[CFG_FAULT_SIZE])
{
	return hearing_alloc(enginep, &hearing_funasr, make, fault);
}

const struct asr_ops asr_funasr = {
	.name = "funasr",
	.is_service = true,
	.has_endpoints = true,
	.alloc = funasr_alloc,
	.can = hearing_can,
	.prepare = hearing_prepare,
	.open = hearing_open,
	.feed = hearing_feed,
	.finish = hearing_finish,
};
