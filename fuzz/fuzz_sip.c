/*
 * fuzz/fuzz_sip.c - what strangers write into the headers and bodies we read
 *
 * The first byte chooses the reader.
 */
#include <stdlib.h>
#include "base/mem.h"
#include "phone/sip/info.h"
#include "phone/sip/passport.h"
#include "phone/sip/reason.h"
#include "phone/sip/session_timer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_info(const char *text, size_t len, bool is_relay)
{
	char body[INFO_BODY_SIZE];
	struct info_key key, again;

	if (!info_parse(&key, is_relay, text, len))
		return;

	/* A key that was read can be written and reads the same. */
	if (!info_parse(&again, true, body, info_write(body, &key)) ||
	    again.key != key.key || again.duration_ms != key.duration_ms)
		abort();
}

static void read_timer(const char *text, size_t len)
{
	struct session_expires expires;
	struct session_timer timer;

	if (!session_expires_parse(&expires, text, len))
		return;

	session_timer_answered(&timer, &expires);
	if (timer.interval_s > SESSION_TIMER_MAX_S ||
	    session_timer_wait_ms(&timer) > timer.interval_s * 1000)
		abort();
}

/* What goes out as a header holds no end of a line. */
static void read_identity(const char *bytes, size_t len)
{
	char text[PASSPORT_VALUE_MAX + 2], digits[PASSPORT_DIGITS_SIZE];

	if (len >= sizeof(text))
		return;
	memcpy(text, bytes, len);
	text[len] = '\0';
	if (passport_is_value(text) && strpbrk(text, "\r\n"))
		abort();
	if (passport_is_url(text) && strpbrk(text, "\r\n\"\\<>"))
		abort();
	if (passport_digits(digits, text) &&
	    strspn(digits, "0123456789") != strlen(digits))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	size_t len = size - 1;

	if (!size)
		return 0;
	if (data[0] == 'I') {
		read_identity(text, len);
		return 0;
	}

	switch (data[0] % 4) {
	case 0:
		if (reason_q850(text, len) > 127 ||
		    reason_retry_after_s(text, len) > REASON_RETRY_MAX_S)
			abort();
		break;
	case 1:
		read_info(text, len, true);
		break;
	case 2:
		read_info(text, len, false);
		break;
	default:
		read_timer(text, len);
		(void)session_min_parse(text, len);
		break;
	}

	return 0;
}
