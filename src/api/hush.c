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
	struct ask *ask;
	char *campaign, *number; /* NULL: all */
	struct tmr tmr;
	unsigned rounds;
};

static void look(void *arg);

static void destructor(void *arg)
{
	struct hush *hush = arg;

	tmr_cancel(&hush->tmr);
	mem_deref(hush->campaign);
	mem_deref(hush->number);
	mem_deref(hush->ask);
}

static void settle_handler(int err, uint32_t wait_ms, void *arg)
{
	struct hush *hush = arg;

	if (!err && wait_ms && ++hush->rounds < ROUNDS_MAX) {
		tmr_start(&hush->tmr, wait_ms, look, hush);
		return;
	}
	if (err)
		ask_failed(hush->ask, err, "it");
	else
		ask_empty(hush->ask);
	mem_deref(hush);
}

/* What is claimed from now on is claimed by the new word; so each round has
 * less to wait for. */
static void look(void *arg)
{
	struct hush *hush = arg;
	int err = store_settle(ask_prm(hush->ask)->store, hush->campaign,
	                       hush->number, settle_handler, hush);

	if (err)
		settle_handler(err, 0, hush);
}

void hush_wait(struct ask *ask, const char *campaign, const char *number)
{
	struct hush *hush;
	int err = 0;

	hush = mem_zalloc(sizeof(*hush), destructor);
	if (!hush) {
		ask_failed(ask, ENOMEM, "it");
		return;
	}

	tmr_init(&hush->tmr);
	hush->ask = mem_ref(ask);
	if (campaign)
		err = str_dup(&hush->campaign, campaign);
	if (!err && number)
		err = str_dup(&hush->number, number);
	if (err)
		settle_handler(err, 0, hush);
	else
		look(hush);
}
