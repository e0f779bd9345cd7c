/*
 * base/vault.c - a key for each person, wrapped by a master key
 */
#include <assert.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/vault_parts.h"

enum {
	FOLDER_MODE = 0700,
};

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
	 "docs/privacy.md)."},
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

static int key_read(const struct vault *vault, const char *person,
                    const struct vault_masters *masters,
                    uint8_t key[SEAL_KEY_SIZE])
{
	uint8_t record[VAULT_RECORD_SIZE + 1];
	int err;

	err = vault_record_read(vault, person, record);
	if (err)
		return err;

	return vault_record_unwrap(key, masters, person, record);
}

/* Of two that make it at once the first wins. */
static int key_make(const struct vault *vault, const char *person,
                    uint8_t key[SEAL_KEY_SIZE])
{
	struct vault_masters masters;
	uint8_t record[VAULT_RECORD_SIZE];
	int fd, err;

	fd = vault_lock(vault);
	if (fd < 0)
		return errno;

	err = vault_masters_read(vault, &masters, NULL);
	if (!err)
		err = seal_random(key, SEAL_KEY_SIZE);
	if (!err)
		err = vault_record_wrap(record, &masters, person, key);
	if (!err)
		err = vault_record_put(vault, person, record, sizeof(record),
		                       true);
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
	int err = vault_key(vault, vault_index_name, true, vault->index);

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
