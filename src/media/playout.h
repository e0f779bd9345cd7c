/*
 * media/playout.h - a prompt as it is played, sample by sample
 *
 * Pure, never allocates. A prompt is a row of segments that may still grow
 * while its beginning plays; where the next segment is not there in time,
 * silence goes out and the position waits. The PCM stays the caller's and
 * must live until the prompt is over, cut or replaced: a fade keeps its own
 * copy of the last samples.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLAYOUT_SEGMENTS = 64, /* of one prompt at a time */
	PLAYOUT_FADE_MAX = 320,
};

struct playout_segment {
	const int16_t *pcm;
	size_t count;
	bool is_growing; /* more of it will come */
};

/* Belongs to whoever embeds it; playout_init() first. */
struct playout {
	uint32_t rate_hz;
	size_t fade; /* samples of a fade */

	struct playout_segment segmentv[PLAYOUT_SEGMENTS];
	size_t segmentc;
	size_t segment; /* that plays now */
	size_t offset;  /* within it */
	uint64_t played;
	bool is_open;   /* more segments will come */
	bool is_active; /* a prompt was begun and is not over */
	bool is_paused;
	bool is_dry;    /* waits for more of a segment that grows */
	size_t fade_in; /* samples still to be faded in */

	int16_t tailv[PLAYOUT_FADE_MAX]; /* what is fading out */
	size_t tailc;
	size_t tail;
};

/* fade_ms is cut to what PLAYOUT_FADE_MAX samples hold. */
void playout_init(struct playout *po, uint32_t rate_hz, uint32_t fade_ms);

/* Begins a prompt at position 0; one that plays is cut. */
void playout_begin(struct playout *po);

/* Adds PCM at its end. Returns ENOBUFS over PLAYOUT_SEGMENTS. */
int playout_add(struct playout *po, const int16_t *pcm, size_t count);

/* Adds PCM that grows: nothing of it yet. */
int playout_add_growing(struct playout *po, const int16_t *pcm);

/* So much of it is there; is_whole: no more will come. Where it runs dry the
 * sound fades out, and comes back when a tenth of a second is there. */
void playout_grow(struct playout *po, const int16_t *pcm, size_t count,
                  bool is_whole);

/* No more will be added: the prompt is over when all is played. */
void playout_close(struct playout *po);

/* Fades out and holds the position; the fade is heard again on resume. */
void playout_pause(struct playout *po);
void playout_resume(struct playout *po);

/* Fades out and drops the rest; the segments are free at once. */
void playout_cut(struct playout *po);

/* The next n samples into out (written whole). Returns how many of them were
 * of the prompt. */
size_t playout_feed(struct playout *po, int16_t *out, size_t n);

/* A prompt was begun and is neither cut nor played to its end. */
bool playout_is_active(const struct playout *po);

/* Of the prompt played so far; stands after its end until the next begins. */
uint32_t playout_position_ms(const struct playout *po);
