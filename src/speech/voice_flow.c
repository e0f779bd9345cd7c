/*
 * speech/voice_flow.c - a service makes a sound, and it plays while it grows
 *
 * The samples go into one piece of memory that is larger than such a text can
 * need; only what is written to becomes real. Who plays reads as many as are
 * ready. Silence in front of the speech is left out as it arrives, that behind
 * it when the sound is whole; then a copy of the right size goes to the cache.
 */
#include <assert.h>
#include <math.h>
#include "base/log.h"
#include "base/text.h"
#include "speech/level.h"
#include "speech/tally.h"
#include "speech/voice_parts.h"

enum {
	QUIET = 150,         /* samples of silence stay below */
	QUIET_MS_MAX = 1000, /* so much of it is looked through at most */
	CHAR_MS = 600,       /* of speech at most, a digit being the longest */
	LEAST_MS = 10000,
	LONGEST_MS = 600000,
};

double voice_gain(int volume)
{
	return volume ? fmax(volume / 50.0, 0.1) : 1;
}

/* --- what it costs -------------------------------------------------------- */

static struct voice_used *used_of(struct making *making)
{
	struct voice_usage *usage = making->usage;
	size_t i = 0;

	if (!usage)
		return NULL;

	while (i < usage->rowc && strcmp(usage->rowv[i].service, making->who))
		i++;
	if (i == VOICE_PROVIDERS_MAX)
		return NULL;
	if (i == usage->rowc) {
		usage->rowc++;
		(void)text_copy(usage->rowv[i].service, VOICE_NAME_SIZE,
		                making->who);
	}

	return &usage->rowv[i];
}

static void usage_add(struct making *making, const struct tally_sum *sum)
{
	struct voice_used *used = used_of(making);

	tally_add(making->who, making->usage ? TALLY_CALL : TALLY_BESIDE, sum);
	if (!used)
		return;

	used->requests += (unsigned)sum->requests;
	used->chars += sum->chars;
	used->audio_ms += sum->audio_ms;
}

static void usage_asked(struct making *making)
{
	const struct tally_sum sum = {
		.requests = 1,
		.chars = text_length(making->text),
	};

	usage_add(making, &sum);
}

static void usage_heard(struct making *making, size_t samples)
{
	const struct tally_sum sum = {
		.audio_ms = samples * 1000 / making->rate_hz,
	};

	usage_add(making, &sum);
}

/* --- the sound that grows ------------------------------------------------- */

static void sound_destructor(void *arg)
{
	struct voice_sound *sound = arg;

	mem_deref(sound->pcm);
}

static int growing_open(struct making *making)
{
	uint64_t ms = LEAST_MS + text_length(making->text) * CHAR_MS;
	struct voice_sound *sound;

	if (ms > LONGEST_MS)
		ms = LONGEST_MS;
	sound = mem_zalloc(sizeof(*sound), sound_destructor);
	if (!sound)
		return ENOMEM;

	/* Not zeroed: pages that are never written to cost nothing. */
	making->capacity = ms * making->rate_hz / 1000;
	sound->pcm = mem_alloc(making->capacity * sizeof(*sound->pcm), NULL);
	if (!sound->pcm) {
		mem_deref(sound);
		return ENOMEM;
	}

	sound->rate_hz = making->rate_hz;
	sound->is_growing = true;
	(void)text_copy(sound->by, sizeof(sound->by), making->who);
	making->growing = sound;

	return 0;
}

/* Where the speech begins, when that is known: with the pause before it. */
static bool find_speech(size_t *beginp, const struct making *making,
                        size_t from)
{
	const int16_t *pcm = making->growing->pcm;
	size_t pause = VOICE_PAUSE_MS * making->rate_hz / 1000;

	for (size_t i = from; i < making->filled; i++) {
		if (pcm[i] > QUIET || pcm[i] < -QUIET) {
			*beginp = i > pause ? i - pause : 0;
			return true;
		}
	}

	*beginp = 0;

	return making->filled > (size_t)QUIET_MS_MAX * making->rate_hz / 1000;
}

static bool is_begun(const struct making *making)
{
	return atomic_load_explicit(&making->growing->ready,
	                            memory_order_relaxed) != 0;
}

static void publish(struct making *making)
{
	atomic_store_explicit(&making->growing->ready, making->filled,
	                      memory_order_release);
}

/* Those who play and do not yet; any of them may free anything. */
static void tell_begun(struct making *making)
{
	struct le *le = list_head(&making->waiterl);

	while (le) {
		struct voice_waiter *waiter = le->data;

		le = le->next;
		if (!waiter->sink.begun || waiter->begun)
			continue;
		waiter->begun = mem_ref(making->growing);
		waiter->sink.begun(making->growing, waiter->sink.arg);
		if (mem_nrefs(making) == 1)
			return;
		le = list_head(&making->waiterl);
	}
}

static void append(struct making *making, const int16_t *pcm, size_t n)
{
	int16_t *to = making->growing->pcm + making->filled;
	double gain = speaking_sets_volume(making->engine)
	                      ? 1
	                      : voice_gain(making->prm.volume);

	for (size_t i = 0; i < n; i++) {
		double sample = pcm[i] * gain;

		if (sample > INT16_MAX)
			sample = INT16_MAX;
		else if (sample < INT16_MIN)
			sample = INT16_MIN;
		to[i] = (int16_t)sample;
	}
	making->filled += n;
}

static void ended(struct making *making);

static void give_up(struct making *making, int err, const char *why)
{
	making->err = err;
	(void)snprintf(making->fault, sizeof(making->fault), "%s: %s",
	               making->who, why);
	ended(making);
}

static void sound_handler(const int16_t *pcm, size_t n, void *arg)
{
	struct making *making = arg;
	size_t from = making->filled, begin;

	if (!making->growing && growing_open(making)) {
		give_up(making, ENOMEM, strerror(ENOMEM));
		return;
	}
	if (n > making->capacity - making->filled) {
		give_up(making, EFBIG, "speaks longer than its text can be");
		return;
	}

	append(making, pcm, n);
	if (!is_begun(making)) {
		int16_t *at = making->growing->pcm;

		if (!find_speech(&begin, making, from))
			return;
		making->filled -= begin;
		memmove(at, at + begin, making->filled * sizeof(*at));
	}
	publish(making);

	mem_ref(making);
	tell_begun(making);
	mem_deref(making);
}

/* --- its end -------------------------------------------------------------- */

/* What the cache keeps: the speech alone, in memory of its size. */
static int copy_take(struct making *making)
{
	struct voice_sound *sound = making->growing;
	struct level_span span;

	level_find_speech(&span, sound->pcm, making->filled, making->rate_hz,
	                  VOICE_PAUSE_MS);
	if (span.begin != span.end)
		making->filled = span.end;

	making->count = making->filled;
	making->pcm =
		mem_zalloc((making->count + 1) * sizeof(*sound->pcm), NULL);
	if (!making->pcm)
		return ENOMEM;

	memcpy(making->pcm, sound->pcm, making->count * sizeof(*sound->pcm));

	return 0;
}

static void ended(struct making *making)
{
	struct voice_sound *sound = making->growing;

	making->speaking = mem_deref(making->speaking);
	usage_heard(making, making->filled);
	if (sound && !making->err)
		making->err = copy_take(making);
	if (sound) {
		sound->count = making->filled;
		publish(making);
		atomic_store_explicit(&sound->is_whole, true,
		                      memory_order_release);
	}

	if (making->err)
		voice_make_finish(making);
	else
		voice_make_keep(making);
}

static void closed_handler(int err, const char *why, void *arg)
{
	struct making *making = arg;

	if (err)
		give_up(making, err, why);
	else if (!making->growing)
		give_up(making, EBADMSG, "no sound at all");
	else
		ended(making);
}

void voice_flow_cancel(struct making *making)
{
	usage_heard(making, making->filled);
	mem_deref(making);
}

void voice_flow_start(struct making *making)
{
	const struct speaking_sink sink = {sound_handler, closed_handler,
	                                   making};
	int err = ECANCELED;

	making->err = 0; /* of looking for it on disk */

	/* Nobody waits any more: nothing is paid for. */
	if (list_isempty(&making->waiterl))
		goto out;

	err = making->broken == VOICE_BREAK_NONE ? 0 : EIO;
	if (!err)
		err = speaking_say(&making->speaking, making->engine,
		                   &making->prm, making->rate_hz, &sink);

out:
	if (err) {
		making->err = err;
		voice_make_finish(making);
	}
	else {
		usage_asked(making);
	}
}
