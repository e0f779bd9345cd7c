/*
 * cli/listing.h - a list from a file, with progress and what was refused
 */
#pragma once

#include "cli/env.h"

enum {
	LISTING_NAME_SIZE = 256,
};

struct listing_prm {
	const char *path;
	const char *name; /* of the list; NULL: the file's */
	bool is_dry;

	/* Where the rows go instead, as struct import_sink has it. */
	int (*keep)(const struct store_contact *contactv, size_t contactc,
	            store_added_h *added, void *added_arg, void *arg);
	void *keep_arg;
	uint32_t *addedp; /* may be NULL */
};

/* "examples/list.csv" to "list". */
void listing_name(char name[LISTING_NAME_SIZE], const char *path);

/* Rows of the command's options: --refused, --column, --encoding. */
#define LISTING_OPTIONS                                                        \
	{"refused", "FILE", "write rows that are not taken there, with why",   \
	 false},                                                               \
		{"column", "NAME=OLD",                                         \
	         "the list's column OLD is the variable NAME, "                \
	         "as number=Telephone",                                        \
	         true},                                                        \
	{                                                                      \
		"encoding", "NAME",                                            \
			"of the list, as cp1251 or GBK (default: UTF-8, "      \
			"or UTF-16 by its first bytes)",                       \
			false                                                  \
	}

/* Blocks until it is read, by the command's options too. An errno has been
 * said. */
int listing_import(struct env *env, const struct listing_prm *prm,
                   int64_t *list_idp);

/* A line on standard error that is painted over on a terminal. */
void listing_paint(const char *text);
void listing_unpaint(void);
