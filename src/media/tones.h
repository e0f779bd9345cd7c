/*
 * media/tones.h - what telephone networks and machines say in tones
 *
 * Beeps of answering machines, the special information tones of a network
 * (SIT, ITU-T E.180), busy, congestion and ringing by the cadences of each
 * country (ITU-T E.180 supplement 2, TIA-464), fax and modem. Beeps, SIT and
 * cadences are found by peak.h; V.21 and the phase reversals of a modem by
 * spandsp.
 *
 * Pure: time is that of the samples fed. Memory is taken at the start only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tones;

enum tones_kind {
	TONES_BEEP, /* 440 to 2000 Hz for 100 ms or more; now it is over */
	TONES_SIT_INTERCEPT,
	TONES_SIT_VACANT,
	TONES_SIT_REORDER,
	TONES_SIT_NO_CIRCUIT,
	TONES_SIT_OTHER, /* the form of the ITU, which says nothing more */
	TONES_RINGING,
	TONES_BUSY,
	TONES_CONGESTION,
	TONES_FAX,      /* it answers: CED or V.21 */
	TONES_FAX_CALL, /* it calls: CNG */
	TONES_MODEM,
	TONES_KINDS,
};

struct tones_event {
	enum tones_kind kind;
	float hz;           /* of a beep, 0: several */
	uint32_t at_ms;     /* when it was known, since the start */
	uint32_t length_ms; /* of a beep */
	float level_db;     /* of a beep, below full scale */
};

enum {
	TONES_EVENTS_MAX = 4, /* of one feed of 20 ms */
	TONES_COUNTRIES_MAX = 8,
};

/* countries: their cadences only, "cn,ru"; "" = all that are known. Returns
 * EINVAL for one that is not. */
int tones_alloc(struct tones **tonesp, const char *countries);

/* n samples at 8000 Hz, at most 20 ms. Returns how many events they make. */
size_t tones_feed(struct tones *tones, const int16_t *pcm, size_t n,
                  struct tones_event eventv[TONES_EVENTS_MAX]);

/* Whether a steady tone sounds now, which is no voice. */
bool tones_is_tone(const struct tones *tones);

const char *tones_name(enum tones_kind kind); /* "SIT vacant code" */
