/*
 * campaign/dialer_again.c - the same person at once over another line
 *
 * Their turn is the next one that the campaign's pace and the other line have;
 * until then nobody else's claim takes them, since they are due a little later.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "campaign/dialer.h"

enum {
	LOOK_MS = 100,
	ROBOT_LOOK_MS = 500,
	MARGIN_MS = 1000, /* before they are due for any line */
};

struct again {
	struct le le;
	int64_t contact_id;
	size_t not ; /* the line that it was */
	uint64_t until_ms;
};

static void again_destructor(void *arg)
{
	struct again *again = arg;

	list_unlink(&again->le);
}

static void look(void *arg)
{
	dialer_kick(arg);
}

/* 0: claimed, or it is for nothing; else ms until it is worth another look. */
static uint64_t try_again(struct dialer *dialer, const struct again *again,
                          uint64_t now_ms)
{
	uint64_t wait_ms;
	int line;

	if (dialer->progress.is_stopping || dialer->is_over ||
	    now_ms >= again->until_ms)
		return 0;
	if (now_ms < dialer->rest_until_ms ||
	    (dialer->pace.rate > 0 && dialer->claims))
		return LOOK_MS;

	wait_ms = pace_wait(&dialer->pace, now_ms);
	if (wait_ms)
		return wait_ms;

	line = group_other(&dialer->group, again->not, now_ms, &wait_ms);
	if (line == GROUP_NONE)
		return wait_ms < LOOK_MS ? wait_ms : LOOK_MS;

	return dialer_claim(dialer, (size_t)line, again->contact_id) == EBUSY
	               ? ROBOT_LOOK_MS
	               : 0;
}

void dialer_again_look(struct dialer *dialer)
{
	uint64_t now_ms = clock_ms(), first_ms = GROUP_LATER;
	struct le *le = list_head(&dialer->againl);

	while (le) {
		struct again *again = le->data;
		uint64_t wait_ms = try_again(dialer, again, now_ms);

		le = le->next;
		if (!wait_ms) {
			dialer->redials--;
			mem_deref(again);
		}
		else if (wait_ms < first_ms) {
			first_ms = wait_ms;
		}
	}
	if (first_ms != GROUP_LATER)
		tmr_start(&dialer->again_tmr, first_ms, look, dialer);
}

void dialer_again(struct dialer *dialer, const struct dialer_attempt *attempt)
{
	struct again *again;

	again = mem_zalloc(sizeof(*again), again_destructor);
	if (!again) {
		dialer->redials--;
		return;
	}

	again->contact_id = attempt->contact_id;
	again->not = attempt->line;
	again->until_ms = clock_ms() + DIALER_AGAIN_MS - MARGIN_MS;
	list_append(&dialer->againl, &again->le, again);
}

void dialer_again_end(struct dialer *dialer)
{
	tmr_cancel(&dialer->again_tmr);
	list_flush(&dialer->againl);
}
