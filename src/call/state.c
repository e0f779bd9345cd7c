/*
 * call/state.c - pure: the life of a call as one table
 *
 * An empty cell is not an error: SIP may deliver an answer while our CANCEL is
 * on its way. It means "stay", which is why the table stores state + 1.
 */
#include <assert.h>
#include <stdint.h>
#include "call/state.h"

#define TO(state) ((state) + 1)

/* clang-format off */
static const uint8_t next[CALL_STATES][CALL_EVENTS] = {
	[CALL_IDLE]    = {[EV_DIAL]    = TO(CALL_CALLING),
			  [EV_ANSWER]  = TO(CALL_TALKING)},

	[CALL_CALLING] = {[EV_ANSWER]  = TO(CALL_TALKING),
			  [EV_END]     = TO(CALL_CLOSING)},

	[CALL_TALKING] = {[EV_END]     = TO(CALL_CLOSING)},

	[CALL_CLOSING] = {[EV_FLUSHED] = TO(CALL_GONE)},
};
/* clang-format on */

enum call_state call_state_next(enum call_state state, enum call_event event)
{
	assert(state < CALL_STATES && event < CALL_EVENTS);

	if (!next[state][event])
		return state;

	return (enum call_state)(next[state][event] - 1);
}
