/*
 * phone/sip/leg_state.h - pure: the life of a leg as one table
 */
#pragma once

enum leg_state {
	LEG_CALLING,   /* INVITE sent, nothing heard */
	LEG_RINGING,   /* a provisional answer came */
	LEG_CANCELLED, /* we gave up; the final answer is still to come */
	LEG_OFFERED,   /* their INVITE waits for our answer */
	LEG_ACCEPTED,  /* our 2xx waits for their ACK */
	LEG_UP,        /* both sides agreed */
	LEG_CLOSING,   /* BYE sent */
	LEG_GONE,
	LEG_STATES,
};

enum leg_event {
	LEG_EV_PROGRESS, /* 1xx from them */
	LEG_EV_ACCEPT,   /* 2xx from them or by us */
	LEG_EV_REFUSE,   /* final refusal, by them or by us, or no way there */
	LEG_EV_ACK,
	LEG_EV_HANGUP, /* by us */
	LEG_EV_LEAVE,  /* BYE or CANCEL from them */
	LEG_EV_CLOSED, /* our BYE is answered, or never will be */
	LEG_EVENTS,
};

enum leg_state leg_state_next(enum leg_state state, enum leg_event event);
