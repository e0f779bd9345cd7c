/*
 * base/fold.h - letters without their case
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The one letter that stands for all its cases. */
uint32_t fold_letter(uint32_t cp);

/* The first code point of well-formed text. Returns its bytes. */
size_t fold_decode(uint32_t *cpp, const char *text);

/* Whether two well-formed texts are the same but for case. */
bool fold_equal(const char *a, size_t a_len, const char *b, size_t b_len);
