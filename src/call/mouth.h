/*
 * call/mouth.h - says prompts into a leg
 *
 * A prompt's sounds are handed over one after another as they become ready;
 * the first one starts playing at once. Reports come by mailbox.
 *
 * Threads: everything on the control loop, except mouth_tick().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "call/tickbox.h"
#include "speech/voice.h"

struct mouth;

struct mouth_sink {
	/* The first sample leaves in the tick of this clock_ms(). */
	void (*started)(uint64_t clock_ms, void *arg);
	/* All of the prompt has been played; not after a cut. */
	void (*finished)(void *arg);
	void *arg;
};

/* box is shared with the other halves of the call. */
int mouth_alloc(struct mouth **mouthp, struct tickbox *box, uint32_t fade_ms,
                const struct mouth_sink *sink);

/* Begins a prompt; one that plays is cut. */
int mouth_begin(struct mouth *mouth);

/* Appends a sound (referenced) to the prompt begun last; one that grows is
 * played as it arrives. Returns ENOBUFS for too many. */
int mouth_add(struct mouth *mouth, struct voice_sound *sound);

/* Nothing more will be added. */
int mouth_close(struct mouth *mouth);

/* For the prompts begun from now on: after so many ms of one, voice silences
 * it at once, in the tick that hears it (mouth_tick_hush()); mouth_cut() or
 * mouth_resume() has to follow. UINT32_MAX: never. */
void mouth_hush_from(struct mouth *mouth, uint32_t ms);

void mouth_cut(struct mouth *mouth);
void mouth_pause(struct mouth *mouth);
void mouth_resume(struct mouth *mouth);

/* Begun, and neither cut nor played to the end. */
bool mouth_is_playing(const struct mouth *mouth);

/* Ms of the prompt that have been played by now, at least 1; 0 when nothing
 * plays. */
uint32_t mouth_position_ms(const struct mouth *mouth);

/* In the tick, before mouth_tick(). */
void mouth_tick_hush(struct mouth *mouth);

/* Fills out with the next n samples, a tick at the rate of the conversation;
 * it changes only while nothing plays. */
void mouth_tick(struct mouth *mouth, int16_t *out, size_t n);

/* Before all that: asks for its memory. */
void mouth_prefetch(const struct mouth *mouth);
