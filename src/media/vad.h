/*
 * media/vad.h - voice activity by energy over an adaptive floor
 *
 * Pure: one call per 20 ms frame. Of the detectors compared on telephone
 * audio with babble, level over a floor was the least bad and the cheapest by
 * far. What makes it fit for a telephone is history: how quiet the line is,
 * how loud its noise gets, how loud this callee speaks, and what we played
 * ourselves. What is not speech after all is left to the recogniser.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VAD_FRAME_MS = 20,
	VAD_ECHO_FRAMES = 10,  /* 200 ms: how late our own echo may come back */
	VAD_LEARN_FRAMES = 25, /* a syllable and its echo are within */
};

struct vad_prm {
	float margin_db; /* speech is so much over the floor, 10 */
	float echo_db;   /* what we play comes back at least so much weaker */
	bool is_eager;   /* one loud frame too many does no harm: noise that
	                  * comes and goes is judged by its floor alone */
};

/* Belongs to whoever embeds it; vad_init() first. */
struct vad {
	struct vad_prm prm;
	float filter;
	float floor_db;
	float noise;     /* mean power of what is no voice, 1: full scale */
	float echo_db;   /* our own comes back so much louder: negative */
	float speech_db; /* how loud the callee speaks; silence: unknown */
	float talk_db;   /* the same of what is being said */
	unsigned burst;  /* frames of it */
	unsigned gap;    /* frames without, inside or behind it */
	float playedv[VAD_LEARN_FRAMES]; /* levels of our last frames */
	float heardv[VAD_LEARN_FRAMES];  /* and of theirs */
	unsigned echo_frames;            /* that we have been heard */
	size_t frames;                   /* so far */
	bool is_voiced;
};

void vad_init(struct vad *vad, const struct vad_prm *prm);

/* vad_filter (C034): sounds weaker than this part of the callee's usual
 * loudness are none of theirs. 0 to 1; from 0.8 on the frames are expected to
 * come without their steady noise (media/denoise.h). */
void vad_filter_set(struct vad *vad, float filter);

/* What is not louder is no voice: the caller may save itself the filter. */
float vad_limit_db(const struct vad *vad);

/* in_db: level of the frame received, played_db: of the frame that we sent
 * in the same 20 ms (level_db()). Whether there is voice in it. */
bool vad_feed(struct vad *vad, float in_db, float played_db);

/* The same where a filter knows how loud the frame is without its steady
 * noise. */
bool vad_feed_clean(struct vad *vad, float in_db, float clean_db,
                    float played_db);
