/*
 * notify/sink_onec.c - events for the HTTP service of a 1C database
 *
 * The gate that the field knows: GET or POST URL?method=NAME&data=JSON with
 * Basic authentication (spec/facts.md 3.3). The first call of a sleeping
 * database is slow, each opens a session that costs a licence: few at a time.
 */
#include <jansson.h>
#include "base/mem.h"
#include "base/text.h"
#include "notify/envelope.h"
#include "notify/mapping.h"
#include "notify/sink_http.h"
#include <re_base64.h>

enum {
	WINDOW = 4,
	ANSWER_BYTES = 1024 * 1024,
	METHOD_SIZE = 64,
	URL_MAX = 8000, /* longer data goes by POST */
};

struct sink {
	struct httpc *http;
	char *url, *source, *methods, *ca_file;
	char *login; /* header value, NULL: none */
	uint32_t whole_ms;
	bool is_post, is_public_only;
};

static void sink_destructor(void *arg)
{
	struct sink *sink = arg;

	mem_deref(sink->http);
	mem_deref(sink->url);
	mem_deref(sink->source);
	mem_deref(sink->methods);
	mem_deref(sink->ca_file);
	mem_deref(sink->login);
}

/* --- opening --------------------------------------------------------------
 */

/* RFC 7617, in UTF-8: names may be Cyrillic. */
static int login_make(char **loginp, const char *user, const char *password)
{
	static const char basic[] = "Basic ";
	size_t plain_size = strlen(user) + strlen(password) + 2;
	size_t n = plain_size * 2 + 8;
	char *plain = mem_zalloc(plain_size, NULL);
	char *login = mem_zalloc(n + sizeof(basic), NULL);
	int err = ENOMEM;

	if (!plain || !login)
		goto out;

	(void)snprintf(plain, plain_size, "%s:%s", user, password);
	memcpy(login, basic, strlen(basic));
	err = base64_encode((const uint8_t *)plain, plain_size - 1,
	                    login + strlen(basic), &n);

out:
	mem_deref(plain);
	if (err)
		mem_deref(login);
	else
		*loginp = login;

	return err;
}

static int check(const struct sink_prm *prm, char fault[CFG_FAULT_SIZE])
{
	const char *url = cfg_named_text(prm->cfg, "sink", prm->name, "url");
	const char *methods =
		cfg_named_text(prm->cfg, "sink", prm->name, "methods");

	if (!httpc_is_url(url) || strpbrk(url, "?#")) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "sink.%s.url: give the address of the gate, "
		               "like https://1c.example.org/base/hs/gate/v1",
		               prm->name);
		return EINVAL;
	}
	if (!mapping_is_sound(methods)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "sink.%s.methods: give TYPE=METHOD, like "
		               "call.ended=auto_call_set_status",
		               prm->name);
		return EINVAL;
	}

	return 0;
}

static int take_texts(struct sink *sink, const struct sink_prm *prm)
{
	const struct cfg *cfg = prm->cfg;
	const char *name = prm->name;
	const char *user = cfg_named_text(cfg, "sink", name, "user");
	const char *ca_file = cfg_named_text(cfg, "sink", name, "ca_file");
	int err;

	err = str_dup(&sink->url, cfg_named_text(cfg, "sink", name, "url"));
	if (!err)
		err = str_dup(&sink->methods,
		              cfg_named_text(cfg, "sink", name, "methods"));
	if (!err)
		err = str_dup(&sink->source, prm->source);
	if (!err && *ca_file)
		err = str_dup(&sink->ca_file, ca_file);
	if (!err && *user)
		err = login_make(&sink->login, user,
		                 cfg_named_text(cfg, "sink", name, "password"));

	return err;
}

static int onec_open(struct sink **sinkp, const struct sink_prm *prm,
                     char fault[CFG_FAULT_SIZE])
{
	const struct cfg *cfg = prm->cfg;
	const char *name = prm->name;
	struct sink *sink;
	int err;

	err = check(prm, fault);
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
	sink->is_post =
		!strcmp(cfg_named_text(cfg, "sink", name, "method"), "post");
	err = take_texts(sink, prm);
	if (err)
		mem_deref(sink);
	else
		*sinkp = sink;

	return err;
}

/* --- sending --------------------------------------------------------------
 */

/* Without data where it goes in the body. */
static int url_make(char **urlp, const struct sink *sink, const char *method,
                    const char *data)
{
	size_t size = strlen(sink->url) + 3 * strlen(method) +
	              (data ? 3 * strlen(data) : 0) + 32;
	char *url = mem_zalloc(size, NULL);
	int n;

	if (!url)
		return ENOMEM;

	n = snprintf(url, size, "%s?method=", sink->url);
	(void)httpc_escape(&url[n], size - (size_t)n, method);
	if (data) {
		n = (int)strlen(url);
		n += snprintf(&url[n], size - (size_t)n, "&data=");
		(void)httpc_escape(&url[n], size - (size_t)n, data);
	}
	*urlp = url;

	return 0;
}

/* What comes twice has the same key: the old form has no other place for it. */
static int ask(struct sink_delivery *delivery, const struct sink *sink,
               const char *id, const char *method, const char *data)
{
	const struct httpc_header headerv[] = {
		{"Idempotency-Key", id},
		{"Authorization", sink->login},
	};
	char *url = NULL;
	struct httpc_prm prm = {
		.headerv = headerv,
		.headerc = sink->login ? 2 : 1,
		.content_type = "application/json",
		.ca_file = sink->ca_file,
		.whole_ms = sink->whole_ms,
		.limit_bytes = ANSWER_BYTES,
		.is_public_only = sink->is_public_only,
	};
	int err;

	err = url_make(&url, sink, method, sink->is_post ? NULL : data);
	if (!err && strlen(url) > URL_MAX) {
		url = mem_deref(url);
		err = url_make(&url, sink, method, NULL);
	}
	if (err)
		return err;

	if (!strstr(url, "&data=")) {
		prm.method = "POST";
		prm.body = data;
		prm.body_len = strlen(data);
	}
	prm.url = url;
	err = sink_http_send(delivery, sink->http, &prm);
	mem_deref(url);

	return err;
}

static int onec_send(struct sink_delivery **deliveryp, struct sink *sink,
                     const struct notify_event *event, sink_done_h *done,
                     void *arg)
{
	struct sink_delivery *delivery;
	char method[METHOD_SIZE];
	char *key = NULL, *data = NULL;
	int err;

	err = sink_http_delivery(&delivery, done, arg);
	if (err)
		return err;

	(void)mapping_find(method, sizeof(method), sink->methods, event->type);
	if (envelope_is_raw(event))
		err = envelope_raw(&key, &data, event);
	else
		err = envelope_make(&data, event, sink->source);
	if (!*method)
		(void)text_copy(method, sizeof(method),
		                key ? key : event->type);
	if (!err)
		err = ask(delivery, sink, event->id, method, data);
	mem_deref(key);
	mem_deref(data);
	if (err)
		mem_deref(delivery);
	else
		*deliveryp = delivery;

	return err;
}

const struct sink_ops sink_onec = {
	.kind = "1c",
	.help = "the HTTP service of a 1C database, URL?method=&data=",
	.window = WINDOW,
	.open = onec_open,
	.send = onec_send,
};
