/*
 * media/conceal.h - sound in place of lost packets
 *
 * Pure. Repeats the last pitch period and fades it out within 50 ms; joins
 * it smoothly with what comes after. Over spandsp.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <spandsp.h>

struct conceal {
	plc_state_t plc;
};

void conceal_init(struct conceal *conceal);

/* Learns from n received samples; blends their beginning into what was made
 * up before them. */
void conceal_heard(struct conceal *conceal, int16_t *pcm, size_t n);

/* Makes up n samples. */
void conceal_fill(struct conceal *conceal, int16_t *pcm, size_t n);
