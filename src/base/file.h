/*
 * base/file.h - a whole file at once
 *
 * For what somebody wrote: scripts, rules, certificates. Sounds and lists are
 * read piece by piece.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* The bytes of a file of at most limit_bytes, with a NUL behind them. Free with
 * mem_deref(). Returns the errno of opening or reading, EISDIR, or EFBIG. */
int file_read(char **textp, size_t *lenp, const char *path, size_t limit_bytes);

/* The rest of an open one, which may be a pipe. */
int file_read_open(char **textp, size_t *lenp, FILE *file, size_t limit_bytes);
