/*
 * api/gather.c - an answer that is gathered row by row
 */
#include <errno.h>
#include "api/gather.h"
#include "base/jmem.h"
#include "base/mem.h"

static void destructor(void *arg)
{
	struct gather *gather = arg;

	json_decref(gather->json);
	json_decref(gather->next);
	mem_deref(gather->ask);
	mem_deref(gather->more);
}

struct gather *gather_alloc(struct ask *ask, json_t *json, const char *what)
{
	struct gather *gather = NULL;

	if (json)
		gather = mem_zalloc(sizeof(*gather), destructor);
	if (!gather) {
		json_decref(json);
		ask_failed(ask, ENOMEM, what);
		return NULL;
	}

	jmem_forget();
	gather->ask = mem_ref(ask);
	gather->json = json;
	gather->what = what;

	return gather;
}

struct gather *gather_page(struct ask *ask, const char *what)
{
	struct gather *gather = gather_alloc(ask, json_array(), what);

	if (gather)
		gather->limit =
			(size_t)ask_query_number(ask, "limit", GATHER_ROWS);

	return gather;
}

void gather_add(struct gather *gather, json_t *item)
{
	(void)json_array_append_new(gather->json, item);
}

static void answer(struct gather *gather)
{
	json_t *json = gather->json;
	bool has_more = gather->limit && json_array_size(json) == gather->limit;

	gather->json = NULL;
	if (!json_is_array(json))
		ask_reply(gather->ask, 0, json);
	else if (has_more && gather->next)
		ask_reply(gather->ask, 0,
		          json_pack("{s:o, s:O}", "items", json, "next",
		                    gather->next));
	else
		ask_page(gather->ask, json, has_more ? gather->last : 0);
}

void gather_done(int err, void *arg)
{
	struct gather *gather = arg;

	if (err)
		ask_failed(gather->ask, err, gather->what);
	else
		answer(gather);
	mem_deref(gather);
}

void gather_begun(struct gather *gather, int err)
{
	if (err)
		gather_done(err, gather);
}
