/*
 * campaign/pack.c - pure: what a law says about calls, under one name
 *
 * A pack only forbids: a campaign's own rules hold beside it, and may be
 * stricter.
 */
#include <string.h>
#include "base/mem.h"
#include "campaign/pack.h"

const struct pack pack_tablev[] = {
	{
		.name = "230-fz",
		.hours = "mon-fri 08:00-22:00, sat-sun 09:00-20:00",
		.day_calls = 1,
		.week_calls = 2,
		.month_calls = 8,
		.about = "debts, Russia: Federal Law 230-FZ, article 7",
	},
	{
		.name = "tsr",
		.hours = "08:00-21:00",
		.about = "telemarketing, US: 16 CFR 310.4(c)",
	},
};
const size_t pack_tablec = ARRAY_COUNT(pack_tablev);

const struct pack *pack_find(const char *name)
{
	for (size_t i = 0; i < pack_tablec; i++) {
		if (!strcmp(pack_tablev[i].name, name))
			return &pack_tablev[i];
	}

	return NULL;
}
