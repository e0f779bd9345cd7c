/*
 * speech/voice.c - which voice speaks, and who speaks when it does not
 *
 * A request that a callee waits for has a limit. A provider that fails, or is
 * not ready within its part of the time, is replaced by another one that
 * speaks the language; what it still makes goes to the cache.
 */
#include <assert.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "speech/letters.h"
#include "speech/voice_parts.h"
#include <re_tmr.h>

enum {
	JOBS_MAX = 5000, /* sounds that wait for one queue */
	CACHE_MS = 100,  /* but gets what a file of its cache takes */
};

struct voice_request {
	struct voice_waiter waiter;
	struct voices *voices;
	struct voice_provider *provider; /* asked now */
	struct voice_prm prm;
	char *text;
	char *lang;
	char *name;
	char *config;
	char *engine;
	uint32_t rate_hz;
	uint64_t until_ms; /* 0: whenever it is ready */
	struct tmr tmr;
	unsigned tried; /* a bit for each provider */
	struct voice_sink sink;
	bool is_begun;
};

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"voices", CFG_TEXT, "", NULL,
	 "Who speaks, in an order: \"a,b\" take turns, a call each; \"*a,b\" "
	 "is the first that works. Each is flite, espeak or a [service NAME]; "
	 "empty: the two of this machine, the preferred first."},
	{"prefer", CFG_CHOICE, "flite", "flite|espeak",
	 "Which voice of this machine speaks when a script names none and both "
	 "can."},
	{"memory_mb", CFG_NUMBER, "16", "1..4096",
	 "Sounds kept in memory, the latest used."},
	{"cache_mb", CFG_NUMBER, "500", "1..1000000",
	 "Sounds kept as files; the oldest are removed."},
};
/* clang-format on */

const struct cfg_table voice_cfg_table = {
	.section = "voice",
	.help = "Who speaks, and what was spoken so far.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static void destructor(void *arg)
{
	struct voices *voices = arg;

	voice_make_unwant(voices);

	/* Each waits for the job that runs; the others have no work left. */
	for (size_t i = 0; i < voices->providerc; i++)
		mem_deref(voices->providerv[i].queue);
	mem_deref(voices->disk);

	voice_make_leave(voices);
	for (size_t i = 0; i < voices->providerc; i++)
		mem_deref(voices->providerv[i].engine);
	mem_deref(voices->sounds);
	mem_deref(voices->dir);
}

/* --- the list ------------------------------------------------------------- */

static const struct voice_ops *const localv[] = {&voice_flite, &voice_espeak};

static const struct voice_ops *local_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(localv); i++) {
		if (!strcmp(localv[i]->name, name))
			return localv[i];
	}

	return NULL;
}

static int provider_open(struct voice_provider *provider,
                         const struct speaking_make *make,
                         char fault[CFG_FAULT_SIZE])
{
	const struct speaking_dialect *dialect;
	const char *kind;

	provider->ops = local_find(make->name);
	if (provider->ops)
		return work_queue_alloc(&provider->queue, make->pool, JOBS_MAX);

	kind = service_kind(make->cfg, make->name);
	dialect = kind ? speaking_find(kind) : NULL;
	if (dialect && make->http)
		return speaking_alloc(&provider->engine, dialect, make, fault);

	if (kind)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "[service %s] kind: no voice speaks by \"%s\"",
		               make->name, kind);
	else
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "voice.voices: no voice is called \"%s\"; there "
		               "are flite, espeak, and each [service NAME] of "
		               "the configuration",
		               make->name);

	return ENOENT;
}

static int list_open(struct voices *voices, const char *names,
                     struct speaking_make *make, char fault[CFG_FAULT_SIZE])
{
	int err = 0;

	voices->is_rotating = *names != '*';
	names += *names == '*';
	do {
		struct voice_provider *provider =
			&voices->providerv[voices->providerc];
		size_t n;

		names += strspn(names, ", ");
		n = strcspn(names, ", ");
		if (voices->providerc == VOICE_PROVIDERS_MAX) {
			(void)snprintf(fault, CFG_FAULT_SIZE,
			               "voice.voices: at most %d in one list",
			               VOICE_PROVIDERS_MAX);
			return E2BIG;
		}
		(void)snprintf(provider->name, sizeof(provider->name), "%.*s",
		               (int)n, names);
		names += n;
		names += strspn(names, ", ");
		make->name = provider->name;
		err = provider_open(provider, make, fault);
		if (!err)
			voices->providerc++;
	} while (!err && *names);

	return err;
}

const char *voice_names(const struct cfg *cfg)
{
	const char *names = cfg_text(cfg, "voice", "voices");

	if (*names)
		return names;

	return strcmp(cfg_text(cfg, "voice", "prefer"), "espeak") != 0
	               ? "*flite,espeak"
	               : "*espeak,flite";
}

static int providers_open(struct voices *voices, const struct voices_prm *prm,
                          char fault[CFG_FAULT_SIZE])
{
	struct speaking_make make = {
		.cfg = prm->cfg, .pool = prm->pool, .http = prm->http};
	const char *names = prm->names;

	if (!names || !*names)
		names = voice_names(prm->cfg);

	return list_open(voices, names, &make, fault);
}

unsigned voices_turns(const struct voices *voices)
{
	return voices->is_rotating ? (unsigned)voices->providerc : 1;
}

/* Without a place for its files it makes sounds anew each time. */
static int cache_open(struct voices *voices, const char *cache_dir)
{
	int dir_err = sounds_make_dir(cache_dir);
	int err;

	if (dir_err) {
		voice_make_warn(voices, cache_dir, dir_err);
		return 0;
	}

	err = str_dup(&voices->dir, cache_dir);
	if (!err)
		sounds_start_prune(voices->disk, voices->dir,
		                   voices->dir_bytes);

	return err;
}

int voices_open(struct voices **voicesp, const struct voices_prm *prm,
                char fault[CFG_FAULT_SIZE])
{
	struct voices *voices;
	int err;

	assert(voicesp && prm && prm->cfg && prm->pool && fault);

	voices = mem_zalloc(sizeof(*voices), destructor);
	if (!voices)
		return ENOMEM;

	letters_init();
	voices->pool = prm->pool;
	voices->home = work_pool_home(prm->pool);
	voices->dir_bytes = cfg_number(prm->cfg, "voice", "cache_mb") << 20;

	*fault = '\0';
	err = providers_open(voices, prm, fault);
	if (!err)
		err = work_queue_alloc(&voices->disk, prm->pool, JOBS_MAX);
	if (!err)
		err = sounds_alloc(&voices->sounds,
		                   cfg_number(prm->cfg, "voice", "memory_mb")
		                           << 20);
	if (!err && prm->cache_dir)
		err = cache_open(voices, prm->cache_dir);
	if (err && !*fault)
		(void)snprintf(fault, CFG_FAULT_SIZE, "voices: %s",
		               strerror(err));
	if (err)
		mem_deref(voices);
	else
		*voicesp = voices;

	return err;
}

int voices_alloc(struct voices **voicesp, const struct cfg *cfg,
                 const char *cache_dir, struct work_pool *pool,
                 struct httpc *http, char fault[CFG_FAULT_SIZE])
{
	const struct voices_prm prm = {
		.cfg = cfg,
		.cache_dir = cache_dir,
		.pool = pool,
		.http = http,
	};

	return voices_open(voicesp, &prm, fault);
}

const char *voice_behind(const char *name, const char *provider)
{
	size_t len = strlen(provider);

	if (strncmp(name, provider, len) != 0 ||
	    (name[len] && name[len] != ':'))
		return NULL;

	return name + len + (name[len] == ':');
}

/* A service is believed to have any voice. */
bool voice_can(const struct voice_provider *provider, const char *lang,
               const char *voice)
{
	return provider->ops
	               ? provider->ops->can(lang, voice)
	               : service_can(speaking_service(provider->engine), lang);
}

/* One of this machine, whoever is in the list. */
static bool is_local(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(localv); i++) {
		if (voice_behind(name, localv[i]->name))
			return true;
	}

	return false;
}

static const char *missing(const struct voice_provider *provider)
{
	return provider->ops ? provider->ops->missing() : NULL;
}

/* Who speaks, and with which voice: "flite:slt", "flite", "slt" or "". A name
 * in front of the voice leaves no choice; one of this machine that is not in
 * the list is spoken for by those who are. */
static const struct voice_provider *choose(const char **voicep,
                                           const struct voices *voices,
                                           const struct voice_prm *prm)
{
	size_t first;

	if (!voice_at(voices, prm->url, &first))
		first = voices->first + (voices->is_rotating
		                                 ? prm->turn % voices->providerc
		                                 : 0);
	for (size_t i = 0; i < voices->providerc; i++) {
		const struct voice_provider *provider = &voices->providerv[i];
		const char *voice = voice_behind(prm->name, provider->name);

		if (voice) {
			*voicep = voice;
			return voice_can(provider, prm->lang, voice) ? provider
			                                             : NULL;
		}
	}

	*voicep = is_local(prm->name) ? "" : prm->name;
	for (size_t i = 0; i < voices->providerc; i++) {
		const struct voice_provider *provider =
			&voices->providerv[(first + i) % voices->providerc];

		if (voice_can(provider, prm->lang, *voicep))
			return provider;
	}

	return NULL;
}

const char *voices_missing(const struct voices *voices, const char *lang,
                           const char *name)
{
	static char sentence[CFG_FAULT_SIZE];
	const struct voice_prm prm = {.lang = lang, .name = name};
	const struct voice_provider *provider;
	const char *voice;

	provider = choose(&voice, voices, &prm);
	if (provider)
		return missing(provider);

	(void)snprintf(
		sentence, sizeof(sentence),
		"no voice speaks \"%.64s\"%s%.64s%s: say espeak:LANGUAGE "
		"(espeak-ng --voices lists them), or in English "
		"flite:slt, rms, awb or kal16",
		lang, name[0] ? " as \"" : "", name, name[0] ? "\"" : "");

	return sentence;
}

const char *voices_provider_name(const struct voices *voices, size_t i)
{
	return i < voices->providerc ? voices->providerv[i].name : NULL;
}

int voices_break(struct voices *voices, unsigned which, size_t first,
                 enum voice_break how)
{
	int err = 0;

	assert(first < voices->providerc);

	voices->first = first;
	for (size_t i = 0; !err && i < voices->providerc; i++) {
		struct voice_provider *provider = &voices->providerv[i];

		provider->broken = which & 1U << i ? how : VOICE_BREAK_NONE;
		provider->paused_ms = provider->rests_ms = 0;
		/* A service has none: it breaks like a voice of ours. */
		if (provider->broken && !provider->queue)
			err = work_queue_alloc(&provider->queue, voices->pool,
			                       JOBS_MAX);
	}

	return err;
}

/* --- requests -------------------------------------------------------- */

static void request_destructor(void *arg)
{
	struct voice_request *req = arg;

	tmr_cancel(&req->tmr);
	voice_unwait(&req->waiter);
	mem_deref(req->text);
	mem_deref(req->lang);
	mem_deref(req->name);
	mem_deref(req->config);
	mem_deref(req->engine);
	mem_deref(req->prm.usage);
	mem_deref(req->voices);
}

/* Another one that speaks the language, with whatever voice it has. */
static struct voice_provider *next_provider(const struct voice_request *req)
{
	struct voices *voices = req->voices;
	struct voice_provider *resting = NULL;

	for (size_t i = 0; i < voices->providerc; i++) {
		struct voice_provider *provider = &voices->providerv[i];

		if (req->tried & 1U << i || missing(provider) ||
		    !voice_can(provider, req->lang, ""))
			continue;
		if (!voice_rests(provider))
			return provider;
		if (!resting)
			resting = provider;
	}

	return resting;
}

static void late_handler(void *arg);

static void limit_start(struct voice_request *req)
{
	uint64_t now_ms = clock_ms(), part_ms = 0;

	if (!req->until_ms || !req->provider)
		return;

	if (now_ms < req->until_ms)
		part_ms = req->until_ms - now_ms;
	if (next_provider(req))
		part_ms /= 2;
	if (now_ms < req->provider->paused_ms && part_ms > CACHE_MS)
		part_ms = CACHE_MS;
	tmr_start(&req->tmr, part_ms, late_handler, req);
}

static int request_ask(struct voice_request *req)
{
	const struct voices *voices = req->voices;

	if (req->provider)
		req->tried |= 1U << (req->provider - voices->providerv);
	limit_start(req);

	return voice_make(&req->waiter, req->voices, req->provider, &req->prm,
	                  req->rate_hz);
}

/* Returns false when nobody is left who could speak in its place. */
static bool fall_to_next(struct voice_request *req, const char *why)
{
	struct voice_provider *provider = next_provider(req);

	if (!provider || !req->until_ms || req->is_begun)
		return false;

	if (clock_ms() >= req->provider->told_ms)
		log_warning("speech", "%s; %s speaks in its place", why,
		            provider->name);
	req->provider->told_ms = req->provider->rests_ms;
	req->provider = provider;
	req->prm.name = "";

	return !request_ask(req);
}

static void tell(struct voice_request *req, struct voice_sound *sound,
                 const char *fault)
{
	tmr_cancel(&req->tmr);
	req->sink.done(sound, fault, req->sink.arg);
}

static void made_handler(struct voice_sound *sound, const char *fault,
                         void *arg)
{
	struct voice_request *req = arg;

	tmr_cancel(&req->tmr);
	if (sound && req->provider)
		req->provider->paused_ms = 0;
	if (sound || !fall_to_next(req, fault))
		tell(req, sound, fault);
}

static void begun_handler(struct voice_sound *sound, void *arg)
{
	struct voice_request *req = arg;

	tmr_cancel(&req->tmr);
	req->is_begun = true;
	req->provider->paused_ms = 0;
	req->sink.begun(sound, req->sink.arg);
}

static void late_handler(void *arg)
{
	struct voice_request *req = arg;
	char why[CFG_FAULT_SIZE];

	voice_unwait(&req->waiter);
	req->provider->paused_ms = clock_ms() + VOICE_REST_MS;
	(void)snprintf(why, sizeof(why), "%s was not ready in time",
	               req->provider->name);
	if (!fall_to_next(req, why))
		tell(req, NULL, why);
}

static int prm_copy(struct voice_request *req, const struct voice_prm *prm)
{
	int err;

	req->prm = *prm;
	err = str_dup(&req->text, prm->text);
	if (!err)
		err = str_dup(&req->lang, prm->lang);
	if (!err)
		err = str_dup(&req->name, prm->name);
	if (!err && prm->config)
		err = str_dup(&req->config, prm->config);
	if (!err && prm->engine)
		err = str_dup(&req->engine, prm->engine);
	req->prm.config = req->config;
	req->prm.engine = req->engine;
	req->prm.usage = mem_ref(prm->usage);
	req->prm.name = req->name;
	req->prm.text = req->text;
	req->prm.lang = req->lang;
	if (prm->limit_ms)
		req->until_ms = clock_ms() + prm->limit_ms;

	return err;
}

int voices_get_live(struct voice_request **reqp, struct voices *voices,
                    const struct voice_prm *prm, uint32_t rate_hz,
                    const struct voice_sink *sink)
{
	const struct voice_provider *first;
	struct voice_request *req;
	int err;

	assert(reqp && voices && prm->text && prm->lang && prm->name);
	assert(sink && sink->done);

	req = mem_zalloc(sizeof(*req), request_destructor);
	if (!req)
		return ENOMEM;

	tmr_init(&req->tmr);
	req->waiter.sink.begun = sink->begun ? begun_handler : NULL;
	req->waiter.sink.done = made_handler;
	req->waiter.sink.arg = req;
	req->voices = mem_ref(voices);
	req->rate_hz = rate_hz;
	req->sink = *sink;
	err = prm_copy(req, prm);
	if (err)
		goto out;

	voice_at_warn(voices, prm->url);
	first = choose(&req->prm.name, voices, &req->prm);
	req->prm.url = NULL;
	if (first)
		req->provider = &voices->providerv[first - voices->providerv];
	err = request_ask(req);

out:
	if (err)
		mem_deref(req);
	else
		*reqp = req;

	return err;
}

int voices_get(struct voice_request **reqp, struct voices *voices,
               const struct voice_prm *prm, uint32_t rate_hz,
               voice_done_h *done, void *arg)
{
	const struct voice_sink sink = {.done = done, .arg = arg};

	return voices_get_live(reqp, voices, prm, rate_hz, &sink);
}

size_t voices_pending(const struct voices *voices)
{
	return list_count(&voices->makingl);
}

void voices_warm(struct voices *voices)
{
	for (size_t i = 0; i < voices->providerc; i++) {
		if (voices->providerv[i].engine)
			speaking_warm(voices->providerv[i].engine);
	}
}
