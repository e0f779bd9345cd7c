/*
 * base/vault.c - a key for each person, wrapped by a master key
 *
 * A key's file is a record of fixed size: magic with version, the number of
 * the master key, a nonce, the key sealed. Magic, number and the person are
 * authenticated with it, so that the files cannot be exchanged. One that is
 * destroyed is overwritten in place first, then replaced by a mark.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/vault_parts.h"

enum {
	MAGIC_SIZE = 8,
	SALT_AT = MAGIC_SIZE + 4,
	SEALED_AT = SALT_AT + SEAL_NONCE_SIZE,
	RECORD_SIZE = SEALED_AT + SEAL_KEY_SIZE + SEAL_TAG_SIZE,
	MARK_SIZE = MAGIC_SIZE + 8,
	FOLDER_MODE = 0700,
	TELL_EVERY = 100, /* keys */
	HEAD_SIZE = SALT_AT + VAULT_PERSON_SIZE,
};

static const uint8_t key_magic[MAGIC_SIZE] = "DWKEY\0\0\1";
static const uint8_t gone_magic[MAGIC_SIZE] = "DWGONE\0\1";

/* Stands where a person would; no hash looks like it. */
static const char index_name[] = "index";

static const struct cfg_key keyv[] = {
	/* clang-format off */
	{"key_file", CFG_TEXT, "", NULL,
	 "File of master keys, made by `dialwright vault init`; with it (or "
	 "key) recordings and what was said are kept encrypted. It is read "
	 "again at each use, so keys may be rotated meanwhile."},
	{"key", CFG_TEXT, "", NULL,
	 "The master keys themselves instead of a file, as env:NAME: lines "
	 "\"NUMBER KEY\", or one key of 64 hexadecimal digits."},
	{"keys", CFG_TEXT, "keys", NULL,
	 "Folder of the keys of persons, relative to the data directory. It "
	 "must not be part of the backup of database and recordings (see "
	 "privacy.md)."},
	{"texts", CFG_BOOL, "yes", NULL,
	 "Whether what was said is encrypted in the database too: heard words, "
	 "variables, steps, events that wait; with no, recordings alone are."},
	{"keep_recordings_days", CFG_NUMBER, "0", "0..36500",
	 "Recordings are deleted after so many days; 0: never."},
	{"keep_texts_days", CFG_NUMBER, "0", "0..36500",
	 "What was said in a call is deleted after so many days (its outcome "
	 "and label stay); 0: never."},
	/* clang-format on */
};

const struct cfg_table vault_cfg_table = {
	.section = "vault",
	.help = "What is kept of people: encryption, how long.",
	.keyv = keyv,
	.keyc = ARRAY_COUNT(keyv),
};

static void destructor(void *arg)
{
	struct vault *vault = arg;

	if (vault->key)
		seal_wipe(vault->key, strlen(vault->key));
	mem_deref(vault->key);
	seal_wipe(vault->index, sizeof(vault->index));
}

/* --- a record ------------------------------------------------------------- */

static uint32_t id_of(const uint8_t *record)
{
	const uint8_t *at = record + MAGIC_SIZE;

	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static struct seal seal_of(uint8_t head[HEAD_SIZE], const uint8_t *record,
                           const uint8_t *master, const char *person)
{
	memset(head, 0, HEAD_SIZE);
	memcpy(head, record, SALT_AT);
	(void)snprintf((char *)head + SALT_AT, VAULT_PERSON_SIZE, "%s", person);

	return (struct seal){
		.key = master,
		.nonce = record + SALT_AT,
		.head = head,
		.head_len = HEAD_SIZE,
	};
}

static int record_wrap(uint8_t record[RECORD_SIZE],
                       const struct vault_masters *masters, const char *person,
                       const uint8_t key[SEAL_KEY_SIZE])
{
	uint32_t id = masters->idv[masters->n - 1];
	uint8_t head[HEAD_SIZE];
	struct seal seal;
	int err;

	memcpy(record, key_magic, MAGIC_SIZE);
	for (int i = 0; i < 4; i++)
		record[MAGIC_SIZE + i] = (uint8_t)(id >> 8 * i);
	err = seal_random(record + SALT_AT, SEAL_NONCE_SIZE);
	if (err)
		return err;

	seal = seal_of(head, record, masters->keyv[masters->n - 1], person);

	return seal_close(record + SEALED_AT, key, SEAL_KEY_SIZE, &seal);
}

static int record_unwrap(uint8_t key[SEAL_KEY_SIZE],
                         const struct vault_masters *masters,
                         const char *person, const uint8_t record[RECORD_SIZE])
{
	const uint8_t *master = vault_master_find(masters, id_of(record));
	uint8_t head[HEAD_SIZE];
	struct seal seal;

	if (!master)
		return ENOKEY;

	seal = seal_of(head, record, master, person);

	return seal_open(key, record + SEALED_AT, SEAL_KEY_SIZE + SEAL_TAG_SIZE,
	                 &seal);
}

/* --- its file ------------------------------------------------------------- */

/* Spread over 256 folders. */
static int path_of(char path[VAULT_PATH_SIZE], const struct vault *vault,
                   const char *person)
{
	int n;

	if (person == index_name)
		n = snprintf(path, VAULT_PATH_SIZE, "%s/%s", vault->folder,
		             person);
	else
		n = snprintf(path, VAULT_PATH_SIZE, "%s/%.2s/%s", vault->folder,
		             person, person);

	return n < 0 || n >= VAULT_PATH_SIZE ? ENAMETOOLONG : 0;
}

/* What is overwritten, but not yet replaced by the mark, is gone as well. */
static int record_check(const uint8_t *record, ssize_t n)
{
	static const uint8_t nothing[RECORD_SIZE];

	if (n == RECORD_SIZE && !memcmp(record, key_magic, MAGIC_SIZE))
		return 0;
	if (n == RECORD_SIZE && !memcmp(record, nothing, RECORD_SIZE))
		return EKEYREVOKED;
	if (n == MARK_SIZE && !memcmp(record, gone_magic, MAGIC_SIZE))
		return EKEYREVOKED;

	return EBADMSG;
}

/* Returns ENOENT, EKEYREVOKED, EBADMSG or another errno. */
static int record_read(const struct vault *vault, const char *person,
                       uint8_t record[RECORD_SIZE + 1])
{
	char path[VAULT_PATH_SIZE];
	ssize_t n;
	int fd, err;

	err = path_of(path, vault, person);
	if (err)
		return err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;

	n = read(fd, record, RECORD_SIZE + 1);
	err = n < 0 ? errno : record_check(record, n);
	(void)close(fd);

	return err;
}

static int record_put(const struct vault *vault, const char *person,
                      const void *record, size_t n, bool is_new)
{
	char path[VAULT_PATH_SIZE];
	char *slash;
	int err;

	err = path_of(path, vault, person);
	if (err)
		return err;

	slash = strrchr(path, '/');
	*slash = '\0';
	if (mkdir(path, FOLDER_MODE) && errno != EEXIST)
		return errno;
	*slash = '/';

	return vault_file_put(path, record, n, is_new);
}

static int key_read(const struct vault *vault, const char *person,
                    const struct vault_masters *masters,
                    uint8_t key[SEAL_KEY_SIZE])
{
	uint8_t record[RECORD_SIZE + 1];
	int err;

	err = record_read(vault, person, record);
	if (err)
		return err;

	return record_unwrap(key, masters, person, record);
}

/* Of two that make it at once the first wins. */
static int key_make(const struct vault *vault, const char *person,
                    uint8_t key[SEAL_KEY_SIZE])
{
	struct vault_masters masters;
	uint8_t record[RECORD_SIZE];
	int fd, err;

	fd = vault_lock(vault);
	if (fd < 0)
		return errno;

	err = vault_masters_read(vault, &masters, NULL);
	if (!err)
		err = seal_random(key, SEAL_KEY_SIZE);
	if (!err)
		err = record_wrap(record, &masters, person, key);
	if (!err)
		err = record_put(vault, person, record, sizeof(record), true);
	if (err == EEXIST)
		err = key_read(vault, person, &masters, key);
	seal_wipe(&masters, sizeof(masters));
	(void)close(fd);

	return err;
}

int vault_key(const struct vault *vault, const char *person, bool is_new,
              uint8_t key[SEAL_KEY_SIZE])
{
	struct vault_masters masters;
	int err;

	assert(vault && person);

	err = vault_masters_read(vault, &masters, NULL);
	if (!err)
		err = key_read(vault, person, &masters, key);
	seal_wipe(&masters, sizeof(masters));

	return err == ENOENT && is_new ? key_make(vault, person, key) : err;
}

int vault_person(const struct vault *vault, const char *number,
                 char person[VAULT_PERSON_SIZE])
{
	uint8_t hash[VAULT_ID_SIZE];
	int err;

	err = seal_hash(hash, sizeof(hash), vault->index, number);
	if (!err)
		vault_hex(person, hash, sizeof(hash));

	return err;
}

/* --- the end of one ------------------------------------------------------- */

static int overwrite_file(const char *path)
{
	static const uint8_t nothing[RECORD_SIZE];
	int fd, err = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;

	if (pwrite(fd, nothing, sizeof(nothing), 0) !=
	            (ssize_t)sizeof(nothing) ||
	    fsync(fd))
		err = errno ? errno : EIO;
	(void)close(fd);

	return err;
}

/* The bytes themselves, before the name: what is only unlinked stays on the
 * disk for a while. A crash may have left a second copy half made. */
static int overwrite(const struct vault *vault, const char *person)
{
	char path[VAULT_PATH_SIZE], part[VAULT_PATH_SIZE];
	int err;

	err = path_of(path, vault, person);
	if (!err)
		err = vault_part_name(part, path);
	if (!err)
		err = overwrite_file(part);
	if (!err && unlink(part))
		err = errno;
	if (err && err != ENOENT)
		return err;

	return overwrite_file(path);
}

static int mark_put(const struct vault *vault, const char *person, bool is_new)
{
	uint64_t now_ms = (uint64_t)clock_wall_ms();
	uint8_t mark[MARK_SIZE];

	memcpy(mark, gone_magic, MAGIC_SIZE);
	for (int i = 0; i < 8; i++)
		mark[MAGIC_SIZE + i] = (uint8_t)(now_ms >> 8 * i);

	return record_put(vault, person, mark, sizeof(mark), is_new);
}

int vault_destroy(const struct vault *vault, const char *person,
                  enum vault_was *wasp)
{
	uint8_t record[RECORD_SIZE + 1];
	enum vault_was was = VAULT_WAS_KEY;
	int fd, err;

	assert(vault && person && wasp);

	fd = vault_lock(vault);
	if (fd < 0)
		return errno;

	err = record_read(vault, person, record);
	if (err == ENOENT) {
		was = VAULT_WAS_NEVER;
		err = mark_put(vault, person, true);
	}
	else if (err == EKEYREVOKED) {
		was = VAULT_WAS_GONE;
		err = 0;
	}
	else if (!err || err == EBADMSG) {
		err = overwrite(vault, person);
		if (!err)
			err = mark_put(vault, person, false);
	}
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

struct gone_walk {
	const struct vault *vault;
	vault_gone_h *handler;
	void *arg;
};

static int gone_each(const char *person, void *arg)
{
	const struct gone_walk *walk = arg;
	uint8_t record[RECORD_SIZE + 1] = {0};
	uint64_t at_ms = 0;

	if (record_read(walk->vault, person, record) != EKEYREVOKED)
		return 0;

	for (int i = 0; i < 8; i++)
		at_ms |= (uint64_t)record[MAGIC_SIZE + i] << 8 * i;

	return walk->handler(person, (int64_t)at_ms, walk->arg);
}

int vault_gone(const struct vault *vault, vault_gone_h *handler, void *arg)
{
	struct gone_walk walk = {vault, handler, arg};

	return each(vault, gone_each, &walk);
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
	uint8_t record[RECORD_SIZE + 1], key[SEAL_KEY_SIZE];
	int fd, err;

	*is_newp = false;
	fd = vault_lock(walk->vault);
	if (fd < 0)
		return errno;

	err = record_read(walk->vault, person, record);
	if (err || id_of(record) == masters->idv[masters->n - 1])
		goto out;

	err = record_unwrap(key, masters, person, record);
	if (!err)
		err = record_wrap(record, masters, person, key);
	if (!err)
		err = record_put(walk->vault, person, record, RECORD_SIZE,
		                 false);
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
		err = rewrap(&walk, index_name, &is_new);
	if (!err)
		err = each(vault, rewrap_each, &walk);
	seal_wipe(&walk.masters, sizeof(walk.masters));

	return err;
}

/* --- opening -------------------------------------------------------------- */

static int folder_make(const struct vault *vault, char fault[CFG_FAULT_SIZE])
{
	int err;

	if (!mkdir(vault->folder, FOLDER_MODE) || errno == EEXIST)
		return 0;

	err = errno;
	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "vault.keys: %s cannot be made: %s; name another folder",
	               vault->folder, strerror(err));

	return err;
}

static int index_open(struct vault *vault, char fault[CFG_FAULT_SIZE])
{
	int err = vault_key(vault, index_name, true, vault->index);

	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "vault.keys: %s/index: %s", vault->folder,
		               err == ENOKEY || err == EBADMSG
		                       ? "it was made with another master key: "
		                         "give that one, or name another folder"
		                       : strerror(err));

	return err == EBADMSG ? ENOKEY : err;
}

int vault_open(struct vault **vaultp, const struct vault_prm *prm,
               char fault[CFG_FAULT_SIZE])
{
	struct vault_masters masters;
	struct vault *vault;
	int err;

	assert(vaultp && prm && fault && (*prm->key_file || *prm->key));

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	vault = mem_zalloc(sizeof(*vault), destructor);
	if (!vault)
		return ENOMEM;

	(void)snprintf(vault->key_file, sizeof(vault->key_file), "%s",
	               prm->key_file);
	(void)snprintf(vault->folder, sizeof(vault->folder), "%s", prm->folder);
	err = str_dup(&vault->key, prm->key);
	if (!err)
		err = vault_masters_read(vault, &masters, fault);
	seal_wipe(&masters, sizeof(masters));
	if (!err)
		err = folder_make(vault, fault);
	if (!err)
		err = index_open(vault, fault);

	if (err)
		mem_deref(vault);
	else
		*vaultp = vault;

	return err;
}
