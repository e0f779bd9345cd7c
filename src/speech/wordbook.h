/*
 * speech/wordbook.h - how words sound in every script: a file of the operator
 *
 * Lines "SQL = sequel" with a way as base/pronounce.h says; a line more for
 * another way. Under "[ru]" they are for that language, above for all. A line
 * that begins with '#' is a comment.
 *
 * Immutable after loading: any thread.
 */
#pragma once

#include "base/cfg.h"

enum {
	WORDBOOK_BYTES_MAX = 256 << 10,
	WORDBOOK_LANGS_MAX = 100,
};

struct wordbook;

/* fault says file, line, what is wrong and what would be right. Returns ENOENT,
 * EACCES, EINVAL, EFBIG, ENOMEM or another errno of the file. */
int wordbook_alloc(struct wordbook **bookp, const char *path,
                   char fault[CFG_FAULT_SIZE]);

/* The list of the language of a tag ("ru-RU"), "" of what is for all; an empty
 * one where the file has none. A book of NULL is empty. */
const char *wordbook_list(const struct wordbook *book, const char *lang);
