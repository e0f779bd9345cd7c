/*
 * campaign/sheet_header.h - pure: the first line of a list
 */
#pragma once

#include <stddef.h>
#include "base/cfg.h"

struct sheet_header {
	char *block;        /* of the names */
	const char **namev; /* of the columns, as written */
	size_t columnc;
	size_t number; /* column of the number */
	char separator;
};

/* The most frequent of , ; and tab outside of quotes. */
char sheet_separator(const char *line, size_t size);
const char *sheet_separator_name(char separator); /* "comma" */

/* Columns behind the last name may be empty and are dropped. Returns EBADMSG
 * with the fault in words. namec may exceed SHEET_COLUMNS_MAX: that is one. */
int sheet_header_alloc(struct sheet_header **headerp, const char *const *namev,
                       size_t namec, char separator,
                       char fault[CFG_FAULT_SIZE]);
