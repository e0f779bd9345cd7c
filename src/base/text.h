/*
 * base/text.h - UTF-8 text
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are well-formed UTF-8 (RFC 3629) without NUL. */
bool text_is_utf8(const char *text, size_t len);

/* Bytes of the first n code points of well-formed text (less if shorter). */
size_t text_span(const char *text, size_t n);

/* Number of code points of well-formed text. */
size_t text_length(const char *text);

/* Columns a terminal needs (wide East Asian characters count 2). */
size_t text_columns(const char *text);

/* Copies at most size - 1 bytes, cut at a code point. Returns dst. */
char *text_copy(char *dst, size_t size, const char *src);

/* Takes out every byte that is no part of a well-formed character. For texts
 * that snprintf() cut. Returns text. */
char *text_repair(char *text);

/* The word that a person who wrote `wrong` most likely meant: at most a third
 * of its bytes changed, added, left out or swapped with the next. NULL when
 * no word is that near. */
const char *text_nearest(const char *wrong, const char *const *wordv,
                         size_t wordc);

/* Whether a list like "call.ended, attempt.*" names this word; "*" names
 * all. */
bool text_is_listed(const char *list, const char *word);
