/*
 * call/headroom.h - pure: how many calls at a time are understood in time
 *
 * Where texts, or ticks, come late for long, fewer calls may be begun: half as
 * many each time that it goes on, and a few more in each period when it is over
 * (additive increase, multiplicative decrease). Time is judged in periods, of
 * which STREAK in a row have to be late: a machine that stands still for two
 * seconds spoils one of them, or two. Calls in hand are not touched.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	HEADROOM_STREAK = 3, /* late periods in a row */
	HEADROOM_TEXTS = 6,  /* late ones among them, at least */
	HEADROOM_STEPS = 16, /* one more for so many */
};

enum headroom_news {
	HEADROOM_SAME,
	HEADROOM_LESS, /* the limit fell */
	HEADROOM_BACK, /* there is none any more */
};

struct headroom {
	uint32_t period_ms;
	unsigned limit; /* calls at a time; 0: none */
	unsigned top;   /* how many there were when it fell first */

	/* the period under way */
	bool has_begun;
	uint64_t begin_ms;
	unsigned in_time, late;     /* texts */
	uint64_t ticks, late_ticks; /* since the start */
	uint64_t ticks0, late0;     /* the same when it began */

	unsigned good; /* periods since the last late one */

	/* the late ones in a row */
	unsigned streak, streak_late;
	unsigned peak; /* calls at a time in them */
};

/* period_ms: a third of the time that it may be late. */
void headroom_init(struct headroom *room, uint32_t period_ms);

void headroom_text(struct headroom *room, bool is_late);

/* Figures since the start. */
void headroom_ticks(struct headroom *room, uint64_t ticks, uint64_t late);

/* To be called now and then, with the calls that there are; closes the period
 * when it is over. */
enum headroom_news headroom_look(struct headroom *room, unsigned live,
                                 uint64_t now_ms);
