/*
 * phone/sip/reason.h - pure: why a call ended, from headers of strangers
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	REASON_RETRY_MAX_S = 86400, /* longer waits are taken as a day */
};

/* The Q.850 cause in the value of a Reason header (RFC 3326), several
 * separated by commas: `SIP;cause=486, Q.850;cause=17;text="busy"`. Returns 0
 * when there is none. */
unsigned reason_q850(const char *value, size_t len);

/* The same of STIR (RFC 9410), what became of the caller's identity:
 * `STIR;cause=436;text="Bad Identity Info"`. */
unsigned reason_stir(const char *value, size_t len);

/* Its causes; all but the first are codes of SIP besides. */
enum {
	STIR_STALE_DATE = 403,
	STIR_USE_IDENTITY = 428,
	STIR_BAD_INFO = 436,
	STIR_BAD_CREDENTIAL = 437,
	STIR_INVALID_HEADER = 438,
};

/* Seconds of a Retry-After value (RFC 3261 section 20.33), comment and
 * parameters ignored; 0: none or unreadable. */
uint32_t reason_retry_after_s(const char *value, size_t len);
