/*
 * speech/hearing_link.c - connections of the streaming client, and spare ones
 */
#include "base/clock.h"
#include "base/text.h"
#include "speech/hearing_parts.h"

enum {
	PAUSE_MS = 1000, /* after a spare could not be opened */
	PING_MS = 10000, /* of a spare that heard nothing */
	DEAD_MS = 20000, /* a spare that heard nothing so long is dead */
};

static void link_destructor(void *arg)
{
	struct hearing_link *link = arg;

	list_unlink(&link->le);
	mem_deref(link->hot_word);
	mem_deref(link->ws);
	mem_deref(link->call);
	mem_deref(link->lease);
}

/* What a connection begins with. While it waits for a token its key is kept: to
 * ask again is not another question. */
static int greet(struct keys_lease **leasep, struct url *url,
                 char headers[HEARING_HEADERS_SIZE], struct asr_engine *engine,
                 const struct asr_prm *prm)
{
	struct service *service = engine->service;
	int err = 0;

	if (!engine->lease)
		err = service_key_take(&engine->lease, service);
	if (!err && engine->dialect->greet)
		err = engine->dialect->greet(url, headers, service, prm,
		                             engine->memory);
	if (err == EINPROGRESS)
		return err;

	*leasep = engine->lease;
	engine->lease = NULL;

	return err;
}

/* EINPROGRESS while the name is being looked up. */
int hearing_link_open(struct hearing_link **linkp, struct asr_engine *engine,
                      const struct asr_prm *prm)
{
	struct service *service = engine->service;
	char headers[HEARING_HEADERS_SIZE] = "";
	struct url url = service->url;
	const struct sa *peer;
	struct keys_lease *lease = NULL;
	struct hearing_link *link;
	int err;

	err = service_peer(service, &peer);
	if (!err)
		err = greet(&lease, &url, headers, engine, prm);
	link = err ? NULL : mem_zalloc(sizeof(*link), link_destructor);
	if (!link) {
		mem_deref(lease);
		return err ? err : ENOMEM;
	}

	link->lease = lease;
	link->engine = engine;
	link->greeted_ms = link->pinged_ms = clock_ms();
	link->rate_hz = prm->rate_hz;
	(void)text_copy(link->lang, sizeof(link->lang), prm->lang);
	if (prm->hot_word)
		err = str_dup(&link->hot_word, prm->hot_word);
	if (!err)
		err = hearing_wire_open(link, &url, headers, peer);
	if (err)
		mem_deref(link);
	else
		*linkp = link;

	return err;
}

static const char *or_none(const char *text)
{
	return text ? text : "";
}

static bool fits(const struct hearing_link *link, const struct asr_prm *prm)
{
	return !link->engine->dialect->is_url_bound ||
	       (link->rate_hz == prm->rate_hz &&
	        !strcmp(link->lang, prm->lang) &&
	        !strcmp(or_none(link->hot_word), or_none(prm->hot_word)));
}

struct hearing_link *hearing_link_take(struct asr_engine *engine,
                                       const struct asr_prm *prm)
{
	struct le *le;

	for (le = list_head(&engine->sparel); le; le = le->next) {
		struct hearing_link *link = le->data;

		if (hearing_wire_is_open(link) && fits(link, prm)) {
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
	enum hearing_reuse reuse = engine->dialect->reuse;
	bool may_stay =
		(reuse == HEARING_ALWAYS ||
	         (reuse == HEARING_IF_ASKED && engine->service->is_reused)) &&
		link && hearing_wire_is_open(link) && stream->talk.is_end_sent;

	stream->link = NULL;
	if (!may_stay) {
		mem_deref(link);
		return;
	}
	link->stream = NULL;
	list_append(&engine->sparel, &link->le, link);
}

static void keep_alive(struct hearing_link *link, uint64_t now_ms,
                       uint64_t quiet_ms)
{
	const struct hearing_dialect *dialect = link->engine->dialect;
	uint32_t every_ms = dialect->idle ? dialect->idle_ms : PING_MS;

	if (!hearing_wire_is_open(link) || dialect->spare_ms ||
	    now_ms < link->pinged_ms + every_ms ||
	    (!dialect->idle && quiet_ms < PING_MS))
		return;

	link->pinged_ms = now_ms;
	if (dialect->idle)
		(void)hearing_wire_send(link, WS_TEXT, dialect->idle,
		                        strlen(dialect->idle));
	(void)hearing_wire_send(link, WS_PING, "", 0);
}

void hearing_link_tend(struct asr_engine *engine, uint64_t now_ms)
{
	bool is_wanted = now_ms < engine->wanted_ms + HEARING_WANTED_MS;
	uint32_t dead_ms =
		engine->dialect->spare_ms ? engine->dialect->spare_ms : DEAD_MS;
	size_t count = 0;
	struct le *le = list_head(&engine->sparel);

	/* Its calls are begun when there is something to say. */
	if (engine->dialect->rpc) {
		if (is_wanted && engine->service->spares)
			grpc_warm(engine->grpc);
		return;
	}

	while (le) {
		struct hearing_link *link = le->data;
		uint64_t quiet_ms = now_ms - hearing_wire_heard_ms(link);

		le = le->next;
		if (!is_wanted || quiet_ms > dead_ms) {
			mem_deref(link);
			continue;
		}
		keep_alive(link, now_ms, quiet_ms);
		count++;
	}

	while (is_wanted && count++ < engine->service->spares &&
	       now_ms >= engine->paused_ms) {
		struct hearing_link *link;
		const struct asr_prm prm = {
			.rate_hz = engine->rate_hz,
			.lang = engine->lang,
			.params = "",
			.hot_word = engine->hot_word,
		};
		int err = hearing_link_open(&link, engine, &prm);

		if (err == EINPROGRESS)
			return;
		if (err)
			engine->paused_ms = now_ms + PAUSE_MS;
		else
			list_append(&engine->sparel, &link->le, link);
	}
}
