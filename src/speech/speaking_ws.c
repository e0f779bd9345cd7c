/*
 * speech/speaking_ws.c - the voice client over a WebSocket: one text, one
 * connection
 */
#include <stdio.h>
#include "speech/speaking_parts.h"
#include "speech/websocket.h"

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
	speaking_message(arg, message->kind == WS_TEXT,
	                 (const char *)message->data, message->n);
}

static void closed_handler(const struct websocket_end *end, void *arg)
{
	struct speaking *speaking = arg;

	if (end->status == 101 || end->status < 400)
		speaking_fail(speaking, end->err ? end->err : ECONNRESET,
		              end->why);
	else
		speaking_refused(speaking, end->status, end->why);
}

int speaking_ws_start(struct speaking *speaking, struct speaking_ask *ask)
{
	const struct websocket_sink sink = {opened_handler, message_handler,
	                                    closed_handler, speaking};
	struct service *service = speaking->engine->service;
	char headers[SPEAKING_LINES_SIZE];
	struct websocket_prm prm = {
		.headers = headers,
		.tls = service->tls,
	};
	struct url *url;
	int err;

	err = service_peer(service, &prm.peer);
	if (err)
		return err;
	if (!speaking_lines(headers, ask))
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
