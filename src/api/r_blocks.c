/*
 * api/r_blocks.c - routes about numbers that are never called
 */
#include <errno.h>
#include <string.h>
#include "api/api_parts.h"
#include "api/fields.h"
#include "api/gather.h"
#include "api/handlers.h"
#include "api/hush.h"
#include "api/whom.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "base/text.h"

enum {
	REASON_MAX = 200,
};

static void block_handler(const struct store_block *block, void *arg)
{
	gather_add(arg,
	           json_pack("{s:s, s:s, s:s, s:b, s:o}", "number",
	                     block->number, "reason", block->reason, "campaign",
	                     block->campaign, "is_prefix", block->is_prefix,
	                     "created", fields_time_json(block->created_ms)));
}

static void blocks_done(int err, void *arg)
{
	struct gather *gather = arg;

	gather->last = ask_query_number(gather->ask, "after", 0) +
	               (int64_t)json_array_size(gather->json);
	gather_done(err, gather);
}

void r_blocks(struct ask *ask)
{
	struct gather *gather = gather_page(ask, "the blocks");
	struct store_page page = {.after = ask_query_number(ask, "after", 0)};

	if (!gather)
		return;

	page.limit = (uint32_t)gather->limit;
	gather_begun(gather, store_blocks(ask_prm(ask)->store, &page,
	                                  block_handler, blocks_done, gather));
}

/* As lists have it; a prefix stands as it is written. */
static bool number_take(char number[NUMBER_SIZE], struct ask *ask,
                        const char *text, bool is_prefix)
{
	if (!is_prefix)
		return whom_take(number, ask, text);
	if (text[0] == '+' && text[1] && strlen(text) < NUMBER_SIZE &&
	    strspn(text + 1, "0123456789") == strlen(text) - 1) {
		(void)text_copy(number, NUMBER_SIZE, text);
		return true;
	}
	ask_wrong(ask, "number", "of a prefix is + and digits");

	return false;
}

/* The answer means that nobody is called there any more. */
static void blocked_handler(int err, void *arg)
{
	struct ask *ask = arg;
	char number[NUMBER_SIZE];

	if (err)
		ask_failed(ask, err, "the block");
	else if (number_take(number, ask, ask_text(ask, "number"),
	                     ask_bool(ask, "is_prefix")))
		hush_wait(ask, NULL, number);
	mem_deref(ask);
}

void r_block(struct ask *ask)
{
	const char *reason = ask_text(ask, "reason");
	char number[NUMBER_SIZE];
	struct store_block_prm prm = {
		.number = number,
		.reason = *reason ? reason : "by hand",
		.is_prefix = ask_bool(ask, "is_prefix"),
	};

	if (strlen(reason) > REASON_MAX) {
		ask_wrong(ask, "reason", "has more than 200 bytes");
		return;
	}
	if (number_take(number, ask, ask_text(ask, "number"), prm.is_prefix))
		ask_begun(ask,
		          store_block_scoped(ask_prm(ask)->store, &prm,
		                             blocked_handler, mem_ref(ask)),
		          "the block");
}

void r_unblock(struct ask *ask)
{
	const char *prefix = ask_query(ask, "is_prefix");
	bool is_prefix = prefix && !strcmp(prefix, "true");
	char number[NUMBER_SIZE];

	if (number_take(number, ask, ask_param(ask, "number"), is_prefix))
		ask_begun(ask,
		          store_unblock(ask_prm(ask)->store, number, is_prefix,
		                        ask_done, mem_ref(ask)),
		          "the block");
}
