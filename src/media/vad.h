/*
 * media/vad.h - voice activity by energy over an adaptive floor
 *
 * Pure: one call per 20 ms frame. Of the detectors compared on telephone
 * audio with babble, level over floor + 10 dB was the least bad and the
 * cheapest by far; what is not speech after all is left to the recogniser.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VAD_FRAME_MS = 20,
	VAD_ECHO_FRAMES = 10, /* 200 ms: how late our own echo may come back */
};

struct vad_prm {
	float margin_db; /* speech is so much over the floor, 10 */
	float echo_db;   /* what we play comes back at least so much weaker */
};

/* Belongs to whoever embeds it; vad_init() first. */
struct vad {
	struct vad_prm prm;
	float floor_db;
	float playedv[VAD_ECHO_FRAMES]; /* levels of our last frames */
	size_t frames;                  /* so far */
	bool is_voiced;
};

void vad_init(struct vad *vad, const struct vad_prm *prm);

/* in_db: level of the frame received, played_db: of the frame that we sent
 * in the same 20 ms (level_db()). Whether there is voice in it. */
bool vad_feed(struct vad *vad, float in_db, float played_db);
