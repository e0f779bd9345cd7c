/*
 * call/partings.h - calls of processes that died; private to call/
 *
 * What ends a leg of ours, should we die, is in the store while it lives; what
 * others left there we end.
 */
#pragma once

#include "call/calls.h"

/* Writes down what ends the leg now; will as in struct store_leg. Nothing where
 * nothing is kept. */
struct parting_prm {
	const char *callid, *number;
	unsigned side;
	const char *line;            /* its name */
	const struct phone_leg *leg; /* NULL: it is still to be dialled */
	const char *will;
};
void partings_keep(const struct calls *calls, const struct parting_prm *prm);
