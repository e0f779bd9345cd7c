/*
 * speech/bands.h - pure: what to make of an answer that may be wrong
 *
 * Understood, to be confirmed, not understood. An answer to be confirmed goes
 * to the script with a "?" in front, "F?yes", so that a child of its own can
 * ask back; only where a node asks for it, since "yes" matches in "?yes".
 */
#pragma once

enum band {
	BAND_REJECTED,
	BAND_CONFIRM,
	BAND_ACCEPTED,
};

struct bands {
	unsigned accept;  /* percent, from here on it is understood */
	unsigned confirm; /* from here to there it is to be confirmed; at
	                   * or above accept: never */
};

/* Reads {"accept": 80, "confirm": 50} of a script's asr_params, each of them
 * optional; anything else in it is somebody else's. Without a "confirm"
 * nothing is to be confirmed. */
void bands_read(struct bands *bands, const char *params, unsigned accept);

enum band bands_of(const struct bands *bands, unsigned score);
