/*
 * base/vault_record.c - the file of one person's key
 *
 * A record of fixed size: magic with version, the number of the master key, a
 * nonce, the key sealed. Magic, number and the person are authenticated with
 * it, so that the files cannot be exchanged. One that is destroyed is
 * overwritten in place first, then replaced by a mark.
 */
#include <assert.h>
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
	MARK_SIZE = MAGIC_SIZE + 8,
	FOLDER_MODE = 0700,
	HEAD_SIZE = SALT_AT + VAULT_PERSON_SIZE,
};

static_assert((int)VAULT_RECORD_SIZE ==
                      (int)SEALED_AT + SEAL_KEY_SIZE + SEAL_TAG_SIZE,
              "a record is its parts");

static const uint8_t key_magic[MAGIC_SIZE] = "DWKEY\0\0\1";
static const uint8_t gone_magic[MAGIC_SIZE] = "DWGONE\0\1";

/* Stands where a person would; no hash looks like it. */
const char vault_index_name[] = "index";

/* --- a record ------------------------------------------------------------- */

uint32_t vault_record_master(const uint8_t *record)
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

int vault_record_wrap(uint8_t record[VAULT_RECORD_SIZE],
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

int vault_record_unwrap(uint8_t key[SEAL_KEY_SIZE],
                        const struct vault_masters *masters, const char *person,
                        const uint8_t record[VAULT_RECORD_SIZE])
{
	const uint8_t *master =
		vault_master_find(masters, vault_record_master(record));
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

	if (person == vault_index_name)
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
	static const uint8_t nothing[VAULT_RECORD_SIZE];

	if (n == VAULT_RECORD_SIZE && !memcmp(record, key_magic, MAGIC_SIZE))
		return 0;
	if (n == VAULT_RECORD_SIZE &&
	    !memcmp(record, nothing, VAULT_RECORD_SIZE))
		return EKEYREVOKED;
	if (n == MARK_SIZE && !memcmp(record, gone_magic, MAGIC_SIZE))
		return EKEYREVOKED;

	return EBADMSG;
}

/* Returns ENOENT, EKEYREVOKED, EBADMSG or another errno. */
int vault_record_read(const struct vault *vault, const char *person,
                      uint8_t record[VAULT_RECORD_SIZE + 1])
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

	n = read(fd, record, VAULT_RECORD_SIZE + 1);
	err = n < 0 ? errno : record_check(record, n);
	(void)close(fd);

	return err;
}

int vault_record_put(const struct vault *vault, const char *person,
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

/* --- the end of one ------------------------------------------------------- */

static int overwrite_file(const char *path)
{
	static const uint8_t nothing[VAULT_RECORD_SIZE];
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
int vault_record_overwrite(const struct vault *vault, const char *person)
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

int vault_record_mark(const struct vault *vault, const char *person,
                      bool is_new)
{
	uint64_t now_ms = (uint64_t)clock_wall_ms();
	uint8_t mark[MARK_SIZE];

	memcpy(mark, gone_magic, MAGIC_SIZE);
	for (int i = 0; i < 8; i++)
		mark[MAGIC_SIZE + i] = (uint8_t)(now_ms >> 8 * i);

	return vault_record_put(vault, person, mark, sizeof(mark), is_new);
}
