/*
 * test/campaign/test_robots.c - nobody is called who could not be talked to
 */
#include "base/loop.h"
#include "campaign/line.h"
#include "campaign/tests.h"
#include <re_tmr.h>

struct patience {
	const struct line *line;
	struct tmr tmr;
	unsigned left; /* looks */
};

/* Until somebody was told what it waits for. */
static void look(void *arg)
{
	struct patience *patience = arg;

	if (patience->line->progress.waiting || !--patience->left)
		loop_stop();
	else
		tmr_start(&patience->tmr, 20, look, patience);
}

/* Nobody's telephone rings while no robot is free to talk, or while those who
 * talk are understood late; whoever asks why is told. */
int test_robots_first(void)
{
	static const struct {
		int err;
		const char *waiting;
	} rowv[] = {
		{EBUSY, "no robot is free"},
		{EAGAIN, "people are understood late: fewer calls at a time"},
	};
	static struct line line;
	struct patience patience = {.line = &line};
	struct fixture fx;
	int err;

	tmr_init(&patience.tmr);
	err = line_init(&line, &fx, 12);
	CHECK_ERR(0, err);
	line.has_robots = true;
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		line.progress.waiting = NULL;
		line.robots_err = rowv[i].err;
		patience.left = 3000;
		CHECK_ERR(0, line_begin(&line));
		look(&patience);
		(void)loop_run();
		CHECK_U64(0, line.placed);
		CHECK(line.progress.waiting);
		CHECK_STR(rowv[i].waiting, line.progress.waiting);
		line.dialer = mem_deref(line.dialer);
	}

	line.robots = 2;
	CHECK_ERR(0, line_run(&line));
	CHECK_U64(12, line.placed);
	CHECK(line.live_max <= 2);
	CHECK_I64(0, line.reserved);

out:
	tmr_cancel(&patience.tmr);
	line_end(&line, &fx);

	return err;
}
