/*
 * campaign/charset.h - pure: bytes of any encoding to UTF-8, piece by piece
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct charset;

/* from is what iconv knows: "cp1251", "GBK", "UTF-16". EINVAL: it does not.
 * Free with mem_deref(). */
int charset_alloc(struct charset **charsetp, const char *from);

/* The next bytes; put gets them as UTF-8, in pieces, and may end it with an
 * errno. What is no text in that encoding becomes a byte that is no UTF-8, so
 * that the row it stands in is refused. */
int charset_feed(struct charset *charset, const char *bytes, size_t size,
                 bool is_last,
                 int (*put)(const char *bytes, size_t size, void *arg),
                 void *arg);
