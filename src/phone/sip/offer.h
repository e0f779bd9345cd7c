/*
 * phone/sip/offer.h - what both sides can do: SDP offers and answers
 *
 * One audio line from the line's codecs and telephone-event (RFC 3264, 4566,
 * 4733). Everything else that is offered is refused.
 *
 * Ownership: the leg's. Threads: control loop.
 */
#pragma once

#include "base/mem.h"
#include "media/codec.h"
#include "phone/stream.h"

struct offer;

/* codecv in order of preference; port: where our RTP is. */
int offer_alloc(struct offer **offerp, const struct codec *const *codecv,
                size_t codecc, uint16_t port);

/* Writes our offer, or our answer to what was read. */
int offer_write(struct mbuf **mbp, struct offer *offer, const struct sa *self,
                bool is_offer);

/* Reads their offer or their answer to ours. Returns EBADMSG for nonsense. */
int offer_read(struct offer *offer, struct mbuf *mb, bool is_offer);

/* Fills how the other side is spoken to; false: no codec in common or the
 * audio was refused. */
bool offer_remote(const struct offer *offer, struct stream_remote *remote);

/* Holding them: we only send. */
void offer_hold(struct offer *offer, bool is_held);

/* Whether they hold us: nothing of ours is wanted. */
bool offer_is_held(const struct offer *offer);
