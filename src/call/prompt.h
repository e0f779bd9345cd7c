/*
 * call/prompt.h - a prompt's items become sounds, in order
 *
 * Text is spoken by the voices, a long one in pieces, tones and silences are
 * rendered, files are read by clips, those of the web fetched before; all at
 * once, handed over one after another.
 *
 * Threads: the control loop.
 */
#pragma once

#include <stddef.h>

#include "call/clips.h"
#include "call/webcache.h"
#include "speech/voice.h"

struct prompt;

struct prompt_prm {
	struct voices *voices;
	struct clips *clips;
	struct webcache *web;
	const char *recordings;        /* folder of relative files, "" = none */
	uint32_t rate_hz;              /* of the conversation */
	const struct voice_prm *voice; /* all but the text; texts outlive it */
	uint32_t voice_ms; /* all voices together, or the web, have so long;
	                    * 0: nobody waits */
};

struct prompt_sink {
	void (*sound)(struct voice_sound *sound, void *arg); /* the next one */
	/* Exactly once and last. fault = NULL: all are handed over. */
	void (*done)(const char *fault, void *arg);
	void *arg;
};

/* What an item of a prompt is (checklist C144-C152). */
enum prompt_kind {
	PROMPT_TEXT,
	PROMPT_FILE,
	PROMPT_TONE,
	PROMPT_SILENCE,
	PROMPT_HTTP,
};

/* Pure. *restp: the text, path, tone or ms without its scheme. */
enum prompt_kind prompt_kind(const char *item, const char **restp);

/* Starts it; handlers come later, never from in here. Free with mem_deref()
 * to be silent. */
int prompt_fetch(struct prompt **promptp, const struct prompt_prm *prm,
                 const char *const *itemv, size_t itemc,
                 const struct prompt_sink *sink);
