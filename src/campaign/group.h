/*
 * campaign/group.h - pure: the lines of a campaign, and which one is next
 *
 * Lines stand in tiers. Calls go over the first tier as long as one of its
 * lines works; the next tier is for when none does, not for more calls at
 * once. A line that fails rests, longer each time; where it fails on and on it
 * is left alone until it answers OPTIONS.
 */
#pragma once

#include "base/mem.h"
#include "campaign/campaign.h"
#include "campaign/trouble.h"

enum {
	GROUP_NONE = -1,
};

#define GROUP_LATER UINT64_MAX /* when something has ended */

struct group_line {
	struct dialer_line prm;
	char *name;
	struct pace pace;
	struct trouble trouble;
	unsigned live;          /* claims and calls */
	unsigned claims;        /* of them, not answered yet */
	uint64_t rest_until_ms; /* of the whole line */
	uint64_t hold_until_ms; /* as the store said */
	struct list restl;      /* channels that pause after a call */
	bool is_faulty;         /* no call before it answers */
	unsigned answers;       /* then, in a row */
	bool is_asked;          /* whether it answers: under way */
	bool is_late;           /* for long, and counted */
	uint64_t ask_at_ms;     /* a line that works */
};

struct group {
	struct group_line linev[DIALER_LINES_MAX];
	size_t linec;
	size_t last; /* that was chosen */
	uint32_t rest_ms;
	bool may_probe;
};

/* Takes over the lines; texts are copied. */
int group_init(struct group *group, const struct dialer_line *linev,
               size_t linec, uint64_t now_ms);
void group_clear(struct group *group);

/* The line for the next call, or GROUP_NONE with the time to wait. */
int group_pick(struct group *group, uint64_t now_ms, uint64_t *wait_msp);

/* The same but not that one, and the next tier too; GROUP_NONE with how long
 * until another one that works is free. */
int group_other(struct group *group, size_t not, uint64_t now_ms,
                uint64_t *wait_msp);

/* Whether another line than that one works and has channels, be it that a
 * claim for its next call is under way. */
bool group_has_other(struct group *group, size_t not, uint64_t now_ms);

/* A claim is made over the line and occupies a channel; it is answered; the
 * channel is free again; before that it pauses (without memory
 * the whole line does). */
void group_take(struct group *group, size_t line);
void group_claimed(struct group *group, size_t line);
void group_give(struct group *group, size_t line);
void group_pause(struct group *group, size_t line, uint64_t now_ms);

/* The call that was placed at placed_ms over the line has ended. Returns for
 * how long this contact is not called over it. */
uint32_t group_learn(struct group *group, size_t line,
                     const struct phone_end *end, uint64_t placed_ms,
                     uint64_t now_ms);

/* For how long a refusal asks all processes to leave the line alone; 0: it is
 * none. The time that a callee names is not the line's. */
uint32_t group_refusal_ms(const struct phone_end *end);

/* What the line takes now, of all processes; 0: any number. */
void group_follow(struct group *group, size_t line, double calls_per_s,
                  uint64_t now_ms);

/* No call over the line for so long. */
void group_rest(struct group *group, size_t line, uint32_t ms, uint64_t now_ms);

/* A line that is to be asked now, and counts as asked then; how long it is
 * until there is one. */
int group_to_ask(struct group *group, uint64_t now_ms);
uint64_t group_ask_wait(const struct group *group, uint64_t now_ms);
void group_asked(struct group *group, size_t line, int err, const char *words,
                 uint64_t now_ms);

/* It has not answered yet: calls go over others meanwhile. */
void group_ask_late(struct group *group, size_t line, uint64_t now_ms);

/* When none of them is worth another try. */
bool group_is_hopeless(const struct group *group);

/* Why nothing is dialled; "" = no line is in the way. */
const char *group_waiting(const struct group *group, uint64_t now_ms);

/* Calls per second that the lines allow together now, 0 = any. */
double group_rate(const struct group *group);

/* Calls at once over the lines that go first, up to so many. */
unsigned group_channels(const struct group *group, unsigned max);

/* The one that failed last, for what stopped the run. */
const struct group_line *group_worst(const struct group *group);
