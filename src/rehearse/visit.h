/*
 * rehearse/visit.h - one call to a person
 *
 * Joins a leg and a handset, from the ringing to the end. A visit lives by
 * itself: it frees itself when the leg has ended and its audio is detached.
 *
 * Threads: the control loop; the handset belongs to the tick from the answer
 * until the audio is detached.
 */
#pragma once

#include "phone/phone.h"
#include "rehearse/handset.h"

/* What a visit tells its host. All on the control loop. */
struct visit_sink {
	void (*answered)(void *arg);
	void (*ended)(void *arg); /* once after answered */
	void *arg;                /* referenced by each visit */
};

/* Takes over the leg, also on failure, and lets the person do with it what
 * they do. person and sounds belong to sink->arg. seed tells calls apart. */
int visit_begin(struct phone_leg *leg, const struct person *person,
                const struct handset_sounds *sounds,
                const struct visit_sink *sink, uint32_t seed);
