/*
 * base/ws_frame.c - pure: WebSocket frames (RFC 6455), of either side
 */
#include <assert.h>
#include "base/ws_frame.h"

enum {
	FIN = 0x80,
	RESERVED = 0x70,
	MASKED = 0x80,
	LENGTH_16 = 126,
	LENGTH_64 = 127,
	CONTINUATION = 0x0,
	CONTROL = 0x8,
	CONTROL_MAX = 125, /* bytes of a control frame */
	KEY_BYTES = 4,
	KEEP_MAX = 16384, /* of a buffer between messages */
};

struct ws_reader {
	uint8_t headv[WS_HEAD_MAX];
	size_t headc;    /* bytes of the head so far */
	struct mbuf *mb; /* the message so far, of all its fragments */
	struct mbuf *control;
	enum ws_kind kind; /* of the message under way */
	bool is_inside;    /* between its first and last fragment */
	bool is_body;      /* the head is complete */
	bool is_server;    /* the other side masks */
	uint64_t left;     /* bytes of the frame's body to come */
	uint8_t keyv[KEY_BYTES];
	unsigned keyc; /* bytes of the body unmasked so far, modulo 4 */
};

/* The head without its key. Returns its bytes. */
static size_t head_write(uint8_t headv[WS_HEAD_MAX], enum ws_kind kind,
                         size_t n, uint8_t masked)
{
	size_t headc = 2, bytes;

	headv[0] = (uint8_t)(FIN | kind);
	if (n < LENGTH_16) {
		headv[1] = (uint8_t)(masked | n);
		return headc;
	}

	bytes = n <= UINT16_MAX ? 2 : 8;
	headv[1] = masked | (bytes == 2 ? LENGTH_16 : LENGTH_64);
	for (size_t i = 0; i < bytes; i++)
		headv[headc++] = (uint8_t)((uint64_t)n >> 8 * (bytes - 1 - i));

	return headc;
}

static int space_make(struct mbuf *mb, size_t n)
{
	return mbuf_get_space(mb) < n ? mbuf_resize(mb, mb->pos + n) : 0;
}

int ws_frame_write(struct mbuf *mb, enum ws_kind kind, const void *data,
                   size_t n, uint32_t mask)
{
	const uint8_t *from = data;
	uint8_t headv[WS_HEAD_MAX], keyv[KEY_BYTES], *to;
	size_t headc = head_write(headv, kind, n, MASKED);

	memcpy(keyv, &mask, sizeof(keyv));
	memcpy(headv + headc, keyv, sizeof(keyv));
	headc += sizeof(keyv);
	if (space_make(mb, headc + n))
		return ENOMEM;

	(void)mbuf_write_mem(mb, headv, headc);
	to = mbuf_buf(mb);
	for (size_t i = 0; i < n; i++)
		to[i] = from[i] ^ keyv[i & 3];
	mb->pos += n;
	mb->end = mb->pos;

	return 0;
}

int ws_frame_write_plain(struct mbuf *mb, enum ws_kind kind, const void *data,
                         size_t n)
{
	uint8_t headv[WS_HEAD_MAX];
	size_t headc = head_write(headv, kind, n, 0);

	if (space_make(mb, headc + n))
		return ENOMEM;

	(void)mbuf_write_mem(mb, headv, headc);

	return n ? mbuf_write_mem(mb, data, n) : 0;
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

int ws_reader_alloc_server(struct ws_reader **readerp)
{
	int err = ws_reader_alloc(readerp);

	if (!err)
		(*readerp)->is_server = true;

	return err;
}

static bool is_control(const struct ws_reader *reader)
{
	return (reader->headv[0] & CONTROL) != 0;
}

/* Bytes in front of the key: how long the body is. */
static size_t length_end(const struct ws_reader *reader)
{
	unsigned length = reader->headv[1] & ~(unsigned)MASKED;

	if (length < LENGTH_16)
		return 2;

	return length == LENGTH_16 ? 4 : 10;
}

/* How long the head will be, as far as its bytes say. */
static size_t head_size(const struct ws_reader *reader)
{
	return length_end(reader) + (reader->headv[1] & MASKED ? KEY_BYTES : 0);
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
		return headv[0] & FIN && (headv[1] & ~MASKED) <= CONTROL_MAX
		               ? 0
		               : EPROTO;
	default:
		return EPROTO;
	}
}

static int head_done(struct ws_reader *reader)
{
	const uint8_t *headv = reader->headv;
	size_t end;
	int err;

	/* A client always masks, a server never (RFC 6455 section 5.1). */
	if (headv[0] & RESERVED ||
	    reader->is_server != ((headv[1] & MASKED) != 0))
		return EPROTO;
	err = kind_check(reader);
	if (err)
		return err;

	end = length_end(reader);
	reader->left = end == 2 ? headv[1] & ~(unsigned)MASKED : 0;
	for (size_t i = 2; i < end; i++)
		reader->left = reader->left << 8 | headv[i];
	if (reader->is_server)
		memcpy(reader->keyv, headv + end, KEY_BYTES);
	reader->keyc = 0;

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
	size_t begin = mb->pos;
	int err;

	reader->left -= n;
	err = n ? mbuf_write_mem(mb, data, n) : 0;
	if (err || !reader->is_server)
		return err;

	for (size_t i = 0; i < n; i++)
		mb->buf[begin + i] ^= reader->keyv[reader->keyc++ % KEY_BYTES];

	return 0;
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
