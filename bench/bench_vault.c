/*
 * bench/bench_vault.c - what encryption costs a call, of a core
 *
 * A minute of a call written as the recorder does, in clear and sealed; a text
 * of a step sealed and opened, with the two small reads for its key. Processor
 * time with that of the kernel, the best of several runs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "base/mem.h"
#include "base/recording.h"
#include "base/wav.h"

enum {
	RATE_HZ = 8000,
	TRACKS = 2,
	FRAMES = RECORDING_CHUNK / TRACKS / 2,
	CHUNKS = 125, /* a minute */
	SECONDS = CHUNKS * FRAMES / RATE_HZ,
	TEXTS = 2000,
	RUNS = 5,
	PATH_SIZE = 512,
};

static int16_t sound[TRACKS * FRAMES];
static char folder[PATH_SIZE], person[VAULT_PERSON_SIZE];
static struct vault *vault;

static double now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);

	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static const char *below(const char *name)
{
	static char path[2 * PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);

	return path;
}

static int write_clear(void)
{
	struct wav_file *file = NULL;
	int err;

	(void)unlink(below("clear"));
	err = wav_open(&file, below("clear"), RATE_HZ, TRACKS);
	for (int i = 0; i < CHUNKS && !err; i++)
		err = wav_append(file, sound, FRAMES);
	mem_deref(file);

	return err;
}

static int write_sealed(void)
{
	const struct recording_prm prm = {vault, person, RATE_HZ, TRACKS};
	struct recording_out *out = NULL;
	int err, fd;

	fd = open(below("sealed"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return errno;

	err = recording_begin(&out, fd, &prm);
	for (int i = 0; i < CHUNKS && !err; i++)
		err = recording_append(out, sound, sizeof(sound));
	if (!err)
		err = recording_end(out);
	mem_deref(out);

	return err;
}

static int seal_texts(void)
{
	static const char text[] = "{\"input_args\":\"Fyes please\","
				   "\"response_args\":\"Thank you, goodbye.\"}";
	char *sealed, *clear;
	int err = 0;

	for (int i = 0; i < TEXTS && !err; i++) {
		err = vault_text_seal(vault, person, text, &sealed);
		if (err)
			return err;
		err = vault_text_open(vault, sealed, &clear);
		mem_deref(sealed);
		if (!err)
			mem_deref(clear);
	}

	return err;
}

static int best_of(double *bestp, int (*run)(void))
{
	for (int i = 0; i < RUNS; i++) {
		double begin_us = now_us(), cost_us;
		int err = run();

		if (err)
			return err;
		cost_us = now_us() - begin_us;
		if (!i || cost_us < *bestp)
			*bestp = cost_us;
	}

	return 0;
}

static int vault_make(void)
{
	char key_file[PATH_SIZE + 16], keys[PATH_SIZE + 16];
	const struct vault_prm prm = {key_file, "", keys};
	const char *tmp = getenv("TMPDIR");
	char fault[CFG_FAULT_SIZE];
	int err;

	(void)snprintf(folder, sizeof(folder), "%s/bench_vaultXXXXXX",
	               tmp ? tmp : P_tmpdir);
	if (!mkdtemp(folder))
		return errno;

	(void)snprintf(key_file, sizeof(key_file), "%s/master", folder);
	(void)snprintf(keys, sizeof(keys), "%s/keys", folder);
	err = vault_master_first(key_file);
	if (!err)
		err = vault_open(&vault, &prm, fault);

	return err ? err : vault_person(vault, "+15550100", person);
}

static void clean(void)
{
	static const char *const namev[] = {"clear", "sealed", "master",
	                                    "keys/index", "keys/lock"};
	char path[2 * VAULT_PERSON_SIZE];

	for (size_t i = 0; i < ARRAY_COUNT(namev); i++)
		(void)unlink(below(namev[i]));
	(void)snprintf(path, sizeof(path), "keys/%.2s/%s", person, person);
	(void)unlink(below(path));
	path[strlen("keys/00")] = '\0';
	(void)rmdir(below(path));
	(void)rmdir(below("keys"));
	(void)rmdir(folder);
	mem_deref(vault);
}

int main(void)
{
	double clear_us = 0, sealed_us = 0, texts_us = 0;
	int err;

	for (size_t i = 0; i < ARRAY_COUNT(sound); i++)
		sound[i] = (int16_t)(i * 7919);

	err = vault_make();
	if (!err)
		err = best_of(&clear_us, write_clear);
	if (!err)
		err = best_of(&sealed_us, write_sealed);
	if (!err)
		err = best_of(&texts_us, seal_texts);
	clean();
	if (err) {
		fprintf(stderr, "bench_vault: %s\n", strerror(err));
		return 1;
	}

	printf("# a second of a recorded call\n"
	       "vault.clear_us %.1f us\nvault.sealed_us %.1f us\n"
	       "vault.more_us %.1f us\nlimit vault.more_us 15 us\n"
	       "# a text sealed and opened again\nvault.text_us %.1f us\n",
	       clear_us / SECONDS, sealed_us / SECONDS,
	       (sealed_us - clear_us) / SECONDS, texts_us / TEXTS);

	return 0;
}
