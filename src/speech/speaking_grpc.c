/*
 * speech/speaking_grpc.c - the voice client over gRPC: one text, one call; all
 * calls share connections
 */
#include "base/text.h"
#include "speech/grpc.h"
#include "speech/speaking_parts.h"

static void message_handler(const uint8_t *data, size_t n, void *arg)
{
	speaking_message(arg, false, (const char *)data, n);
}

static void closed_handler(const struct grpc_end *end, void *arg)
{
	struct speaking *speaking = arg;
	char why[SERVICE_WHY_SIZE];

	if (!end->err)
		speaking_end(speaking);
	else if (end->err == EACCES || end->err == EDQUOT)
		speaking_refused(speaking, end->http_status, end->why);
	else if (end->http_status)
		speaking_fail(speaking, end->err,
		              service_why(speaking->engine->service,
		                          end->http_status, end->why, why));
	else
		speaking_fail(speaking, end->err, end->why);
}

int speaking_grpc_start(struct speaking *speaking, struct speaking_ask *ask)
{
	const struct grpc_sink sink = {NULL, message_handler, closed_handler,
	                               speaking};
	const struct speaking_engine *engine = speaking->engine;
	char headers[SPEAKING_LINES_SIZE];
	int err;

	if (!speaking_lines(headers, ask))
		return ENAMETOOLONG;

	err = grpc_call_open(&speaking->call, engine->grpc,
	                     engine->dialect->rpc, headers, &sink);
	if (!err)
		err = grpc_call_send(speaking->call, ask->body->buf,
		                     ask->body->end);

	return err ? err : grpc_call_finish(speaking->call);
}
