/*
 * cli/chainend.c - where the chain of calls ends is told to others each day
 */
#include <assert.h>
#include "base/log.h"
#include "base/mem.h"
#include <re_tmr.h>
#include "cli/chainend.h"

enum {
	ROUND_MS = 3600 * 1000,
};

struct chainend {
	struct store *store;
	struct tmr tmr;
};

static void destructor(void *arg)
{
	struct chainend *chainend = arg;

	tmr_cancel(&chainend->tmr);
}

static void done_handler(int err, void *arg)
{
	if (err && err != ECANCELED)
		log_warning("audit",
		            "where the chain of calls ends is not told: %s; "
		            "it is tried again in an hour",
		            strerror(err));
	mem_deref(arg);
}

static void round_handler(void *arg)
{
	struct chainend *chainend = arg;

	tmr_start(&chainend->tmr, ROUND_MS, round_handler, chainend);

	/* The store may be asked for longer than its owner lives. */
	if (store_heads_tell(chainend->store, false, done_handler,
	                     mem_ref(chainend)))
		mem_deref(chainend);
}

int chainend_alloc(struct chainend **chainendp, struct store *store)
{
	struct chainend *chainend;

	assert(chainendp && store);

	chainend = mem_zalloc(sizeof(*chainend), destructor);
	if (!chainend)
		return ENOMEM;

	tmr_init(&chainend->tmr);
	chainend->store = store;
	tmr_start(&chainend->tmr, ROUND_MS, round_handler, chainend);
	*chainendp = chainend;

	return 0;
}
