/*
 * base/jmem.c - the memory of the JSON parser, watched
 */
#include <stdlib.h>
#include <jansson.h>
#include "base/jmem.h"

static _Thread_local bool has_failed;

static void *take(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		has_failed = true;

	return memory;
}

void jmem_watch(void)
{
	json_set_alloc_funcs(take, free);
}

void jmem_forget(void)
{
	has_failed = false;
}

bool jmem_has_failed(void)
{
	return has_failed;
}
