/*
 * test/base/test_recording.c - recordings that are sealed
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/recording.h"
#include "base/wav.h"
#include "harness.h"
#include "test_base.h"
#include "vault_rig.h"

enum {
	HEAD = 64,
	CHUNK = RECORDING_CHUNK + SEAL_TAG_SIZE,
	SOUND = 3 * RECORDING_CHUNK + 500,
	FILE_SIZE = HEAD + 3 * CHUNK + 500 + SEAL_TAG_SIZE,
};

static uint8_t sound_at(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

static int record(const struct vault *vault, const char *name,
                  const char *number, bool is_ended)
{
	char person[VAULT_PERSON_SIZE];
	const struct recording_prm prm = {vault, person, 8000, 2};
	struct recording_out *out = NULL;
	static uint8_t sound[SOUND];
	size_t n;
	int err, fd;

	for (size_t i = 0; i < SOUND; i++)
		sound[i] = sound_at(i);

	err = vault_person(vault, number, person);
	if (err)
		return err;
	fd = open(vault_rig_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return errno;
	err = recording_begin(&out, fd, &prm);
	for (size_t i = 0; i < SOUND && !err; i += n) {
		n = SOUND - i < RECORDING_CHUNK ? SOUND - i : RECORDING_CHUNK;
		if (!is_ended && n < RECORDING_CHUNK)
			break;
		err = recording_append(out, sound + i, n);
	}
	if (!err && is_ended)
		err = recording_end(out);
	mem_deref(out);

	return err;
}

static int play(const struct vault *vault, const char *name, bool *is_wholep,
                uint64_t *sizep)
{
	static uint8_t bytes[SOUND + WAV_HEADER_SIZE];
	struct recording *rec = NULL;
	size_t got;
	int err;

	err = recording_open(&rec, vault, vault_rig_path(name));
	if (err)
		return err;

	*sizep = recording_size(rec);
	*is_wholep = recording_is_whole(rec);
	err = recording_read(rec, 0, bytes, sizeof(bytes), &got);
	for (size_t i = WAV_HEADER_SIZE; i < got && !err; i++) {
		if (bytes[i] != sound_at(i - WAV_HEADER_SIZE))
			err = EILSEQ;
	}
	mem_deref(rec);

	return err;
}

int test_recording_round(void)
{
	char fault[CFG_FAULT_SIZE];
	struct vault *vault = NULL;
	struct recording *rec = NULL;
	uint8_t header[WAV_HEADER_SIZE], bytes[40000];
	struct stat st;
	size_t got;
	int err;

	err = vault_rig_open(&vault, fault);
	CHECK_ERR(0, err);
	err = record(vault, "a.sealed", "+15550100", true);
	CHECK_ERR(0, err);
	CHECK(!stat(vault_rig_path("a.sealed"), &st));
	CHECK_U64(FILE_SIZE, (uint64_t)st.st_size);

	err = recording_open(&rec, vault, vault_rig_path("a.sealed"));
	CHECK_ERR(0, err);
	CHECK_U64(SOUND + WAV_HEADER_SIZE, recording_size(rec));
	CHECK(recording_is_whole(rec));

	/* The header is that of a WAV of this length. */
	wav_header(header, 8000, 2, SOUND);
	err = recording_read(rec, 0, bytes, 50, &got);
	CHECK_ERR(0, err);
	CHECK_U64(50, got);
	CHECK(!memcmp(bytes, header, sizeof(header)));

	/* Any place, forwards and backwards, over the edges of chunks. */
	for (uint64_t at = SOUND + WAV_HEADER_SIZE + 100; at > 4999;
	     at -= 4999) {
		uint64_t left =
			at < recording_size(rec) ? recording_size(rec) - at : 0;

		err = recording_read(rec, at, bytes, sizeof(bytes), &got);
		CHECK_ERR(0, err);
		CHECK_U64(left < sizeof(bytes) ? left : sizeof(bytes), got);
		for (size_t i = 0; i < got; i++)
			CHECK(bytes[i] == sound_at(at + i - WAV_HEADER_SIZE));
	}

out:
	mem_deref(rec);
	mem_deref(vault);

	return err;
}

/* Where a row changes the file. */
struct tamper {
	const char *why;
	void (*change)(uint8_t *file, size_t *sizep);
	int err;       /* of opening or reading all of it */
	bool is_whole; /* where there is none */
	uint64_t size; /* of the WAV then */
};

static void flip_version(uint8_t *file, size_t *sizep)
{
	(void)sizep;
	file[7] ^= 3;
}

static void flip_rate(uint8_t *file, size_t *sizep)
{
	(void)sizep;
	file[12] ^= 1;
}

static void flip_person(uint8_t *file, size_t *sizep)
{
	(void)sizep;
	file[30] ^= 1;
}

static void flip_salt(uint8_t *file, size_t *sizep)
{
	(void)sizep;
	file[45] ^= 1;
}

static void flip_sound(uint8_t *file, size_t *sizep)
{
	(void)sizep;
	file[HEAD + CHUNK + 77] ^= 0x80;
}

static void swap_chunks(uint8_t *file, size_t *sizep)
{
	static uint8_t chunk[CHUNK];

	(void)sizep;
	memcpy(chunk, file + HEAD, CHUNK);
	memcpy(file + HEAD, file + HEAD + CHUNK, CHUNK);
	memcpy(file + HEAD + CHUNK, chunk, CHUNK);
}

static void drop_first(uint8_t *file, size_t *sizep)
{
	memmove(file + HEAD, file + HEAD + CHUNK, *sizep - HEAD - CHUNK);
	*sizep -= CHUNK;
}

static void drop_last(uint8_t *file, size_t *sizep)
{
	(void)file;
	*sizep = HEAD + 3 * CHUNK;
}

static void cut_middle(uint8_t *file, size_t *sizep)
{
	(void)file;
	*sizep = HEAD + 2 * CHUNK + 5000;
}

static void cut_little(uint8_t *file, size_t *sizep)
{
	(void)file;
	*sizep -= 1;
}

static void add_bytes(uint8_t *file, size_t *sizep)
{
	memset(file + *sizep, 0, 20);
	*sizep += 20;
}

static void cut_head(uint8_t *file, size_t *sizep)
{
	(void)file;
	*sizep = HEAD - 1;
}

static void cut_all(uint8_t *file, size_t *sizep)
{
	(void)file;
	*sizep = HEAD;
}

static int file_take(uint8_t *file, size_t *sizep, const char *name)
{
	FILE *in = fopen(vault_rig_path(name), "rb");

	if (!in)
		return errno;
	*sizep = fread(file, 1, 2 * FILE_SIZE, in);
	(void)fclose(in);

	return 0;
}

static int file_give(const uint8_t *file, size_t size, const char *name)
{
	FILE *out = fopen(vault_rig_path(name), "wb");
	int err = 0;

	if (!out)
		return errno;
	if (fwrite(file, 1, size, out) != size)
		err = EIO;
	(void)fclose(out);

	return err;
}

int test_recording_tampered(void)
{
	static const struct tamper rowv[] = {
		/* clang-format off */
		{"another version", flip_version, EBADMSG, false, 0},
		{"another rate", flip_rate, EBADMSG, false, 0},
		{"another person", flip_person, ENOKEY, false, 0},
		{"another salt", flip_salt, EBADMSG, false, 0},
		{"a bit of the sound", flip_sound, EBADMSG, false, 0},
		{"chunks in another order", swap_chunks, EBADMSG, false, 0},
		{"the first chunk left out", drop_first, EBADMSG, false, 0},
		{"the last one left out: the rest is there, and it is said",
		 drop_last, 0, false, WAV_HEADER_SIZE + 3 * RECORDING_CHUNK},
		{"cut in a chunk", cut_middle, 0, false,
		 WAV_HEADER_SIZE + 2 * RECORDING_CHUNK},
		{"one byte less", cut_little, 0, false,
		 WAV_HEADER_SIZE + 3 * RECORDING_CHUNK},
		{"something added", add_bytes, 0, false,
		 WAV_HEADER_SIZE + 3 * RECORDING_CHUNK},
		{"half a head", cut_head, EBADMSG, false, 0},
		{"the head alone", cut_all, 0, false, WAV_HEADER_SIZE},
		/* clang-format on */
	};
	static uint8_t file[2 * FILE_SIZE];
	char fault[CFG_FAULT_SIZE];
	struct vault *vault = NULL;
	bool is_whole = false;
	uint64_t wav_size = 0;
	size_t size;
	int err, got;

	err = vault_rig_open(&vault, fault);
	CHECK_ERR(0, err);
	err = record(vault, "a.sealed", "+15550100", true);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(0, file_take(file, &size, "a.sealed"));
		rowv[i].change(file, &size);
		CHECK_ERR(0, file_give(file, size, "b.sealed"));
		got = play(vault, "b.sealed", &is_whole, &wav_size);
		if (got != rowv[i].err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(rowv[i].err, got);

		/* What is cut within the head's promise may also fail. */
		if (got)
			continue;
		CHECK(is_whole == rowv[i].is_whole);
		CHECK_U64(rowv[i].size, wav_size);
	}

	/* A chunk of another recording of the same person. */
	err = record(vault, "c.sealed", "+15550100", true);
	CHECK_ERR(0, err);
	CHECK_ERR(0, file_take(file, &size, "c.sealed"));
	{
		static uint8_t other[2 * FILE_SIZE];

		CHECK_ERR(0, file_take(other, &size, "a.sealed"));
		CHECK(memcmp(file + HEAD, other + HEAD, CHUNK) != 0);
		memcpy(other + HEAD, file + HEAD, CHUNK);
		CHECK_ERR(0, file_give(other, size, "b.sealed"));
	}
	CHECK_ERR(EBADMSG, play(vault, "b.sealed", &is_whole, &wav_size));

out:
	mem_deref(vault);

	return err;
}

int test_recording_keys(void)
{
	char fault[CFG_FAULT_SIZE], person[VAULT_PERSON_SIZE];
	struct vault *vault = NULL;
	struct vault_tally tally;
	bool is_whole = false;
	enum vault_was was;
	uint64_t size = 0;
	uint32_t id;
	int err;

	err = vault_rig_open(&vault, fault);
	CHECK_ERR(0, err);
	err = record(vault, "a.sealed", "+15550100", true);
	CHECK_ERR(0, err);
	CHECK(recording_is_sealed("x/a.wav.sealed"));
	CHECK(!recording_is_sealed("x/a.wav") && !recording_is_sealed(""));

	/* A writer that was killed. */
	err = record(vault, "killed.sealed", "+15550100", false);
	CHECK_ERR(0, err);
	err = play(vault, "killed.sealed", &is_whole, &size);
	CHECK_ERR(0, err);
	CHECK(!is_whole);
	CHECK_U64(WAV_HEADER_SIZE + 3 * RECORDING_CHUNK, size);

	err = vault_master_next(vault, &id);
	CHECK_ERR(0, err);
	err = vault_rewrap(vault, &tally, NULL, NULL);
	CHECK_ERR(0, err);
	err = vault_master_forget(vault);
	CHECK_ERR(0, err);
	err = play(vault, "a.sealed", &is_whole, &size);
	CHECK_ERR(0, err);
	CHECK(is_whole);

	err = play(NULL, "a.sealed", &is_whole, &size);
	CHECK_ERR(ENOKEY, err);

	CHECK_ERR(0, vault_person(vault, "+15550100", person));
	err = vault_destroy(vault, person, &was);
	CHECK_ERR(0, err);
	err = play(vault, "a.sealed", &is_whole, &size);
	CHECK_ERR(EKEYREVOKED, err);
	err = record(vault, "again.sealed", "+15550100", true);
	CHECK_ERR(EKEYREVOKED, err);
	err = 0;

out:
	mem_deref(vault);

	return err;
}
