/*
 * test/hostile.h - texts that somebody sends who wants to break out
 *
 * Pieces that end lines, quotes, paths, formats and questions to a database,
 * between letters, digits and what other alphabets have: one property test
 * feeds a folder with a hundred thousand of them. The same from the same seed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hostile {
	uint32_t state; /* test_seed() */
};

/* 0 to below - 1. */
uint32_t hostile_lot(struct hostile *hostile, uint32_t below);

/* 1 to size - 1 bytes of UTF-8. */
void hostile_text(struct hostile *hostile, char *text, size_t size);

/* As above, of these letters alone. */
void hostile_letters(struct hostile *hostile, char *text, size_t size,
                     const char *letters);

/* A good text with something hostile in it: before, inside or behind. */
void hostile_near(struct hostile *hostile, char *text, size_t size,
                  const char *good);
