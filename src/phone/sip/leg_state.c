/*
 * phone/sip/leg_state.c - pure: the life of a leg as one table
 *
 * An empty cell is not an error: a BYE may cross our own, a 2xx our CANCEL.
 * It means "stay", which is why the table stores state + 1.
 */
#include <assert.h>
#include <stdint.h>
#include "phone/sip/leg_state.h"

#define TO(state) ((state) + 1)

/* clang-format off */
static const uint8_t next[LEG_STATES][LEG_EVENTS] = {
	[LEG_CALLING]   = {[LEG_EV_PROGRESS] = TO(LEG_RINGING),
			   [LEG_EV_ACCEPT]   = TO(LEG_UP),
			   [LEG_EV_REFUSE]   = TO(LEG_GONE),
			   [LEG_EV_HANGUP]   = TO(LEG_CANCELLED)},

	[LEG_RINGING]   = {[LEG_EV_ACCEPT]   = TO(LEG_UP),
			   [LEG_EV_REFUSE]   = TO(LEG_GONE),
			   [LEG_EV_HANGUP]   = TO(LEG_CANCELLED)},

	/* A late 2xx must be acknowledged and then left by BYE. */
	[LEG_CANCELLED] = {[LEG_EV_ACCEPT]   = TO(LEG_CLOSING),
			   [LEG_EV_REFUSE]   = TO(LEG_GONE)},

	[LEG_OFFERED]   = {[LEG_EV_ACCEPT]   = TO(LEG_ACCEPTED),
			   [LEG_EV_REFUSE]   = TO(LEG_GONE),
			   [LEG_EV_LEAVE]    = TO(LEG_GONE)},

	/* Hanging up waits for the ACK (RFC 3261 section 15). */
	[LEG_ACCEPTED]  = {[LEG_EV_ACK]      = TO(LEG_UP),
			   [LEG_EV_LEAVE]    = TO(LEG_GONE)},

	[LEG_UP]        = {[LEG_EV_HANGUP]   = TO(LEG_CLOSING),
			   [LEG_EV_LEAVE]    = TO(LEG_GONE)},

	[LEG_CLOSING]   = {[LEG_EV_CLOSED]   = TO(LEG_GONE)},
};
/* clang-format on */

enum leg_state leg_state_next(enum leg_state state, enum leg_event event)
{
	assert(state < LEG_STATES && event < LEG_EVENTS);

	if (!next[state][event])
		return state;

	return (enum leg_state)(next[state][event] - 1);
}
