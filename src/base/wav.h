/*
 * base/wav.h - sound files (libsndfile behind it)
 *
 * Reads WAV, MP3, FLAC, Ogg; writes 16-bit WAV. In base because media and
 * speech both need it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	WAV_SECONDS_MAX = 600, /* longest sound wav_read() takes */
	WAV_HEADER_SIZE = 44,
};

/* The canonical header: RIFF, "fmt " of 16-bit PCM, "data" of so many bytes.
 * UINT32_MAX: nobody knows yet. */
void wav_header(uint8_t header[WAV_HEADER_SIZE], uint32_t rate_hz,
                unsigned channels, uint32_t bytes);

/* Reads a whole file as mono at its own rate (channels are averaged).
 * *pcmp is the caller's to mem_deref(). Returns ENOENT, EACCES, EFBIG when
 * longer than WAV_SECONDS_MAX, EBADMSG for no sound file. */
int wav_read(int16_t **pcmp, size_t *countp, uint32_t *rate_hzp,
             const char *path);

/* Writes a whole mono file under a temporary name and renames it, so that a
 * reader sees all of it or none. Returns the errno of the system, ENOSPC for
 * a full disk. */
int wav_write(const char *path, const int16_t *pcm, size_t count,
              uint32_t rate_hz);

/* The same into a file that is open and empty. Takes fd in every case. */
int wav_write_fd(int fd, const int16_t *pcm, size_t count, uint32_t rate_hz);

/* A file that grows: interleaved samples of one or more channels. The
 * header is valid after every append, so a crash loses nothing written.
 * Returns EFBIG where it would be longer than 4 GiB.
 * wav_open() creates the file and returns EEXIST rather than lose a recording
 * that is there. Close with mem_deref(). */
struct wav_file;
int wav_open(struct wav_file **filep, const char *path, uint32_t rate_hz,
             unsigned channels);
int wav_append(struct wav_file *file, const int16_t *pcm, size_t frames);
