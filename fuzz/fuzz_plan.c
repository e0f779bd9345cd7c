/*
 * fuzz/fuzz_plan.c - campaigns as JSON
 *
 * What is claimed: what is taken can be written, is taken again and is then
 * the same; what is refused has its reason.
 */
#include <stdlib.h>
#include "base/mem.h"
#include "campaign/campaign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_plan(struct plan **planp, const char *json)
{
	char fault[CFG_FAULT_SIZE] = "";
	int err;

	if (plan_alloc(planp))
		abort();

	err = plan_read(*planp, json, fault);
	if (err && !*fault)
		abort();
	(void)plan_check(*planp, fault);

	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan *plan = NULL, *back = NULL;
	char *json, *once = NULL, *again = NULL;

	json = mem_zalloc(size + 1, NULL);
	if (!json)
		abort();
	memcpy(json, data, size);

	if (!read_plan(&plan, json)) {
		if (plan_write(&once, plan) || read_plan(&back, once) ||
		    plan_write(&again, back) || strcmp(once, again) != 0)
			abort();
	}
	mem_deref(plan);
	mem_deref(back);
	mem_deref(json);
	mem_deref(once);
	mem_deref(again);

	return 0;
}
