/*
 * rehearse/builtin.h - the people who come with the program
 */
#pragma once

#include <stddef.h>

/* The text of examples/people.json at build time, and its length. */
extern const char builtin_people[];
extern const size_t builtin_people_len;
