/*
 * fuzz/fuzz_sdp.c - any bytes as an offer, and as the answer to ours
 */
#include <stdlib.h>
#include "media/codec.h"
#include "phone/sip/offer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_and_answer(struct offer *offer, const uint8_t *data,
                            size_t size, bool is_offer)
{
	struct mbuf *mb = mbuf_alloc(size + 1), *sdp = NULL;
	struct stream_remote remote;
	struct sa self;

	if (!mb)
		return;
	(void)mbuf_write_mem(mb, data, size);
	mb->pos = 0;

	(void)sa_set_str(&self, "192.0.2.1", 0);
	if (!is_offer && !offer_write(&sdp, offer, &self, true))
		sdp = mem_deref(sdp);

	/* Whatever was agreed can be sent and heard. */
	if (!offer_read(offer, mb, is_offer) && offer_remote(offer, &remote) &&
	    !remote.codec)
		abort();
	(void)offer_is_held(offer);
	if (!offer_write(&sdp, offer, &self, !is_offer))
		mem_deref(sdp);
	mem_deref(mb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct codec *codecv[] = {codec_by_pt(8), codec_by_pt(0)};

	for (unsigned i = 0; i < 2; i++) {
		struct offer *offer;

		if (offer_alloc(&offer, codecv, ARRAY_COUNT(codecv), 4000))
			return 0;
		read_and_answer(offer, data, size, i == 0);
		mem_deref(offer);
	}

	return 0;
}
