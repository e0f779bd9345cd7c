/*
 * api/mark.h - ETags (RFC 9110 section 8.8.3), and writes that are bound to one
 *
 * What is read as JSON is marked by its text; who has it already is told so by
 * 304. A draft that is written may name the one that its writer saw, so that
 * nobody overwrites what they have not read.
 */
#pragma once

#include "api/ask.h"

enum {
	MARK_SIZE = 64,
};

/* Of a text. Returns ENOMEM. */
int mark_make(char mark[MARK_SIZE], const char *text);

/* Marks the answer. */
void mark_set(struct ask *ask, const char *mark);

/* Marks the answer by its text, unless it has been. true: the client has it,
 * and that was answered. */
bool mark_is_known(struct ask *ask, const char *text);

/* The mark that If-Match names, "*" where it is any but has to be one, NULL
 * without the header. */
const char *mark_wanted(const struct ask *ask, char mark[MARK_SIZE]);

/* It shall be written only where there is nothing yet (If-None-Match: *). */
bool mark_is_first(const struct ask *ask);

/* Answers that another one stands there: 412. */
void mark_stale(struct ask *ask, const char *remedy);
