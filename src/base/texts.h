/*
 * base/texts.h - the texts that an object points to, moved to where they stay
 *
 * Which of its members they are is told by their offsets. NULL stays NULL.
 */
#pragma once

#include <stddef.h>

/* Bytes that the texts take, each with its end. */
size_t texts_size(const void *obj, const size_t *offsetv, size_t offsetc);

/* Copies them to place, which has room for texts_size(), one behind the other;
 * obj points to the copies then. */
void texts_move(char *place, void *obj, const size_t *offsetv, size_t offsetc);

/* The same into one block of their own, to be freed with mem_deref(). Returns
 * ENOMEM, and obj is as it was. */
int texts_keep(char **blockp, void *obj, const size_t *offsetv, size_t offsetc);
