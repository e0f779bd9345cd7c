/*
 * fuzz/fuzz_grpc.c - any bytes as messages of gRPC and as their fields, and as
 * what is said at the end of a call
 */
#include <assert.h>
#include "base/text.h"
#include "speech/grpc_parts.h"
#include "speech/proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	DEPTH_MAX = 8,
};

static void fields_walk(struct proto proto, unsigned depth)
{
	const uint8_t *end = proto.at + proto.left;
	struct proto_field field;

	while (depth < DEPTH_MAX && proto_next(&proto, &field)) {
		assert(field.number);
		assert(proto.at + proto.left == end);
		if (field.kind != PROTO_BYTES)
			continue;
		assert(field.bytes.at + field.bytes.left == proto.at);
		fields_walk(field.bytes, depth + 1);
	}
}

static void said_try(const uint8_t *data, size_t size)
{
	static const char *const namev[] = {":status", "content-type",
	                                    "grpc-status", "grpc-message"};
	struct grpc_said said = {.status = GRPC_NONE};
	struct grpc_end end;
	char *text = mem_zalloc(size + 1, NULL);

	if (!text)
		return;
	memcpy(text, data, size);
	for (size_t i = 0; i < ARRAY_COUNT(namev); i++)
		grpc_said_header(&said, namev[i], text);
	grpc_said_end(&end, &said, (uint32_t)size);
	assert(text_is_utf8(end.why, strlen(end.why)));
	mem_deref(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proto whole = {data, size};
	size_t n;

	said_try(data, size);
	fields_walk(whole, 0);
	while (size >= GRPC_HEAD_BYTES && !grpc_head_read(&n, data)) {
		struct proto message = {data + GRPC_HEAD_BYTES, n};

		if (n > size - GRPC_HEAD_BYTES)
			break;
		fields_walk(message, 0);
		data += GRPC_HEAD_BYTES + n;
		size -= GRPC_HEAD_BYTES + n;
	}

	return 0;
}
