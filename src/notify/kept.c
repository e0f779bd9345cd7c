/*
 * notify/kept.c - a copy of an event, its texts in one block
 */
#include "base/mem.h"
#include "base/texts.h"
#include "notify/kept.h"

static const size_t textv[] = {
	offsetof(struct notify_event, id),
	offsetof(struct notify_event, type),
	offsetof(struct notify_event, key),
	offsetof(struct notify_event, data),
};

char *kept_make(struct notify_event *to, size_t *sizep,
                const struct notify_event *from)
{
	struct notify_event event = *from;
	char *block;

	if (texts_keep(&block, &event, textv, ARRAY_COUNT(textv)))
		return NULL;

	*to = event;
	*sizep = texts_size(&event, textv, ARRAY_COUNT(textv));

	return block;
}

void kept_free(struct notify_event *event, char *block)
{
	event->id = event->type = event->key = event->data = "";
	mem_deref(block);
}
