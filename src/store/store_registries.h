/*
 * store/store_registries.h - the part of the store's door for published lists
 * of numbers that nobody may call; comes with store/store.h
 */
#pragma once

#include "store/store.h"

enum {
	STORE_REGISTRY_SIZE = 128, /* of a name, of a source */
};

/* A list that somebody else keeps and publishes from time to time: a nation, an
 * operator. Its numbers are called by no campaign; and while one list is older
 * than it may be, or was not read to its end, no campaign calls anybody. */
struct store_registry {
	const char *name;
	const char *source;   /* whose it is, where it came from */
	int64_t published_ms; /* wall: the day it was true */
	int64_t max_age_ms;   /* 0: it does not grow old */

	/* filled when read */
	int64_t imported_ms; /* wall; 0: it was not read to its end */
	int64_t edition;     /* 1: the first */
	uint64_t numbers;
	bool is_stale;
};

/* A new edition takes three steps. Its number, which the first one tells, goes
 * to the others; numbers count as they are added, those of before until it is
 * published. registry.numbers is the sum of what was added. */
struct store_edition {
	const char *name; /* of the registry */
	int64_t n;
};
typedef void(store_edition_h)(int err, int64_t n, void *arg);
int store_registry_begin(struct store *store, const char *name,
                         store_edition_h *done, void *arg);
int store_registry_add(struct store *store, const struct store_edition *edition,
                       const struct store_contact *contactv, size_t contactc,
                       store_added_h *done, void *arg);

/* From now on it is this edition, and only its numbers are on it. */
int store_registry_publish(struct store *store,
                           const struct store_registry *registry, int64_t n,
                           store_done_h *done, void *arg);

/* No campaign asks for it any more; ENOENT. */
int store_registry_forget(struct store *store, const char *name,
                          store_done_h *done, void *arg);

/* All of them in the order of their names. */
typedef void(store_registry_h)(const struct store_registry *registry,
                               void *arg);
int store_registries(struct store *store, store_registry_h *handler,
                     store_done_h *done, void *arg);
