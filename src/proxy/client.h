/*
 * proxy/client.h - one program that sends sound over a WebSocket
 *
 * What both protocols share: limits, pauses, goodbyes. A protocol says what a
 * text means and what is told of phrases. Private to proxy/.
 */
#pragma once

#include <jansson.h>

#include "proxy/hark.h"
#include "proxy/proxy_parts.h"

struct client;

struct client_protocol {
	uint32_t silence_ms; /* that ends a phrase */

	/* A text message. */
	void (*text)(struct client *client, const char *text, size_t n);

	/* Of phrases; see hark.h. */
	void (*began)(struct client *client, uint32_t at_ms);
	void (*partial)(struct client *client, const char *text);
	void (*final)(struct client *client, const struct asr_phrase *phrase);
	void (*trouble)(struct client *client, const char *why);
	void (*taken)(struct client *client);
	void (*ended)(struct client *client);
};

struct client {
	struct le le; /* of the proxy, which owns it */
	struct proxy *proxy;
	const struct client_protocol *protocol;
	const struct proxy_group *group;
	struct httpd_ws *ws;
	struct hark *hark; /* NULL: nothing was sent yet */
	struct proxy_hints hints;
	char lang[36];
	char *params; /* for the recogniser, "" = none */
	uint32_t rate_hz;
	uint64_t sound_ms; /* of its last sound: who sends none has to go */
	struct tmr tmr;
	bool is_paused, is_ending;
	void *own; /* the protocol's, freed with mem_deref() */
};

/* Answers the request with a WebSocket. NULL: it was refused. */
struct client *client_open(struct httpd_request *req, struct proxy *proxy,
                           const struct client_protocol *protocol,
                           const char *group);

/* A message is told the whole truth or not at all: object is taken. */
void client_say(struct client *client, json_t *object);

/* Parses a text of JSON and has it taken; whether it was. The values end with
 * the call. */
bool client_read(struct client *client, const char *text, size_t n,
                 bool (*take)(struct client *client, const json_t *msg));

/* Forgets what was heard so that another recognition begins with the next
 * sound. */
void client_reset(struct client *client);

/* No more sound: `ended` comes. */
void client_end(struct client *client);
