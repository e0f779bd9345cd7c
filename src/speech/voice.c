/*
 * speech/voice.c - which voice speaks, and every sound made only once
 *
 * A request looks into memory, then on disk (a job of the disk queue), then
 * the sound is made (a job of the provider's own queue, so that each provider
 * does one at a time). Requests for the same sound wait for the same work;
 * work that nobody waits for any more is finished for the cache.
 */
#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/resample.h"
#include "speech/letters.h"
#include "speech/level.h"
#include "speech/sounds.h"
#include "speech/ssml.h"
#include "speech/voice.h"

enum {
	JOBS_MAX = 5000, /* sounds that wait for one queue */
	PROVIDERS = 2,
	NAME_SIZE = 64,
	WRITES_PER_PRUNE = 200,
	PAUSE_MS = 80, /* left standing around speech */
};

/* About 20 dB below full scale, as telephone networks expect speech. */
static const double loudness_rms = 3000;

struct provider {
	const struct voice_ops *ops;
	struct work_queue *queue;
};

struct voices {
	struct provider providerv[PROVIDERS]; /* in the order of choice */
	struct work_queue *disk;
	struct mailbox *home;
	struct sounds *sounds;
	struct list makingl;
	char *dir;          /* NULL: no files */
	uint64_t dir_bytes; /* ceiling of the files */
	unsigned writec;
	bool has_warned;
};

/* One sound on its way, and who waits for it. The worker sees what stands
 * above the line, and only while a job of it is under way. */
struct making {
	char key[SOUNDS_KEY_SIZE];
	const struct voice_ops *ops;
	char *text;
	char *lang;
	char name[NAME_SIZE];
	struct voice_prm prm; /* its texts are the three above */
	uint32_t rate_hz;
	char *dir;
	atomic_bool is_unwanted;
	int16_t *pcm;
	size_t count;
	int err;       /* of reading or making */
	int write_err; /* of keeping it on disk */
	char fault[CFG_FAULT_SIZE];

	/* ---- */
	struct le le;
	struct voices *voices; /* NULL: they are gone */
	struct work_queue *queue;
	struct voice_sound *sound;
	struct list requestl;
};

struct voice_request {
	struct le le;
	struct voices *voices;
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
	struct le *le;

	for (le = list_head(&voices->makingl); le; le = le->next)
		atomic_store(&((struct making *)le->data)->is_unwanted, true);

	/* Each waits for the job that runs; the others have no work left. */
	for (size_t i = 0; i < PROVIDERS; i++)
		mem_deref(voices->providerv[i].queue);
	mem_deref(voices->disk);

	while ((le = list_head(&voices->makingl))) {
		struct making *making = le->data;

		list_unlink(le);
		making->voices = NULL;
	}
	mem_deref(voices->sounds);
	mem_deref(voices->dir);
}

static void warn_once(struct voices *voices, const char *dir, int err)
{
	if (voices->has_warned)
		return;

	voices->has_warned = true;
	log_warning("speech",
	            "cannot keep prompts in %s (%s): going on without, each "
	            "start speaks them anew",
	            dir, strerror(err));
}

static int open_queues(struct voices *voices, const struct cfg *cfg,
                       struct work_pool *pool)
{
	bool is_espeak_first =
		!strcmp(cfg_text(cfg, "voice", "prefer"), "espeak");
	int err = 0;

	voices->providerv[is_espeak_first].ops = &voice_flite;
	voices->providerv[!is_espeak_first].ops = &voice_espeak;

	for (size_t i = 0; i < PROVIDERS && !err; i++)
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
		warn_once(voices, cache_dir, dir_err);
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
static const struct provider *choose(const char **voicep,
                                     const struct voices *voices,
                                     const char *lang, const char *name)
{
	for (size_t i = 0; i < PROVIDERS; i++) {
		const struct provider *provider = &voices->providerv[i];
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
	const struct provider *provider;
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

static void making_destructor(void *arg)
{
	struct making *making = arg;

	list_unlink(&making->le);
	mem_deref(making->text);
	mem_deref(making->lang);
	mem_deref(making->dir);
	mem_deref(making->pcm);
	mem_deref(making->sound);
}

/* 1 to 100 around 50 as a tenth to double. */
static double gain_of(int volume)
{
	return volume ? fmax(volume / 50.0, 0.1) : 1;
}

static void read_job(void *arg)
{
	struct making *making = arg;

	making->err = ENOENT;
	if (making->dir && !atomic_load(&making->is_unwanted))
		making->err =
			sounds_read(&making->pcm, &making->count, making->dir,
		                    making->key, making->rate_hz);
}

/* Engines put up to half a second of silence around each text: as pieces of
 * one prompt that is a robot that hesitates. */
static void trim(struct making *making)
{
	struct level_span span;

	level_find_speech(&span, making->pcm, making->count, making->rate_hz,
	                  PAUSE_MS);
	if (span.begin == span.end)
		return;

	making->count = span.end - span.begin;
	memmove(making->pcm, making->pcm + span.begin,
	        making->count * sizeof(*making->pcm));
}

static int speak(struct making *making)
{
	uint32_t made_hz = 0;
	int16_t *made = NULL;
	size_t count = 0;
	int err;

	err = making->ops->say(&made, &count, &made_hz, &making->prm,
	                       making->fault);
	if (err)
		return err;

	err = resample_all(&making->pcm, &making->count, making->rate_hz, made,
	                   count, made_hz);
	mem_deref(made);
	if (err)
		return err;

	level_set(making->pcm, making->count, making->rate_hz,
	          loudness_rms * gain_of(making->prm.volume));
	trim(making);

	return 0;
}

static void make_job(void *arg)
{
	struct making *making = arg;

	making->err = ECANCELED;
	if (atomic_load(&making->is_unwanted))
		return;

	making->err = speak(making);
	if (making->err || !making->dir)
		return;
	making->write_err = sounds_write(making->dir, making->key, making->pcm,
	                                 making->count, making->rate_hz);
}

static void sound_destructor(void *arg)
{
	struct voice_sound *sound = arg;

	mem_deref(sound->pcm);
}

/* Tells all who wait; any of them may free anything. */
static void deliver(void *arg)
{
	struct making *making = arg;
	const char *fault = making->sound ? NULL : making->fault;
	struct le *le;

	list_unlink(&making->le); /* the same request is a new one now */
	while ((le = list_head(&making->requestl))) {
		struct voice_request *req = le->data;

		list_unlink(le);
		req->done(making->sound, fault, req->arg);
	}
	mem_deref(making);
}

static void finish(struct making *making)
{
	struct voices *voices = making->voices;

	if (!making->err) {
		making->sound =
			mem_zalloc(sizeof(*making->sound), sound_destructor);
		if (!making->sound)
			making->err = ENOMEM;
	}
	if (making->sound) {
		making->sound->pcm = making->pcm;
		making->sound->count = making->count;
		making->sound->rate_hz = making->rate_hz;
		making->pcm = NULL;
		if (voices)
			sounds_keep(voices->sounds, making->key, making->sound);
	}
	else if (!making->fault[0]) {
		(void)snprintf(making->fault, sizeof(making->fault),
		               "%s could not speak: %s", making->ops->name,
		               strerror(making->err));
	}

	deliver(making);
}

static void make_done(void *arg)
{
	struct making *making = arg;
	struct voices *voices = making->voices;

	if (voices && making->write_err)
		warn_once(voices, making->dir, making->write_err);
	else if (voices && making->dir && !making->err &&
	         !(++voices->writec % WRITES_PER_PRUNE))
		sounds_start_prune(voices->disk, making->dir,
		                   voices->dir_bytes);

	finish(making);
}

static void read_done(void *arg)
{
	struct making *making = arg;
	int err;

	if (making->err != ENOENT || !making->voices) {
		finish(making);
		return;
	}

	/* Once submitted it is the worker's, its err too. */
	err = work_submit(making->queue, make_job, make_done, making);
	if (err) {
		making->err = err;
		finish(making);
	}
}

/* The text as the provider understands it. */
static int text_dup(char **textp, const struct provider *provider,
                    const char *text)
{
	if (provider && !provider->ops->knows_ssml && ssml_is(text))
		return ssml_plain(textp, text);

	return str_dup(textp, text);
}

static int making_alloc(struct making **makingp, struct voices *voices,
                        const struct provider *provider,
                        const struct voice_prm *prm)
{
	struct making *making;
	int err;

	making = mem_zalloc(sizeof(*making), making_destructor);
	if (!making)
		return ENOMEM;

	err = text_dup(&making->text, provider, prm->text);
	if (!err)
		err = str_dup(&making->lang, prm->lang);
	if (!err && voices->dir)
		err = str_dup(&making->dir, voices->dir);
	if (err) {
		mem_deref(making);
		return err;
	}

	making->voices = voices;
	making->prm = *prm;
	making->prm.text = making->text;
	making->prm.lang = making->lang;
	making->prm.name = making->name;
	list_append(&voices->makingl, &making->le, making);
	*makingp = making;

	return 0;
}

/* Whether there is nothing to make: no voice, or no words. */
static bool is_settled(struct making *making, const struct provider *provider)
{
	size_t len = strlen(making->text);

	if (!provider) {
		(void)snprintf(making->fault, sizeof(making->fault), "%s",
		               voices_missing(making->voices, making->lang,
		                              making->name));
		making->err = ENOENT;
	}
	else if (len > VOICE_TEXT_MAX) {
		(void)snprintf(making->fault, sizeof(making->fault),
		               "a text of %zu bytes is too long to speak: at "
		               "most %d",
		               len, VOICE_TEXT_MAX);
		making->err = EFBIG;
	}
	else if (strspn(making->text, " \t\r\n") < len) {
		return false;
	}

	return true;
}

static void settle(void *arg)
{
	finish(arg);
}

static void found(void *arg)
{
	deliver(arg);
}

/* Gets a sound under way. */
static int start(struct making **makingp, struct voices *voices,
                 const struct provider *provider, const struct voice_prm *prm,
                 uint32_t rate_hz)
{
	struct voice_sound *sound;
	struct making *making;
	int err;

	err = making_alloc(&making, voices, provider, prm);
	if (err)
		return err;

	making->rate_hz = rate_hz;
	(void)snprintf(making->name, sizeof(making->name), "%s", prm->name);
	if (is_settled(making, provider)) {
		err = mailbox_post(voices->home, settle, making);
		goto out;
	}

	making->ops = provider->ops;
	making->queue = provider->queue;
	sounds_key(making->key, provider->ops, prm, rate_hz);
	sound = sounds_find(voices->sounds, making->key);
	if (sound) {
		making->sound = mem_ref(sound);
		err = mailbox_post(voices->home, found, making);
		goto out;
	}

	err = work_submit(voices->disk, read_job, read_done, making);

out:
	if (err)
		mem_deref(making);
	else
		*makingp = making;

	return err;
}

/* The same sound, already under way; NULL: none. */
static struct making *find_making(const struct voices *voices,
                                  const struct provider *provider,
                                  const struct voice_prm *prm, uint32_t rate_hz)
{
	char key[SOUNDS_KEY_SIZE];
	struct le *le;

	if (!provider)
		return NULL;

	sounds_key(key, provider->ops, prm, rate_hz);
	for (le = list_head(&voices->makingl); le; le = le->next) {
		struct making *making = le->data;

		if (!strcmp(making->key, key))
			return making;
	}

	return NULL;
}

static void request_destructor(void *arg)
{
	struct voice_request *req = arg;

	list_unlink(&req->le);
	mem_deref(req->voices);
}

int voices_get(struct voice_request **reqp, struct voices *voices,
               const struct voice_prm *prm, uint32_t rate_hz,
               voice_done_h *done, void *arg)
{
	const struct provider *provider;
	struct voice_prm plain = *prm;
	struct voice_request *req;
	struct making *making;
	int err = 0;

	assert(reqp && voices && prm->text && prm->lang && prm->name && done);

	req = mem_zalloc(sizeof(*req), request_destructor);
	if (!req)
		return ENOMEM;
	req->voices = mem_ref(voices);
	req->done = done;
	req->arg = arg;

	provider = choose(&plain.name, voices, prm->lang, prm->name);
	making = find_making(voices, provider, &plain, rate_hz);
	if (!making)
		err = start(&making, voices, provider, &plain, rate_hz);
	if (err) {
		mem_deref(req);
		return err;
	}

	list_append(&making->requestl, &req->le, req);
	*reqp = req;

	return 0;
}

size_t voices_pending(const struct voices *voices)
{
	return list_count(&voices->makingl);
}
