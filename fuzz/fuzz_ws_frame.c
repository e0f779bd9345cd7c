/*
 * fuzz/fuzz_ws_frame.c - any bytes as the frames of a WebSocket
 *
 * The first byte says which side reads (lowest bit) and in how large pieces.
 * However the bytes are cut, the messages are the same; what was read can be
 * written and read again.
 */
#include <stdlib.h>
#include "base/ws_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	struct ws_reader *reader;
	struct mbuf *again; /* all messages, written */
	bool is_server;
	unsigned messages;
	uint64_t sum;
};

static uint64_t sum_of(uint64_t sum, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ data[i]) * UINT64_C(0x100000001b3);

	return sum;
}

static int message_handler(const struct ws_message *message, void *arg)
{
	struct seen *seen = arg;
	int err = 0;

	seen->messages++;
	seen->sum = sum_of(seen->sum + (uint64_t)message->kind, message->data,
	                   message->n);
	if (message->n > WS_MESSAGE_MAX)
		abort();
	if (seen->again && seen->is_server)
		err = ws_frame_write(seen->again, message->kind, message->data,
		                     message->n, (uint32_t)seen->sum);
	else if (seen->again)
		err = ws_frame_write_plain(seen->again, message->kind,
		                           message->data, message->n);
	if (err)
		abort();

	return 0;
}

static int read_all(struct seen *seen, const uint8_t *data, size_t size,
                    size_t piece)
{
	int err = seen->is_server ? ws_reader_alloc_server(&seen->reader)
	                          : ws_reader_alloc(&seen->reader);

	if (err)
		abort();

	while (size && !err) {
		size_t n = piece && piece < size ? piece : size;

		err = ws_reader_feed(seen->reader, data, n, message_handler,
		                     seen);
		data += n;
		size -= n;
	}
	mem_deref(seen->reader);

	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole = {.is_server = size && data[0] & 1};
	struct seen pieces = whole, again = whole;
	int err;

	if (!size)
		return 0;

	whole.again = mbuf_alloc(64);
	if (!whole.again)
		return 0;
	err = read_all(&whole, data + 1, size - 1, 0);
	if (read_all(&pieces, data + 1, size - 1, 1 + data[0] / 2) != err ||
	    pieces.messages != whole.messages || pieces.sum != whole.sum)
		abort();

	if (read_all(&again, whole.again->buf, whole.again->end, 0) ||
	    again.messages != whole.messages || again.sum != whole.sum)
		abort();
	mem_deref(whole.again);

	return 0;
}
