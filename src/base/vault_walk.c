/*
 * base/vault_walk.c - all keys of a vault: those that are gone, wrapping anew
 *
 * Who is gone stands in a file too, a line each, so that nobody has to look
 * into a million keys to know.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/vault_parts.h"

enum {
	TELL_EVERY = 100, /* keys */
	LINE_SIZE = VAULT_PERSON_SIZE + 24,
	FILE_MODE = 0600,
};

/* --- those that are gone -------------------------------------------------- */

static int gone_path(char path[VAULT_PATH_SIZE], const struct vault *vault)
{
	int n = snprintf(path, VAULT_PATH_SIZE, "%s/gone", vault->folder);

	return n < 0 || n >= VAULT_PATH_SIZE ? ENAMETOOLONG : 0;
}

/* A line that a crash cut is passed over by the reader; the next one begins on
 * a line of its own. */
static int gone_add(const struct vault *vault, const char *person)
{
	char path[VAULT_PATH_SIZE], line[LINE_SIZE];
	int fd, n, err;

	err = gone_path(path, vault);
	if (err)
		return err;

	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return errno;

	n = snprintf(line, sizeof(line), "\n%s %" PRId64 "\n", person,
	             clock_wall_ms());
	if (write(fd, line, (size_t)n) != n)
		err = ENOSPC;
	else if (fsync(fd))
		err = errno;
	(void)close(fd);

	return err;
}

int vault_gone(const struct vault *vault, vault_gone_h *handler, void *arg)
{
	char path[VAULT_PATH_SIZE], line[LINE_SIZE], person[LINE_SIZE];
	uint8_t id[VAULT_ID_SIZE];
	int64_t at_ms;
	FILE *file;
	int err;

	err = gone_path(path, vault);
	if (err)
		return err;

	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0 : errno;

	while (!err && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%56s %" SCNd64, person, &at_ms) == 2 &&
		    vault_unhex(id, sizeof(id), person))
			err = handler(person, at_ms, arg);
	}
	(void)fclose(file);

	return err;
}

int vault_destroy(const struct vault *vault, const char *person,
                  enum vault_was *wasp)
{
	uint8_t record[VAULT_RECORD_SIZE + 1];
	enum vault_was was = VAULT_WAS_KEY;
	int fd, err;

	assert(vault && person && wasp);

	fd = vault_lock(vault);
	if (fd < 0)
		return errno;

	err = vault_record_read(vault, person, record);
	if (err == ENOENT)
		was = VAULT_WAS_NEVER;
	else if (err == EKEYREVOKED)
		was = VAULT_WAS_GONE;
	else if (err && err != EBADMSG)
		goto out;

	/* The line first: what a crash leaves undone is then known. */
	err = was == VAULT_WAS_GONE ? 0 : gone_add(vault, person);
	if (!err && was == VAULT_WAS_KEY)
		err = vault_record_overwrite(vault, person);
	if (!err && was != VAULT_WAS_GONE)
		err = vault_record_mark(vault, person, was == VAULT_WAS_NEVER);

out:
	seal_wipe(record, sizeof(record));
	(void)close(fd);
	if (!err)
		*wasp = was;

	return err;
}

/* --- all of them ---------------------------------------------------------- */

typedef int(each_h)(const char *person, void *arg);

static int each_of(const char *path, each_h *handler, void *arg)
{
	uint8_t id[VAULT_ID_SIZE];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : errno;

	while (!err && (entry = readdir(dir))) {
		if (vault_unhex(id, sizeof(id), entry->d_name))
			err = handler(entry->d_name, arg);
	}
	(void)closedir(dir);

	return err;
}

static int each(const struct vault *vault, each_h *handler, void *arg)
{
	char path[VAULT_PATH_SIZE + 8];
	int err = 0;

	for (unsigned i = 0; i < 256 && !err; i++) {
		(void)snprintf(path, sizeof(path), "%s/%02x", vault->folder, i);
		err = each_of(path, handler, arg);
	}

	return err;
}

struct wrap_walk {
	const struct vault *vault;
	struct vault_masters masters;
	struct vault_tally *tally;
	void (*handler)(const struct vault_tally *tally, void *arg);
	void *arg;
};

/* Under the lock: a key that is being destroyed must not come back. */
static int rewrap(struct wrap_walk *walk, const char *person, bool *is_newp)
{
	const struct vault_masters *masters = &walk->masters;
	uint8_t record[VAULT_RECORD_SIZE + 1], key[SEAL_KEY_SIZE];
	int fd, err;

	*is_newp = false;
	fd = vault_lock(walk->vault);
	if (fd < 0)
		return errno;

	err = vault_record_read(walk->vault, person, record);
	if (err || vault_record_master(record) == masters->idv[masters->n - 1])
		goto out;

	err = vault_record_unwrap(key, masters, person, record);
	if (!err)
		err = vault_record_wrap(record, masters, person, key);
	if (!err)
		err = vault_record_put(walk->vault, person, record,
		                       VAULT_RECORD_SIZE, false);
	*is_newp = !err;

out:
	seal_wipe(key, sizeof(key));
	(void)close(fd);

	return err;
}

static int rewrap_each(const char *person, void *arg)
{
	struct wrap_walk *walk = arg;
	bool is_new;
	int err = rewrap(walk, person, &is_new);

	if (err == EKEYREVOKED) {
		walk->tally->gone++;
		return 0;
	}
	walk->tally->keys++;
	walk->tally->rewrapped += is_new;
	if (err == ENOKEY || err == EBADMSG) {
		walk->tally->lost++;
		err = 0;
	}
	if (walk->handler && walk->tally->keys % TELL_EVERY == 0)
		walk->handler(walk->tally, walk->arg);

	return err;
}

int vault_rewrap(const struct vault *vault, struct vault_tally *tally,
                 void (*handler)(const struct vault_tally *tally, void *arg),
                 void *arg)
{
	struct wrap_walk walk = {
		.vault = vault,
		.tally = tally,
		.handler = handler,
		.arg = arg,
	};
	bool is_new;
	int err;

	memset(tally, 0, sizeof(*tally));
	err = vault_masters_read(vault, &walk.masters, NULL);
	if (!err)
		err = rewrap(&walk, vault_index_name, &is_new);
	if (!err)
		err = each(vault, rewrap_each, &walk);
	seal_wipe(&walk.masters, sizeof(walk.masters));

	return err;
}
