/*
 * speech/voice_make.c - one sound: from memory, from disk, or made
 *
 * A request looks into memory, then on disk (a job of the disk queue), then
 * the sound is made (a job of the provider's own queue, so that each provider
 * does one at a time). Requests for the same sound wait for the same work;
 * work that nobody waits for any more is finished for the cache.
 */
#include <assert.h>
#include <poll.h>
#include <stdatomic.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/resample.h"
#include "base/text.h"
#include "speech/level.h"
#include "speech/ssml.h"
#include "speech/tally.h"
#include "speech/voice_parts.h"

enum {
	WRITES_PER_PRUNE = 200,
	STALL_MS = 3000,    /* of a voice that was broken on purpose */
	STALL_STEP_MS = 50, /* so soon it sees that nobody wants it */
};

/* About 20 dB below full scale, as telephone networks expect speech. */
static struct metric metric_made = {
	.name = "dialwright_synthesis_seconds",
	.help = "To make a sound that no file has.",
	.label = "voice",
	.is_time = true,
};

static struct metric metric_mute = {
	.name = "dialwright_synthesis_failed_total",
	.help = "Sounds that were not made.",
	.label = "voice",
};

static const double loudness_rms = 3000;

void voice_make_warn(struct voices *voices, const char *dir, int err)
{
	if (voices->has_warned)
		return;

	voices->has_warned = true;
	log_warning("speech",
	            "cannot keep prompts in %s (%s): going on without, each "
	            "start speaks them anew",
	            dir, strerror(err));
}

void voice_make_unwant(struct voices *voices)
{
	struct le *le;

	for (le = list_head(&voices->makingl); le; le = le->next)
		atomic_store(&((struct making *)le->data)->is_unwanted, true);
}

void voice_make_leave(struct voices *voices)
{
	struct le *le;

	while ((le = list_head(&voices->makingl))) {
		struct making *making = le->data;

		list_unlink(le);
		making->voices = NULL;
	}
}

static void making_destructor(void *arg)
{
	struct making *making = arg;

	list_unlink(&making->le);
	mem_deref(making->text);
	mem_deref(making->lang);
	mem_deref(making->name);
	mem_deref(making->config);
	mem_deref(making->engine_name);
	mem_deref(making->dir);
	mem_deref(making->pcm);
	mem_deref(making->sound);
	mem_deref(making->speaking);
	mem_deref(making->engine);
	mem_deref(making->usage);
	mem_deref(making->growing);
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
	                  VOICE_PAUSE_MS);
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
	          loudness_rms * voice_gain(making->prm.volume));
	trim(making);

	return 0;
}

/* What a rehearsal wants to see. */
static int breakdown(struct making *making)
{
	switch (making->broken) {
	case VOICE_BREAK_NONE:
		return 0;
	case VOICE_BREAK_STALL:
		for (int ms = 0; ms < STALL_MS; ms += STALL_STEP_MS) {
			if (atomic_load(&making->is_unwanted))
				break;
			(void)poll(NULL, 0, STALL_STEP_MS);
		}
		return ETIMEDOUT;
	case VOICE_BREAK_DIE:
		if (making->ops)
			(void)speak(making);
		making->pcm = mem_deref(making->pcm);
		return ECONNRESET;
	case VOICE_BREAK_REFUSE:
		return ECONNREFUSED;
	case VOICE_BREAK_FAIL:
		break;
	}

	return EIO;
}

static void write_job(void *arg)
{
	struct making *making = arg;

	making->write_err = sounds_write(making->dir, making->key, making->pcm,
	                                 making->count, making->rate_hz);
}

static void make_job(void *arg)
{
	struct making *making = arg;

	making->err = ECANCELED;
	if (atomic_load(&making->is_unwanted))
		return;

	making->err = breakdown(making);
	if (!making->err)
		making->err = speak(making);
	if (!making->err && making->dir)
		write_job(making);
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

	/* From here on the same request is a new one. */
	list_unlink(&making->le);

	while ((le = list_head(&making->waiterl))) {
		struct voice_waiter *waiter = le->data;
		struct voice_sound *sound = making->sound;

		list_unlink(le);
		waiter->making = NULL;
		/* Who has its beginning gets the same one. */
		if (sound && waiter->begun)
			sound = waiter->begun;
		waiter->sink.done(sound, fault, waiter->sink.arg);
	}
	mem_deref(making);
}

static void tell_tally(const struct making *making)
{
	if (making->sound)
		tally_worked(making->who);
	else if (making->err != ECANCELED)
		tally_failed(making->who, *making->fault
		                                  ? making->fault
		                                  : strerror(making->err));
}

void voice_make_finish(struct making *making)
{
	struct voices *voices = making->voices;

	if (!making->err) {
		making->sound =
			mem_zalloc(sizeof(*making->sound), sound_destructor);
		if (!making->sound)
			making->err = ENOMEM;
	}
	if (making->made_ms)
		metric_time(&metric_made, making->who,
		            clock_ms() - making->made_ms);
	if (!making->sound && making->err != EAGAIN)
		metric_add(&metric_mute, making->who);
	if (making->engine && making->made_ms) {
		tell_tally(making);
		voice_rest_judge(making);
	}
	if (making->sound) {
		making->sound->pcm = making->pcm;
		making->sound->count = making->count;
		making->sound->rate_hz = making->rate_hz;
		(void)text_copy(making->sound->by, sizeof(making->sound->by),
		                making->who);
		making->pcm = NULL;
		if (voices)
			sounds_keep(voices->sounds, making->key, making->sound);
	}
	else if (!making->fault[0]) {
		(void)snprintf(making->fault, sizeof(making->fault),
		               "%s could not speak: %s", making->who,
		               strerror(making->err));
	}

	deliver(making);
}

static void make_done(void *arg)
{
	struct making *making = arg;
	struct voices *voices = making->voices;

	if (voices && making->write_err)
		voice_make_warn(voices, making->dir, making->write_err);
	else if (voices && making->dir && !making->err &&
	         !(++voices->writec % WRITES_PER_PRUNE))
		sounds_start_prune(voices->disk, making->dir,
		                   voices->dir_bytes);

	voice_make_finish(making);
}

void voice_make_keep(struct making *making)
{
	if (!making->voices || !making->dir ||
	    work_submit(making->voices->disk, write_job, make_done, making))
		voice_make_finish(making);
}

static void read_done(void *arg)
{
	struct making *making = arg;
	int err;

	if (making->err != ENOENT || !making->voices) {
		voice_make_finish(making);
		return;
	}

	if (voice_is_spared(making)) {
		making->err = EAGAIN;
		(void)snprintf(making->fault, sizeof(making->fault),
		               "%s rests: its key was refused", making->who);
		voice_make_finish(making);
		return;
	}

	making->made_ms = clock_ms();
	if (making->engine) {
		voice_flow_start(making);
		return;
	}

	/* Once submitted it is the worker's, its err too. */
	err = work_submit(making->queue, make_job, make_done, making);
	if (err) {
		making->err = err;
		voice_make_finish(making);
	}
}

/* The text as the provider understands it. */
static int text_dup(char **textp, const struct voice_provider *provider,
                    const char *text)
{
	bool knows_ssml =
		provider && provider->ops && provider->ops->knows_ssml;

	if (provider && !knows_ssml && ssml_is(text))
		return ssml_plain(textp, text);

	return str_dup(textp, text);
}

static int making_alloc(struct making **makingp, struct voices *voices,
                        const struct voice_provider *provider,
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
	if (!err)
		err = str_dup(&making->name, prm->name);
	if (!err && prm->config)
		err = str_dup(&making->config, prm->config);
	if (!err && prm->engine)
		err = str_dup(&making->engine_name, prm->engine);
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
	making->prm.config = making->config;
	making->prm.engine = making->engine_name;
	making->prm.usage = NULL;
	making->usage = mem_ref(prm->usage);
	list_append(&voices->makingl, &making->le, making);
	*makingp = making;

	return 0;
}

/* Whether there is nothing to make: no voice, or no words. */
static bool is_settled(struct making *making,
                       const struct voice_provider *provider)
{
	size_t len = strlen(making->text), max = 0;

	if (provider && provider->engine)
		max = speaking_text_max(provider->engine);

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
	else if (max && text_length(making->text) > max) {
		(void)snprintf(making->fault, sizeof(making->fault),
		               "%s: a text of %zu characters is too long for "
		               "it: at most %zu",
		               provider->name, text_length(making->text), max);
		making->err = EFBIG;
	}
	else if (strspn(making->text, " \t\r\n") < len) {
		return false;
	}

	return true;
}

static void settle(void *arg)
{
	voice_make_finish(arg);
}

static void found(void *arg)
{
	deliver(arg);
}

static const char *version_of(const struct voice_provider *provider)
{
	return provider->ops ? provider->ops->version
	                     : speaking_version(provider->engine);
}

/* Gets a sound under way. */
static int start(struct making **makingp, struct voices *voices,
                 const struct voice_provider *provider,
                 const struct voice_prm *prm, uint32_t rate_hz)
{
	struct voice_sound *sound;
	struct making *making;
	int err;

	err = making_alloc(&making, voices, provider, prm);
	if (err)
		return err;

	making->rate_hz = rate_hz;
	if (is_settled(making, provider)) {
		err = mailbox_post(voices->home, settle, making);
		goto out;
	}

	(void)text_copy(making->who, sizeof(making->who), provider->name);
	making->ops = provider->ops;
	making->queue = provider->queue;
	making->broken = provider->broken;
	if (!making->broken)
		making->engine = mem_ref(provider->engine);
	err = sounds_key(making->key, version_of(provider), prm, rate_hz);
	if (err)
		goto out;

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
                                  const struct voice_provider *provider,
                                  const struct voice_prm *prm, uint32_t rate_hz)
{
	char key[SOUNDS_KEY_SIZE];
	struct le *le;

	if (!provider)
		return NULL;

	/* Without memory for the key it is made once more. */
	if (sounds_key(key, version_of(provider), prm, rate_hz))
		return NULL;
	for (le = list_head(&voices->makingl); le; le = le->next) {
		struct making *making = le->data;

		if (!strcmp(making->key, key))
			return making;
	}

	return NULL;
}

int voice_make(struct voice_waiter *waiter, struct voices *voices,
               const struct voice_provider *provider,
               const struct voice_prm *prm, uint32_t rate_hz)
{
	struct making *making;
	int err = 0;

	making = find_making(voices, provider, prm, rate_hz);
	if (!making)
		err = start(&making, voices, provider, prm, rate_hz);
	if (err)
		return err;

	waiter->making = making;
	list_append(&making->waiterl, &waiter->le, waiter);

	return 0;
}

void voice_unwait(struct voice_waiter *waiter)
{
	struct making *making = waiter->making;

	list_unlink(&waiter->le);
	waiter->making = NULL;
	waiter->begun = mem_deref(waiter->begun);

	/* A service is paid; what this machine makes goes to the cache. */
	if (making && making->speaking && list_isempty(&making->waiterl))
		voice_flow_cancel(making);
}
