/*
 * phone/sip/offer.c - what both sides can do: SDP offers and answers
 */
#include <assert.h>
#include <stdio.h>
#include "phone/sip/offer.h"
#include <re_sdp.h>

enum {
	DYNAMIC_PT = 96, /* RFC 3551: 96 to 127 are ours to name */
	PT_MAX = 127,
	EVENT_PT = 101, /* as everybody else does */
	EVENT_CLOCK_HZ = 8000,
};

static const char event_name[] = "telephone-event";

struct offer {
	struct sdp_session *session;
	struct sdp_media *audio;
};

static void offer_destructor(void *arg)
{
	struct offer *offer = arg;

	mem_deref(offer->session);
}

static int format_add(struct offer *offer, const char *name, int pt,
                      const struct codec *codec, const char *params)
{
	const uint32_t clock_hz = codec ? codec->clock_hz : EVENT_CLOCK_HZ;
	const uint8_t channels = codec ? (uint8_t)codec->channels : 1;
	char id[16];

	(void)snprintf(id, sizeof(id), "%d", pt);

	/* Given as the argument of a format, never as the format: libre reads
	 * params with printf. */
	if (params)
		return sdp_format_add(NULL, offer->audio, false, id, name,
		                      clock_hz, channels, NULL, NULL,
		                      (void *)codec, false, "%s", params);

	return sdp_format_add(NULL, offer->audio, false, id, name, clock_hz,
	                      channels, NULL, NULL, (void *)codec, false, NULL);
}

static int formats_add(struct offer *offer, const struct codec *const *codecv,
                       size_t codecc)
{
	int dynamic_pt = DYNAMIC_PT;

	for (size_t i = 0; i < codecc; i++) {
		int pt = codecv[i]->pt, err;

		if (pt < 0) {
			pt = dynamic_pt++;
			assert(pt < EVENT_PT);
		}

		err = format_add(offer, codecv[i]->name, pt, codecv[i], NULL);
		if (err)
			return err;
	}

	return format_add(offer, event_name, EVENT_PT, NULL, "0-15");
}

int offer_alloc(struct offer **offerp, const struct codec *const *codecv,
                size_t codecc, uint16_t port)
{
	struct offer *offer;
	struct sa nowhere;
	int err;

	assert(codecc);

	offer = mem_zalloc(sizeof(*offer), offer_destructor);
	if (!offer)
		return ENOMEM;

	sa_init(&nowhere, AF_INET);
	err = sdp_session_alloc(&offer->session, &nowhere);
	if (err)
		goto out;
	err = sdp_media_add(&offer->audio, offer->session, sdp_media_audio,
	                    port, sdp_proto_rtpavp);
	if (err)
		goto out;
	err = formats_add(offer, codecv, codecc);
	if (err)
		goto out;
	err = sdp_media_set_lattr(offer->audio, true, sdp_attr_ptime, "%u",
	                          PHONE_TICK_MS);

out:
	if (err)
		mem_deref(offer);
	else
		*offerp = offer;

	return err;
}

int offer_write(struct mbuf **mbp, struct offer *offer, const struct sa *self,
                bool is_offer)
{
	struct mbuf *mb = NULL;
	int err;

	sdp_session_set_laddr(offer->session, self);
	err = sdp_encode(&mb, offer->session, is_offer);
	if (!err)
		*mbp = mb;

	return err;
}

int offer_read(struct offer *offer, struct mbuf *mb, bool is_offer)
{
	int err;

	if (!mbuf_get_left(mb))
		return EBADMSG;

	err = sdp_decode(offer->session, mb, is_offer);

	return err && err != ENOMEM ? EBADMSG : err;
}

static bool is_pt(const struct sdp_format *format)
{
	return format->pt >= 0 && format->pt <= PT_MAX;
}

static const struct sdp_format *codec_format(const struct offer *offer)
{
	const struct list *formats = sdp_media_format_lst(offer->audio, false);

	for (struct le *le = list_head(formats); le; le = le->next) {
		const struct sdp_format *format = le->data;

		if (format->sup && format->data && is_pt(format))
			return format;
	}

	return NULL;
}

bool offer_remote(const struct offer *offer, struct stream_remote *remote)
{
	const struct sdp_format *theirs = codec_format(offer), *ours, *event;
	const enum sdp_dir dir = sdp_media_dir(offer->audio);

	if (!theirs || !sdp_media_rport(offer->audio))
		return false;

	memset(remote, 0, sizeof(*remote));
	remote->addr = *sdp_media_raddr(offer->audio);
	remote->codec = theirs->data;
	remote->pt = (uint8_t)theirs->pt;
	remote->pt_in = remote->pt;
	remote->pt_event = -1;

	/* We said with which number we want it; they may use another. */
	for (struct le *le =
	             list_head(sdp_media_format_lst(offer->audio, true));
	     le; le = le->next) {
		ours = le->data;
		if (ours->data == theirs->data)
			remote->pt_in = (uint8_t)ours->pt;
	}

	event = sdp_media_rformat(offer->audio, event_name);
	if (event && is_pt(event))
		remote->pt_event = event->pt;

	remote->may_send = (dir & SDP_SENDONLY) && !offer_is_held(offer);
	remote->may_receive = (dir & SDP_RECVONLY) != 0;

	return true;
}

void offer_hold(struct offer *offer, bool is_held)
{
	sdp_media_set_ldir(offer->audio, is_held ? SDP_SENDONLY : SDP_SENDRECV);
}

bool offer_is_held(const struct offer *offer)
{
	/* RFC 2543 said "hold" by an address of zeros. */
	if (!sa_isset(sdp_media_raddr(offer->audio), SA_ADDR) ||
	    sa_is_any(sdp_media_raddr(offer->audio)))
		return true;

	return !(sdp_media_rdir(offer->audio) & SDP_SENDONLY);
}
