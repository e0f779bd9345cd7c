/*
 * api/hush.c - an answer means that nobody is called any more
 */
#include <errno.h>
#include "base/mem.h"
#include <re_tmr.h>
#include "api/hush.h"

enum {
	ROUNDS_MAX = 20,
};

struct hush {
	struct store *store;
	char *campaign, *number; /* NULL: all */
	struct tmr tmr;
	unsigned rounds;
	store_done_h *done;
	void *arg;
};

static void look(void *arg);

static void destructor(void *arg)
{
	struct hush *hush = arg;

	tmr_cancel(&hush->tmr);
	mem_deref(hush->campaign);
	mem_deref(hush->number);
}

static void settle_handler(int err, uint32_t wait_ms, void *arg)
{
	struct hush *hush = arg;

	if (!err && wait_ms && ++hush->rounds < ROUNDS_MAX) {
		tmr_start(&hush->tmr, wait_ms, look, hush);
		return;
	}
	hush->done(err, hush->arg);
	mem_deref(hush);
}

/* What is claimed from now on is claimed by the new word; so each round has
 * less to wait for. */
static void look(void *arg)
{
	struct hush *hush = arg;
	int err = store_settle(hush->store, hush->campaign, hush->number,
	                       settle_handler, hush);

	if (err)
		settle_handler(err, 0, hush);
}

int hush_start(struct store *store, const char *campaign, const char *number,
               store_done_h *done, void *arg)
{
	struct hush *hush;
	int err = 0;

	hush = mem_zalloc(sizeof(*hush), destructor);
	if (!hush)
		return ENOMEM;

	tmr_init(&hush->tmr);
	hush->store = store;
	hush->done = done;
	hush->arg = arg;
	if (campaign)
		err = str_dup(&hush->campaign, campaign);
	if (!err && number)
		err = str_dup(&hush->number, number);
	if (err)
		mem_deref(hush);
	else
		look(hush);

	return err;
}

void hush_wait(struct ask *ask, const char *campaign, const char *number)
{
	int err = hush_start(ask_prm(ask)->store, campaign, number, ask_done,
	                     mem_ref(ask));

	ask_begun(ask, err, "it");
}
