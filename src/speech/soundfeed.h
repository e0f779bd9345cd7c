/*
 * speech/soundfeed.h - pure: the bytes of a sound, as they arrive, become
 * samples
 *
 * Takes 16-bit WAV, whatever length its header claims, the same samples without
 * a header, and MP3. Bytes may be cut anywhere, in the middle of a sample too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SOUNDFEED_WHY_SIZE = 160,
};

struct soundfeed;

/* The next samples, mono at the rate asked for. It may not free the feed. */
typedef void(soundfeed_h)(const int16_t *pcm, size_t n, void *arg);

/* raw_hz: the rate of a sound without a header, 0 where it must have one. */
int soundfeed_alloc(struct soundfeed **feedp, uint32_t raw_hz, uint32_t to_hz);

/* Another rate of a sound without a header, 0 where it must have one; before
 * its first byte. */
void soundfeed_set_raw(struct soundfeed *feed, uint32_t raw_hz);

/* Returns EBADMSG for what is no sound and ENOTSUP for one of a form that is
 * not taken, both with why; ENOMEM. */
int soundfeed_take(struct soundfeed *feed, const uint8_t *bytes, size_t n,
                   soundfeed_h *handler, void *arg);

/* No more bytes: the last samples. EBADMSG where there was no sound. */
int soundfeed_finish(struct soundfeed *feed, soundfeed_h *handler, void *arg);

/* What is wrong with it. */
const char *soundfeed_why(const struct soundfeed *feed);
