/*
 * test/base/test_ws_frame.c - WebSocket frames of both sides
 */
#include "base/mem.h"
#include "base/ws_accept.h"
#include "base/ws_frame.h"
#include "harness.h"
#include "test_base.h"

enum {
	KEPT_MAX = 8,
	MASK = 0x37fa213d,
};

struct heard {
	struct {
		enum ws_kind kind;
		char text[16];
		size_t n;
		uint32_t sum;
	} messagev[KEPT_MAX];
	size_t messagec;
};

static int message_handler(const struct ws_message *message, void *arg)
{
	struct heard *heard = arg;
	size_t at = heard->messagec++;

	if (at >= KEPT_MAX)
		return EOVERFLOW;

	heard->messagev[at].kind = message->kind;
	heard->messagev[at].n = message->n;
	for (size_t i = 0; i < message->n; i++)
		heard->messagev[at].sum =
			heard->messagev[at].sum * 31 + message->data[i];
	(void)snprintf(heard->messagev[at].text,
	               sizeof(heard->messagev[at].text), "%.*s",
	               (int)(message->n < 15 ? message->n : 15),
	               message->n ? (const char *)message->data : "");

	return 0;
}

/* The example of RFC 6455 section 1.3. */
int test_ws_accept(void)
{
	char accept[WS_ACCEPT_SIZE];
	int err = 0;

	CHECK_ERR(0, ws_accept_make(accept, "dGhlIHNhbXBsZSBub25jZQ=="));
	CHECK_STR("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", accept);

out:
	return err;
}

static int write_both(struct mbuf *mb, bool is_server, enum ws_kind kind,
                      const void *data, size_t n)
{
	/* Who reads as a server reads what a client writes. */
	return is_server ? ws_frame_write(mb, kind, data, n, MASK)
	                 : ws_frame_write_plain(mb, kind, data, n);
}

static int round_trip(bool is_server, size_t piece)
{
	static const size_t sizev[] = {0, 5, 125, 126, 65535, 65536};
	struct ws_reader *reader = NULL;
	struct mbuf *mb = mbuf_alloc(64);
	uint8_t *data = mem_zalloc(65536, NULL);
	struct heard heard = {.messagec = 0};
	int err = mb && data ? 0 : ENOMEM;

	if (!err)
		err = is_server ? ws_reader_alloc_server(&reader)
		                : ws_reader_alloc(&reader);
	for (size_t i = 0; data && i < 65536; i++)
		data[i] = (uint8_t)(i * 7 + 1);
	for (size_t i = 0; !err && i < ARRAY_COUNT(sizev); i++)
		err = write_both(mb, is_server, WS_BINARY, data, sizev[i]);
	for (size_t at = 0; !err && at < mb->end; at += piece)
		err = ws_reader_feed(reader, mb->buf + at,
		                     mb->end - at < piece ? mb->end - at
		                                          : piece,
		                     message_handler, &heard);
	CHECK_ERR(0, err);

	CHECK_U64(ARRAY_COUNT(sizev), heard.messagec);
	for (size_t i = 0; i < ARRAY_COUNT(sizev); i++) {
		uint32_t sum = 0;

		for (size_t k = 0; k < sizev[i]; k++)
			sum = sum * 31 + data[k];
		CHECK_U64(sizev[i], heard.messagev[i].n);
		CHECK_U64(sum, heard.messagev[i].sum);
		CHECK(heard.messagev[i].kind == WS_BINARY);
	}

out:
	mem_deref(reader);
	mem_deref(mb);
	mem_deref(data);

	return err;
}

int test_ws_frame_round(void)
{
	static const size_t piecev[] = {1, 3, 1000, 1 << 20};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_COUNT(piecev); i++) {
		err = round_trip(false, piecev[i]);
		if (!err)
			err = round_trip(true, piecev[i]);
	}

	return err;
}

/* What a client sends, byte by byte (RFC 6455 section 5.7). */
int test_ws_frame_client(void)
{
	static const struct {
		const char *why;
		const char *bytes;
		size_t n;
		int err;
		const char *said; /* of the first message, NULL: none */
	} rowv[] = {
		/* clang-format off */
		{"a masked Hello",
		 "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11,
		 0, "Hello"},
		{"an empty text, masked",
		 "\x81\x80\x01\x02\x03\x04", 6, 0, ""},
		{"two fragments with a ping between",
		 "\x01\x83\x37\xfa\x21\x3d\x7f\x9f\x4d"
		 "\x89\x80\x00\x00\x00\x00"
		 "\x80\x82\x00\x00\x00\x00lo", 23, 0, ""},
		{"a client that does not mask",
		 "\x81\x05Hello", 7, EPROTO, NULL},
		{"a reserved bit",
		 "\xc1\x80\x00\x00\x00\x00", 6, EPROTO, NULL},
		{"an unknown opcode",
		 "\x83\x80\x00\x00\x00\x00", 6, EPROTO, NULL},
		{"a ping in fragments",
		 "\x09\x80\x00\x00\x00\x00", 6, EPROTO, NULL},
		{"a ping of 126 bytes",
		 "\x89\xfe\x00\x7e\x00\x00\x00\x00", 8, EPROTO, NULL},
		{"a continuation of nothing",
		 "\x80\x80\x00\x00\x00\x00", 6, EPROTO, NULL},
		{"more than may be",
		 "\x82\xff\x00\x00\x00\x00\x00\x20\x00\x00"
		 "\x00\x00\x00\x00", 14, EMSGSIZE, NULL},
		{"a length with the sign bit",
		 "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		 "\x00\x00\x00\x00", 14, EMSGSIZE, NULL},
		/* clang-format on */
	};
	struct ws_reader *reader = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct heard heard = {.messagec = 0};
		int got;

		CHECK_ERR(0, ws_reader_alloc_server(&reader));
		got = ws_reader_feed(reader, (const uint8_t *)rowv[i].bytes,
		                     rowv[i].n, message_handler, &heard);
		if (got != rowv[i].err || !heard.messagec != !rowv[i].said)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(rowv[i].err, got);
		CHECK(!heard.messagec == !rowv[i].said);
		if (rowv[i].said)
			CHECK_STR(rowv[i].said, heard.messagev[0].text);
		reader = mem_deref(reader);
	}

out:
	mem_deref(reader);

	return err;
}
