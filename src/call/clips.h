/*
 * call/clips.h - the sound files of prompts: checked, read, kept in memory
 *
 * A file is looked up on the worker pool each time (its place, time and size)
 * and read only when what is in memory was made of something else.
 *
 * Threads: the control loop.
 */
#pragma once

#include <stddef.h>

#include "base/work.h"
#include "speech/voice.h"

struct clips;
struct clip_request;

/* bytes_max: of the sounds kept, the latest used; 0 keeps none. */
int clips_alloc(struct clips **clipsp, struct work_pool *pool,
                size_t bytes_max);

struct clip_prm {
	const char *folder, *path;
	uint32_t rate_hz;
};

/* Fetches folder/path at rate_hz; folder "" is the current one. The
 * names may come from a list of strangers, so what is not below the folder,
 * links followed, is refused. done is called once from the loop, never from
 * inside. Free *reqp with mem_deref() to be silent, all before the clips. */
int clips_get(struct clip_request **reqp, struct clips *clips,
              const struct clip_prm *prm, voice_done_h *done, void *arg);

/* A sound of pcm, which it takes over. */
int clips_sound(struct voice_sound **soundp, int16_t *pcm, size_t count,
                uint32_t rate_hz);
