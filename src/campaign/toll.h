/*
 * campaign/toll.h - pure: what calls cost, and where they may go at all
 *
 * Where prices are configured they are the list of what may be called: a
 * number that none of them fits is refused, so that nobody who gets hold of
 * the robot earns by calls to far-away numbers.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/cfg.h"

enum {
	TOLLS_MAX = 1000,
	TOLL_PREFIX_SIZE = 17,
	TOLL_REFUSED = -1,
};

struct tolls;

/* From [tolls] and every [toll PREFIX]; EINVAL with fault. */
int tolls_alloc(struct tolls **tollsp, const struct cfg *cfg,
                char fault[CFG_FAULT_SIZE]);

/* Of a minute, in millionths, by the longest prefix that fits; TOLL_REFUSED:
 * the number is not called. 0 where nothing is configured. */
int64_t toll_price(const struct tolls *tolls, const char *number);

/* What may be spent within an hour, in millionths; 0: anything. */
int64_t toll_hour_spend(const struct tolls *tolls);

/* "1.25" to 1250000. False: no amount. */
bool toll_amount_parse(int64_t *amountp, const char *text);
