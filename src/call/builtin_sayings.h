/*
 * call/builtin_sayings.h - the sayings that come with the program
 */
#pragma once

#include <stddef.h>

/* The text of examples/sayings.json at build time, and its length. */
extern const char builtin_sayings[];
extern const size_t builtin_sayings_len;
