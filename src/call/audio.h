/*
 * call/audio.h - what hears and speaks on a leg: mouth, ears, recorder
 *
 * Made for one leg. The media loop holds it from phone_dial() or
 * phone_leg_answer() until `detached`.
 */
#pragma once

#include "call/ears.h"
#include "call/mouth.h"
#include "call/recorder.h"
#include "phone/phone.h"

struct audio {
	struct tickbox *box;
	struct mouth *mouth;
	struct ears *ears;
	struct recorder *recorder; /* NULL: nothing is recorded */
	void (*closed)(void *arg);
	void *closed_arg;
};

/* On the media loop; the rest on the control loop. */
void audio_tick(struct phone_tick *tick, struct audio *audio);

/* After the last tick: writes what is left of the recording, then calls
 * closed (once, later). From then on the parts may be freed. */
void audio_close(struct audio *audio, void (*closed)(void *arg), void *arg);

/* Frees the parts, all or some of which are there. */
void audio_free(struct audio *audio);
