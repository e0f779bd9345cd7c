/*
 * test/fakes/fake_yandex_v3.c - SpeechKit v3: settings first, then sound; a
 * partial text for each piece, the final one and the end of the utterance
 */
#include "fakes/fake_parts.h"
#include "speech/proto.h"

enum {
	EDGE_MS = 100, /* of silence around the words */
	PARTIAL = 4,
	FINAL = 5,
	EOU = 6,
};

static const double confidence = 0.875;

static void update_say(struct fake_conn *conn, unsigned event, const char *text)
{
	const struct fake_phrase *phrase = fake_phrase(conn);
	struct mbuf *mb = mbuf_alloc(256);
	size_t update, alternative;

	if (!mb)
		return;
	(void)proto_begin(mb, event, &update);
	(void)proto_begin(mb, 1, &alternative);
	(void)proto_text(mb, 2, text);
	(void)proto_uint(mb, 3, EDGE_MS);
	(void)proto_uint(mb, 4, phrase->samples / 8 - EDGE_MS);
	(void)proto_double(mb, 5, confidence);
	(void)proto_end(mb, alternative);
	(void)proto_end(mb, update);
	fake_grpc_send(conn, mb);
	mem_deref(mb);
}

static void v3_binary(struct fake_conn *conn, const uint8_t *data, size_t n)
{
	struct fake_phrase *phrase = fake_phrase(conn);
	struct proto proto = {data, n};
	struct proto_field field, chunk;

	if (!proto_next(&proto, &field) || field.kind != PROTO_BYTES ||
	    field.number != (phrase->stage ? 2U : 1U)) {
		fake_complain(conn, "a message out of order");
		return;
	}
	if (!phrase->stage++)
		return;

	if (!proto_next(&field.bytes, &chunk) || chunk.number != 1 ||
	    chunk.kind != PROTO_BYTES || chunk.bytes.left % 2) {
		fake_complain(conn, "no sound");
		return;
	}
	while (chunk.bytes.left) {
		int16_t pcm[256];
		size_t take = chunk.bytes.left < sizeof(pcm) ? chunk.bytes.left
		                                             : sizeof(pcm);

		memcpy(pcm, chunk.bytes.at, take);
		fake_hear(conn, pcm, take / sizeof(*pcm));
		chunk.bytes.at += take;
		chunk.bytes.left -= take;
	}
	update_say(conn, PARTIAL, fake_partial(conn));
}

static void v3_finish(struct fake_conn *conn)
{
	struct mbuf *mb;

	if (fake_phrase(conn)->samples) {
		update_say(conn, FINAL, fake_text(conn));
		mb = mbuf_alloc(16);
		if (mb) {
			(void)proto_bytes(mb, EOU, "", 0);
			fake_grpc_send(conn, mb);
		}
		mem_deref(mb);
	}
	fake_grpc_end(conn, 0, "");
}

const struct fake_kind fake_yandex_v3 = {
	.name = "yandex-v3",
	.rpc = "/speechkit.stt.v3.Recognizer/RecognizeStreaming",
	.binary = v3_binary,
	.finish = v3_finish,
};
