/*
 * store/store_lists.h - the part of the store's door for long lists: filling
 * them, and looking at lists, blocks, consents and results page by page; comes
 * with store/store.h
 */
#pragma once

#include "store/store.h"

enum {
	STORE_PAGE_MAX = 500, /* rows of one page */
};

/* Contacts as the database will have them, in one block. It is written on any
 * thread, of one at a time; freed with mem_deref(). */
struct store_pile;
int store_pile_alloc(struct store_pile **pilep);

/* At its end, as a copy. Returns EPROTO for what is no UTF-8. */
int store_pile_put(struct store_pile *pile,
                   const struct store_contact *contact);
size_t store_pile_count(const struct store_pile *pile);
void store_pile_clear(struct store_pile *pile);

/* As store_contacts_add(); the pile is the store's until it is done. */
int store_pile_add(struct store *store, int64_t list_id,
                   struct store_pile *pile, store_added_h *done, void *arg);

/* A page begins behind this place; limit is at most STORE_PAGE_MAX. */
struct store_page {
	int64_t after;
	uint32_t limit;
};

struct store_list_row {
	const char *name;
	int64_t created_ms;
	uint64_t contacts;
};

/* All lists in the order they were made, at most 1000. */
typedef void(store_lists_h)(const struct store_list_row *row, void *arg);
int store_lists(struct store *store, store_lists_h *handler, store_done_h *done,
                void *arg);

/* Contacts of a list behind the contact `after`; ENOENT: there is no such
 * list. */
typedef void(store_contact_h)(const struct store_contact *contact, void *arg);
int store_contacts(struct store *store, const char *list,
                   const struct store_page *page, store_contact_h *handler,
                   store_done_h *done, void *arg);

/* A page of store_results(), behind the contact `after`. */
int store_results_page(struct store *store, int64_t campaign_id,
                       const struct store_page *page, store_result_h *handler,
                       store_done_h *done, void *arg);

/* Consents in the order of numbers and purposes, those too that were taken
 * back; limit is at most STORE_PAGE_MAX. */
struct store_consents_prm {
	const char *number;  /* of this one alone; NULL: of all */
	const char *purpose; /* NULL: to all */

	/* behind this one, "" and "": from the beginning */
	const char *after_number, *after_purpose;
	uint32_t limit;
};
typedef void(store_consent_h)(const struct store_consent *consent, void *arg);
int store_consents(struct store *store, const struct store_consents_prm *prm,
                   store_consent_h *handler, store_done_h *done, void *arg);

struct store_block {
	const char *number;
	const char *reason;
	const char *campaign; /* its name, "": of all */
	bool is_prefix;
	int64_t created_ms;
};

/* Blocks in the order of their numbers; `after` counts those before. */
typedef void(store_block_h)(const struct store_block *block, void *arg);
int store_blocks(struct store *store, const struct store_page *page,
                 store_block_h *handler, store_done_h *done, void *arg);

/* Takes a number or a prefix off the list of all campaigns; ENOENT. */
int store_unblock(struct store *store, const char *number, bool is_prefix,
                  store_done_h *done, void *arg);
