/*
 * call/audio.h - what hears and speaks on a leg: mouth, ears, recorder
 *
 * Made for one leg. The media loop holds it from phone_dial() or
 * phone_leg_answer() until `detached`.
 *
 * A conversation has a rate, chosen once when it begins: 8000 Hz until then.
 * Where the leg's codec has another one (early media, a codec that changed in
 * the middle of the call), samples are converted at the edge, so mouth, ears
 * and recorder see one rate for as long as a recording lasts. They know it by
 * the number of samples of their tick.
 *
 * Two of them are joined by a bridge: their legs hear each other.
 */
#pragma once

#include "call/answer.h"
#include "call/ears.h"
#include "call/mouth.h"
#include "call/recorder.h"
#include "media/bridge.h"
#include "media/halfband.h"
#include "media/keytone.h"
#include "phone/phone.h"

enum {
	/* A key lasts 40 ms at least, and the loop is not late by seconds. */
	AUDIO_TONE_KEYS = 32,
};

struct audio_key {
	struct audio *audio;
	char key;
};

struct audio {
	struct tickbox *box;
	struct mouth *mouth;
	struct ears *ears;         /* NULL: nobody of ours listens */
	struct answer *answer;     /* NULL: not looked at who answers */
	struct recorder *recorder; /* NULL: nothing is recorded */
	struct bridge *bridge;     /* NULL: hears the mouth alone */
	enum bridge_end end;
	uint32_t next_rate_hz; /* on its way to the tick */

	/* the tick's */
	struct bridge *tick_bridge;
	uint32_t rate_hz;
	struct halfband down, up;
	float played_db; /* level of what was sent last */

	struct audio_key tone_keyv[AUDIO_TONE_KEYS]; /* told, a ring */
	unsigned tone_keys;
	struct keytone *tick_tone; /* NULL: tones of keys are not looked for */

	struct keytone *tone; /* NULL until keys are asked for */
	void (*key)(char key, void *arg);
	void *key_arg;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* What rate a conversation over a leg of this rate is held at. */
uint32_t audio_rate_for(uint32_t leg_rate_hz);

/* The rate from the next tick on, at most once, before the first prompt and
 * the recording. */
int audio_rate_set(struct audio *audio, uint32_t rate_hz);

/* Joins the leg with that of the bridge's other end, at most once: what is said
 * there takes the place of what the mouth says. The bridge is referenced until
 * audio_free(). */
int audio_join(struct audio *audio, struct bridge *bridge, enum bridge_end end);

/* Looks for the tones of keys in what is heard, or does so no more; `key` is
 * told of them on the control loop. */
int audio_keys(struct audio *audio, bool is_on);

/* On the media loop; the rest on the control loop. */
void audio_tick(struct phone_tick *tick, struct audio *audio);

/* After the last tick: writes what is left of the recording, then calls
 * closed (once, later). From then on the parts may be freed. */
void audio_close(struct audio *audio, void (*closed)(void *arg), void *arg);

/* Frees the parts, all or some of which are there. */
void audio_free(struct audio *audio);
