/*
 * phone/latch.h - whose packets a stream believes
 *
 * Pure. Private to phone/. A stream locks onto one source address:
 *
 * 1. The address of the SDP is taken at its first packet.
 * 2. Another one is taken only within LATCH_OPEN_MS of the last
 *    latch_open(), only if it is plausible, and only after LATCH_PACKETS of
 *    its packets in sequence, with one SSRC, before any from the SDP's
 *    address. Plausible are: the SDP's host with another port, the host that
 *    the SDP itself came from, a neighbour of the SDP's (same /24, or /64 of
 *    IPv6), and anyone where the SDP's address cannot be reached from outside
 *    (private, shared, link-local, loopback), which is what a telephone
 *    behind a NAT says.
 * 3. After that nothing moves it but a new address in SDP.
 *
 * Strangers who know the port can therefore put in sound only where the
 * real side is behind a NAT and slower than they are ("RTP bleed").
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "phone/stream.h" /* for struct sa: re_sa.h has no guard */

enum {
	LATCH_OPEN_MS = 10000,
	LATCH_PACKETS = 4,
};

struct latch {
	struct sa sdp;
	struct sa peer; /* who signals; port 0 and no address: unknown */
	bool is_locked;
	struct sa source; /* where is_locked */
	uint64_t open_until_ms;
	struct sa candidate;
	unsigned candidate_packets; /* in sequence; 0: no candidate */
	uint32_t ssrc;              /* of the candidate */
	uint16_t next_seq;
};

enum latch_verdict {
	LATCH_REFUSED,
	LATCH_ACCEPTED,
	LATCH_LOCKED, /* accepted, and the lock fell shut on this source */
};

/* Tells the address of the SDP and who sent it. The same one again keeps a lock
 * and opens the window anew where there is none yet. Returns whether the lock
 * was lost. */
bool latch_open(struct latch *latch, const struct sa *sdp,
                const struct sa *peer, uint64_t now_ms);

/* Judges a well-formed packet of a negotiated payload type. */
enum latch_verdict latch_judge(struct latch *latch, const struct sa *source,
                               uint32_t ssrc, uint16_t seq, uint64_t now_ms);
