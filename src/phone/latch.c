/*
 * phone/latch.c - whose packets a stream believes
 */
#include <assert.h>
#include <sys/socket.h>
#include "phone/latch.h"

struct range {
	uint32_t net;
	uint32_t mask;
};

/* Addresses that no one outside can reach. */
static const struct range inside_v[] = {
	{0x0a000000, 0xff000000}, /* RFC 1918 */
	{0x64400000, 0xffc00000}, /* RFC 6598: carriers' NAT */
	{0x7f000000, 0xff000000}, /* loopback */
	{0xa9fe0000, 0xffff0000}, /* link-local */
	{0xac100000, 0xfff00000}, /* RFC 1918 */
	{0xc0a80000, 0xffff0000}, /* RFC 1918 */
};

static bool is_inside(const struct sa *sa)
{
	uint8_t v6[16];

	if (sa_af(sa) == AF_INET6) {
		sa_in6(sa, v6);
		return sa_is_loopback(sa) || sa_is_linklocal(sa) ||
		       (v6[0] & 0xfe) == 0xfc;
	}

	for (size_t i = 0; i < ARRAY_COUNT(inside_v); i++) {
		if ((sa_in(sa) & inside_v[i].mask) == inside_v[i].net)
			return true;
	}

	return false;
}

static bool is_neighbour(const struct sa *a, const struct sa *b)
{
	uint8_t v6a[16], v6b[16];

	if (sa_af(a) != sa_af(b))
		return false;
	if (sa_af(a) == AF_INET)
		return !((sa_in(a) ^ sa_in(b)) & 0xffffff00);

	sa_in6(a, v6a);
	sa_in6(b, v6b);

	return !memcmp(v6a, v6b, 8);
}

static bool is_plausible(const struct latch *latch, const struct sa *source)
{
	return is_inside(&latch->sdp) || is_neighbour(&latch->sdp, source) ||
	       sa_cmp(&latch->peer, source, SA_ADDR);
}

bool latch_open(struct latch *latch, const struct sa *sdp,
                const struct sa *peer, uint64_t now_ms)
{
	bool was_locked = latch->is_locked;

	if (sa_cmp(&latch->sdp, sdp, SA_ALL)) {
		latch->peer = *peer;
		if (!was_locked)
			latch->open_until_ms = now_ms + LATCH_OPEN_MS;
		return false;
	}

	*latch = (struct latch){
		.sdp = *sdp,
		.peer = *peer,
		.open_until_ms = now_ms + LATCH_OPEN_MS,
	};

	return was_locked;
}

static enum latch_verdict lock(struct latch *latch, const struct sa *source)
{
	latch->is_locked = true;
	latch->source = *source;

	return LATCH_LOCKED;
}

enum latch_verdict latch_judge(struct latch *latch, const struct sa *source,
                               uint32_t ssrc, uint16_t seq, uint64_t now_ms)
{
	if (latch->is_locked) {
		return sa_cmp(&latch->source, source, SA_ALL) ? LATCH_ACCEPTED
		                                              : LATCH_REFUSED;
	}

	if (sa_cmp(&latch->sdp, source, SA_ALL))
		return lock(latch, source);

	if (now_ms >= latch->open_until_ms || !is_plausible(latch, source))
		return LATCH_REFUSED;

	if (!latch->candidate_packets || ssrc != latch->ssrc ||
	    seq != latch->next_seq ||
	    !sa_cmp(&latch->candidate, source, SA_ALL)) {
		latch->candidate = *source;
		latch->candidate_packets = 0;
		latch->ssrc = ssrc;
	}
	latch->next_seq = (uint16_t)(seq + 1);

	return ++latch->candidate_packets < LATCH_PACKETS ? LATCH_REFUSED
	                                                  : lock(latch, source);
}
