/*
 * test/store/test_plan.c - campaigns as data
 */
#include "fixture.h"
#include "store/tests.h"

struct seen {
	unsigned plans;
	char words[FIXTURE_TEXT_SIZE]; /* name state lists, of the last one */
	char mark[STORE_MARK_SIZE];
};

static struct seen seen;

static void plan_handler(const struct store_plan *plan, void *arg)
{
	size_t used;

	(void)arg;

	seen.plans++;
	(void)snprintf(seen.mark, sizeof(seen.mark), "%s", plan->mark);
	used = (size_t)snprintf(seen.words, sizeof(seen.words), "%s %s %u/%u",
	                        plan->name, plan->state, plan->done,
	                        plan->contacts);
	for (size_t i = 0; i < plan->listc; i++)
		used += (size_t)snprintf(
			seen.words + used, sizeof(seen.words) - used, " %s:%d",
			plan->listv[i].name, (int)plan->listv[i].priority);
}

static int replace(struct fixture *fx, const char *name, const char *instead_of,
                   const char *const *listv, size_t listc)
{
	struct store_plan_list planv[4];
	const struct store_plan plan = {
		.name = name,
		.script = "demo.json",
		.plan = "{\"calls\": 5}",
		.settings = "{}",
		.listv = planv,
		.listc = listc,
		.instead_of = instead_of,
	};
	int err;

	for (size_t i = 0; i < listc; i++)
		planv[i] = (struct store_plan_list){listv[i], i == 1 ? 5 : 0};
	fx->has_answer = false;
	err = store_plan_make(fx->store, &plan, fixture_done, fx);

	return err ? err : fixture_wait(fx);
}

static int make(struct fixture *fx, const char *name, const char *const *listv,
                size_t listc)
{
	return replace(fx, name, NULL, listv, listc);
}

static int look(struct fixture *fx, const char *name)
{
	int err;

	memset(&seen, 0, sizeof(seen));
	fx->has_answer = false;
	err = store_plans(fx->store, name, plan_handler, fixture_done, fx);

	return err ? err : fixture_wait(fx);
}

static int over(struct fixture *fx)
{
	int err;

	fx->has_answer = false;
	err = store_campaign_over(fx->store, fx->campaign.id, fixture_done, fx);

	return err ? err : fixture_wait(fx);
}

/* Two lists that share a number; the second one goes first. */
int test_plan_lists(void)
{
	static const char *const commonv[] = {"+15550100", "+15550101"};
	static const char *const vipv[] = {"+15550101", "+15550102"};
	static const char *const orderv[] = {"+15550101", "+15550102",
	                                     "+15550100"};
	static const char *const listv[] = {"common", "vip"};
	static const char *const badv[] = {"common", "none"};
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_list(&fx, "common"));
	CHECK_ERR(0, fixture_add(&fx, fx.list_id, commonv, 2));
	CHECK_ERR(0, fixture_list(&fx, "vip"));
	CHECK_ERR(0, fixture_add(&fx, fx.list_id, vipv, 2));

	CHECK_ERR(ENOENT, make(&fx, "spring", badv, 2));
	CHECK_ERR(ENOENT, look(&fx, "spring"));
	CHECK_ERR(0, make(&fx, "spring", listv, 1));
	CHECK_ERR(0, make(&fx, "spring", listv, 2));
	CHECK_ERR(0, look(&fx, "spring"));
	CHECK_STR("spring draft 0/4 vip:5 common:0", seen.words);

	fx.list_id = STORE_LIST_OWN;
	CHECK_ERR(ENOENT, fixture_campaign(&fx, "autumn"));
	CHECK_ERR(0, fixture_campaign(&fx, "spring"));
	CHECK_U64(3, fx.campaign.contacts);
	for (size_t i = 0; i < 3; i++) {
		CHECK_ERR(0, fixture_claim(&fx));
		CHECK(fx.has_contact);
		CHECK_STR(orderv[i], fx.number);

		/* Somebody is left still. */
		CHECK_ERR(0, over(&fx));
		CHECK_ERR(0, fixture_attempt_end(&fx, "busy", true, 0));
	}
	CHECK_ERR(EEXIST, make(&fx, "spring", listv, 1));
	CHECK_ERR(0, look(&fx, "spring"));
	CHECK_STR("spring running 3/4 vip:5 common:0", seen.words);

	/* A list grows; only what is new is called. */
	CHECK_ERR(0, over(&fx));
	CHECK_ERR(0, look(&fx, NULL));
	CHECK_U64(1, seen.plans);
	CHECK_STR("spring done 3/4 vip:5 common:0", seen.words);
	CHECK_ERR(0, fixture_list(&fx, "common"));
	CHECK_ERR(0, fixture_add(&fx, fx.list_id, vipv, 2));
	fx.list_id = STORE_LIST_OWN;
	CHECK_ERR(0, fixture_campaign(&fx, "spring"));
	CHECK_U64(3, fx.campaign.contacts);
	CHECK_U64(0, fx.campaign.ready);

out:
	fixture_end(&fx);

	return err;
}

/* Whoever names the plan that they saw replaces no other. */
int test_plan_marks(void)
{
	static const char *const listv[] = {"common", "vip"};
	char first[STORE_MARK_SIZE];
	struct fixture fx;
	int err;

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_list(&fx, "common"));
	CHECK_ERR(0, fixture_list(&fx, "vip"));

	CHECK_ERR(EALREADY, replace(&fx, "spring", "*", listv, 1));
	CHECK_ERR(ENOENT, look(&fx, "spring"));
	CHECK_ERR(0, make(&fx, "spring", listv, 1));
	CHECK_ERR(0, look(&fx, "spring"));
	memcpy(first, seen.mark, sizeof(first));
	CHECK_U64(STORE_MARK_SIZE - 1, strlen(first));

	/* Another list makes it another plan. */
	CHECK_ERR(0, replace(&fx, "spring", first, listv, 2));
	CHECK_ERR(EALREADY, replace(&fx, "spring", first, listv, 1));
	CHECK_ERR(0, look(&fx, "spring"));
	CHECK_STR("spring draft 0/0 vip:5 common:0", seen.words);
	CHECK(strcmp(first, seen.mark) != 0);
	CHECK_ERR(0, replace(&fx, "spring", "*", listv, 1));
	CHECK_ERR(0, look(&fx, "spring"));
	CHECK_STR(first, seen.mark);

out:
	fixture_end(&fx);

	return err;
}
