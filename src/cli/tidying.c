/*
 * cli/tidying.c - what is kept of people goes when its time is over
 */
#include <assert.h>
#include "base/mem.h"
#include <re_tmr.h>
#include "base/clock.h"
#include "base/log.h"
#include "cli/tidying.h"

enum {
	ROUND_MS = 3600 * 1000,
};

static const int64_t day_ms = 24 * 3600 * 1000;

struct tidying {
	struct store *store;
	const struct cfg *cfg;
	struct tmr tmr;
};

static void destructor(void *arg)
{
	struct tidying *tidying = arg;

	tmr_cancel(&tidying->tmr);
}

static int64_t before(const struct cfg *cfg, const char *key)
{
	int64_t days = (int64_t)cfg_number(cfg, "vault", key);

	return days ? clock_wall_ms() - days * day_ms : 0;
}

void tidying_prm(struct store_tidy_prm *prm, const struct cfg *cfg)
{
	*prm = (struct store_tidy_prm){
		.recordings_before_ms = before(cfg, "keep_recordings_days"),
		.texts_before_ms = before(cfg, "keep_texts_days"),
	};
}

static void done_handler(int err, const struct store_tidied *tidied, void *arg)
{
	if (err && err != ECANCELED)
		log_warning("vault", "old recordings stay for now: %s",
		            strerror(err));
	if (!err && (tidied->recordings || tidied->texts))
		log_info("vault",
		         "%" PRIu64 " recordings and the texts of %" PRIu64
		         " calls were kept long enough and are deleted",
		         tidied->recordings, tidied->texts);
	mem_deref(arg);
}

static void round_handler(void *arg)
{
	struct tidying *tidying = arg;
	struct store_tidy_prm prm;

	tmr_start(&tidying->tmr, ROUND_MS, round_handler, tidying);
	tidying_prm(&prm, tidying->cfg);
	if (!prm.recordings_before_ms && !prm.texts_before_ms)
		return;

	/* The store may be asked for longer than its owner lives. */
	if (store_tidy(tidying->store, &prm, NULL, done_handler,
	               mem_ref(tidying)))
		mem_deref(tidying);
}

int tidying_alloc(struct tidying **tidyingp, struct store *store,
                  const struct cfg *cfg)
{
	struct tidying *tidying;

	assert(tidyingp && store && cfg);

	tidying = mem_zalloc(sizeof(*tidying), destructor);
	if (!tidying)
		return ENOMEM;

	tmr_init(&tidying->tmr);
	tidying->store = store;
	tidying->cfg = cfg;
	round_handler(tidying);
	*tidyingp = tidying;

	return 0;
}
