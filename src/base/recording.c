/*
 * base/recording.c - a recording as it lies on the disk, sealed or in clear
 *
 * Chunks are full but the last one, which is shorter (it may be empty) and has
 * its mark in the nonce: a file that ends with a full chunk was cut, or its
 * writer was killed.
 */
#include <assert.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/recording.h"
#include "base/vault_parts.h"
#include "base/wav.h"

enum {
	CHUNK_AT = 8, /* places in the head */
	RATE_AT = 12,
	TRACKS_AT = 16,
	PERSON_AT = 24,
	SALT_AT = PERSON_AT + VAULT_ID_SIZE,
	NONCE_AT = SALT_AT + SEAL_SALT_SIZE,
	HEAD_SIZE = 64,
	PREFIX_SIZE = 7, /* of the nonce; then the number and the mark */
	TRACKS_MAX = 8,
	CHUNK_MAX = 1 << 20,
	RATE_MAX = 384000,
	SEALED_CHUNK = RECORDING_CHUNK + SEAL_TAG_SIZE,
};

static const uint8_t magic[CHUNK_AT] = "DWVAULT\1";
const char recording_suffix[] = ".sealed";

bool recording_is_sealed(const char *path)
{
	size_t n = strlen(path), m = strlen(recording_suffix);

	return n > m && !strcmp(path + n - m, recording_suffix);
}

static void put(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static void nonce_make(uint8_t nonce[SEAL_NONCE_SIZE],
                       const uint8_t head[HEAD_SIZE], uint32_t number,
                       bool is_last)
{
	memcpy(nonce, head + NONCE_AT, PREFIX_SIZE);
	put(nonce + PREFIX_SIZE, number);
	nonce[SEAL_NONCE_SIZE - 1] = is_last;
}

/* Of this file alone. */
static int key_make(uint8_t key[SEAL_KEY_SIZE], const struct vault *vault,
                    bool is_new, const uint8_t head[HEAD_SIZE])
{
	char person[VAULT_PERSON_SIZE];
	int err;

	vault_hex(person, head + PERSON_AT, VAULT_ID_SIZE);
	err = vault_key(vault, person, is_new, key);

	return err ? err : seal_derive(key, key, head + SALT_AT, "recording");
}

static int write_all(int fd, const uint8_t *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno;
		bytes += written;
		n -= (size_t)written;
	}

	return 0;
}

static int read_at(int fd, void *bytes, size_t n, uint64_t offset, size_t *gotp)
{
	uint8_t *at = bytes;

	*gotp = 0;
	while (*gotp < n) {
		ssize_t got = pread(fd, at + *gotp, n - *gotp,
		                    (off_t)(offset + *gotp));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (!got)
			break;
		*gotp += (size_t)got;
	}

	return 0;
}

/* --- writing -------------------------------------------------------------- */

struct recording_out {
	int fd;
	int err; /* nothing more is written */
	uint32_t number;
	bool is_ended;
	uint8_t key[SEAL_KEY_SIZE];
	uint8_t head[HEAD_SIZE];
};

static void out_destructor(void *arg)
{
	struct recording_out *out = arg;

	seal_wipe(out->key, sizeof(out->key));
	(void)close(out->fd);
}

static int head_make(struct recording_out *out, const struct recording_prm *prm)
{
	uint8_t *head = out->head;
	int err;

	memcpy(head, magic, sizeof(magic));
	put(head + CHUNK_AT, RECORDING_CHUNK);
	put(head + RATE_AT, prm->rate_hz);
	head[TRACKS_AT] = (uint8_t)prm->tracks;
	if (!vault_unhex(head + PERSON_AT, VAULT_ID_SIZE, prm->person))
		return EINVAL;

	err = seal_random(head + SALT_AT, SEAL_SALT_SIZE + PREFIX_SIZE);
	if (err)
		return err;

	return key_make(out->key, prm->vault, true, head);
}

int recording_begin(struct recording_out **outp, int fd,
                    const struct recording_prm *prm)
{
	struct recording_out *out;
	int err;

	assert(outp && prm->vault && prm->tracks && prm->tracks <= TRACKS_MAX);

	out = mem_zalloc(sizeof(*out), out_destructor);
	if (!out) {
		(void)close(fd);
		return ENOMEM;
	}

	out->fd = fd;
	err = head_make(out, prm);
	if (!err)
		err = write_all(fd, out->head, sizeof(out->head));

	if (err)
		mem_deref(out);
	else
		*outp = out;

	return err;
}

static int chunk_put(struct recording_out *out, const void *pcm, size_t n,
                     bool is_last)
{
	uint8_t sealed[SEALED_CHUNK], nonce[SEAL_NONCE_SIZE];
	const struct seal seal = {out->key, nonce, out->head, HEAD_SIZE};
	int err;

	if (out->number == UINT32_MAX)
		return EFBIG;

	nonce_make(nonce, out->head, out->number++, is_last);
	err = seal_close(sealed, pcm, n, &seal);
	if (err)
		return err;

	return write_all(out->fd, sealed, n + SEAL_TAG_SIZE);
}

int recording_append(struct recording_out *out, const void *pcm, size_t n)
{
	assert(n <= RECORDING_CHUNK && !out->is_ended);

	if (out->err)
		return out->err;

	out->is_ended = n < RECORDING_CHUNK;
	out->err = chunk_put(out, pcm, n, out->is_ended);

	return out->err;
}

int recording_end(struct recording_out *out)
{
	return out->is_ended || out->err ? out->err
	                                 : recording_append(out, "", 0);
}

/* --- reading -------------------------------------------------------------- */

struct recording {
	int fd;
	bool is_sealed, is_whole;
	uint64_t bytes; /* of sound; of a file in clear: all */
	uint32_t chunk; /* bytes of a full one */
	uint32_t full;  /* chunks */
	size_t rest;    /* bytes of the last one */
	uint8_t key[SEAL_KEY_SIZE];
	uint8_t head[HEAD_SIZE];
	uint8_t wav[WAV_HEADER_SIZE];

	/* the chunk that was read last */
	uint32_t number;
	bool has_chunk;
	uint8_t *clear, *sealed;
};

static void destructor(void *arg)
{
	struct recording *rec = arg;

	seal_wipe(rec->key, sizeof(rec->key));
	if (rec->fd >= 0)
		(void)close(rec->fd);
	mem_deref(rec->clear);
	mem_deref(rec->sealed);
}

static int chunk_get(struct recording *rec, uint32_t number)
{
	bool is_last = number == rec->full;
	size_t n = (is_last ? rec->rest : rec->chunk) + SEAL_TAG_SIZE, got;
	uint8_t nonce[SEAL_NONCE_SIZE];
	const struct seal seal = {rec->key, nonce, rec->head, HEAD_SIZE};
	uint64_t stride = (uint64_t)rec->chunk + SEAL_TAG_SIZE;
	int err;

	if (rec->has_chunk && rec->number == number)
		return 0;

	rec->has_chunk = false;
	err = read_at(rec->fd, rec->sealed, n, HEAD_SIZE + number * stride,
	              &got);
	if (err)
		return err;
	if (got < n)
		return EBADMSG;

	nonce_make(nonce, rec->head, number, is_last);
	err = seal_open(rec->clear, rec->sealed, n, &seal);
	rec->has_chunk = !err;
	rec->number = number;

	return err;
}

/* How much there is, and whether all of it. */
static int extent_take(struct recording *rec, uint64_t size)
{
	uint64_t stride = (uint64_t)rec->chunk + SEAL_TAG_SIZE;
	uint64_t full = (size - HEAD_SIZE) / stride;
	uint64_t rest = (size - HEAD_SIZE) % stride;
	int err = 0;

	if (full > UINT32_MAX - 1)
		return EBADMSG;

	rec->full = (uint32_t)full;
	rec->rest = rest > SEAL_TAG_SIZE ? (size_t)rest - SEAL_TAG_SIZE : 0;
	if (rest >= SEAL_TAG_SIZE)
		err = chunk_get(rec, rec->full);
	if (err && err != EBADMSG)
		return err;

	rec->is_whole = rest >= SEAL_TAG_SIZE && !err;
	if (!rec->is_whole)
		rec->rest = 0;
	rec->bytes = full * rec->chunk + rec->rest;

	return 0;
}

static int sealed_open(struct recording *rec, const struct vault *vault,
                       uint64_t size)
{
	const uint8_t *head = rec->head;
	uint32_t rate_hz = get(head + RATE_AT);
	int err;

	rec->chunk = get(head + CHUNK_AT);
	if (!rec->chunk || rec->chunk > CHUNK_MAX || !head[TRACKS_AT] ||
	    head[TRACKS_AT] > TRACKS_MAX || !rate_hz || rate_hz > RATE_MAX)
		return EBADMSG;
	if (!vault)
		return ENOKEY;

	err = key_make(rec->key, vault, false, head);
	if (err)
		return err == ENOENT ? ENOKEY : err;

	rec->clear = mem_alloc(rec->chunk, NULL);
	rec->sealed = mem_alloc((size_t)rec->chunk + SEAL_TAG_SIZE, NULL);
	if (!rec->clear || !rec->sealed)
		return ENOMEM;

	err = extent_take(rec, size);
	if (err)
		return err;

	wav_header(rec->wav, rate_hz, head[TRACKS_AT],
	           rec->bytes < UINT32_MAX ? (uint32_t)rec->bytes : UINT32_MAX);

	return 0;
}

static int file_open(struct recording *rec, const struct vault *vault,
                     const char *path)
{
	struct stat st;
	size_t got;
	int err;

	rec->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (rec->fd < 0 || fstat(rec->fd, &st))
		return errno;
	if (!S_ISREG(st.st_mode))
		return EBADMSG;

	err = read_at(rec->fd, rec->head, HEAD_SIZE, 0, &got);
	if (err)
		return err;
	if (got == HEAD_SIZE && !memcmp(rec->head, magic, sizeof(magic))) {
		rec->is_sealed = true;
		return sealed_open(rec, vault, (uint64_t)st.st_size);
	}
	if (got < WAV_HEADER_SIZE || memcmp(rec->head, "RIFF", 4) != 0)
		return EBADMSG;

	rec->is_whole = true;
	rec->bytes = (uint64_t)st.st_size;

	return 0;
}

int recording_open(struct recording **recp, const struct vault *vault,
                   const char *path)
{
	struct recording *rec;
	int err;

	assert(recp && path);

	rec = mem_zalloc(sizeof(*rec), destructor);
	if (!rec)
		return ENOMEM;

	rec->fd = -1;
	err = file_open(rec, vault, path);

	if (err)
		mem_deref(rec);
	else
		*recp = rec;

	return err;
}

uint64_t recording_size(const struct recording *rec)
{
	return rec->bytes + (rec->is_sealed ? WAV_HEADER_SIZE : 0);
}

bool recording_is_whole(const struct recording *rec)
{
	return rec->is_whole;
}

/* What lies behind each other from that place of the sound on. */
static int piece_read(struct recording *rec, uint64_t offset, uint8_t *bytes,
                      size_t n, size_t *gotp)
{
	uint32_t number = (uint32_t)(offset / rec->chunk);
	size_t from = (size_t)(offset % rec->chunk);
	size_t there = number == rec->full ? rec->rest : rec->chunk;
	int err;

	err = chunk_get(rec, number);
	if (err)
		return err;

	*gotp = n < there - from ? n : there - from;
	memcpy(bytes, rec->clear + from, *gotp);

	return 0;
}

int recording_read(struct recording *rec, uint64_t offset, void *bytes,
                   size_t n, size_t *gotp)
{
	uint64_t size = recording_size(rec);
	uint8_t *at = bytes;
	size_t done = 0, got;
	int err;

	if (offset >= size)
		n = 0;
	else if (n > size - offset)
		n = (size_t)(size - offset);
	if (!rec->is_sealed)
		return read_at(rec->fd, bytes, n, offset, gotp);

	while (done < n && offset + done < WAV_HEADER_SIZE) {
		at[done] = rec->wav[offset + done];
		done++;
	}
	while (done < n) {
		err = piece_read(rec, offset + done - WAV_HEADER_SIZE,
		                 at + done, n - done, &got);
		if (err)
			return err;
		done += got;
	}
	*gotp = done;

	return 0;
}
