/*
 * cli/silence.h - pure: how long somebody at the telephone heard nothing
 *
 * Of two tracks: what a person said, and what they heard. A silence lasts from
 * the person's last word or the robot's last sound to the robot's next, or to
 * the end of the call. What the person ends by speaking was theirs and does
 * not count.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	SILENCE_RATE_HZ = 8000, /* of both tracks */
};

struct silence {
	uint32_t longest_ms;
	uint32_t at_ms;    /* where it began */
	uint32_t robot_ms; /* with sound of the robot */
};

void silence_find(struct silence *silence, const int16_t *said,
                  const int16_t *heard, size_t count);
