/*
 * speech/grpc_said.c - pure: how gRPC puts its messages and its ends into
 * HTTP/2
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "base/text.h"
#include "speech/grpc_parts.h"

enum {
	MESSAGE_MAX = 4 << 20, /* the usual limit of gRPC itself */
};

/* What the numbers mean: for service_why() and for who tries again. */
static const struct {
	int status;
	unsigned http_status;
	int err;
	const char *name;
} meanv[] = {
	/* clang-format off */
	{1,  0,   ECONNABORTED, "CANCELLED"},
	{3,  400, EPROTO,       "INVALID_ARGUMENT"},
	{4,  504, ETIMEDOUT,    "DEADLINE_EXCEEDED"},
	{5,  404, EPROTO,       "NOT_FOUND"},
	{7,  403, EACCES,       "PERMISSION_DENIED"},
	{8,  429, EDQUOT,       "RESOURCE_EXHAUSTED"},
	{9,  400, EPROTO,       "FAILED_PRECONDITION"},
	{11, 400, EPROTO,       "OUT_OF_RANGE"},
	{12, 501, EPROTO,       "UNIMPLEMENTED"},
	{13, 500, EREMOTEIO,    "INTERNAL"},
	{14, 503, ECONNRESET,   "UNAVAILABLE"},
	{16, 401, EACCES,       "UNAUTHENTICATED"},
	/* clang-format on */
};

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;

	return -1;
}

/* grpc-message is percent-encoded UTF-8. */
static void message_take(struct grpc_said *said, const char *value)
{
	size_t n = 0;

	while (*value && n + 1 < sizeof(said->message)) {
		int high = value[0] == '%' ? hex(value[1]) : -1;
		int low = high >= 0 ? hex(value[2]) : -1;
		char c = low >= 0 ? (char)(high << 4 | low) : *value;

		value += low >= 0 ? 3 : 1;
		said->message[n++] = (unsigned char)c < ' ' ? ' ' : c;
	}
	said->message[n] = '\0';
	(void)text_repair(said->message);
}

void grpc_said_header(struct grpc_said *said, const char *name,
                      const char *value)
{
	if (!strcmp(name, ":status"))
		said->http_status = (unsigned)strtoul(value, NULL, 10);
	else if (!strcmp(name, "content-type"))
		said->is_grpc = !strncasecmp(value, "application/grpc", 16);
	else if (!strcmp(name, "grpc-status"))
		said->status = (int)strtoul(value, NULL, 10) & 0xff;
	else if (!strcmp(name, "grpc-message"))
		message_take(said, value);
}

static void status_end(struct grpc_end *end, const struct grpc_said *said)
{
	const char *name = "UNKNOWN";

	end->err = EREMOTEIO;
	end->http_status = 500;
	for (size_t i = 0; i < ARRAY_COUNT(meanv); i++) {
		if (meanv[i].status != said->status)
			continue;
		end->err = meanv[i].err;
		end->http_status = meanv[i].http_status;
		name = meanv[i].name;
	}
	(void)snprintf(end->why, sizeof(end->why), "%s%s%s", name,
	               said->message[0] ? ": " : "", said->message);
}

void grpc_said_end(struct grpc_end *end, const struct grpc_said *said,
                   uint32_t code)
{
	*end = (struct grpc_end){.status = said->status};
	(void)text_copy(end->why, sizeof(end->why), "closed in order");
	if (said->status == GRPC_OK)
		return;

	if (said->status != GRPC_NONE) {
		status_end(end, said);
	}
	else if (said->http_status && said->http_status != 200) {
		/* Of a proxy that stands in front of it. */
		end->http_status = said->http_status;
		end->err = said->http_status == 401   ? EACCES
		           : said->http_status == 403 ? EACCES
		           : said->http_status == 429 ? EDQUOT
		           : said->http_status >= 500 ? ECONNRESET
		                                      : EPROTO;
		(void)snprintf(end->why, sizeof(end->why), "HTTP %u",
		               said->http_status);
	}
	else if (said->http_status && !said->is_grpc) {
		end->err = EPROTO;
		(void)snprintf(end->why, sizeof(end->why),
		               "does not speak gRPC");
	}
	else {
		end->err = ECONNRESET;
		(void)snprintf(end->why, sizeof(end->why),
		               "the call was cut off (HTTP/2 code %u)", code);
	}
}

int grpc_head_read(size_t *np, const uint8_t head[GRPC_HEAD_BYTES])
{
	size_t n = (size_t)head[1] << 24 | (size_t)head[2] << 16 |
	           (size_t)head[3] << 8 | head[4];

	/* We never say that we could read compressed ones. */
	if (head[0] || n > MESSAGE_MAX)
		return EPROTO;

	*np = n;

	return 0;
}
