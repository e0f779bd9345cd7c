/*
 * speech/service.c - what every speech service over the network shares
 */
#include <assert.h>
#include <jansson.h>
#include <strings.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "base/text.h"
#include "speech/keyring.h"
#include "speech/service.h"
#include "speech/service_place.h"
#include "speech/tally.h"
#include <re_srtp.h>
#include <re_tls.h>

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"kind", CFG_TEXT, "", NULL,
	 "What it speaks: vosk, funasr, sherpa, jsonws, deepgram, nls, "
	 "iflytek-iat, iflytek-rtasr, openai, yandex-v3, yandex-v1, "
	 "yandex-asr-xml, http; a voice: http-tts, json-tts, openai-tts, "
	 "yandex-tts, nls-tts, iflytek-tts, yandex-v3-tts; "
	 "empty: the name of the section."},
	{"url", CFG_TEXT, "", NULL,
	 "Where it is: ws://, wss://, http:// or https://; empty: where the "
	 "kind usually is."},
	{"key", CFG_TEXT, "", NULL,
	 "Its key or token: env:NAME or file:PATH keeps it out of this file. "
	 "Several (\"a,b\") take turns; one that is refused rests a minute."},
	{"key_day", CFG_NUMBER, "0", "0..1000000000",
	 "Questions a day (UTC) with each key; 0: any number."},
	{"key_day_file", CFG_TEXT, "", NULL,
	 "File that keeps what was asked today, which several programs may "
	 "share; empty: key_day/NAME below the data directory."},
	{"key_calls", CFG_NUMBER, "0", "0..100000",
	 "Questions, or connections, at a time with each key; 0: any number."},
	{"secret", CFG_TEXT, "", NULL,
	 "The second half of the credentials, where the kind has one."},
	{"app", CFG_TEXT, "", NULL,
	 "The application's id at the service, where the kind has one."},
	{"model", CFG_TEXT, "", NULL,
	 "Which model; empty: what the service takes by itself."},
	{"voice", CFG_TEXT, "", NULL,
	 "Of a voice: who speaks where a script names nobody."},
	{"lang", CFG_TEXT, "", NULL,
	 "The languages it understands or speaks (\"ru,en\"); empty: every "
	 "one."},
	{"options", CFG_TEXT, "", NULL,
	 "More of the service's own settings, a JSON object."},
	{"method", CFG_TEXT, "POST", NULL,
	 "Of the recogniser http: how it asks."},
	{"headers", CFG_TEXT, "", NULL,
	 "Of the recogniser http: \"Name: value | Name: value\", with "
	 "${key} and the like."},
	{"body", CFG_TEXT, "wav", NULL,
	 "Of the recogniser http: wav, raw (16-bit samples), or JSON with "
	 "\"${audio}\" or \"${wav}\" (base64) in it."},
	{"text_at", CFG_TEXT, "/text", NULL,
	 "Of the recogniser http: where the text stands in the answer, a JSON "
	 "pointer (\"/results/*/text\"), a regular expression, or empty: "
	 "all of it."},
	{"score_at", CFG_TEXT, "", NULL,
	 "Of the recogniser http: where the confidence stands; empty: none."},
	{"token_url", CFG_TEXT, "", NULL,
	 "Of nls: where tokens are made; empty: cn-shanghai."},
	{"reuse", CFG_BOOL, "no", NULL,
	 "Of vosk and funasr: one connection serves many phrases (servers in "
	 "Python)."},
	{"mulaw", CFG_BOOL, "no", NULL,
	 "Of deepgram and jsonws: they hear G.711 mu-law, not 16 bits."},
	{"connect_ms", CFG_NUMBER, "800", "50..60000",
	 "How long a connection may take."},
	{"stall_ms", CFG_NUMBER, "1000", "100..60000",
	 "How long it may be silent where an answer is due."},
	{"answer_ms", CFG_NUMBER, "1000", "100..60000",
	 "How long it may take from the end of a phrase to its text; of a "
	 "voice, to its first sound."},
	{"spares", CFG_NUMBER, "2", "0..100",
	 "Connections held open while there are calls, for the next phrases."},
	{"rate_hz", CFG_NUMBER, "0", "0..48000",
	 "Of a voice: the rate of samples that come without a header; 0: what "
	 "the kind asks for, or the type of the content says."},
	{"proxy", CFG_TEXT, "", NULL,
	 "Of a WebSocket or gRPC: the HTTP proxy that leads there "
	 "(\"http://proxy.example.org:3128\"); empty: none."},
	{"ca_file", CFG_TEXT, "/etc/ssl/certs/ca-certificates.crt", NULL,
	 "Who may sign its certificate."},
};
/* clang-format on */

const struct cfg_table service_cfg_table = {
	.section = "service",
	.is_named = true,
	.help = "A recogniser or voice over the network; `recogniser` of "
		"[program] and `voices` of [voice] name it.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static void destructor(void *arg)
{
	struct service *service = arg;

	tally_keys_gone(service->name, service->keys);
	mem_deref(service->ring);
	mem_deref(service->place);
	mem_deref(service->keys);
	mem_deref(service->key_held);
	mem_deref(service->tls);
}

static const char *text_of(const struct cfg *cfg, const char *name,
                           const char *key)
{
	const char *text = cfg_named_text(cfg, "service", name, key);

	return text ? text : "";
}

const char *service_kind(const struct cfg *cfg, const char *name)
{
	const char *known;

	for (size_t i = 0; (known = cfg_name(cfg, "service", i)); i++) {
		if (!strcmp(known, name)) {
			const char *kind = text_of(cfg, name, "kind");

			return *kind ? kind : name;
		}
	}

	return NULL;
}

static uint32_t number_of(const struct cfg *cfg, const char *name,
                          const char *key)
{
	return (uint32_t)cfg_named_number(cfg, "service", name, key);
}

static int trust(struct service *service, const struct cfg *cfg,
                 char fault[CFG_FAULT_SIZE])
{
	const char *ca_file = text_of(cfg, service->name, "ca_file");
	int err;

	if (!service->url.is_secure)
		return 0;

	err = tls_alloc(&service->tls, TLS_METHOD_SSLV23, NULL, NULL);
	if (!err)
		err = tls_add_ca(service->tls, ca_file);
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[service %s] ca_file: cannot read %.200s: "
		               "apt-get install ca-certificates, or name the "
		               "file with your CA",
		               service->name, ca_file);

	return err;
}

static int options_check(const struct service *service,
                         char fault[CFG_FAULT_SIZE])
{
	json_t *options = NULL;
	bool is_good;
	int err;

	if (!*service->options)
		return 0;

	err = jmem_read(&options, service->options, strlen(service->options), 0,
	                NULL);
	is_good = json_is_object(options);
	json_decref(options);
	if (is_good || err == ENOMEM)
		return is_good ? 0 : ENOMEM;

	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "[service %s] options: wanted a JSON object in one "
	               "line",
	               service->name);

	return EINVAL;
}

static int addresses(struct service *service, const struct cfg *cfg,
                     const char *usual, char fault[CFG_FAULT_SIZE])
{
	const char *url = text_of(cfg, service->name, "url");
	const char *proxy = text_of(cfg, service->name, "proxy");

	if (!*url)
		url = usual ? usual : "";
	if (url_parse(&service->url, url)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[service %s] url: wanted ws://HOST:PORT/PATH "
		               "or with wss, http, https",
		               service->name);
		return EINVAL;
	}

	service->has_proxy = *proxy != '\0';
	if (!service->has_proxy)
		return 0;
	if (strncmp(proxy, "http://", 7) || url_parse(&service->proxy, proxy)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[service %s] proxy: wanted http://HOST:PORT",
		               service->name);
		return EINVAL;
	}

	return 0;
}

/* It lives until the next, even when its file was written anew. */
static void key_hold(struct service *service, const char *key)
{
	void *held = mem_ref((void *)(uintptr_t)key);

	mem_deref(service->key_held);
	service->key_held = held;
	service->key = held;
}

static int keys_open(struct service *service, const struct cfg *cfg,
                     char fault[CFG_FAULT_SIZE])
{
	const struct keys_prm prm = {
		.list = text_of(cfg, service->name, "key"),
		.day_max = cfg_named_number(cfg, "service", service->name,
	                                    "key_day"),
		.use_max = number_of(cfg, service->name, "key_calls"),
	};
	struct keyring_prm ring = {
		.name = service->name,
		.key_file =
			cfg_named_file(cfg, "service", service->name, "key"),
		.day_file = text_of(cfg, service->name, "key_day_file"),
		.queue = service_place_queue(service->place),
	};
	int err;

	err = keys_alloc(&service->keys, &prm);
	if (err == E2BIG)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[service %s] key: at most %d keys",
		               service->name, KEYS_MAX);
	if (err)
		return err;

	key_hold(service, keys_first(service->keys));
	tally_keys(service->name, service->keys);
	ring.keys = service->keys;

	return keyring_alloc(&service->ring, &ring);
}

int service_alloc(struct service **servicep, const struct cfg *cfg,
                  const char *name, const char *url, struct work_pool *pool,
                  char fault[CFG_FAULT_SIZE])
{
	struct service *service;
	const struct url *at;
	int err;

	service = mem_zalloc(sizeof(*service), destructor);
	if (!service)
		return ENOMEM;

	(void)text_copy(service->name, sizeof(service->name), name);
	service->secret = text_of(cfg, name, "secret");
	service->app = text_of(cfg, name, "app");
	service->model = text_of(cfg, name, "model");
	service->voice = text_of(cfg, name, "voice");
	service->lang = text_of(cfg, name, "lang");
	service->options = text_of(cfg, name, "options");
	service->token_url = text_of(cfg, name, "token_url");
	service->token = "";
	service->is_reused = cfg_named_bool(cfg, "service", name, "reuse");
	service->is_mulaw = cfg_named_bool(cfg, "service", name, "mulaw");
	service->connect_ms = number_of(cfg, name, "connect_ms");
	service->stall_ms = number_of(cfg, name, "stall_ms");
	service->answer_ms = number_of(cfg, name, "answer_ms");
	service->spares = number_of(cfg, name, "spares");
	service->rate_hz = number_of(cfg, name, "rate_hz");

	service->key = "";
	err = addresses(service, cfg, url, fault);
	at = service->has_proxy ? &service->proxy : &service->url;
	if (!err)
		err = options_check(service, fault);
	if (!err)
		err = service_place_alloc(&service->place, at, pool);
	if (!err)
		err = keys_open(service, cfg, fault);
	if (!err)
		err = trust(service, cfg, fault);
	if (err)
		mem_deref(service);
	else
		*servicep = service;

	return err;
}

bool service_speaks(const char *langs, const char *lang)
{
	const char *at = langs;
	size_t n = strcspn(lang, "-_");

	if (!*at || !n)
		return true;

	while (*at) {
		size_t len = strcspn(at, ", ");

		if (len >= n && !strncasecmp(at, lang, n) &&
		    (len == n || at[n] == '-' || at[n] == '_'))
			return true;
		at += len;
		at += strspn(at, ", ");
	}

	return false;
}

const char *service_root(const struct service *service,
                         char root[SERVICE_ROOT_SIZE])
{
	char authority[URL_HOST_SIZE + 16];

	(void)snprintf(
		root, SERVICE_ROOT_SIZE, "http%s://%s/",
		service->url.is_secure ? "s" : "",
		url_authority(&service->url, authority, sizeof(authority)));

	return root;
}

/* --- whose turn it is ----------------------------------------------------- */

int service_key_take(struct keys_lease **leasep, struct service *service)
{
	struct keys_lease *lease;
	int err = keys_take(&lease, service->keys, clock_ms(), clock_wall_ms());

	if (err)
		return err;

	key_hold(service, keys_lease_key(lease));
	*leasep = lease;
	keyring_asked(service->ring);

	return 0;
}

bool service_key_judge(struct service *service, struct keys_lease *lease,
                       int err)
{
	uint64_t now_ms = clock_ms();

	if (!lease || (err != EACCES && err != EDQUOT))
		return false;

	keys_refused(lease, now_ms);
	keyring_refused(service->ring);

	return keys_are_left(service->keys, now_ms);
}
