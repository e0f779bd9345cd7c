/*
 * flow/build.c - a text that is put together in an arena
 */
#include <string.h>
#include "flow/build.h"

enum {
	ROOM_START = 64,
};

static int has_room(struct build *build, size_t len)
{
	size_t room = build->room ? build->room : ROOM_START;
	char *text;

	/* One more for the end. */
	while (room < build->len + len + 1)
		room *= 2;
	if (room == build->room)
		return 1;

	text = arena_get(build->arena, room);
	if (!text)
		return 0;
	if (build->len)
		memcpy(text, build->text, build->len);
	build->text = text;
	build->room = room;

	return 1;
}

void build_bytes(struct build *build, const char *text, size_t len)
{
	if (!has_room(build, len))
		return;

	memcpy(build->text + build->len, text, len);
	build->len += len;
	build->text[build->len] = '\0';
}

void build_text(struct build *build, const char *text)
{
	build_bytes(build, text, strlen(text));
}

void build_char(struct build *build, char c)
{
	build_bytes(build, &c, 1);
}

const char *build_take(struct build *build)
{
	const char *text = build->len ? build->text : "";

	build->text = NULL;
	build->len = build->room = 0;

	return text;
}
