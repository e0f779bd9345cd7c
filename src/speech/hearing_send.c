/*
 * speech/hearing_send.c - what the streaming client sends of a phrase
 */
#include "base/clock.h"
#include "speech/hearing_parts.h"

enum {
	ROOM_BYTES = 65536, /* waiting at a slow service before we hold back */
	AHEAD_MS = 400,     /* of a paced service: what may come at once */
	HELD_S = 60,        /* audio held back: longest phrase */
};

static int send(struct asr_stream *stream, enum ws_kind kind, const void *data,
                size_t n)
{
	if (!stream->asked_ms)
		stream->asked_ms = clock_ms();

	return hearing_wire_send(stream->link, kind, data, n);
}

static int send_piece(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	const struct hearing_dialect *dialect = stream->engine->dialect;
	enum ws_kind kind = WS_BINARY;
	struct mbuf *mb;
	int err;

	stream->talk.sent++;
	if (!dialect->audio)
		return send(stream, kind, pcm, n * sizeof(*pcm));

	mb = mbuf_alloc(n * sizeof(float));
	if (!mb)
		return ENOMEM;

	err = dialect->audio(mb, &kind, &stream->talk, pcm, n);
	if (!err)
		err = send(stream, kind, mb->buf, mb->end);
	mem_deref(mb);

	return err;
}

static int send_end(struct asr_stream *stream)
{
	struct mbuf *mb;
	int err;

	if (stream->engine->dialect->rpc) {
		stream->talk.is_end_sent = true;
		return hearing_wire_finish(stream->link);
	}

	mb = mbuf_alloc(256);
	if (!mb)
		return ENOMEM;

	stream->talk.is_end_sent = true;
	if (!stream->engine->dialect->end) {
		stream->is_over = stream->talk.replies >= stream->talk.sent;
		mem_deref(mb);
		return 0;
	}

	err = stream->engine->dialect->end(mb, &stream->talk);
	if (!err)
		err = send(stream, WS_TEXT, mb->buf, mb->end);
	mem_deref(mb);

	return err;
}

size_t hearing_send_piece_samples(const struct asr_stream *stream)
{
	return stream->engine->dialect->piece_ms *
	       (stream->talk.rate_hz / 1000);
}

/* A service that wants the speed of life takes what was held up twice as
 * fast. */
static bool is_ahead(const struct asr_stream *stream)
{
	const struct hearing_dialect *dialect = stream->engine->dialect;
	uint64_t sent_ms = (uint64_t)stream->talk.sent * dialect->piece_ms;

	return dialect->is_paced &&
	       sent_ms > 2 * (clock_ms() - stream->ready_ms) + AHEAD_MS;
}

static bool may_send(const struct asr_stream *stream)
{
	return stream->link && stream->is_ready && !stream->talk.is_end_sent &&
	       hearing_wire_waiting(stream->link) < ROOM_BYTES &&
	       !is_ahead(stream);
}

/* The service would refuse all of a phrase that is longer. */
static bool is_too_long(const struct asr_stream *stream)
{
	const struct hearing_dialect *dialect = stream->engine->dialect;

	return dialect->longest_ms &&
	       (uint64_t)stream->talk.sent * dialect->piece_ms >=
	               dialect->longest_ms;
}

/* Sends what is held: whole pieces, the rest of them too once the caller has
 * finished. */
int hearing_send_held(struct asr_stream *stream)
{
	size_t piece = hearing_send_piece_samples(stream);
	struct mbuf *held = stream->held;
	int err = 0;

	while (!err && may_send(stream) && !is_too_long(stream)) {
		size_t n = mbuf_get_left(held) / sizeof(int16_t);

		if (!n || (n < piece && !stream->ended_ms))
			break;
		if (n > piece)
			n = piece;
		err = send_piece(stream,
		                 (const int16_t *)(void *)mbuf_buf(held), n);
		mbuf_advance(held, (ssize_t)(n * sizeof(int16_t)));
	}
	if (!mbuf_get_left(held) || is_too_long(stream))
		mbuf_rewind(held);

	/* Nothing was said: nothing is asked. */
	if (stream->ended_ms && !stream->samples)
		stream->is_over = true;

	if (!err && (stream->ended_ms || is_too_long(stream)) &&
	    !stream->is_over && !mbuf_get_left(held) && may_send(stream)) {
		stream->asked_ms = 0;
		err = send_end(stream);
	}

	return err;
}

/* Writes behind what is held without moving the reader. */
static int hold(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	struct mbuf *held = stream->held;
	size_t pos = held->pos;
	int err;

	if ((held->end - pos) / sizeof(*pcm) + n >
	    (size_t)HELD_S * stream->talk.rate_hz)
		return EAGAIN;

	held->pos = held->end;
	err = mbuf_write_mem(held, (const uint8_t *)pcm, n * sizeof(*pcm));
	held->pos = pos;

	return err;
}

int hearing_send_audio(struct asr_stream *stream, const int16_t *pcm, size_t n)
{
	int err;

	/* The usual case: nothing waits, a whole piece is there. */
	if (!mbuf_get_left(stream->held) &&
	    n == hearing_send_piece_samples(stream) && may_send(stream) &&
	    !is_too_long(stream))
		return send_piece(stream, pcm, n);

	err = hold(stream, pcm, n);

	return err ? err : hearing_send_held(stream);
}

int hearing_send_begin(struct asr_stream *stream)
{
	const struct hearing_dialect *dialect = stream->engine->dialect;
	int err = 0;

	stream->is_started = true;
	if (stream->begin)
		err = send(stream, WS_TEXT, stream->begin->buf,
		           stream->begin->end);
	stream->begin = mem_deref(stream->begin);
	if (!dialect->has_to_start || stream->link->is_ready) {
		stream->is_ready = true;
		stream->ready_ms = clock_ms();
		stream->asked_ms = 0;
	}

	return err ? err : hearing_send_held(stream);
}
