/*
 * fuzz/fuzz_ws_hello.c - any bytes as the answer to a WebSocket's beginning
 *
 * The answer comes in two parts as well: while the head is not complete that
 * is said, and nothing else changes.
 */
#include <errno.h>
#include <stdlib.h>
#include "base/text.h"
#include "speech/ws_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key[] = "dGhlIHNhbXBsZSBub25jZQ==";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct ws_hello hello, half;
	int err;

	if (!size)
		return 0;

	err = ws_hello_read(&hello, text, size, key);
	if (!text_is_utf8(hello.why, strlen(hello.why)) || hello.used > size ||
	    (!err && hello.is_accepted != (hello.status == 101)))
		abort();

	/* What half of it says, all of it says; or that more is wanted. */
	if (size > 1 && !ws_hello_read(&half, text, size / 2, key) &&
	    (err || half.status != hello.status || half.used != hello.used))
		abort();

	return 0;
}
