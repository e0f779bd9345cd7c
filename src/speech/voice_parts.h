/*
 * speech/voice_parts.h - the parts of the voices; private to voice*.c
 *
 * voice.c chooses who speaks and falls to another provider, voice_make.c gets
 * one sound from memory, from disk, or made.
 */
#pragma once

#include "base/mem.h"
#include "speech/sounds.h"
#include "speech/voice.h"

enum {
	VOICE_PROVIDERS = 2,
};

struct voice_provider {
	const struct voice_ops *ops;
	struct work_queue *queue;
	enum voice_break broken;
	uint64_t paused_ms; /* it stalled: until then it gets little time */
};

struct voices {
	struct voice_provider providerv[VOICE_PROVIDERS]; /* by choice */
	struct work_queue *disk;
	struct mailbox *home;
	struct sounds *sounds;
	struct list makingl;
	char *dir;          /* NULL: no files */
	uint64_t dir_bytes; /* ceiling of the files */
	unsigned writec;
	bool has_warned;
};

/* Who waits for a sound that is under way. */
struct voice_waiter {
	struct le le;
	voice_done_h *made;
	void *arg;
};

/* Gets the sound under way, or joins who waits for the same. provider NULL:
 * nobody speaks that; the waiter is told so. prm->name is the bare voice. */
int voice_make(struct voice_waiter *waiter, struct voices *voices,
               const struct voice_provider *provider,
               const struct voice_prm *prm, uint32_t rate_hz);

/* All that is under way ends unheard; before the queues are freed. */
void voice_make_unwant(struct voices *voices);

/* It goes on without its voices; behind the queues. */
void voice_make_leave(struct voices *voices);

/* Says once that prompts cannot be kept. */
void voice_make_warn(struct voices *voices, const char *dir, int err);
