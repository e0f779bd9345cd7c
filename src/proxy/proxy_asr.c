/*
 * proxy/proxy_asr.c - our own protocol of recognition (docs/speech-proxy.md)
 *
 * Sound comes as binary messages; texts go out as they are known, each an
 * object with a "type". {"end":1} asks for what is left, and the end.
 */
#include <stdio.h>
#include "proxy/client.h"

enum {
	SILENCE_MS = 600,
	CODE_NORMAL = 1000,
	CODE_UNSUITED = 1003,
};

static void asr_began(struct client *client, uint32_t at_ms)
{
	client_say(client, json_pack("{s:s,s:i}", "type", "speech", "begin_ms",
	                             (int)at_ms));
}

static void asr_partial(struct client *client, const char *text)
{
	client_say(client,
	           json_pack("{s:s,s:s}", "type", "partial", "text", text));
}

static void asr_final(struct client *client, const struct asr_phrase *phrase)
{
	client_say(client,
	           json_pack("{s:s,s:s,s:i,s:i,s:i,s:s}", "type", "final",
	                     "text", phrase->text, "score", (int)phrase->score,
	                     "begin_ms", (int)phrase->begin_ms, "end_ms",
	                     (int)phrase->end_ms, "service",
	                     phrase->service ? phrase->service : ""));
}

static void asr_trouble(struct client *client, const char *why)
{
	client_say(client,
	           json_pack("{s:s,s:s}", "type", "trouble", "why", why));
}

static void asr_taken(struct client *client)
{
	(void)client;
}

static void asr_ended(struct client *client)
{
	client_say(client, json_pack("{s:s}", "type", "end"));
	httpd_ws_close(client->ws, CODE_NORMAL, "");
}

/* Whether it meant something. */
static bool msg_take(struct client *client, const json_t *msg)
{
	json_t *hints = json_object_get(msg, "hints");
	char *list;
	size_t n;
	int err;

	if (json_object_get(msg, "end")) {
		client_end(client);
		return true;
	}
	if (!json_is_array(hints) || client->hark)
		return false;

	list = proxy_json(json_incref(hints), &n);
	err = list ? proxy_hints_take(&client->hints, list) : ENOMEM;
	mem_deref(list);

	return !err;
}

static void asr_text(struct client *client, const char *text, size_t n)
{
	if (!client_read(client, text, n, msg_take))
		httpd_ws_close(client->ws, CODE_UNSUITED,
		               "send {\"end\":1}, or {\"hints\":[…]} before "
		               "the first sound");
}

static const struct client_protocol protocol = {
	.silence_ms = SILENCE_MS,
	.text = asr_text,
	.began = asr_began,
	.partial = asr_partial,
	.final = asr_final,
	.trouble = asr_trouble,
	.taken = asr_taken,
	.ended = asr_ended,
};

void proxy_asr(struct httpd_request *req, void *arg)
{
	struct client *client =
		client_open(req, arg, &protocol, httpd_query(req, "group"));

	if (client)
		client_say(client, json_pack("{s:s,s:s,s:i,s:s}", "type",
		                             "ready", "lang", client->lang,
		                             "rate", (int)client->rate_hz,
		                             "group", client->group->name));
}
