/*
 * store/store_people.h - the part of the store's door for what is kept of
 * people: sealed, for a time, until they want it gone;
 * comes with store/store.h
 */
#pragma once

#include "base/vault.h"
#include "store/store.h"

/* From now on the texts of calls, steps and events are sealed when they are
 * written (has_texts) and opened when they are read. Before the first write;
 * the vault must outlive the store. */
void store_vault(struct store *store, const struct vault *vault,
                 bool has_texts);

/* What is known of a number becomes unreadable: its key is destroyed, which
 * holds for every copy; files are deleted; texts, variables and the number are
 * overwritten. Kept are times, outcomes and labels of the calls, under a name
 * made of a keyed hash, which is on the do-not-call list. Again is no failure.
 * receipt is a JSON object (docs/privacy.md), valid during the handler. err is
 * ENOTSUP without a vault, ENOKEY where the keys cannot be written, EPERM where
 * a file cannot be deleted: the key is gone then, and asking again ends it. */
struct store_erase_prm {
	const char *number; /* normalised */
	const char *by;     /* whose word it was */
	bool is_dry;        /* count only */
};
typedef void(store_erase_h)(int err, const char *receipt, void *arg);
int store_erase(struct store *store, const struct store_erase_prm *prm,
                store_erase_h *done, void *arg);

/* Erases whoever is erased by the keys, and not in this database: a copy of it
 * from before came back. count of done are they. */
int store_erase_again(struct store *store, store_count_done_h *done, void *arg);

/* Deletes recordings, and what was said, of calls that began before a time (0:
 * keeps them), in slices; handler (may be NULL) is told after each, and ends it
 * there with false: done has what was deleted. is_dry counts only. */
struct store_tidy_prm {
	int64_t recordings_before_ms, texts_before_ms; /* wall */
	bool is_dry;
};
struct store_tidied {
	uint64_t recordings; /* of calls */
	uint64_t texts;
	uint64_t failed; /* files that could not be deleted */
};
typedef bool(store_tidy_h)(const struct store_tidied *tidied, void *arg);
typedef void(store_tidy_done_h)(int err, const struct store_tidied *tidied,
                                void *arg);
int store_tidy(struct store *store, const struct store_tidy_prm *prm,
               store_tidy_h *handler, store_tidy_done_h *done, void *arg);
