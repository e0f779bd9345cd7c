/*
 * rehearse/visit.h - one call to a person
 *
 * Joins a leg and a handset, from the ringing to the end. A visit stands in
 * its host's list and frees itself when the leg has ended and its audio is
 * detached; the host may free it before the answer and after the phone is
 * closed.
 *
 * Threads: the control loop; the handset belongs to the tick from the answer
 * until the audio is detached.
 */
#pragma once

#include "base/mem.h"
#include "phone/phone.h"
#include "rehearse/handset.h"

/* What a visit tells its host. All on the control loop. */
struct visit_sink {
	void (*answered)(void *arg);
	void (*ended)(void *arg); /* once after answered */
	void *arg;
};

/* What a host gives to all its visits; outlives them. */
struct visit_host {
	const struct handset_sounds *sounds;
	struct visit_sink sink;
	const char *tapes; /* folder of what each said and heard, or NULL */
	struct list visitl;
};

/* Takes over the leg, also on failure, and lets the person do with it what
 * they do. noise_at: see handset_init(). */
int visit_begin(struct visit_host *host, struct phone_leg *leg,
                const struct person *person, size_t noise_at);
