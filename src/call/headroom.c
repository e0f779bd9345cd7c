/*
 * call/headroom.c - pure: how many calls at a time are understood in time
 */
#include <assert.h>
#include "call/headroom.h"

void headroom_init(struct headroom *room, uint32_t period_ms)
{
	assert(period_ms);

	*room = (struct headroom){.period_ms = period_ms};
}

void headroom_text(struct headroom *room, bool is_late)
{
	if (is_late)
		room->late++;
	else
		room->in_time++;
}

void headroom_ticks(struct headroom *room, uint64_t ticks, uint64_t late)
{
	room->ticks = ticks;
	room->late_ticks = late;
}

static void period_begin(struct headroom *room, uint64_t now_ms)
{
	room->begin_ms = now_ms;
	room->in_time = room->late = 0;
	room->ticks0 = room->ticks;
	room->late0 = room->late_ticks;
}

static void streak_end(struct headroom *room)
{
	room->streak = room->streak_late = room->peak = 0;
}

static bool has_late_ticks(const struct headroom *room)
{
	uint64_t late = room->late_ticks - room->late0;

	return late && late * 2 >= room->ticks - room->ticks0;
}

/* Whoever talks alone is not helped by fewer calls. */
static enum headroom_news fall(struct headroom *room)
{
	unsigned from = room->limit ? room->limit : room->peak;

	streak_end(room);
	if (from < 2)
		return HEADROOM_SAME;

	if (!room->limit)
		room->top = from;
	room->limit = from / 2;

	return HEADROOM_LESS;
}

static enum headroom_news late_period(struct headroom *room, unsigned live)
{
	/* Those in hand are still as many as before it fell. */
	if (room->limit && live > room->limit)
		return HEADROOM_SAME;

	room->good = 0;
	room->streak++;
	room->streak_late += has_late_ticks(room) ? HEADROOM_TEXTS : room->late;
	if (room->streak < HEADROOM_STREAK ||
	    room->streak_late < HEADROOM_TEXTS)
		return HEADROOM_SAME;

	return fall(room);
}

/* One in which nobody said anything proves nothing, unless it goes on; and
 * before anybody is added it has to have been good for as long as it was bad.
 */
static enum headroom_news good_period(struct headroom *room, unsigned live)
{
	room->good++;
	if (room->in_time || !live || room->good >= HEADROOM_STREAK)
		streak_end(room);
	if (!room->limit || room->good < HEADROOM_STREAK)
		return HEADROOM_SAME;

	room->limit += room->limit / HEADROOM_STEPS + 1;
	if (room->limit < room->top)
		return HEADROOM_SAME;

	room->limit = 0;

	return HEADROOM_BACK;
}

enum headroom_news headroom_look(struct headroom *room, unsigned live,
                                 uint64_t now_ms)
{
	enum headroom_news news;
	bool is_late;

	if (!room->has_begun) {
		room->has_begun = true;
		room->begin_ms = now_ms;
		room->ticks0 = room->ticks;
		room->late0 = room->late_ticks;
	}
	if (live > room->peak)
		room->peak = live;
	if (now_ms < room->begin_ms + room->period_ms)
		return HEADROOM_SAME;

	is_late = has_late_ticks(room) ||
	          (room->late && room->late >= room->in_time);
	news = is_late ? late_period(room, live) : good_period(room, live);
	period_begin(room, now_ms);

	return news;
}
