/*
 * phone/sip/session_timer.h - pure: session timers (RFC 4028)
 *
 * Both sides of a call agree who refreshes it and how often, so that a call
 * whose other end died is noticed and ended. libre knows nothing of it; the
 * leg asks here what to say, when to refresh and when to give up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SESSION_TIMER_DEFAULT_S = 1800, /* RFC 4028 section 4 */
	SESSION_TIMER_MIN_S = 90,       /* the least that may be asked for */
	SESSION_TIMER_MAX_S = 86400,
};

enum session_refresher {
	SESSION_REFRESHER_ANY, /* not said */
	SESSION_REFRESHER_UAC,
	SESSION_REFRESHER_UAS,
};

/* The value of a Session-Expires header. */
struct session_expires {
	uint32_t interval_s;
	enum session_refresher refresher;
};

/* Reads "1800;refresher=uac". Returns false for nonsense. */
bool session_expires_parse(struct session_expires *expires, const char *value,
                           size_t len);

/* Reads a Min-SE value; 0: nonsense. */
uint32_t session_min_parse(const char *value, size_t len);

/* What was agreed, as one side sees it. interval_s 0: no timer. */
struct session_timer {
	uint32_t interval_s;
	bool is_mine; /* this side refreshes */
};

/* After a 2xx to our INVITE; expires NULL: the answer had none. */
void session_timer_answered(struct session_timer *timer,
                            const struct session_expires *expires);

/* What we say in our 2xx to their INVITE. expires NULL: the request had
 * none; can_they: they list "timer" as supported. */
struct session_expires session_timer_accept(
	struct session_timer *timer, const struct session_expires *expires,
	bool can_they, uint32_t interval_s);

/* Milliseconds until this side must act: refresh when it is ours (half of
 * the interval), hang up when it is theirs (RFC 4028 section 10). */
uint32_t session_timer_wait_ms(const struct session_timer *timer);
