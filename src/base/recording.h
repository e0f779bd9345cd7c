/*
 * base/recording.h - a recording as it lies on the disk, sealed or in clear
 *
 * A sealed one is a head (version, rate, tracks, whose it is) and chunks of
 * sound, each sealed under a key of this file alone; the number of the chunk
 * and whether it is the last are part of the nonce, the head is authenticated
 * with each. So nothing can be changed, exchanged, left out or added unnoticed,
 * and any place can be read without what is before. Readers see a WAV.
 *
 * Threads: a file belongs to one thread at a time. Everything blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vault.h"

enum {
	RECORDING_CHUNK = 15360, /* bytes of sound; 0.48 s of two at 8 kHz */
};

/* --- writing -------------------------------------------------------------- */

struct recording_out;

struct recording_prm {
	const struct vault *vault;
	const char *person;
	uint32_t rate_hz;
	unsigned tracks;
};

/* Takes fd, an empty file, in every case. Returns errors as vault_key(). */
int recording_begin(struct recording_out **outp, int fd,
                    const struct recording_prm *prm);

/* n bytes of interleaved samples, RECORDING_CHUNK or, once and last, fewer.
 * After a failure the file ends. */
int recording_append(struct recording_out *out, const void *pcm, size_t n);

/* The end, without which a reader says that it is missing. Close with
 * mem_deref() afterwards. */
int recording_end(struct recording_out *out);

/* --- reading -------------------------------------------------------------- */

struct recording;

/* Sealed or in clear (vault may be NULL then). Returns ENOENT, EKEYREVOKED
 * where the person was erased, ENOKEY without the master key (or vault),
 * EBADMSG for another file or one that was changed. */
int recording_open(struct recording **recp, const struct vault *vault,
                   const char *path);

/* Of the WAV in bytes, its header included. */
uint64_t recording_size(const struct recording *rec);

/* False where the end is missing: the program was killed, or the file cut.
 * What is there can be read. */
bool recording_is_whole(const struct recording *rec);

/* Fewer than n bytes only at the end. Returns EBADMSG where that part was
 * changed. */
int recording_read(struct recording *rec, uint64_t offset, void *bytes,
                   size_t n, size_t *gotp);

/* Whether a path is that of a sealed file, by its name. */
bool recording_is_sealed(const char *path);
extern const char recording_suffix[]; /* ".sealed" */
