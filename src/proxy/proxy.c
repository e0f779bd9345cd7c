/*
 * proxy/proxy.c - the speech proxy: configuration, server, who may
 */
#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include "base/jmem.h"
#include "base/loop.h"
#include "base/text.h"
#include "proxy/proxy_parts.h"

enum {
	REAL_DIGITS = 6,
};

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"address", CFG_TEXT, "127.0.0.1", NULL,
	 "Address to listen on; any but loopback needs a token."},
	{"port", CFG_NUMBER, "9989", "0..65535", "Port; 0: a free one."},
	{"token", CFG_TEXT, "", NULL,
	 "What clients have to know (\"Authorization: Bearer\" or token=); "
	 "env:NAME or file:PATH; empty: nothing, on loopback only."},
	{"cert_file", CFG_TEXT, "", NULL,
	 "Certificate (PEM): with key_file the proxy speaks https and wss."},
	{"key_file", CFG_TEXT, "", NULL, "Its private key (PEM)."},
	{"host_names", CFG_TEXT, "", NULL,
	 "Names besides localhost by which clients may call it on loopback."},
	{"clients", CFG_NUMBER, "50", "1..10000",
	 "Clients that listen or are spoken to at a time."},
	{"audio_s", CFG_NUMBER, "3600", "1..86400",
	 "Sound that one client may send."},
	{"idle_ms", CFG_NUMBER, "60000", "1000..3600000",
	 "A client that sends no sound for so long has to go."},
	{"answer_ms", CFG_NUMBER, "10000", "100..60000",
	 "How long a text or the first sound may take."},
	{"rate_hz", CFG_NUMBER, "8000", "8000..16000",
	 "Samples a second where a client does not say."},
	{"speed", CFG_NUMBER, "10", "1..1000",
	 "How many times faster than spoken sound is taken; 1 for services "
	 "that want it as it is spoken."},
};
/* clang-format on */

const struct cfg_table proxy_cfg_table = {
	.section = "speech_proxy",
	.help = "What `dialwright speech-proxy` offers to other programs.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static void health(struct httpd_request *req, void *arg);

static const struct httpd_route routev[] = {
	{.method = "GET",
         .pattern = "/tts",
         .handler = proxy_tts,
         .summary = "A text as WAV."},
	{.method = "GET",
         .pattern = "/asr",
         .handler = proxy_asr,
         .summary = "Recognition, our own protocol (WebSocket)."},
	{.method = "GET",
         .pattern = "/",
         .handler = proxy_vosk,
         .summary = "Recognition, the protocol of the Vosk server."},
	{.method = "GET",
         .pattern = "/vosk",
         .handler = proxy_vosk,
         .summary = "The same."},
	{.method = "GET",
         .pattern = "/health",
         .handler = health,
         .summary = "Whether it serves."},
};

/* --- life --------------------------------------------------------------------
 */

static void group_destructor(void *arg)
{
	struct proxy_group *group = arg;

	list_unlink(&group->le);
	mem_deref(group->asr);
}

static void destructor(void *arg)
{
	struct proxy *proxy = arg;

	mem_deref(proxy->server);
	list_flush(&proxy->clientl);
	list_flush(&proxy->groupl);
}

static const char *text_of(const struct proxy *proxy, const char *key)
{
	return cfg_text(proxy->cfg, "speech_proxy", key);
}

static uint32_t number_of(const struct proxy *proxy, const char *key)
{
	return (uint32_t)cfg_number(proxy->cfg, "speech_proxy", key);
}

/* --- groups ------------------------------------------------------------------
 */

const struct proxy_group *proxy_group_find(const struct proxy *proxy,
                                           const char *name)
{
	for (struct le *le = proxy->groupl.head; le; le = le->next) {
		const struct proxy_group *group = le->data;

		if (!strcmp(group->name, name))
			return group;
	}

	return NULL;
}

static int group_add(struct proxy *proxy, const struct proxy_prm *prm,
                     const char *name, char fault[CFG_FAULT_SIZE])
{
	struct proxy_group *group =
		mem_zalloc(sizeof(*group), group_destructor);
	const char *recogniser = "";
	int err;

	if (!group)
		return ENOMEM;

	list_append(&proxy->groupl, &group->le, group);
	group->voice = group->phrases = "";
	group->lang = "en";
	if (name) {
		static const char kind[] = "speech_group";

		(void)text_copy(group->name, sizeof(group->name), name);
		recogniser = cfg_named_text(prm->cfg, kind, name, "recogniser");
		group->voice = cfg_named_text(prm->cfg, kind, name, "voice");
		group->lang = cfg_named_text(prm->cfg, kind, name, "lang");
		group->phrases =
			cfg_named_text(prm->cfg, kind, name, "phrases");
	}
	if (!*recogniser)
		recogniser = prm->recogniser;
	err = asr_alloc(&group->asr, recogniser, prm->cfg, prm->pool, prm->http,
	                fault);

	return err;
}

/* "default" is what the program itself uses, unless it is configured. */
static int groups_open(struct proxy *proxy, const struct proxy_prm *prm,
                       char fault[CFG_FAULT_SIZE])
{
	const char *name;
	int err;

	err = group_add(proxy, prm, NULL, fault);
	for (size_t i = 0;
	     !err && (name = cfg_name(prm->cfg, "speech_group", i)); i++)
		err = group_add(proxy, prm, name, fault);

	return err;
}

/* --- who may
 * --------------------------------------------------------------------- */

void proxy_refuse(struct httpd_request *req, unsigned status, const char *field,
                  const char *detail, const char *remedy)
{
	const struct httpd_trouble trouble = {
		.status = status,
		.detail = detail,
		.remedy = remedy,
		.field = field,
	};

	(void)httpd_problem(req, &trouble);
}

const struct proxy_group *proxy_admit(struct proxy *proxy,
                                      struct httpd_request *req,
                                      const char *name)
{
	const struct proxy_group *group;

	if (list_count(&proxy->clientl) >= proxy->clients_max) {
		(void)httpd_set_header(req, "Retry-After", "5");
		proxy_refuse(req, 503, NULL, "As many clients as may are here.",
		             "Try again in a moment; speech_proxy.clients is "
		             "the limit.");
		return NULL;
	}

	group = proxy_group_find(proxy, name ? name : "");
	if (!group && !strcmp(name, "default"))
		group = proxy_group_find(proxy, "");
	if (!group)
		proxy_refuse(req, 404, "group",
		             "There is no [speech_group] of that name.",
		             "Leave it out, or name one of the configuration.");

	return group;
}

/* Clients of the Vosk protocol cannot write a header: theirs is in the URL. */
static bool check(struct httpd_request *req, void *arg)
{
	const struct proxy *proxy = arg;
	const char *bearer = httpd_bearer(req);
	const char *token = bearer ? bearer : httpd_query(req, "token");

	if (!*proxy->token || (token && httpd_same(token, proxy->token)))
		return true;

	(void)httpd_set_header(req, "WWW-Authenticate", "Bearer");
	proxy_refuse(req, 401, "token", "The token is missing or wrong.",
	             "Send \"Authorization: Bearer TOKEN\", or token=TOKEN.");

	return false;
}

static void health(struct httpd_request *req, void *arg)
{
	(void)arg;
	(void)httpd_reply_text(req, 200, "text/plain", "ok\n");
}

/* --- the beginning
 * ------------------------------------------------------------------ */

static int server_open(struct proxy *proxy, char fault[CFG_FAULT_SIZE])
{
	const char *address = text_of(proxy, "address");
	const char *cert = text_of(proxy, "cert_file");
	const char *key = text_of(proxy, "key_file");
	char why[HTTPD_FAULT_SIZE] = "";
	const struct httpd_prm prm = {
		.address = address,
		.port = (uint16_t)number_of(proxy, "port"),
		.cert_file = *cert ? cert : NULL,
		.key_file = *key ? key : NULL,
		.host_names = text_of(proxy, "host_names"),
		.routev = routev,
		.routec = ARRAY_COUNT(routev),
		.check = check,
		.arg = proxy,
		.home = loop_mailbox(),
	};
	int err;

	if (!*proxy->token && !httpd_is_loopback(address)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "speech_proxy.address: %s can be reached by "
		               "others: set speech_proxy.token, or listen on "
		               "127.0.0.1",
		               address);
		return EPERM;
	}
	if (!*cert != !*key) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "speech_proxy: cert_file and key_file belong "
		               "together");
		return EINVAL;
	}

	err = httpd_alloc(&proxy->server, &prm, why);
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "speech_proxy: %s",
		               *why ? why : strerror(err));

	return err;
}

int proxy_alloc(struct proxy **proxyp, const struct proxy_prm *prm,
                char fault[CFG_FAULT_SIZE])
{
	struct proxy *proxy;
	int err;

	assert(proxyp && prm->cfg && prm->voices && prm->recogniser);

	proxy = mem_zalloc(sizeof(*proxy), destructor);
	if (!proxy)
		return ENOMEM;

	*fault = '\0';
	proxy->cfg = prm->cfg;
	proxy->voices = prm->voices;
	proxy->token = text_of(proxy, "token");
	proxy->clients_max = number_of(proxy, "clients");
	proxy->audio_max_s = number_of(proxy, "audio_s");
	proxy->idle_ms = number_of(proxy, "idle_ms");
	proxy->answer_ms = number_of(proxy, "answer_ms");
	proxy->rate_hz = number_of(proxy, "rate_hz");
	proxy->speed = number_of(proxy, "speed");
	err = groups_open(proxy, prm, fault);
	if (!err)
		err = server_open(proxy, fault);
	if (err)
		mem_deref(proxy);
	else
		*proxyp = proxy;

	return err;
}

uint16_t proxy_port(const struct proxy *proxy)
{
	return httpd_port(proxy->server);
}

size_t proxy_busy(const struct proxy *proxy)
{
	return list_count(&proxy->clientl);
}

void proxy_drain(struct proxy *proxy, uint32_t limit_ms,
                 void (*done)(void *arg), void *arg)
{
	httpd_drain(proxy->server, limit_ms, done, arg);
}

/* --- for both protocols
 * ---------------------------------------------------------------- */

void proxy_hints_clear(struct proxy_hints *hints)
{
	hints->hintc = 0;
	hints->text = mem_deref(hints->text);
}

/* Each text of an array in its place, one behind the other. */
static int array_take(struct proxy_hints *hints, const json_t *array)
{
	size_t used = 0, i;
	json_t *value;

	json_array_foreach(array, i, value)
	{
		const char *text = json_string_value(value);
		size_t n = json_string_length(value) + 1;

		if (!text)
			return EINVAL;
		if (used + n > PROXY_HINTS_BYTES ||
		    hints->hintc == PROXY_HINTS_MAX)
			return E2BIG;
		/* "[unk]" lets other words through there; here none are. */
		if (n < 2 || !strcmp(text, "[unk]"))
			continue;
		memcpy(hints->text + used, text, n);
		hints->hintv[hints->hintc++] = hints->text + used;
		used += n;
	}

	return 0;
}

static int list_take(struct proxy_hints *hints, const char *list)
{
	char *at = hints->text;

	if (strlen(list) >= PROXY_HINTS_BYTES)
		return E2BIG;

	(void)text_copy(at, PROXY_HINTS_BYTES, list);
	while (*at) {
		size_t n;

		at += strspn(at, ", ");
		n = strcspn(at, ",");
		if (n && hints->hintc == PROXY_HINTS_MAX)
			return E2BIG;
		if (n)
			hints->hintv[hints->hintc++] = at;
		at += n;
		if (*at)
			*at++ = '\0';
	}

	return 0;
}

int proxy_hints_take(struct proxy_hints *hints, const char *list)
{
	json_t *array = NULL;
	int err = 0;

	proxy_hints_clear(hints);
	hints->text = mem_zalloc(PROXY_HINTS_BYTES, NULL);
	if (!hints->text)
		return ENOMEM;

	if (*list == '[')
		err = jmem_read(&array, list, strlen(list), 0, NULL);
	if (err)
		err = err == ENOMEM ? ENOMEM : EINVAL;
	else
		err = array ? array_take(hints, array) : list_take(hints, list);
	json_decref(array);
	if (err)
		proxy_hints_clear(hints);

	return err;
}

char *proxy_json(json_t *object, size_t *np)
{
	const size_t flags = JSON_REAL_PRECISION(REAL_DIGITS);
	size_t n = object ? json_dumpb(object, NULL, 0, flags) : 0;
	char *text = n ? mem_zalloc(n + 1, NULL) : NULL;

	if (text && json_dumpb(object, text, n, flags) != n)
		text = mem_deref(text);
	json_decref(object);
	*np = n;

	return text;
}
