/*
 * test/base/test_patrol.c - a question that is asked again and again
 */
#include "base/loop.h"
#include "base/patrol.h"
#include "harness.h"
#include "test_base.h"
#include <re_tmr.h>

enum {
	EVERY_MS = 2,
	LIMIT_MS = 60000,
};

struct asker {
	struct patrol *patrol;
	struct tmr answer, limit;
	unsigned asked, answered, faults;
	unsigned refuse; /* this question finds no memory */
	unsigned end;    /* the asker is gone before the answer of this one */
	bool is_under_way, has_found_owner;
};

static struct asker asker;

static void limit_handler(void *arg)
{
	(void)arg;

	loop_stop();
}

static void answer(void *arg)
{
	struct patrol *patrol = arg;

	asker.is_under_way = false;
	asker.answered++;
	asker.has_found_owner = patrol_owner(patrol) == &asker;
	if (asker.patrol && !patrol_is_asking(patrol))
		asker.faults++;
	patrol_answered(patrol);
	if (asker.patrol && patrol_is_asking(patrol))
		asker.faults++;
	if (asker.answered == 3 || !asker.patrol)
		loop_stop();
}

static int ask(struct patrol *patrol, void *owner)
{
	if (owner != &asker || asker.is_under_way)
		asker.faults++;
	if (++asker.asked == asker.refuse)
		return ENOMEM;

	asker.is_under_way = true;
	tmr_start(&asker.answer, 1, answer, patrol);
	if (asker.asked == asker.end) {
		patrol_end(asker.patrol);
		asker.patrol = NULL;
	}

	return 0;
}

static int patrol_run(unsigned refuse, unsigned end)
{
	int err;

	asker = (struct asker){.refuse = refuse, .end = end};
	tmr_init(&asker.answer);
	tmr_init(&asker.limit);
	err = loop_init();
	if (err)
		return err;

	tmr_start(&asker.limit, LIMIT_MS, limit_handler, NULL);
	err = patrol_alloc(&asker.patrol, EVERY_MS, ask, &asker);
	if (!err)
		err = loop_run();

	tmr_cancel(&asker.limit);
	patrol_end(asker.patrol);
	loop_close();

	return err;
}

int test_patrol_asks_again(void)
{
	int err = patrol_run(2, 0);

	CHECK_ERR(0, err);
	CHECK_U64(3, asker.answered);
	CHECK_U64(4, asker.asked);
	CHECK_U64(0, asker.faults);
	CHECK(asker.has_found_owner);

out:
	return err;
}

int test_patrol_outlives_its_owner(void)
{
	int err = patrol_run(0, 2);

	CHECK_ERR(0, err);
	CHECK_U64(2, asker.asked);
	CHECK_U64(2, asker.answered);
	CHECK_U64(0, asker.faults);
	CHECK(!asker.has_found_owner);

out:
	return err;
}
