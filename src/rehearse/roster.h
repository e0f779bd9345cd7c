/*
 * rehearse/roster.h - who can be called: the people file
 *
 * Pure: no socket, clock or thread. A roster owns its persons.
 */
#pragma once

#include <stddef.h>

#include "base/cfg.h"
#include "rehearse/person.h"

enum {
	ROSTER_BYTES_MAX = 4 << 20, /* of the file */
	ROSTER_PEOPLE_MAX = 2000,   /* a crowd is a pattern, not many rows */
};

struct roster {
	struct person *personv;
	size_t personc;

	/* The names of all persons' variables, in the order of the file. */
	const char *columnv[PERSON_VARS_MAX];
	size_t columnc;
};

/* Reads the people file (docs/people.md). On failure fault holds the JSON
 * path, what is wrong and what would be right. Returns EINVAL or ENOMEM. */
int roster_load(struct roster **rosterp, const char *json, size_t len,
                char fault[CFG_FAULT_SIZE]);

/* The same from a file. Returns ENOENT, EACCES, EFBIG or EIO too. */
int roster_load_file(struct roster **rosterp, const char *path,
                     char fault[CFG_FAULT_SIZE]);

/* Who has that number: the person written without '?' before any pattern,
 * then the first in file order. A leading '+' makes no difference. NULL:
 * nobody. */
const struct person *roster_find(const struct roster *roster,
                                 const char *number);

/* Whether the number stands for many ('?'). */
bool roster_is_pattern(const char *number);
