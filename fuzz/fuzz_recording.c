/*
 * fuzz/fuzz_recording.c - any bytes as a sealed recording, or as a sealed text
 *
 * The first byte says which: 0 a file, 1 a text, else changes of a file that
 * was sealed here, place and mask. What comes of them is refused, or is the
 * beginning of the sound that was put in.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/recording.h"
#include "base/wav.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	PATH_SIZE = 256,
	SOUND = RECORDING_CHUNK + 300,
	FILE_MAX = 2 * SOUND,
	HEADER = WAV_HEADER_SIZE,
};

static char folder[PATH_SIZE], person[VAULT_PERSON_SIZE];
static struct vault *vault;
static uint8_t sound[SOUND], whole[FILE_MAX], file[FILE_MAX];
static size_t whole_size;

static const char *below(const char *name)
{
	static char path[2 * PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);

	return path;
}

static void clean(void)
{
	char path[2 * VAULT_PERSON_SIZE];

	vault = mem_deref(vault);
	(void)snprintf(path, sizeof(path), "%.2s/%s", person, person);
	(void)unlink(below(path));
	path[2] = '\0';
	(void)rmdir(below(path));
	(void)unlink(below("index"));
	(void)unlink(below("lock"));
	(void)rmdir(folder);
}

static void make(void)
{
	static const char key[] = "0000000000000000000000000000000000000000000"
				  "000000000000000000001";
	const struct vault_prm prm = {"", key, folder};
	struct recording_prm rec = {NULL, person, 8000, 2};
	struct recording_out *out;
	char fault[CFG_FAULT_SIZE];
	int fd;

	(void)snprintf(folder, sizeof(folder), "%s/fuzz_recordingXXXXXX",
	               P_tmpdir);
	if (!mkdtemp(folder) || vault_open(&vault, &prm, fault) ||
	    vault_person(vault, "+15550100", person))
		abort();
	(void)atexit(clean);

	for (size_t i = 0; i < SOUND; i++)
		sound[i] = (uint8_t)(i * 7 + i / 251);
	rec.vault = vault;
	fd = memfd_create("whole", 0);
	if (recording_begin(&out, dup(fd), &rec) ||
	    recording_append(out, sound, RECORDING_CHUNK) ||
	    recording_append(out, sound + RECORDING_CHUNK,
	                     SOUND - RECORDING_CHUNK) ||
	    recording_end(out))
		abort();
	mem_deref(out);
	whole_size = (size_t)pread(fd, whole, sizeof(whole), 0);
	(void)close(fd);
}

/* Whatever can be read at all was there. */
static void check(size_t size)
{
	static uint8_t bytes[SOUND + HEADER];
	struct recording *rec;
	char path[PATH_SIZE];
	size_t got = 0;
	int fd = memfd_create("file", 0);

	if (fd < 0 || write(fd, file, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!recording_open(&rec, vault, path)) {
		int err = recording_read(rec, 0, bytes, sizeof(bytes), &got);

		if (!err && memcmp(file, "RIFF", 4) && got > HEADER &&
		    memcmp(bytes + HEADER, sound, got - HEADER) != 0)
			abort();
		mem_deref(rec);
	}
	(void)close(fd);
}

static void text(const uint8_t *data, size_t size)
{
	char sealed[1024], *clear = NULL;

	(void)snprintf(sealed, sizeof(sealed), "sealed:%.*s", (int)size,
	               (const char *)data);
	if (!vault_text_open(vault, sealed, &clear))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!vault)
		make();
	if (!size || size > FILE_MAX)
		return 0;

	if (data[0] == 1) {
		text(data + 1, size - 1);
		return 0;
	}
	if (!data[0]) {
		memcpy(file, data + 1, size - 1);
		check(size - 1);
		return 0;
	}

	memcpy(file, whole, whole_size);
	for (size_t i = 1; i + 2 < size; i += 3)
		file[(data[i] | (size_t)data[i + 1] << 8) % whole_size] ^=
			data[i + 2];
	check(whole_size - data[0] + 2);

	return 0;
}
