/*
 * speech/ws_frame.c - pure: WebSocket frames (RFC 6455), the client's side
 */
#include <assert.h>
#include "speech/ws_frame.h"

enum {
	FIN = 0x80,
	RESERVED = 0x70,
	MASKED = 0x80,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	CONTINUATION = 0x0,
	CONTROL = 0x8,
	CONTROL_MAX = 125, /* bytes of a control frame */
	KEEP_MAX = 16384,  /* of a buffer between messages */
};

struct ws_reader {
	uint8_t headv[WS_HEAD_MAX];
	size_t headc;    /* bytes of the head so far */
	struct mbuf *mb; /* the message so far, of all its fragments */
	struct mbuf *control;
	enum ws_kind kind; /* of the message under way */
	bool is_inside;    /* between its first and last fragment */
	bool is_body;      /* the head is complete */
	uint64_t left;     /* bytes of the frame's body to come */
};

int ws_frame_write(struct mbuf *mb, enum ws_kind kind, const void *data,
                   size_t n, uint32_t mask)
{
	const uint8_t *from = data;
	uint8_t headv[WS_HEAD_MAX], keyv[4], *to;
	size_t headc = 2;

	headv[0] = (uint8_t)(FIN | kind);
	if (n < LENGTH_16) {
		headv[1] = (uint8_t)(MASKED | n);
	}
	else {
		size_t bytes = n <= UINT16_MAX ? 2 : 8;

		headv[1] = MASKED | (bytes == 2 ? LENGTH_16 : LENGTH_64);
		for (size_t i = 0; i < bytes; i++)
			headv[headc++] =
				(uint8_t)((uint64_t)n >> 8 * (bytes - 1 - i));
	}
	memcpy(keyv, &mask, sizeof(keyv));
	memcpy(headv + headc, keyv, sizeof(keyv));
	headc += sizeof(keyv);

	if (mbuf_get_space(mb) < headc + n &&
	    mbuf_resize(mb, mb->pos + headc + n))
		return ENOMEM;

	(void)mbuf_write_mem(mb, headv, headc);
	to = mbuf_buf(mb);
	for (size_t i = 0; i < n; i++)
		to[i] = from[i] ^ keyv[i & 3];
	mb->pos += n;
	mb->end = mb->pos;

	return 0;
}

static void destructor(void *arg)
{
	struct ws_reader *reader = arg;

	mem_deref(reader->mb);
	mem_deref(reader->control);
}

int ws_reader_alloc(struct ws_reader **readerp)
{
	struct ws_reader *reader;

	reader = mem_zalloc(sizeof(*reader), destructor);
	if (!reader)
		return ENOMEM;

	reader->mb = mbuf_alloc(512);
	reader->control = mbuf_alloc(CONTROL_MAX + 1);
	if (!reader->mb || !reader->control) {
		mem_deref(reader);
		return ENOMEM;
	}
	*readerp = reader;

	return 0;
}

static bool is_control(const struct ws_reader *reader)
{
	return (reader->headv[0] & CONTROL) != 0;
}

/* How long the head will be, as far as its bytes say. */
static size_t head_size(const struct ws_reader *reader)
{
	if (reader->headc < 2 || reader->headv[1] < LENGTH_16)
		return 2;

	return reader->headv[1] == LENGTH_16 ? 4 : 10;
}

static int kind_check(struct ws_reader *reader)
{
	const uint8_t *headv = reader->headv;
	unsigned opcode = headv[0] & 0x0f;

	switch (opcode) {
	case CONTINUATION:
		return reader->is_inside ? 0 : EPROTO;
	case WS_TEXT:
	case WS_BINARY:
		if (reader->is_inside)
			return EPROTO;
		reader->kind = (enum ws_kind)opcode;
		return 0;
	case WS_CLOSE:
	case WS_PING:
	case WS_PONG:
		return headv[0] & FIN && headv[1] <= CONTROL_MAX ? 0 : EPROTO;
	default:
		return EPROTO;
	}
}

static int head_done(struct ws_reader *reader)
{
	const uint8_t *headv = reader->headv;
	int err;

	/* A server never masks (RFC 6455 section 5.1). */
	if (headv[0] & RESERVED || headv[1] & MASKED)
		return EPROTO;
	err = kind_check(reader);
	if (err)
		return err;

	reader->left = 0;
	if (headv[1] < LENGTH_16)
		reader->left = headv[1];
	for (size_t i = 2; i < reader->headc; i++)
		reader->left = reader->left << 8 | headv[i];

	if (reader->left > WS_MESSAGE_MAX ||
	    (!is_control(reader) &&
	     reader->mb->end + reader->left > WS_MESSAGE_MAX))
		return EMSGSIZE;

	reader->is_body = true;

	return 0;
}

/* The body is complete: a message may be. */
static int body_done(struct ws_reader *reader, ws_message_h *handler, void *arg)
{
	struct mbuf *mb = is_control(reader) ? reader->control : reader->mb;
	struct ws_message message = {.kind = reader->kind};
	int err = 0;

	reader->is_body = false;
	reader->headc = 0;
	if (is_control(reader))
		message.kind = (enum ws_kind)(reader->headv[0] & 0x0f);
	else
		reader->is_inside = !(reader->headv[0] & FIN);
	if (!is_control(reader) && reader->is_inside)
		return 0;

	message.data = mb->buf;
	message.n = mb->end;
	err = handler(&message, arg);
	/* On an error the handler may have let go of the reader. */
	if (!err && mb->size > KEEP_MAX)
		mbuf_reset(mb);
	else if (!err)
		mbuf_rewind(mb);

	return err;
}

static int body_take(struct ws_reader *reader, const uint8_t *data, size_t n)
{
	struct mbuf *mb = is_control(reader) ? reader->control : reader->mb;

	reader->left -= n;

	return n ? mbuf_write_mem(mb, data, n) : 0;
}

int ws_reader_feed(struct ws_reader *reader, const uint8_t *data, size_t n,
                   ws_message_h *handler, void *arg)
{
	int err = 0;

	while (!err && (n || (reader->is_body && !reader->left))) {
		size_t part;

		if (!reader->is_body) {
			reader->headv[reader->headc++] = *data++;
			n--;
			if (reader->headc >= 2 &&
			    reader->headc == head_size(reader))
				err = head_done(reader);
			continue;
		}

		part = reader->left < n ? (size_t)reader->left : n;
		err = body_take(reader, data, part);
		data += part;
		n -= part;
		if (!err && !reader->left)
			err = body_done(reader, handler, arg);
	}

	return err;
}
