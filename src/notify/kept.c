/*
 * notify/kept.c - a copy of an event, its texts in one block
 */
#include "base/mem.h"
#include "notify/kept.h"

static const char *text_keep(char **p, const char *text)
{
	size_t size = strlen(text) + 1;
	char *kept = *p;

	memcpy(kept, text, size);
	*p += size;

	return kept;
}

char *kept_make(struct notify_event *to, size_t *sizep,
                const struct notify_event *from)
{
	size_t size = strlen(from->id) + strlen(from->type) +
	              strlen(from->key) + strlen(from->data) + 4;
	char *block = mem_alloc(size, NULL);
	char *p = block;

	if (!block)
		return NULL;

	*to = *from;
	to->id = text_keep(&p, from->id);
	to->type = text_keep(&p, from->type);
	to->key = text_keep(&p, from->key);
	to->data = text_keep(&p, from->data);
	*sizep = size;

	return block;
}

void kept_free(struct notify_event *event, char *block)
{
	event->id = event->type = event->key = event->data = "";
	mem_deref(block);
}
