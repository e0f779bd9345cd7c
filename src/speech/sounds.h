/*
 * speech/sounds.h - the sounds made so far: in memory and as files
 *
 * A sound is found by a key, the hash of all that it was made from. Memory
 * belongs to the control loop; the file functions block and may run on any
 * one thread at a time.
 */
#pragma once

#include "speech/voice.h"

enum {
	SOUNDS_KEY_SIZE = 65, /* SHA-256 in hex */
	SOUNDS_PATH_SIZE = 4096,
};

/* The key of a sound: a change of anything in it makes another sound. */
int sounds_key(char key[SOUNDS_KEY_SIZE], const char *version,
               const struct voice_prm *prm, uint32_t rate_hz);

/* The key of what else these bytes tell apart. Any thread. */
int sounds_key_of(char key[SOUNDS_KEY_SIZE], const void *bytes, size_t len);

/* ---- memory: the latest used, up to a number of bytes ---- */

struct sounds;

int sounds_alloc(struct sounds **soundsp, size_t bytes_max);
struct voice_sound *sounds_find(struct sounds *sounds, const char *key);
/* Keeps a reference to it; a sound that has no room is not kept. */
void sounds_keep(struct sounds *sounds, const char *key,
                 struct voice_sound *sound);

/* ---- files ---- */

/* Reads dir/KEY.wav. Returns ENOENT also for a file that is not what was
 * written there. */
int sounds_read(int16_t **pcmp, size_t *countp, const char *dir,
                const char *key, uint32_t rate_hz);
int sounds_write(const char *dir, const char *key, const int16_t *pcm,
                 size_t count, uint32_t rate_hz);

/* Makes the folder and those above it, and tries to write there. */
int sounds_make_dir(const char *dir);

/* Removes the oldest sounds until they take at most that many bytes, with
 * KEY.meta where there is one beside KEY.wav, as a job of the queue. What goes
 * wrong is tried again the next time. */
void sounds_start_prune(struct work_queue *queue, const char *dir,
                        uint64_t bytes_max);
