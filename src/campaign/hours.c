/*
 * campaign/hours.c - pure: the hours of a campaign and of its pack together
 */
#include "campaign/rules.h"

enum {
	TURNS_MAX = 400, /* a day each, at worst */
};

bool rules_have_hours(const struct rules *rules)
{
	return !window_is_empty(&rules->window) ||
	       !window_is_empty(&rules->pack_window);
}

bool rules_are_open(const struct rules *rules, const struct zone *const *zonev,
                    size_t zonec, int64_t unix_s)
{
	return window_is_open(&rules->window, zonev, zonec, unix_s) &&
	       window_is_open(&rules->pack_window, zonev, zonec, unix_s);
}

/* One after the other says when it opens, until both agree. */
int64_t rules_next_s(const struct rules *rules, const struct zone *const *zonev,
                     size_t zonec, int64_t unix_s)
{
	const struct window *const windowv[] = {
		&rules->window,
		&rules->pack_window,
	};

	for (int i = 0; i < TURNS_MAX; i++) {
		int64_t next_s =
			window_next(windowv[i % 2], zonev, zonec, unix_s);

		if (next_s == WINDOW_NEVER)
			return WINDOW_NEVER;
		unix_s = next_s;
		if (rules_are_open(rules, zonev, zonec, unix_s))
			return unix_s;
	}

	return WINDOW_NEVER;
}

int64_t rules_left_s(const struct rules *rules, const struct zone *const *zonev,
                     size_t zonec, int64_t unix_s)
{
	int64_t own_s = window_left_s(&rules->window, zonev, zonec, unix_s);
	int64_t pack_s =
		window_left_s(&rules->pack_window, zonev, zonec, unix_s);

	return own_s < pack_s ? own_s : pack_s;
}
