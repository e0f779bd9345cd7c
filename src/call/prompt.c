/*
 * call/prompt.c - a prompt's items become sounds, in order
 *
 * Each item has a slot. A slot is filled by a voice request, a job or at
 * once; deliver() hands over the run of filled slots at the front. What a
 * service speaks is handed over with its first samples; the prompt is over
 * when its last ones came. deliver() is always called from the loop, so that
 * a sink never hears of a prompt before prompt_fetch() has returned.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "base/mem.h"
#include "base/text.h"
#include "call/pieces.h"
#include "call/prompt.h"
#include "call/tickbox.h"
#include "media/playout.h"
#include "media/tone.h"
#include "speech/ssml.h"

enum {
	ITEMS_MAX = PLAYOUT_SEGMENTS,
	SILENCE_MS_MAX = 60000,
	PIECE_SIZE = 4 * PIECES_LONG + 256, /* with the blanks behind it */
};

static const char too_many[] =
	"a prompt has at most 64 items, and a long text counts as several";

struct slot {
	struct prompt *prompt;
	struct voice_request *request;
	struct webcache_request *web;
	struct webcache_file *file; /* of it */
	struct clip_request *clip;
	struct voice_sound *sound;
	bool is_growing; /* it is being played, its rest will come */
};

struct prompt {
	struct prompt_prm prm;
	struct prompt_sink sink;
	struct prompt **wake; /* the letter that will deliver, NULL = none */
	size_t next;          /* slot to be handed over */
	bool is_done;
	char fault[CFG_FAULT_SIZE];
	size_t slotc;
	struct slot slotv[ITEMS_MAX];
};

/* --- what an item is --------------------------------------------------------
 */

static bool has_prefix(const char *text, const char *prefix, const char **restp)
{
	size_t len = strlen(prefix);

	if (strncasecmp(text, prefix, len) != 0)
		return false;

	*restp = text + len;

	return true;
}

static bool has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text), n = strlen(suffix);

	return len > n && !strcasecmp(text + len - n, suffix);
}

enum prompt_kind prompt_kind(const char *item, const char **restp)
{
	const char *rest;

	if (has_prefix(item, "tone_stream://", restp))
		return PROMPT_TONE;
	if (has_prefix(item, "silence_stream://", restp))
		return PROMPT_SILENCE;
	if (has_prefix(item, "file://", restp))
		return PROMPT_FILE;

	/* An address is one with its scheme. */
	*restp = item;
	if (has_prefix(item, "http://", &rest) ||
	    has_prefix(item, "https://", &rest))
		return PROMPT_HTTP;
	if (has_suffix(item, ".wav") || has_suffix(item, ".mp3"))
		return PROMPT_FILE;

	return PROMPT_TEXT;
}

/* --- sounds ------------------------------------------------------------------
 */

/* NULL: the prompt has all it can hold. */
static struct slot *slot_add(struct prompt *prompt)
{
	struct slot *slot = &prompt->slotv[prompt->slotc];

	if (prompt->slotc == ITEMS_MAX)
		return NULL;

	prompt->slotc++;
	slot->prompt = prompt;

	return slot;
}

static int sound_make(struct slot *slot, int16_t *pcm, size_t count)
{
	int err;

	err = clips_sound(&slot->sound, pcm, count, slot->prompt->prm.rate_hz);
	if (err)
		mem_deref(pcm);

	return err;
}

static int silence_make(struct slot *slot, const char *text)
{
	unsigned long ms = strtoul(text, NULL, 10);
	size_t count;
	int16_t *pcm;

	if (ms > SILENCE_MS_MAX)
		ms = SILENCE_MS_MAX;
	count = ms * (slot->prompt->prm.rate_hz / 1000);
	pcm = mem_zalloc((count ? count : 1) * sizeof(*pcm), NULL);

	return pcm ? sound_make(slot, pcm, count) : ENOMEM;
}

static int tone_make(struct slot *slot, const char *text)
{
	const uint32_t rate_hz = slot->prompt->prm.rate_hz;
	struct tone tone;
	int16_t *pcm;
	size_t count;
	int err;

	err = tone_parse(&tone, text);
	if (err)
		return err;

	count = tone_samples(&tone, rate_hz);
	pcm = mem_zalloc((count ? count : 1) * sizeof(*pcm), NULL);
	if (!pcm)
		return ENOMEM;
	tone_render(&tone, rate_hz, pcm);

	return sound_make(slot, pcm, count);
}

/* --- handing over ---------------------------------------------------- */

static bool is_growing(const struct prompt *prompt)
{
	for (size_t i = 0; i < prompt->slotc; i++) {
		if (prompt->slotv[i].is_growing)
			return true;
	}

	return false;
}

static void deliver(struct prompt *prompt)
{
	const struct prompt_sink sink = prompt->sink;

	/* A handler may free the prompt. */
	mem_ref(prompt);
	while (mem_nrefs(prompt) > 1 && !prompt->is_done) {
		struct voice_sound *sound = NULL;

		if (!*prompt->fault && prompt->next == prompt->slotc &&
		    is_growing(prompt))
			break;
		if (*prompt->fault || prompt->next == prompt->slotc) {
			prompt->is_done = true;
			sink.done(*prompt->fault ? prompt->fault : NULL,
			          sink.arg);
			break;
		}

		sound = prompt->slotv[prompt->next].sound;
		if (!sound)
			break;
		prompt->next++;
		sink.sound(sound, sink.arg);
	}
	mem_deref(prompt);
}

static void wake_handler(void *arg)
{
	struct prompt **wake = arg;
	struct prompt *prompt = *wake;

	mem_deref(wake);
	if (!prompt)
		return;

	prompt->wake = NULL;
	deliver(prompt);
}

static int wake_later(struct prompt *prompt)
{
	struct prompt **wake;
	int err;

	wake = mem_zalloc(sizeof(*wake), NULL);
	if (!wake)
		return ENOMEM;

	*wake = prompt;
	err = tickbox_report(wake_handler, wake);
	if (err)
		mem_deref(wake);
	else
		prompt->wake = wake;

	return err;
}

static void fault_set(struct prompt *prompt, const char *item, const char *why)
{
	if (!*prompt->fault)
		(void)snprintf(prompt->fault, sizeof(prompt->fault), "%s: %s",
		               item, why);
}

/* --- texts ----------------------------------------------------------- */

static void begun_handler(struct voice_sound *sound, void *arg)
{
	struct slot *slot = arg;

	slot->sound = mem_ref(sound);
	slot->is_growing = true;
	deliver(slot->prompt);
}

static void voice_handler(struct voice_sound *sound, const char *fault,
                          void *arg)
{
	struct slot *slot = arg;

	slot->is_growing = false;
	if (!slot->sound)
		slot->sound = mem_ref(sound);
	if (!sound)
		fault_set(slot->prompt, "voice", fault);
	deliver(slot->prompt);
}

/* How long it may take: what stands before it plays meanwhile. */
static uint32_t wait_ms_of(const struct slot *slot)
{
	const struct prompt *prompt = slot->prompt;

	return prompt->prm.voice_ms * (uint32_t)(slot - prompt->slotv + 1);
}

static int piece_fetch(struct slot *slot, const char *text)
{
	const struct voice_sink sink = {begun_handler, voice_handler, slot};
	struct prompt *prompt = slot->prompt;
	struct voice_prm prm = *prompt->prm.voice;

	prm.text = text;
	prm.limit_ms = wait_ms_of(slot);

	return voices_get_live(&slot->request, prompt->prm.voices, &prm,
	                       prompt->prm.rate_hz, &sink);
}

/* Long text in pieces, each in a slot of its own. Marked-up text has its own
 * idea of sentences. */
static int text_fetch(struct slot *slot, const char *text)
{
	char piece[PIECE_SIZE];
	size_t len;

	if (ssml_is(text))
		return piece_fetch(slot, text);

	while (slot && (len = pieces_first(text))) {
		int err;

		if (!text[len])
			return piece_fetch(slot, text);
		(void)text_copy(piece,
		                len < sizeof(piece) ? len + 1 : sizeof(piece),
		                text);
		err = piece_fetch(slot, piece);
		if (err)
			return err;
		text += len;
		slot = slot_add(slot->prompt);
	}

	return slot ? 0 : E2BIG;
}

/* --- files ----------------------------------------------------------- */

static void clip_handler(struct voice_sound *sound, const char *fault,
                         void *arg)
{
	struct slot *slot = arg;

	slot->sound = mem_ref(sound);
	if (!sound)
		fault_set(slot->prompt, "file", fault);
	deliver(slot->prompt);
}

static int file_fetch(struct slot *slot, const char *path)
{
	const struct prompt_prm *prm = &slot->prompt->prm;
	const struct clip_prm clip = {prm->recordings, path, prm->rate_hz};

	return clips_get(&slot->clip, prm->clips, &clip, clip_handler, slot);
}

/* --- sounds of the web ------------------------------------------------ */

static void web_handler(struct webcache_file *file, const char *fault,
                        void *arg)
{
	struct slot *slot = arg;
	const struct prompt_prm *prm = &slot->prompt->prm;
	struct clip_prm clip = {.rate_hz = prm->rate_hz};
	int err;

	if (file) {
		slot->file = mem_ref(file);
		clip.folder = webcache_folder(prm->web);
		clip.path = webcache_file_name(file);
		err = clips_get(&slot->clip, prm->clips, &clip, clip_handler,
		                slot);
		if (!err)
			return;
		fault = strerror(err);
	}

	fault_set(slot->prompt, "web", fault);
	deliver(slot->prompt);
}

static int web_fetch(struct slot *slot, const char *item)
{
	struct webitem web;
	int err;

	err = webitem_parse(&web, item);
	if (err)
		return err;

	return webcache_get(&slot->web, slot->prompt->prm.web, &web,
	                    wait_ms_of(slot), web_handler, slot);
}

/* --- all together ---------------------------------------------------- */

static void destructor(void *arg)
{
	struct prompt *prompt = arg;

	if (prompt->wake)
		*prompt->wake = NULL;
	for (size_t i = 0; i < prompt->slotc; i++) {
		struct slot *slot = &prompt->slotv[i];

		mem_deref(slot->request);
		mem_deref(slot->web);
		mem_deref(slot->clip);
		mem_deref(slot->file);
		mem_deref(slot->sound);
	}
}

static void slot_fill(struct slot *slot, const char *item)
{
	const char *why = NULL;
	const char *rest;
	int err = 0;

	switch (prompt_kind(item, &rest)) {
	case PROMPT_TEXT:
		err = text_fetch(slot, rest);
		break;
	case PROMPT_FILE:
		err = file_fetch(slot, rest);
		break;
	case PROMPT_TONE:
		err = tone_make(slot, rest);
		if (err == EINVAL)
			why = "this is no tone; try "
			      "tone_stream://%(500,500,425)";
		else if (err == E2BIG)
			why = "a tone has at most 16 parts and 60 s";
		break;
	case PROMPT_SILENCE:
		err = silence_make(slot, rest);
		break;
	case PROMPT_HTTP:
		err = web_fetch(slot, rest);
		if (err == EINVAL)
			why = "this is no address of a sound; try "
			      "http://(nohead=true)host/sound.wav";
		break;
	}

	if (err == E2BIG && !why)
		why = too_many;
	else if (err == EXDEV)
		why = "the path leaves the folder of recordings";
	if (err)
		fault_set(slot->prompt, item, why ? why : strerror(err));
}

int prompt_fetch(struct prompt **promptp, const struct prompt_prm *prm,
                 const char *const *itemv, size_t itemc,
                 const struct prompt_sink *sink)
{
	struct prompt *prompt;
	int err;

	assert(promptp && prm && sink->sound && sink->done);

	prompt = mem_zalloc(sizeof(*prompt), destructor);
	if (!prompt)
		return ENOMEM;

	prompt->prm = *prm;
	prompt->sink = *sink;
	for (size_t i = 0; i < itemc && !*prompt->fault; i++) {
		struct slot *slot = slot_add(prompt);

		if (slot)
			slot_fill(slot, itemv[i]);
		else
			fault_set(prompt, itemv[i], too_many);
	}

	err = wake_later(prompt);
	if (err)
		mem_deref(prompt);
	else
		*promptp = prompt;

	return err;
}
