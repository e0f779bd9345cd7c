/*
 * media/report.h - what two ends tell each other about their sound (RTCP)
 *
 * Pure. RFC 3550 section 6: sender and receiver reports, a name, a farewell.
 * Named so because rtcp_ belongs to libre, whose decoder allocates.
 *
 * All instants are of the wall clock, in microseconds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	REPORT_SIZE_MAX = 128,  /* of what we build */
	REPORT_CNAME_SIZE = 24, /* with its end */
	REPORT_INTERVAL_US = 5000000,
};

/* How a source is received. */
struct report_block {
	uint32_t ssrc;
	uint8_t fraction;   /* lost since the last report, in 1/256 */
	int32_t lost;       /* in all; duplicates make it less */
	uint32_t highest;   /* sequence number, with its cycles */
	uint32_t jitter;    /* in units of the RTP clock */
	uint32_t lsr, dlsr; /* for the round trip, in 1/65536 s */
};

/* One compound packet; of blocks only the one that matters to us. */
struct report {
	uint32_t ssrc; /* whose */
	bool has_sender;
	uint64_t ntp; /* when it was written, in 1/2^32 s since 1900 */
	uint32_t ts;  /* of the RTP clock at that time */
	uint32_t packets, octets;
	bool has_block;
	struct report_block block;
	bool is_bye;
};

/* Whether what came to a port that both share is no RTP (RFC 5761, 4). */
bool report_is(const uint8_t *bytes, size_t size);

/* Reads strangers' bytes; the block is the one about the source `about`.
 * Returns EBADMSG for what is no whole compound packet (RFC 3550, A.2; one
 * without a report in front is taken as well, RFC 5506). */
int report_parse(struct report *report, const uint8_t *bytes, size_t size,
                 uint32_t about);

/* Writes a report with the name and, if is_bye, a farewell. Returns how long
 * it is. */
size_t report_build(uint8_t bytes[REPORT_SIZE_MAX], const struct report *report,
                    const char *cname);

/* --- a conversation of reports -------------------------------------------
 */

struct reports {
	uint32_t seed; /* of the intervals */
	uint64_t out, in;

	/* what was reported last */
	uint64_t expected, received;

	/* their last sender report */
	bool has_sr;
	uint32_t sr_ssrc;
	uint32_t lsr;
	uint64_t sr_at_us;

	/* what they said of us */
	bool has_block;
	uint8_t fraction_max;
	uint32_t lost;
	uint32_t jitter; /* in units of our clock */
	uint32_t rtt_us; /* 0: unknown */
};

/* What goes into our next report. */
struct report_facts {
	uint32_t ssrc, ssrc_in;
	bool is_sending; /* since the last report */
	uint32_t ts;
	uint64_t packets, octets; /* sent */
	bool has_heard;
	uint64_t expected, received; /* of theirs */
	uint32_t highest;
	uint32_t jitter; /* in units of the RTP clock */
};

/* Time to the next report: around 5 s, at random, so that a thousand calls do
 * not report at once (6.2). */
uint64_t reports_interval_us(struct reports *reports);

void reports_make(struct reports *reports, struct report *report,
                  const struct report_facts *facts, uint64_t now_us);

/* A report of theirs that came at at_us. */
void reports_take(struct reports *reports, const struct report *report,
                  uint64_t at_us);
