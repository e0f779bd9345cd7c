/*
 * call/optout.h - the callee wants no further calls; private to call/
 *
 * The wish is on the disk before the call ends by our doing: who says stop and
 * hears us hang up is not called again, whatever happens to us next.
 */
#pragma once

#include <stdbool.h>

struct call;
struct optout;

/* They said so, or complained. */
bool optout_is_wanted(const struct call *call);

/* They said something: whoever complains needs no node of the script for it. */
void optout_hear(struct call *call, const char *text);

/* Behind each turn: writes the wish once the script has set its variable
 * do_not_call. */
void optout_look(struct call *call);

/* Hangs up, behind the writing of a wish. */
void optout_hangup(struct call *call);

/* The call has ended: once more, should the first time have failed. Returns the
 * errno of what cannot even wait to be written. */
int optout_again(struct call *call);

/* The call is gone; the wish is written all the same. */
void optout_forget(struct call *call);
