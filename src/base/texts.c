/*
 * base/texts.c - the texts that an object points to, moved to where they stay
 */
#include <errno.h>
#include "base/mem.h"
#include "base/texts.h"

size_t texts_size(const void *obj, const size_t *offsetv, size_t offsetc)
{
	size_t size = 0;

	for (size_t i = 0; i < offsetc; i++) {
		const char *const *text =
			(const void *)((const char *)obj + offsetv[i]);

		size += *text ? strlen(*text) + 1 : 0;
	}

	return size;
}

void texts_move(char *place, void *obj, const size_t *offsetv, size_t offsetc)
{
	for (size_t i = 0; i < offsetc; i++) {
		const char **text = (void *)((char *)obj + offsetv[i]);
		size_t size;

		if (!*text)
			continue;
		size = strlen(*text) + 1;
		memcpy(place, *text, size);
		*text = place;
		place += size;
	}
}

int texts_keep(char **blockp, void *obj, const size_t *offsetv, size_t offsetc)
{
	char *block = mem_zalloc(texts_size(obj, offsetv, offsetc) + 1, NULL);

	if (!block)
		return ENOMEM;

	texts_move(block, obj, offsetv, offsetc);
	*blockp = block;

	return 0;
}
