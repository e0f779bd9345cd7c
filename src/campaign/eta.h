/*
 * campaign/eta.h - pure: when a campaign will be over
 */
#pragma once

#include <stdint.h>

struct eta {
	uint32_t waiting;   /* contacts not placed yet */
	uint32_t live;      /* calls under way */
	uint32_t calls_max; /* at once */
	double rate;        /* calls per second that pace allows, 0 = any */
	uint32_t ended;     /* attempts */
	uint64_t spent_ms;  /* of all of them, placing to end */
};

/* Milliseconds to the end, or -1 while too little is known. */
int64_t eta_ms(const struct eta *eta);
