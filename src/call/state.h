/*
 * call/state.h - the life of a call as one table
 */
#pragma once

enum call_state {
	CALL_IDLE,
	CALL_CALLING, /* dialled, not yet answered */
	CALL_TALKING,
	CALL_CLOSING, /* the leg is gone; audio, recording, store are not */
	CALL_GONE,
	CALL_STATES,
};

enum call_event {
	EV_DIAL,
	EV_ANSWER,
	EV_END, /* refused, cancelled or hung up, by whom ever */
	EV_FLUSHED,
	CALL_EVENTS,
};

enum call_state call_state_next(enum call_state state, enum call_event event);
