/*
 * speech/hearing_link.c - connections of the streaming client, and spare ones
 */
#include "base/clock.h"
#include "speech/hearing_parts.h"

enum {
	PAUSE_MS = 1000, /* after a spare could not be opened */
	PING_MS = 10000, /* of a spare that heard nothing */
	DEAD_MS = 20000, /* a spare that heard nothing so long is dead */
	SPARE_HZ = 8000,
};

static void link_destructor(void *arg)
{
	struct hearing_link *link = arg;

	list_unlink(&link->le);
	mem_deref(link->ws);
}

/* EINPROGRESS while the name is being looked up. */
int hearing_link_open(struct hearing_link **linkp, struct asr_engine *engine,
                      const struct asr_prm *prm)
{
	const struct websocket_sink sink = {
		.opened = hearing_opened,
		.message = hearing_message,
		.closed = hearing_closed,
	};
	struct service *service = engine->service;
	char headers[HEARING_HEADERS_SIZE] = "";
	struct url url = service->url;
	struct websocket_prm ws_prm = {
		.url = &url,
		.headers = headers,
		.tls = service->tls,
		.has_proxy = service_has_proxy(service),
	};
	struct websocket_sink own = sink;
	struct hearing_link *link;
	int err;

	err = service_peer(service, &ws_prm.peer);
	if (!err && engine->dialect->greet)
		err = engine->dialect->greet(&url, headers, service, prm);
	if (err)
		return err;

	link = mem_zalloc(sizeof(*link), link_destructor);
	if (!link)
		return ENOMEM;

	link->engine = engine;
	own.arg = link;
	err = websocket_open(&link->ws, &ws_prm, &own);
	if (err)
		mem_deref(link);
	else
		*linkp = link;

	return err;
}

struct hearing_link *hearing_link_take(struct asr_engine *engine)
{
	struct le *le;

	for (le = list_head(&engine->sparel); le; le = le->next) {
		struct hearing_link *link = le->data;

		if (websocket_is_open(link->ws)) {
			list_unlink(le);
			return link;
		}
	}

	return NULL;
}

void hearing_link_give_back(struct asr_stream *stream)
{
	struct asr_engine *engine = stream->engine;
	struct hearing_link *link = stream->link;
	bool may_stay = engine->dialect->is_reusable && link &&
	                engine->service->is_reused &&
	                websocket_is_open(link->ws) && stream->talk.is_end_sent;

	stream->link = NULL;
	if (!may_stay) {
		mem_deref(link);
		return;
	}
	link->stream = NULL;
	list_append(&engine->sparel, &link->le, link);
}

void hearing_link_tend(struct asr_engine *engine, uint64_t now_ms)
{
	bool is_wanted = now_ms < engine->wanted_ms + HEARING_WANTED_MS;
	size_t count = 0;
	struct le *le = list_head(&engine->sparel);

	while (le) {
		struct hearing_link *link = le->data;
		uint64_t quiet_ms = now_ms - websocket_heard_ms(link->ws);

		le = le->next;
		if (!is_wanted || quiet_ms > DEAD_MS) {
			mem_deref(link);
			continue;
		}
		if (quiet_ms > PING_MS && now_ms > link->pinged_ms + PING_MS &&
		    websocket_is_open(link->ws)) {
			link->pinged_ms = now_ms;
			(void)websocket_send(link->ws, WS_PING, "", 0);
		}
		count++;
	}

	while (is_wanted && count++ < engine->service->spares &&
	       now_ms >= engine->paused_ms) {
		struct hearing_link *link;
		const struct asr_prm prm = {.rate_hz = SPARE_HZ, .lang = ""};
		int err = hearing_link_open(&link, engine, &prm);

		if (err == EINPROGRESS)
			return;
		if (err)
			engine->paused_ms = now_ms + PAUSE_MS;
		else
			list_append(&engine->sparel, &link->le, link);
	}
}
