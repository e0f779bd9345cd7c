/*
 * campaign/pack.h - pure: what a law says about calls, under one name
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct pack {
	const char *name;
	const char *hours; /* as the rule of that name */
	uint32_t day_calls, week_calls, month_calls; /* 0: any */
	const char *about;                           /* for docs */
};

/* NULL: there is no such pack. */
const struct pack *pack_find(const char *name);

extern const struct pack pack_tablev[];
extern const size_t pack_tablec;
