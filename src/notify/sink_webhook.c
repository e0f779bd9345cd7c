/*
 * notify/sink_webhook.c - events by HTTP POST, signed by Standard Webhooks
 *
 * The same request is what a script's notify_http gets, to the address that
 * the script names, without a signature.
 */
#include <inttypes.h>
#include <jansson.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "notify/envelope.h"
#include "notify/signature.h"
#include "notify/sink_http.h"

enum {
	WINDOW = 16,
	ANSWER_BYTES = 65536,
	NUMBER_SIZE = 24,
};

struct sink {
	struct httpc *http;
	char *url; /* NULL: of the event */
	char *secrets, *source, *ca_file;
	uint32_t whole_ms;
	bool is_public_only;
};

static void sink_destructor(void *arg)
{
	struct sink *sink = arg;

	mem_deref(sink->http);
	mem_deref(sink->url);
	mem_deref(sink->secrets);
	mem_deref(sink->source);
	mem_deref(sink->ca_file);
}

/* --- opening --------------------------------------------------------------
 */

static int secrets_check(const struct sink_prm *prm, char fault[CFG_FAULT_SIZE])
{
	const char *secrets =
		cfg_named_text(prm->cfg, "sink", prm->name, "secret");
	char text[SIGNATURE_SIZE];
	int err;

	err = signature_make(text, secrets, "", 0, "");
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "sink.%s.secret: give \"whsec_\" and the base64 "
		               "of 24 to 64 random bytes (openssl rand -base64 "
		               "32)",
		               prm->name);

	return err;
}

static int url_check(const struct sink_prm *prm, char fault[CFG_FAULT_SIZE])
{
	const char *url = cfg_named_text(prm->cfg, "sink", prm->name, "url");

	if (httpc_is_url(url))
		return 0;

	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "sink.%s.url: give an address like "
	               "https://crm.example.org/hook",
	               prm->name);

	return EINVAL;
}

static int webhook_open(struct sink **sinkp, const struct sink_prm *prm,
                        char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = prm->cfg;
	const char *name = prm->name;
	const char *ca_file = cfg_named_text(cfg, "sink", name, "ca_file");
	struct sink *sink;
	int err;

	err = url_check(prm, fault);
	if (!err)
		err = secrets_check(prm, fault);
	if (err)
		return err;

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	sink = mem_zalloc(sizeof(*sink), sink_destructor);
	if (!sink)
		return ENOMEM;

	sink->http = mem_ref(prm->http);
	sink->whole_ms = 1000 * (uint32_t)cfg_named_number(cfg, "sink", name,
	                                                   "timeout_s");
	sink->is_public_only = !cfg_named_bool(cfg, "sink", name, "private");
	err = str_dup(&sink->url, cfg_named_text(cfg, "sink", name, "url"));
	if (!err)
		err = str_dup(&sink->secrets,
		              cfg_named_text(cfg, "sink", name, "secret"));
	if (!err)
		err = str_dup(&sink->source, prm->source);
	if (!err && *ca_file)
		err = str_dup(&sink->ca_file, ca_file);
	if (err)
		mem_deref(sink);
	else
		*sinkp = sink;

	return err;
}

static int script_open(struct sink **sinkp, const struct sink_prm *prm,
                       char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = prm->cfg;
	struct sink *sink;
	int err;

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	sink = mem_zalloc(sizeof(*sink), sink_destructor);
	if (!sink)
		return ENOMEM;

	sink->http = mem_ref(prm->http);
	sink->whole_ms =
		1000 * (uint32_t)cfg_number(cfg, "events", "notify_http_s");
	sink->is_public_only = !cfg_bool(cfg, "events", "notify_http_private");
	err = str_dup(&sink->source, prm->source);
	if (err)
		mem_deref(sink);
	else
		*sinkp = sink;

	return err;
}

/* --- sending --------------------------------------------------------------
 */

/* NULL where the script names no address. */
static int url_of(char **urlp, const struct notify_event *event)
{
	json_t *data = NULL;
	const char *http;
	int err;

	*urlp = NULL;
	err = jmem_read(&data, event->data, strlen(event->data), 0, NULL);
	if (err)
		return err == ENOMEM ? ENOMEM : 0;

	http = json_string_value(json_object_get(data, "http"));
	if (http && httpc_is_url(http))
		err = str_dup(urlp, http);
	json_decref(data);

	return err;
}

static int script_takes(bool *is_takenp, const struct sink *sink,
                        const struct notify_event *event)
{
	char *url;
	int err;

	(void)sink;

	err = url_of(&url, event);
	*is_takenp = url != NULL;
	mem_deref(url);

	return err;
}

static int post(struct sink_delivery *delivery, const struct sink *sink,
                const struct notify_event *event, const char *body)
{
	char timestamp[NUMBER_SIZE], signature[SIGNATURE_SIZE];
	int64_t now_s = clock_wall_ms() / 1000;
	char *url = NULL;
	int err = 0;

	(void)snprintf(timestamp, sizeof(timestamp), "%" PRId64, now_s);
	const struct httpc_header headerv[] = {
		{"webhook-id", event->id},
		{"webhook-timestamp", timestamp},
		{"webhook-signature", signature},
	};
	bool has_secret = sink->secrets && *sink->secrets;
	struct httpc_prm prm = {
		.method = "POST",
		.url = sink->url,
		.headerv = headerv,
		.headerc = ARRAY_COUNT(headerv) - (has_secret ? 0 : 1),
		.body = body,
		.body_len = strlen(body),
		.content_type = "application/cloudevents+json",
		.ca_file = sink->ca_file,
		.whole_ms = sink->whole_ms,
		.limit_bytes = ANSWER_BYTES,
		.is_public_only = sink->is_public_only,
	};

	if (has_secret)
		err = signature_make(signature, sink->secrets, event->id, now_s,
		                     body);
	if (!err && !prm.url) {
		err = url_of(&url, event);
		prm.url = url;
	}
	if (!err)
		err = sink_http_send(delivery, sink->http, &prm);
	mem_deref(url);

	return err;
}

static int webhook_send(struct sink_delivery **deliveryp, struct sink *sink,
                        const struct notify_event *event, sink_done_h *done,
                        void *arg)
{
	struct sink_delivery *delivery;
	char *body = NULL;
	int err;

	err = sink_http_delivery(&delivery, done, arg);
	if (err)
		return err;

	err = envelope_make(&body, event, sink->source);
	if (!err)
		err = post(delivery, sink, event, body);
	mem_deref(body);
	if (err)
		mem_deref(delivery);
	else
		*deliveryp = delivery;

	return err;
}

const struct sink_ops sink_webhook = {
	.kind = "webhook",
	.help = "POST to an address, signed by Standard Webhooks",
	.window = WINDOW,
	.open = webhook_open,
	.send = webhook_send,
};

const struct sink_ops sink_script = {
	.kind = "notify_http",
	.help = "POST to the `notify_http` of the script",
	.window = WINDOW,
	.takes = script_takes,
	.open = script_open,
	.send = webhook_send,
};
