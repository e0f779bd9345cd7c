/*
 * speech/voice.c - which voice speaks
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

const char *voice_missing(const struct voice_provider *provider)
{
	return provider->ops ? provider->ops->missing() : NULL;
}

const struct voice_provider *voice_choose(const char **voicep,
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

	provider = voice_choose(&voice, voices, &prm);
	if (provider)
		return voice_missing(provider);

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
