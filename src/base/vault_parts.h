/*
 * base/vault_parts.h - what the files of the vault share; private to them
 */
#pragma once

#include "base/mem.h"
#include "base/vault.h"

enum {
	VAULT_PATH_SIZE = 1024,
	VAULT_MASTERS_MAX = 32,
	VAULT_RECORD_SIZE = 72, /* of a key's file */
};

/* Rising by number: the last one wraps. To be wiped after use. */
struct vault_masters {
	size_t n;
	uint32_t idv[VAULT_MASTERS_MAX];
	uint8_t keyv[VAULT_MASTERS_MAX][SEAL_KEY_SIZE];
};

struct vault {
	char key_file[VAULT_PATH_SIZE]; /* "": key */
	char folder[VAULT_PATH_SIZE];
	char *key;
	uint8_t index[SEAL_KEY_SIZE]; /* of the hash that persons are named by
	                               */
};

/* As they stand now. fault may be NULL. */
int vault_masters_read(const struct vault *vault, struct vault_masters *masters,
                       char fault[CFG_FAULT_SIZE]);

/* NULL: not there. */
const uint8_t *vault_master_find(const struct vault_masters *masters,
                                 uint32_t id);

/* "00ff…" of n bytes, and back (false: it is none of that length). */
void vault_hex(char *text, const uint8_t *bytes, size_t n);
bool vault_unhex(uint8_t *bytes, size_t n, const char *text);

/* The name that a file has while it is written. */
int vault_part_name(char part[VAULT_PATH_SIZE], const char *path);

/* Writes a whole file of that name, on the disk when it returns. is_new: it
 * must not be there (EEXIST). Under the lock. */
int vault_file_put(const char *path, const void *bytes, size_t n, bool is_new);

/* The folder's lock among processes and threads: for whoever writes; -1 with
 * errno. close() ends it. */
int vault_lock(const struct vault *vault);

/* --- vault_record.c: the file of one key -----------------------------------
 */

/* Where the key is that persons are named by. */
extern const char vault_index_name[];

/* Returns ENOENT, EKEYREVOKED, EBADMSG or another errno. */
int vault_record_read(const struct vault *vault, const char *person,
                      uint8_t record[VAULT_RECORD_SIZE + 1]);
int vault_record_put(const struct vault *vault, const char *person,
                     const void *record, size_t n, bool is_new);

/* By the newest master key. */
int vault_record_wrap(uint8_t record[VAULT_RECORD_SIZE],
                      const struct vault_masters *masters, const char *person,
                      const uint8_t key[SEAL_KEY_SIZE]);
int vault_record_unwrap(uint8_t key[SEAL_KEY_SIZE],
                        const struct vault_masters *masters, const char *person,
                        const uint8_t record[VAULT_RECORD_SIZE]);

/* The number of the master key that wraps it. */
uint32_t vault_record_master(const uint8_t *record);

/* The key's bytes become zeros; then the mark that it is gone for ever. */
int vault_record_overwrite(const struct vault *vault, const char *person);
int vault_record_mark(const struct vault *vault, const char *person,
                      bool is_new);
