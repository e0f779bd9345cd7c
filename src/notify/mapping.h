/*
 * notify/mapping.h - pure: "call.step=steps, call.*=calls" as a table
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The word that a list of TYPE=WORD gives this type, into text; the first entry
 * that names it counts ("call.*" and "*" name many). Returns false, with text
 * empty, where none does or the word is too long. */
bool mapping_find(char *text, size_t size, const char *list, const char *type);

/* Whether each entry of the list is TYPE=WORD. */
bool mapping_is_sound(const char *list);
