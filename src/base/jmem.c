/*
 * base/jmem.c - the memory of the JSON parser, watched and pooled
 */
#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "base/jmem.h"
#include "base/mem.h"

enum {
	BLOCK_BYTES = 256 * 1024,
	TEXT_START = 1024,
};

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char room[];
};

static _Thread_local bool has_failed, is_pooled;
static _Thread_local struct block *blocks;

static void *room_take(size_t size)
{
	struct block *block = blocks;
	size_t align = alignof(max_align_t);

	if (size > SIZE_MAX / 2)
		return NULL;

	size = (size + align - 1) & ~(align - 1);
	if (!block || size > block->size - block->used) {
		size_t bytes = size > BLOCK_BYTES ? size : BLOCK_BYTES;

		block = malloc(sizeof(*block) + bytes);
		if (!block)
			return NULL;
		block->next = blocks;
		block->size = bytes;
		block->used = 0;
		blocks = block;
	}
	block->used += size;

	return block->room + block->used - size;
}

static void *take(size_t size)
{
	void *memory = is_pooled ? room_take(size) : malloc(size);

	if (!memory)
		has_failed = true;

	return memory;
}

static void give(void *memory)
{
	if (!is_pooled)
		free(memory);
}

void jmem_watch(void)
{
	json_set_alloc_funcs(take, give);
}

void jmem_forget(void)
{
	has_failed = false;
}

bool jmem_has_failed(void)
{
	return has_failed;
}

void jmem_pool_open(void)
{
	assert(!is_pooled);

	is_pooled = true;
}

void jmem_pool_close(void)
{
	is_pooled = false;
	while (blocks) {
		struct block *next = blocks->next;

		free(blocks);
		blocks = next;
	}
}

int jmem_read(json_t **jsonp, const char *text, size_t len, size_t flags,
              json_error_t *error)
{
	bool had_failed = has_failed;
	json_t *json;
	int err = 0;

	has_failed = false;
	json = json_loadb(text, len, flags, error);
	if (has_failed)
		err = ENOMEM;
	else if (!json)
		err = EBADMSG;
	has_failed |= had_failed;

	if (err)
		json_decref(json);
	else
		*jsonp = json;

	return err;
}

/* A text that grows while it is written: once, not once more for its size. */
struct writing {
	char *text;
	size_t n, room;
};

static int write_handler(const char *piece, size_t n, void *arg)
{
	struct writing *writing = arg;
	size_t room = writing->room ? writing->room : TEXT_START;
	char *text;

	while (room <= writing->n + n)
		room *= 2;
	if (room != writing->room) {
		text = writing->text ? mem_realloc(writing->text, room)
		                     : mem_alloc(room, NULL);
		if (!text)
			return -1;
		writing->text = text;
		writing->room = room;
	}
	memcpy(writing->text + writing->n, piece, n);
	writing->n += n;

	return 0;
}

char *jmem_text(json_t *json)
{
	struct writing writing = {.n = 0};
	bool is_whole = json && !has_failed &&
	                !json_dump_callback(json, write_handler, &writing,
	                                    JSON_COMPACT);

	json_decref(json);
	if (!is_whole || has_failed || !writing.text)
		return mem_deref(writing.text);

	writing.text[writing.n] = '\0';

	return writing.text;
}

int jmem_write(FILE *out, json_t *json, size_t flags)
{
	struct writing writing = {.n = 0};
	int err = 0;

	if (!json || has_failed ||
	    json_dump_callback(json, write_handler, &writing, flags) ||
	    has_failed)
		err = ENOMEM;
	else if (fwrite(writing.text, 1, writing.n, out) != writing.n)
		err = errno ? errno : EIO;
	mem_deref(writing.text);
	json_decref(json);

	return err;
}
