/*
 * speech/speaking_ws.c - the voice client over a WebSocket: one text, one
 * connection
 */
#include <stdio.h>
#include "base/jmem.h"
#include "speech/speaking_parts.h"
#include "speech/websocket.h"

enum {
	HEADERS_SIZE = 4096,
};

static void opened_handler(void *arg)
{
	struct speaking *speaking = arg;
	int err;

	err = websocket_send(speaking->ws, WS_TEXT, speaking->message,
	                     strlen(speaking->message));
	if (err)
		speaking_fail(speaking, err, strerror(err));
}

static void message_handler(const struct ws_message *message, void *arg)
{
	struct speaking *speaking = arg;
	struct speaking_heard heard = {.room = speaking->room};
	bool is_text = message->kind == WS_TEXT;

	mbuf_rewind(speaking->room);
	jmem_forget();
	jmem_pool_open();
	speaking->engine->dialect->hear(
		&heard, is_text, (const char *)message->data, message->n);
	jmem_pool_close();
	if (jmem_has_failed()) {
		heard.err = ENOMEM;
		(void)snprintf(heard.why, sizeof(heard.why), "%s",
		               strerror(ENOMEM));
	}

	if (heard.err)
		speaking_fail(speaking, heard.err, heard.why);
	else if ((!heard.soundc ||
	          speaking_hear(speaking, heard.sound, heard.soundc)) &&
	         heard.is_over)
		speaking_end(speaking);
}

static void closed_handler(const struct websocket_end *end, void *arg)
{
	struct speaking *speaking = arg;
	char why[SERVICE_WHY_SIZE];

	if (end->status == 101 || end->status < 400)
		speaking_fail(speaking, end->err ? end->err : ECONNRESET,
		              end->why);
	else
		speaking_fail(speaking,
		              end->status == 429 ? EDQUOT
		              : end->status == 401 || end->status == 403
		                      ? EACCES
		                      : EREMOTEIO,
		              service_why(speaking->engine->service,
		                          end->status, end->why, why));
}

/* The headers of HTTP as the WebSocket takes them. */
static bool headers_write(char text[HEADERS_SIZE],
                          const struct speaking_ask *ask)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ask->headerc; i++) {
		int m = snprintf(text + n, HEADERS_SIZE - n, "%s: %s\r\n",
		                 ask->headerv[i].name, ask->headerv[i].value);

		if (m < 0 || n + (size_t)m >= HEADERS_SIZE)
			return false;
		n += (size_t)m;
	}

	return true;
}

int speaking_ws_start(struct speaking *speaking, struct speaking_ask *ask)
{
	const struct websocket_sink sink = {opened_handler, message_handler,
	                                    closed_handler, speaking};
	struct service *service = speaking->engine->service;
	char headers[HEADERS_SIZE];
	struct websocket_prm prm = {
		.headers = headers,
		.tls = service->tls,
	};
	struct url *url;
	int err;

	err = service_peer(service, &prm.peer);
	if (err)
		return err;
	if (!headers_write(headers, ask))
		return ENAMETOOLONG;

	mbuf_set_pos(ask->body, 0);
	speaking->message = mem_deref(speaking->message);
	err = mbuf_strdup(ask->body, &speaking->message, ask->body->end);
	url = err ? NULL : mem_zalloc(sizeof(*url), NULL);
	if (!url)
		return ENOMEM;

	err = url_parse(url, (const char *)ask->url->buf);
	prm.url = url;
	if (!err)
		err = websocket_open(&speaking->ws, &prm, &sink);
	mem_deref(url);

	return err;
}
