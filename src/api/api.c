/*
 * api/api.c - the server: configuration, routes, who may
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/audience.h"
#include "api/imports.h"
#include "api/shelf.h"
#include "api/talks.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"

enum {
	BODY_LIMIT = 1 << 20, /* of JSON */
	FILES_MAX = 256,      /* waiting for the worker */
	DAY_MS = 24 * 3600 * 1000,
};

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"address", CFG_TEXT, "127.0.0.1", NULL,
	 "Address to listen on; any but loopback needs cert_file, or "
	 "plain = yes behind a proxy that has one."},
	{"port", CFG_NUMBER, "9080", "0..65535", "Port; 0: a free one."},
	{"cert_file", CFG_TEXT, "", NULL,
	 "Certificate (PEM): with key_file the API speaks https."},
	{"key_file", CFG_TEXT, "", NULL, "Its private key (PEM)."},
	{"plain", CFG_BOOL, "no", NULL,
	 "Whether others may reach it without a certificate."},
	{"host_names", CFG_TEXT, "", NULL,
	 "Names besides localhost by which clients may call it on loopback."},
	{"clients", CFG_NUMBER, "2000", "1..20000", "Clients at a time."},
	{"clients_per_address", CFG_NUMBER, "200", "1..20000",
	 "Of them from one address."},
	{"requests_per_s", CFG_NUMBER, "1000", "0..100000",
	 "Requests a second of one address, twice as many at once; more are "
	 "told to wait (429). 0: any number."},
	{"drain_s", CFG_NUMBER, "60", "0..3600",
	 "At the end talks may go on for so long, then they are hung up."},
};
/* clang-format on */

const struct cfg_table api_cfg_table = {
	.section = "api",
	.help = "The HTTP API of `dialwright serve`.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static void destructor(void *arg)
{
	struct api *api = arg;

	list_flush(&api->tryingl);
	mem_deref(api->imports);
	mem_deref(api->server);
	mem_deref(api->routev);
	if (api->audience)
		audience_end(api->audience);
	mem_deref(api->audience);
	mem_deref(api->talks);
	mem_deref(api->queue);
	if (api->shelf)
		shelf_close(api->shelf);
	if (api->access)
		access_close(api->access);
}

static enum httpd_body body_of(const struct route *route)
{
	return route->body.c ? HTTPD_BODY_MEMORY : route->taking;
}

static int routes_make(struct api *api)
{
	api->routev = mem_zalloc(route_count() * sizeof(api->routev[0]), NULL);
	if (!api->routev)
		return ENOMEM;

	for (size_t i = 0; i < route_count(); i++) {
		const struct route *route = route_at(i);

		api->routev[i] = (struct httpd_route){
			.method = route->method,
			.pattern = route->pattern,
			.handler = ask_handler,
			.body = body_of(route),
			.body_limit = route->body_limit ? route->body_limit
		                                        : BODY_LIMIT,
			.summary = route->summary,
			.info = route,
		};
	}

	return 0;
}

static int server_make(struct api *api, char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = api->prm.cfg;
	const char *address = cfg_text(cfg, "api", "address");
	const char *cert = cfg_text(cfg, "api", "cert_file");
	const struct httpd_prm prm = {
		.address = address,
		.port = (uint16_t)cfg_number(cfg, "api", "port"),
		.cert_file = *cert ? cert : NULL,
		.key_file = *cert ? cfg_text(cfg, "api", "key_file") : NULL,
		.host_names = cfg_text(cfg, "api", "host_names"),
		.routev = api->routev,
		.routec = route_count(),
		.check = ask_check,
		.arg = api,
		.home = loop_mailbox(),
		.temp_dir = api->prm.data,
		.clients = (unsigned)cfg_number(cfg, "api", "clients"),
		.clients_per_address =
			(unsigned)cfg_number(cfg, "api", "clients_per_address"),
	};

	if (!httpd_is_loopback(address) && !*cert &&
	    !cfg_bool(cfg, "api", "plain")) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "api.address %s can be reached by others: give "
		               "api.cert_file and api.key_file, or say "
		               "api.plain = yes behind a proxy with TLS",
		               address);
		return EPERM;
	}

	return httpd_alloc(&api->server, &prm, fault);
}

static void access_ready(int err, void *arg)
{
	struct api *api = arg;
	const struct cfg *cfg = api->prm.cfg;
	char fault[CFG_FAULT_SIZE] = "the users cannot be read";

	if (!err)
		err = server_make(api, fault);
	if (!err)
		(void)snprintf(api->url, sizeof(api->url), "http%s://%s:%u",
		               *cfg_text(cfg, "api", "cert_file") ? "s" : "",
		               cfg_text(cfg, "api", "address"),
		               httpd_port(api->server));
	api->ready(err ? fault : NULL, api->ready_arg);
}

/* Where sinks are delivered to, notify removes what is old. */
static int64_t keep_ms(const struct api_prm *prm)
{
	return prm->notify
	               ? 0
	               : (int64_t)cfg_number(prm->cfg, "events", "keep_days") *
	                         DAY_MS;
}

int api_alloc(struct api **apip, const struct api_prm *prm,
              void (*ready)(const char *fault, void *arg), void *arg)
{
	struct api *api;
	int err;

	assert(apip && prm && prm->cfg && prm->store && prm->pool && ready);
	assert(prm->phone && prm->runner);

	api = mem_zalloc(sizeof(*api), destructor);
	if (!api)
		return ENOMEM;

	api->prm = *prm;
	api->start_ms = clock_wall_ms();
	api->ready = ready;
	api->ready_arg = arg;
	api->requests_per_s =
		(uint32_t)cfg_number(prm->cfg, "api", "requests_per_s");
	(void)snprintf(api->sounds, sizeof(api->sounds), "%s/sounds",
	               prm->data);
	err = routes_make(api);
	if (!err)
		err = shelf_alloc(&api->shelf, prm->store, prm->cfg, prm->pool,
		                  api->sounds);
	if (!err)
		err = work_queue_alloc(&api->queue, prm->pool, FILES_MAX);
	if (!err)
		err = talks_alloc(&api->talks);
	if (!err)
		err = audience_alloc(&api->audience, prm->store, prm->calls,
		                     keep_ms(prm));
	if (!err)
		err = imports_alloc(&api->imports, api);
	if (!err)
		err = access_alloc(&api->access, prm->store, prm->pool,
		                   access_ready, api);
	if (err)
		mem_deref(api);
	else
		*apip = api;

	return err;
}

const char *api_url(const struct api *api)
{
	return api->url;
}

const char *api_setup_url(struct api *api)
{
	const char *word = access_setup_word(api->access);

	if (!word)
		return NULL;

	(void)snprintf(api->setup_url, sizeof(api->setup_url), "%s/setup#%s",
	               api->url, word);

	return api->setup_url;
}

void api_drain(struct api *api, uint32_t limit_ms, void (*done)(void *arg),
               void *arg)
{
	audience_end(api->audience);
	httpd_drain(api->server, limit_ms, done, arg);
}
