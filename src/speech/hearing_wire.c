/*
 * speech/hearing_wire.c - what a link of the streaming client speaks over: a
 * WebSocket, or a call of gRPC
 */
#include "base/text.h"
#include "speech/hearing_parts.h"

static void call_message(const uint8_t *data, size_t n, void *arg)
{
	const struct ws_message message = {
		.kind = WS_BINARY,
		.data = data,
		.n = n,
	};

	hearing_message(&message, arg);
}

static void call_closed(const struct grpc_end *end, void *arg)
{
	struct websocket_end told = {
		.err = end->err,
		.status = end->http_status,
	};

	(void)text_copy(told.why, sizeof(told.why), end->why);
	hearing_closed(&told, arg);
}

int hearing_wire_open(struct hearing_link *link, const struct url *url,
                      const char *headers, const struct sa *peer)
{
	const struct websocket_sink ws_sink = {
		.opened = hearing_opened,
		.message = hearing_message,
		.closed = hearing_closed,
		.arg = link,
	};
	const struct grpc_sink grpc_sink = {
		.opened = hearing_opened,
		.message = call_message,
		.closed = call_closed,
		.arg = link,
	};
	const struct asr_engine *engine = link->engine;
	const struct websocket_prm prm = {
		.url = url,
		.headers = headers,
		.proxy = engine->service->has_proxy ? &engine->service->proxy
	                                            : NULL,
		.peer = peer,
		.tls = engine->service->tls,
	};

	return engine->grpc ? grpc_call_open(&link->call, engine->grpc,
	                                     engine->dialect->rpc, headers,
	                                     &grpc_sink)
	                    : websocket_open(&link->ws, &prm, &ws_sink);
}

int hearing_wire_send(struct hearing_link *link, enum ws_kind kind,
                      const void *data, size_t n)
{
	return link->call ? grpc_call_send(link->call, data, n)
	                  : websocket_send(link->ws, kind, data, n);
}

int hearing_wire_finish(struct hearing_link *link)
{
	return grpc_call_finish(link->call);
}

size_t hearing_wire_waiting(const struct hearing_link *link)
{
	return link->call ? grpc_call_waiting(link->call)
	                  : websocket_waiting(link->ws);
}

bool hearing_wire_is_open(const struct hearing_link *link)
{
	return link->call ? grpc_call_is_open(link->call)
	                  : websocket_is_open(link->ws);
}

uint64_t hearing_wire_heard_ms(const struct hearing_link *link)
{
	return link->call ? grpc_call_heard_ms(link->call)
	                  : websocket_heard_ms(link->ws);
}
