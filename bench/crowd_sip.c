/*
 * bench/crowd_sip.c - the least of a SIP server: every INVITE is answered
 *
 * No transactions: a request that comes again gets the same answer again,
 * which on a loopback is all that reliability asks for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "crowd.h"

enum {
	MESSAGE_SIZE = 4096,
	BATCH = 64, /* messages taken before sound has its turn again */
};

struct text {
	char bytes[MESSAGE_SIZE];
	size_t len;
};

static void text_add(struct text *text, const char *bytes, size_t len)
{
	if (text->len + len > sizeof(text->bytes))
		return;
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

static void text_put(struct text *text, const char *words)
{
	text_add(text, words, strlen(words));
}

/* The header's value in a message that ends with a zero; NULL: none. */
static const char *header(const char *message, const char *name, size_t *lenp)
{
	const char *line = strstr(message, "\r\n");
	size_t n = strlen(name);

	while (line && line[2] != '\r') {
		line += 2;
		if (!strncasecmp(line, name, n) && line[n] == ':') {
			line += n + 1;
			line += strspn(line, " ");
			*lenp = strcspn(line, "\r");
			return line;
		}
		line = strstr(line, "\r\n");
	}

	return NULL;
}

static struct callee *callee_find(struct crowd *crowd, const char *id)
{
	for (unsigned i = 0; i < crowd->calleec; i++) {
		if (!strcmp(crowd->calleev[i].id, id))
			return &crowd->calleev[i];
	}

	return NULL;
}

static struct callee *callee_new(struct crowd *crowd, const char *id)
{
	struct callee *callee = NULL;

	for (unsigned i = 0; i < crowd->calleec && !callee; i++) {
		if (!crowd->calleev[i].id[0])
			callee = &crowd->calleev[i];
	}
	if (!callee && crowd->calleec < CROWD_MAX)
		callee = &crowd->calleev[crowd->calleec++];
	if (!callee)
		return NULL;

	*callee = (struct callee){.is_up = false};
	(void)snprintf(callee->id, sizeof(callee->id), "%s", id);

	return callee;
}

/* Lines that an answer repeats; To gets our tag where it has none. */
static void repeat(struct text *out, const char *message)
{
	const char *line = strstr(message, "\r\n");

	while (line && line[2] != '\r') {
		size_t len;

		line += 2;
		len = strcspn(line, "\r");
		if (!strncasecmp(line, "Via:", 4) ||
		    !strncasecmp(line, "From:", 5) ||
		    !strncasecmp(line, "Call-ID:", 8) ||
		    !strncasecmp(line, "CSeq:", 5)) {
			text_add(out, line, len + 2);
		}
		else if (!strncasecmp(line, "To:", 3)) {
			text_add(out, line, len);
			if (!memmem(line, len, ";tag=", 5))
				text_put(out, ";tag=crowd");
			text_put(out, "\r\n");
		}
		line = strstr(line, "\r\n");
	}
}

static void answer(struct crowd *crowd, const char *message,
                   const struct sockaddr_in *from, bool has_sdp)
{
	struct text out = {.len = 0};
	char rest[256], sdp[256] = "";

	if (has_sdp)
		(void)snprintf(sdp, sizeof(sdp),
		               "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		               "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		               "m=audio %u RTP/AVP 8 101\r\n"
		               "a=rtpmap:101 telephone-event/8000\r\n",
		               crowd->rtp_port);

	text_put(&out, "SIP/2.0 200 OK\r\n");
	repeat(&out, message);
	(void)snprintf(rest, sizeof(rest),
	               "Contact: <sip:crowd@127.0.0.1:%u>\r\n%s"
	               "Content-Length: %zu\r\n\r\n",
	               crowd->sip_port,
	               has_sdp ? "Content-Type: application/sdp\r\n" : "",
	               strlen(sdp));
	text_put(&out, rest);
	text_put(&out, sdp);
	(void)sendto(crowd->sip_fd, out.bytes, out.len, 0,
	             (const struct sockaddr *)from, sizeof(*from));
}

static void take(struct crowd *crowd, const char *message,
                 const struct sockaddr_in *from)
{
	char id[CROWD_ID_SIZE] = "";
	const char *media = strstr(message, "\r\nm=audio ");
	struct callee *callee;
	const char *value;
	size_t len;

	value = header(message, "Call-ID", &len);
	if (!value || len >= sizeof(id))
		return;
	memcpy(id, value, len);

	callee = callee_find(crowd, id);
	if (!strncmp(message, "INVITE ", 7)) {
		if (!callee)
			callee = callee_new(crowd, id);
		if (!callee || !media)
			return;
		answer(crowd, message, from, true);
		if (!callee->is_up)
			crowd_rtp_begin(
				crowd, callee,
				(uint16_t)strtoul(media + 10, NULL, 10));
	}
	else if (!strncmp(message, "BYE ", 4) ||
	         !strncmp(message, "CANCEL ", 7)) {
		answer(crowd, message, from, false);
		if (callee) {
			crowd_rtp_end(crowd, callee);
			callee->id[0] = '\0';
		}
	}
	else if (!strncmp(message, "ACK ", 4)) {
		if (callee && !callee->ack_us) {
			callee->ack_us = (uint64_t)clock_wall_us();
			crowd_rtp_first(callee);
		}
	}
	else if (strncmp(message, "SIP/2.0 ", 8) != 0) {
		answer(crowd, message, from, false);
	}
}

void crowd_sip_receive(struct crowd *crowd)
{
	char message[MESSAGE_SIZE];

	for (unsigned i = 0; i < BATCH; i++) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n =
			recvfrom(crowd->sip_fd, message, sizeof(message) - 1,
		                 MSG_DONTWAIT, (struct sockaddr *)&from, &len);

		if (n < 0)
			return;
		message[n] = '\0';
		take(crowd, message, &from);
	}
}
