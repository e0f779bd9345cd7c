/*
 * speech/voice_ask.c - who speaks when the voice that was chosen does not
 *
 * A request that a callee waits for has a limit. A provider that fails, or is
 * not ready within its part of the time, is replaced by another one that
 * speaks the language; what it still makes goes to the cache.
 */
#include <assert.h>
#include "base/clock.h"
#include "base/log.h"
#include "speech/voice_parts.h"
#include <re_tmr.h>

enum {
	CACHE_MS = 100, /* a provider that stalled gets what a file takes */
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

		if (req->tried & 1U << i || voice_missing(provider) ||
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
	first = voice_choose(&req->prm.name, voices, &req->prm);
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
