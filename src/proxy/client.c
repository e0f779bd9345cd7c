/*
 * proxy/client.c - one program that sends sound over a WebSocket
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/log.h"
#include "base/text.h"
#include "proxy/client.h"

enum {
	CODE_AWAY = 1001,
	CODE_UNSUITED = 1003,
	CODE_POLICY = 1008,
	CODE_TROUBLE = 1011,
};

static void destructor(void *arg)
{
	struct client *client = arg;

	tmr_cancel(&client->tmr);
	list_unlink(&client->le);
	mem_deref(client->hark);
	mem_deref(client->ws);
	mem_deref(client->own);
	mem_deref(client->params);
	proxy_hints_clear(&client->hints);
}

void client_say(struct client *client, json_t *object)
{
	size_t n = 0;
	char *text = proxy_json(object, &n);

	/* Who does not read has to go: answers may not be left out. */
	if (!text || httpd_ws_send(client->ws, WS_TEXT, text, n) == ENOBUFS)
		httpd_ws_close(client->ws, CODE_POLICY,
		               "answers are not taken");
	mem_deref(text);
}

bool client_read(struct client *client, const char *text, size_t n,
                 bool (*take)(struct client *client, const json_t *msg))
{
	bool is_taken;
	json_t *msg;

	jmem_pool_open();
	jmem_forget();
	msg = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	is_taken =
		json_is_object(msg) && !jmem_has_failed() && take(client, msg);
	json_decref(msg);
	jmem_pool_close();

	return is_taken;
}

/* --- what is heard ---------------------------------------------------------
 */

static void began_handler(uint32_t at_ms, void *arg)
{
	struct client *client = arg;

	client->protocol->began(client, at_ms);
}

static void partial_handler(const char *text, void *arg)
{
	struct client *client = arg;

	client->protocol->partial(client, text);
}

static void final_handler(const struct asr_phrase *phrase, void *arg)
{
	struct client *client = arg;

	client->protocol->final(client, phrase);
}

static void trouble_handler(const char *why, void *arg)
{
	struct client *client = arg;

	client->protocol->trouble(client, why);
}

static void taken_handler(void *arg)
{
	struct client *client = arg;

	if (client->is_paused && !hark_is_full(client->hark)) {
		client->is_paused = false;
		client->sound_ms = clock_ms();
		httpd_ws_pause(client->ws, false);
	}
	client->protocol->taken(client);
}

static void ended_handler(void *arg)
{
	struct client *client = arg;

	client->protocol->ended(client);
}

static int hark_begin(struct client *client)
{
	const struct asr_prm hear = {
		.lang = client->lang,
		.hintv = client->hints.hintv,
		.hintc = client->hints.hintc,
		.is_closed = client->hints.hintc > 0,
		.params = client->params,
	};
	const struct hark_prm prm = {
		.asr = client->group->asr,
		.hear = &hear,
		.rate_hz = client->rate_hz,
		.speed = client->proxy->speed,
		.answer_ms = client->proxy->answer_ms,
		.silence_ms = client->protocol->silence_ms,
	};
	const struct hark_sink sink = {
		.began = began_handler,
		.partial = partial_handler,
		.final = final_handler,
		.trouble = trouble_handler,
		.taken = taken_handler,
		.ended = ended_handler,
		.arg = client,
	};

	return hark_alloc(&client->hark, &prm, &sink);
}

void client_reset(struct client *client)
{
	client->hark = mem_deref(client->hark);
	client->is_ending = false;
}

void client_end(struct client *client)
{
	if (client->is_ending)
		return;
	if (!client->hark && hark_begin(client)) {
		httpd_ws_close(client->ws, CODE_TROUBLE, "no memory");
		return;
	}

	client->is_ending = true;
	hark_end(client->hark);
}

/* --- what comes
 * --------------------------------------------------------------- */

static void sound_take(struct client *client, const struct ws_message *message)
{
	struct proxy *proxy = client->proxy;
	int err = 0;

	if (message->n & 1) {
		httpd_ws_close(client->ws, CODE_UNSUITED,
		               "half a sample: send 16-bit samples");
		return;
	}
	if (client->is_ending) {
		httpd_ws_close(client->ws, CODE_POLICY,
		               "sound before the answer to the end");
		return;
	}
	if (!client->hark)
		err = hark_begin(client);
	if (!err)
		err = hark_feed(client->hark, message->data, message->n);
	if (err) {
		httpd_ws_close(client->ws, CODE_TROUBLE, strerror(err));
		return;
	}

	client->sound_ms = clock_ms();
	if (hark_fed_ms(client->hark) > proxy->audio_max_s * 1000ULL)
		httpd_ws_close(client->ws, CODE_POLICY,
		               "more sound than speech_proxy.audio_s allows");
	else if (hark_is_full(client->hark) && !client->is_paused) {
		client->is_paused = true;
		httpd_ws_pause(client->ws, true);
	}
}

static void message_handler(const struct ws_message *message, void *arg)
{
	struct client *client = arg;

	if (message->kind == WS_BINARY)
		sound_take(client, message);
	else
		client->protocol->text(client, (const char *)message->data,
		                       message->n);
}

static void closed_handler(unsigned code, void *arg)
{
	struct client *client = arg;

	log_info("proxy", "a client is gone (%u) after %.1f s of sound", code,
	         client->hark ? (double)hark_fed_ms(client->hark) / 1000 : 0.0);
	mem_deref(client);
}

static void idle_handler(void *arg)
{
	struct client *client = arg;
	uint64_t quiet_ms = clock_ms() - client->sound_ms;
	uint32_t limit_ms = client->proxy->idle_ms;

	if (quiet_ms >= limit_ms && !client->is_paused)
		httpd_ws_close(client->ws, CODE_AWAY,
		               "no sound for speech_proxy.idle_ms");
	else
		tmr_start(&client->tmr,
		          client->is_paused ? limit_ms : limit_ms - quiet_ms,
		          idle_handler, client);
}

/* --- the beginning
 * --------------------------------------------------------------- */

static bool is_rate(uint32_t rate_hz)
{
	return rate_hz >= 8000 && rate_hz <= 48000;
}

static int settings_take(struct client *client, const struct httpd_request *req)
{
	const char *lang = httpd_query(req, "lang");
	const char *rate = httpd_query(req, "rate");
	const char *hints = httpd_query(req, "hints");
	int err;

	(void)text_copy(client->lang, sizeof(client->lang),
	                lang && *lang ? lang : client->group->lang);
	client->rate_hz = rate ? (uint32_t)strtoul(rate, NULL, 10)
	                       : client->proxy->rate_hz;
	if (!is_rate(client->rate_hz))
		return EINVAL;

	err = str_dup(&client->params, "");

	return err ? err
	           : proxy_hints_take(&client->hints,
	                              hints ? hints : client->group->phrases);
}

struct client *client_open(struct httpd_request *req, struct proxy *proxy,
                           const struct client_protocol *protocol,
                           const char *group)
{
	struct httpd_ws_sink sink = {
		.message = message_handler,
		.closed = closed_handler,
	};
	struct client *client;
	int err;

	client = mem_zalloc(sizeof(*client), destructor);
	if (!client)
		return NULL;

	tmr_init(&client->tmr);
	client->proxy = proxy;
	client->protocol = protocol;
	client->sound_ms = clock_ms();
	client->group = proxy_admit(proxy, req, group);
	if (!client->group)
		goto refused;

	err = settings_take(client, req);
	if (err) {
		proxy_refuse(req, 400, "rate",
		             "The rate is none between 8000 and 48000, or the "
		             "hints are too many.",
		             "Send rate=8000 or 16000, and at most 1000 "
		             "hints.");
		goto refused;
	}
	if (!asr_can(client->group->asr, client->lang)) {
		proxy_refuse(req, 422, "lang",
		             "No recogniser of this group understands the "
		             "language.",
		             "Name another lang or another group.");
		goto refused;
	}

	sink.arg = client;
	if (httpd_upgrade(&client->ws, req, &sink, proxy->idle_ms))
		goto refused;

	list_append(&proxy->clientl, &client->le, client);
	tmr_start(&client->tmr, proxy->idle_ms, idle_handler, client);

	return client;

refused:
	mem_deref(client);

	return NULL;
}
