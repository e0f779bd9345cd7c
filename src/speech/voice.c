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
	NAME_SIZE = 64,
	PAUSED_MS = 10000, /* a provider that stalled is not waited for */
	CACHE_MS = 100,    /* but gets what a file of its cache takes */
};

struct voice_request {
	struct voice_waiter waiter;
	struct voices *voices;
	struct voice_provider *provider; /* asked now */
	struct voice_prm prm;
	char *text;
	char *lang;
	char name[NAME_SIZE];
	uint32_t rate_hz;
	uint64_t until_ms; /* 0: whenever it is ready */
	struct tmr tmr;
	unsigned tried; /* a bit for each provider */
	voice_done_h *done;
	void *arg;
};

/* clang-format off */
static const struct cfg_key keyv[] = {
	{"prefer", CFG_CHOICE, "flite", "flite|espeak",
	 "Which provider speaks when a script names no voice and both can."},
	{"memory_mb", CFG_NUMBER, "16", "1..4096",
	 "Sounds kept in memory, the latest used."},
	{"cache_mb", CFG_NUMBER, "500", "1..1000000",
	 "Sounds kept as files; the oldest are removed."},
};
/* clang-format on */

const struct cfg_table voice_cfg_table = {
	.section = "voice",
	.help = "The local voices and what they have spoken so far.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static void destructor(void *arg)
{
	struct voices *voices = arg;

	voice_make_unwant(voices);

	/* Each waits for the job that runs; the others have no work left. */
	for (size_t i = 0; i < VOICE_PROVIDERS; i++)
		mem_deref(voices->providerv[i].queue);
	mem_deref(voices->disk);

	voice_make_leave(voices);
	mem_deref(voices->sounds);
	mem_deref(voices->dir);
}

static int open_queues(struct voices *voices, const struct cfg *cfg,
                       struct work_pool *pool)
{
	bool is_espeak_first =
		!strcmp(cfg_text(cfg, "voice", "prefer"), "espeak");
	int err = 0;

	voices->providerv[is_espeak_first].ops = &voice_flite;
	voices->providerv[!is_espeak_first].ops = &voice_espeak;

	for (size_t i = 0; i < VOICE_PROVIDERS && !err; i++)
		err = work_queue_alloc(&voices->providerv[i].queue, pool,
		                       JOBS_MAX);
	if (!err)
		err = work_queue_alloc(&voices->disk, pool, JOBS_MAX);

	return err;
}

int voices_alloc(struct voices **voicesp, const struct cfg *cfg,
                 const char *cache_dir, struct work_pool *pool,
                 char fault[CFG_FAULT_SIZE])
{
	struct voices *voices;
	int err, dir_err;

	assert(voicesp && cfg && cache_dir && pool && fault);

	voices = mem_zalloc(sizeof(*voices), destructor);
	if (!voices)
		return ENOMEM;

	letters_init();
	voices->home = work_pool_home(pool);
	voices->dir_bytes = cfg_number(cfg, "voice", "cache_mb") << 20;

	err = open_queues(voices, cfg, pool);
	if (err)
		goto out;

	err = sounds_alloc(&voices->sounds,
	                   cfg_number(cfg, "voice", "memory_mb") << 20);
	if (err)
		goto out;

	dir_err = sounds_make_dir(cache_dir);
	if (dir_err)
		voice_make_warn(voices, cache_dir, dir_err);
	else
		err = str_dup(&voices->dir, cache_dir);
	if (err)
		goto out;

	if (voices->dir)
		sounds_start_prune(voices->disk, voices->dir,
		                   voices->dir_bytes);

out:
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "voices: %s",
		               strerror(err));
		mem_deref(voices);
	}
	else {
		*voicesp = voices;
	}

	return err;
}

/* Who speaks, and with which voice: "flite:slt", "flite", "slt" or "". */
static const struct voice_provider *choose(const char **voicep,
                                           const struct voices *voices,
                                           const char *lang, const char *name)
{
	for (size_t i = 0; i < VOICE_PROVIDERS; i++) {
		const struct voice_provider *provider = &voices->providerv[i];
		size_t len = strlen(provider->ops->name);
		const char *voice = name;

		if (!strncmp(name, provider->ops->name, len) &&
		    (!name[len] || name[len] == ':'))
			voice = name + len + (name[len] == ':');
		if (provider->ops->can(lang, voice)) {
			*voicep = voice;
			return provider;
		}
	}

	return NULL;
}

const char *voices_missing(const struct voices *voices, const char *lang,
                           const char *name)
{
	static char sentence[CFG_FAULT_SIZE];
	const struct voice_provider *provider;
	const char *voice;

	provider = choose(&voice, voices, lang, name);
	if (provider)
		return provider->ops->missing();

	(void)snprintf(
		sentence, sizeof(sentence),
		"no voice speaks \"%.64s\"%s%.64s%s: say espeak:LANGUAGE "
		"(espeak-ng --voices lists them), or in English "
		"flite:slt, rms, awb or kal16",
		lang, name[0] ? " as \"" : "", name, name[0] ? "\"" : "");

	return sentence;
}

void voices_break(struct voices *voices, size_t count, enum voice_break how)
{
	for (size_t i = 0; i < VOICE_PROVIDERS; i++)
		voices->providerv[i].broken =
			i < count ? how : VOICE_BREAK_NONE;
}

/* --- requests -------------------------------------------------------- */

static void request_destructor(void *arg)
{
	struct voice_request *req = arg;

	tmr_cancel(&req->tmr);
	list_unlink(&req->waiter.le);
	mem_deref(req->text);
	mem_deref(req->lang);
	mem_deref(req->voices);
}

/* Another one that speaks the language, with whatever voice it has. */
static struct voice_provider *next_provider(const struct voice_request *req)
{
	for (size_t i = 0; i < VOICE_PROVIDERS; i++) {
		struct voice_provider *provider = &req->voices->providerv[i];

		if (!(req->tried & 1U << i) && !provider->ops->missing() &&
		    provider->ops->can(req->lang, ""))
			return provider;
	}

	return NULL;
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

	if (!provider || !req->until_ms)
		return false;

	log_warning("speech", "%s; %s speaks in its place", why,
	            provider->ops->name);
	req->provider = provider;
	req->prm.name = "";

	return !request_ask(req);
}

static void tell(struct voice_request *req, struct voice_sound *sound,
                 const char *fault)
{
	tmr_cancel(&req->tmr);
	req->done(sound, fault, req->arg);
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

static void late_handler(void *arg)
{
	struct voice_request *req = arg;
	char why[CFG_FAULT_SIZE];

	list_unlink(&req->waiter.le);
	req->provider->paused_ms = clock_ms() + PAUSED_MS;
	(void)snprintf(why, sizeof(why), "%s was not ready in time",
	               req->provider->ops->name);
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
	(void)text_copy(req->name, sizeof(req->name), prm->name);
	req->prm.text = req->text;
	req->prm.lang = req->lang;
	if (prm->limit_ms)
		req->until_ms = clock_ms() + prm->limit_ms;

	return err;
}

int voices_get(struct voice_request **reqp, struct voices *voices,
               const struct voice_prm *prm, uint32_t rate_hz,
               voice_done_h *done, void *arg)
{
	const struct voice_provider *first;
	struct voice_request *req;
	int err;

	assert(reqp && voices && prm->text && prm->lang && prm->name && done);

	req = mem_zalloc(sizeof(*req), request_destructor);
	if (!req)
		return ENOMEM;

	tmr_init(&req->tmr);
	req->waiter.made = made_handler;
	req->waiter.arg = req;
	req->voices = mem_ref(voices);
	req->rate_hz = rate_hz;
	req->done = done;
	req->arg = arg;
	err = prm_copy(req, prm);
	if (err)
		goto out;

	req->prm.name = req->name;
	first = choose(&req->prm.name, voices, req->lang, req->name);
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

size_t voices_pending(const struct voices *voices)
{
	return list_count(&voices->makingl);
}
