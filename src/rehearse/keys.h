/*
 * rehearse/keys.h - reading a JSON object against a table of its keys
 *
 * Pure. A table row names a key, its limits and the function that checks and
 * keeps its value; unknown keys, missing ones and wrong types are faults
 * with the JSON path and what would be right.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <jansson.h>

#include "base/cfg.h"

enum {
	KEYS_PATH_SIZE =
		160, /* deepest: people[9999].moves[199].interrupt_ms */
};

struct keys_reader {
	char path[KEYS_PATH_SIZE];
	char *fault; /* CFG_FAULT_SIZE */
};

struct keys_row;

/* Checks value and keeps it in obj. Returns EINVAL by keys_fault(), ENOMEM. */
typedef int(keys_read_h)(struct keys_reader *reader, const struct keys_row *row,
                         const json_t *value, void *obj);

struct keys_row {
	const char *name;
	keys_read_h *read;
	size_t offset;       /* of the member in obj */
	json_int_t min, max; /* of numbers */
	bool is_required;
};

/* Writes "path: words" and returns EINVAL. */
int keys_fault(struct keys_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Reads all keys of an object at the reader's path. */
int keys_read(struct keys_reader *reader, const struct keys_row *rowv,
              size_t rowc, const json_t *json, void *obj);

/* Extends the path for what is read next; give the result to keys_leave(). */
size_t keys_enter(struct keys_reader *reader, const char *name);
size_t keys_enter_index(struct keys_reader *reader, size_t i);
void keys_leave(struct keys_reader *reader, size_t mark);

/* Members of the usual types. */
keys_read_h keys_text;   /* char *, at most row->max bytes, at least min */
keys_read_h keys_number; /* uint32_t */
keys_read_h keys_signed; /* int */
keys_read_h keys_flag;   /* bool */

/* Whether value is an array of at most limit entries; else a fault. */
int keys_array(struct keys_reader *reader, const json_t *value, size_t limit);
