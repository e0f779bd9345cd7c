/*
 * base/timers.c - libre's timers, in a heap instead of a sorted list
 *
 * libre keeps its timers in a list and looks for the place of a new one step
 * by step. Each SIP transaction leaves a timer of 32 s behind, so after half a
 * minute of many calls most of the processor's time went there. The functions
 * below stand in front of libre's own (the linker takes those of the program
 * first), for our timers and for its transactions alike; docs/adr/0015.
 *
 * A pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986) in the links that
 * a struct tmr has anyway: nothing is allocated, starting cannot fail. The
 * heap's root lies where libre has the list's head, one for each thread that
 * runs a loop. Timers of the same moment fire in the order of their start.
 *
 * The clock is the one that never jumps; libre's own follows the wall.
 *
 * A process that was frozen, or on a machine that was, wakes up with timers
 * that are long due and with what they wait for in its sockets. The loop takes
 * one packet of a socket and then fires all timers, so answers that had come
 * in time would count as missing: after a stall the sockets come first.
 */
#include <assert.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/timers.h"
#include <re_tmr.h>

/* Of libre, not in its headers. */
struct list *tmrl_get(void);

enum {
	STALL_MS =
		1000, /* so late a timer is only where the loop stood still */
	GRACE_MS = 100,
	GRACE_ROUNDS = 64, /* of the loop: it may stand still once more */
};

static _Thread_local uintptr_t started;      /* counts timers: who came first */
static _Thread_local uint64_t held_until_ms; /* after a stall; 0: it is over */
static _Thread_local unsigned held_rounds;   /* of the loop since then */

/* --- the heap ------------------------------------------------------------ */

/* In struct le: `data` is the first child, `next` the next sibling, `prev` the
 * sibling before or of a first child the parent, `list` the number. */
static struct tmr *timer_of(struct le *le)
{
	static_assert(offsetof(struct tmr, le) == 0, "the link is the timer");

	return (struct tmr *)(void *)le;
}

static bool is_before(struct le *a, struct le *b)
{
	uint64_t a_ms = timer_of(a)->jfs, b_ms = timer_of(b)->jfs;

	if (a_ms != b_ms)
		return a_ms < b_ms;

	return (uintptr_t)a->list < (uintptr_t)b->list;
}

/* Of two roots, either may be NULL. */
static struct le *meld(struct le *a, struct le *b)
{
	struct le *child;

	if (!a || !b)
		return a ? a : b;
	if (is_before(b, a)) {
		struct le *first = b;

		b = a;
		a = first;
	}

	child = a->data;
	b->prev = a;
	b->next = child;
	if (child)
		child->prev = b;
	a->data = b;
	a->next = a->prev = NULL;

	return a;
}

/* Makes one heap of a row of siblings: in pairs from the left, then all from
 * the right, which is what keeps it shallow. */
static struct le *meld_row(struct le *row)
{
	struct le *pairs = NULL, *heap = NULL;

	while (row) {
		struct le *a = row, *b = row->next;

		row = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct le *next = pairs->next;

		pairs->next = NULL;
		heap = meld(heap, pairs);
		pairs = next;
	}

	return heap;
}

static void heap_remove(struct list *tmrl, struct le *le)
{
	struct le *children = meld_row(le->data);

	if (tmrl->head == le) {
		tmrl->head = children;
	}
	else {
		if (le->prev->data == le)
			le->prev->data = le->next;
		else
			le->prev->next = le->next;
		if (le->next)
			le->next->prev = le->prev;
		tmrl->head = meld(tmrl->head, children);
	}

	*le = (struct le){.prev = NULL};
}

/* --- in front of libre's ------------------------------------------------- */

uint64_t tmr_jiffies(void)
{
	return clock_ms();
}

void tmr_init(struct tmr *tmr)
{
	if (tmr)
		*tmr = (struct tmr){.th = NULL};
}

void tmr_start(struct tmr *tmr, uint64_t delay_ms, tmr_h *handler, void *arg)
{
	struct list *tmrl = tmrl_get();

	if (!tmr)
		return;
	if (tmr->th)
		heap_remove(tmrl, &tmr->le);

	tmr->th = handler;
	tmr->arg = arg;
	if (!handler)
		return;

	tmr->jfs = tmr_jiffies() + delay_ms;
	tmr->le.list = (struct list *)++started;
	tmrl->head = meld(tmrl->head, &tmr->le);
}

void tmr_cancel(struct tmr *tmr)
{
	tmr_start(tmr, 0, NULL, NULL);
}

uint64_t tmr_get_expire(const struct tmr *tmr)
{
	uint64_t now_ms;

	if (!tmr || !tmr->th)
		return 0;

	now_ms = tmr_jiffies();

	return tmr->jfs > now_ms ? tmr->jfs - now_ms : 0;
}

/* For the loop's wait: 0 = no timer. */
uint64_t tmr_next_timeout(struct list *tmrl)
{
	uint64_t now_ms = tmr_jiffies(), at_ms;

	if (!tmrl->head)
		return 0;

	at_ms = timer_of(tmrl->head)->jfs;
	if (at_ms < held_until_ms)
		at_ms = held_until_ms;

	return at_ms > now_ms ? at_ms - now_ms : 1;
}

/* Whether timers have to wait until the sockets were looked at. */
static bool is_held(const struct list *tmrl, uint64_t now_ms)
{
	if (!tmrl->head || timer_of(tmrl->head)->jfs + STALL_MS >= now_ms)
		return false;

	if (!held_until_ms) {
		held_until_ms = now_ms + GRACE_MS;
		held_rounds = 0;
	}

	return ++held_rounds < GRACE_ROUNDS || now_ms < held_until_ms;
}

static bool fire_first(struct list *tmrl, uint64_t now_ms)
{
	struct tmr *tmr;
	tmr_h *handler;

	if (!tmrl->head || timer_of(tmrl->head)->jfs > now_ms)
		return false;

	tmr = timer_of(tmrl->head);
	handler = tmr->th;
	heap_remove(tmrl, &tmr->le);
	tmr->th = NULL;
	handler(tmr->arg);

	return true;
}

void tmr_poll(struct list *tmrl)
{
	uint64_t now_ms = tmr_jiffies();

	if (is_held(tmrl, now_ms))
		return;

	held_until_ms = 0;
	while (fire_first(tmrl, now_ms))
		;
}

/* --- a set clock ---------------------------------------------------------- */

bool timers_step(void)
{
	return fire_first(tmrl_get(), tmr_jiffies());
}

uint64_t timers_next_ms(void)
{
	const struct list *tmrl = tmrl_get();

	return tmrl->head ? timer_of(tmrl->head)->jfs : UINT64_MAX;
}

void timers_use(void)
{
	/* To be called is enough: with it the linker takes all of the above. */
}
