/*
 * call/pieces.h - pure: long text in pieces that a voice takes in one breath
 */
#pragma once

#include <stddef.h>

enum {
	PIECES_LONG = 200, /* code points; services refuse 300 and more */
};

/* Bytes of the first piece of a well-formed text: all of it where it is not
 * long; else up to the last end of a sentence within PIECES_LONG, of a clause
 * where there is none, of a word, or as much as fits. Blanks behind it
 * belong to it. 0 only for "". */
size_t pieces_first(const char *text);
