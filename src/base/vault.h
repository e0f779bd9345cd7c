/*
 * base/vault.h - a key for each person, wrapped by a master key
 *
 * What is kept of a person (recordings, texts) is sealed with a random key of
 * that person's own. The keys lie one in a file in a folder of their own,
 * beside the database and not in it: a copy of database and recordings does
 * not hold them, so destroying one makes every copy unreadable. Master keys
 * stand in another file, by number; the highest wraps. Both are read again at
 * each use, so that another process may rotate and erase meanwhile.
 *
 * A person is a telephone number; its name here is a keyed hash of it.
 *
 * Threads: any; the vault does not change once it is open. Everything but
 * vault_person() blocks (files).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cfg.h"
#include "base/seal.h"

enum {
	VAULT_PERSON_SIZE = 33, /* 32 hexadecimal digits and the end */
	VAULT_ID_SIZE = 16,     /* the same as bytes */
};

struct vault;

extern const struct cfg_table vault_cfg_table; /* [vault] */

struct vault_prm {
	const char *key_file; /* of master keys; "" = key */
	const char *key;      /* their text */
	const char *folder;   /* of the persons' keys; made */
};

/* Returns ENOENT without a file of master keys, EACCES where others may read
 * it, EINVAL for a broken one, ENOKEY where the folder belongs to another
 * master key; fault says it with the remedy. */
int vault_open(struct vault **vaultp, const struct vault_prm *prm,
               char fault[CFG_FAULT_SIZE]);

/* Makes the file with its first master key. EEXIST: it is there. */
int vault_master_first(const char *key_file);

/* Adds the next master key to the file. EINVAL: the keys do not come from a
 * file that we may write. */
int vault_master_next(struct vault *vault, uint32_t *idp);

/* Takes all but the newest out of the file: after vault_rewrap(). */
int vault_master_forget(struct vault *vault);

/* The keyed hash that stands for a number. Does not block. */
int vault_person(const struct vault *vault, const char *number,
                 char person[VAULT_PERSON_SIZE]);

/* The key of a person; is_new: made where there is none. Returns ENOENT where
 * there is none, EKEYREVOKED where it was destroyed, ENOKEY where its master
 * key is not known here, EBADMSG where its file is damaged. */
int vault_key(const struct vault *vault, const char *person, bool is_new,
              uint8_t key[SEAL_KEY_SIZE]);

enum vault_was {
	VAULT_WAS_NEVER, /* there was no key; none can be made from now on */
	VAULT_WAS_KEY,
	VAULT_WAS_GONE, /* destroyed before */
};

/* Overwrites the key and leaves a mark that it is gone for ever. */
int vault_destroy(const struct vault *vault, const char *person,
                  enum vault_was *wasp);

/* Calls handler for each person whose key is destroyed. */
typedef int(vault_gone_h)(const char *person, int64_t at_ms, void *arg);
int vault_gone(const struct vault *vault, vault_gone_h *handler, void *arg);

/* Wraps every key by the newest master key, also while others make and use
 * them. handler (may be NULL) is told now and then. Those whose master key is
 * not known count as lost. */
struct vault_tally {
	uint64_t keys;      /* that are there */
	uint64_t rewrapped; /* of them, now */
	uint64_t lost;      /* of them */
	uint64_t gone;      /* destroyed ones */
};
int vault_rewrap(const struct vault *vault, struct vault_tally *tally,
                 void (*handler)(const struct vault_tally *tally, void *arg),
                 void *arg);

/* A text about a person, sealed, as printable text; free with mem_deref(). */
int vault_text_seal(const struct vault *vault, const char *person,
                    const char *clear, char **sealedp);

/* The other way round; errors as vault_key(). */
int vault_text_open(const struct vault *vault, const char *sealed,
                    char **clearp);

/* Whether a text is one that was sealed. */
bool vault_text_is_sealed(const char *text);
