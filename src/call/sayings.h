/*
 * call/sayings.h - what machines, assistants and networks say
 *
 * Pure. A table by language: the phrase says which class answered, and what an
 * announcement means for the attempt. Read from a JSON file, else from the one
 * that is built in (examples/sayings.json).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cfg.h"
#include "media/who.h"
#include "phone/phone.h"

struct sayings;

enum {
	SAYINGS_MAX = 500, /* of a language */
	SAYINGS_BYTES_MAX = 1 << 20,
};

struct saying {
	char *phrase; /* as it is written, '*' = any words */
	char *folded; /* for comparing */
	enum who_class class;
	enum outcome outcome; /* of an announcement */
	bool is_long; /* counts behind an answer too: no human says it */
};

/* path "": the built-in table. On failure fault says where and what would be
 * right; returns EINVAL, ENOMEM, or what opening the file gave. */
int sayings_alloc(struct sayings **sayingsp, const char *path,
                  char fault[CFG_FAULT_SIZE]);

/* The same from a text. */
int sayings_load(struct sayings **sayingsp, const char *json, size_t len,
                 char fault[CFG_FAULT_SIZE]);

/* The first row whose phrase is part of what was said; NULL: none. lang is
 * BCP 47: only its language counts. is_early: by the network, before an
 * answer. */
const struct saying *sayings_find(const struct sayings *sayings,
                                  const char *lang, bool is_early,
                                  const char *text);

/* Whether the row can be meant before an answer, or behind one. */
bool saying_counts(const struct saying *saying, bool is_early);

/* All rows of a language, NULL without any. */
const struct saying *sayings_rows(const struct sayings *sayings,
                                  const char *lang, size_t *countp);
