/*
 * bench/bench_barge_sounds.h - prompts, talk and the noise of rooms
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "rig.h"

enum {
	SOUNDS_MAX = 64,
	SOUND_FRAME = RIG_LINE_HZ / 50,
};

struct sound {
	int16_t *pcm;
	size_t n;
	size_t onset; /* first sample that can be heard */
};

struct sounds {
	struct sound promptv[SOUNDS_MAX], talkv[SOUNDS_MAX];
	size_t promptc, talkc;
	struct sound babble, crowd, car; /* 15 dB below the talk */
};

/* Everything that the bench needs, said by the rig's voices. */
/* is_tuning: the half that settings may be chosen on. */
int sounds_make(struct sounds *sounds, struct rig *rig, bool is_tuning);
void sounds_free(struct sounds *sounds);

/* The same numbers in each run. */
uint32_t sounds_draw(uint32_t below);

double sounds_gain(double db);
int16_t sounds_clip(double x);
