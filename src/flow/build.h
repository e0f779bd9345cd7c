/*
 * flow/build.h - a text that is put together in an arena
 *
 * Start with a zeroed struct and its arena. Where memory is out the arena
 * remembers it and the text stays what it was.
 */
#pragma once

#include <stddef.h>
#include "flow/arena.h"

struct build {
	struct arena *arena;
	char *text;
	size_t len, room;
};

void build_bytes(struct build *build, const char *text, size_t len);
void build_text(struct build *build, const char *text);
void build_char(struct build *build, char c);

/* What was put together; lives as long as the arena. */
const char *build_take(struct build *build);
