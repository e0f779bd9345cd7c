/*
 * phone/sip/offer.c - what both sides can do: SDP offers and answers
 *
 * Payload types: an answer has the numbers of the offer, each side sends with
 * those of the other, and in later offers of ours a number means what it meant
 * before (RFC 3264, 8.3.2). An answer of ours names one codec, the first of
 * theirs that we have, so nobody can change it without another offer; later
 * offers of ours name what was agreed on last.
 */
#include <assert.h>
#include <stdio.h>
#include "phone/sip/offer.h"
#include <re_sdp.h>

enum {
	DYNAMIC_PT = 96, /* RFC 3551: 96 to 127 are ours to name */
	PT_MAX = 127,
	EVENT_PT = 101,      /* as everybody else does */
	EVENT_WIDE_PT = 102, /* for codecs with another clock */
	EVENT_HZ = 8000,
	EVENT_WIDE_HZ = 48000,
	COMFORT_PT = 13, /* RFC 3389 */
	COMFORT_HZ = 8000,
	ID_SIZE = 16,
};

static const char event_name[] = "telephone-event";
static const char mux_name[] = "rtcp-mux";
static const char event_params[] = "0-15";

struct offer {
	struct sdp_session *session;
	struct sdp_media *audio;
	struct sdp_format *comfort; /* in answers only, else NULL */
	bool has_mux;               /* they asked for it */
};

static void offer_destructor(void *arg)
{
	struct offer *offer = arg;

	mem_deref(offer->session);
}

static int codec_add(struct offer *offer, const struct codec *codec, int pt)
{
	char id[ID_SIZE];

	(void)snprintf(id, sizeof(id), "%d", pt);

	/* Given as the argument of a format, never as the format: libre reads
	 * params with printf. */
	if (codec->fmtp)
		return sdp_format_add(NULL, offer->audio, false, id,
		                      codec->name, codec->clock_hz,
		                      (uint8_t)codec->channels, NULL, NULL,
		                      (void *)codec, false, "%s", codec->fmtp);

	return sdp_format_add(NULL, offer->audio, false, id, codec->name,
	                      codec->clock_hz, (uint8_t)codec->channels, NULL,
	                      NULL, (void *)codec, false, NULL);
}

static int event_add(struct offer *offer, int pt, uint32_t clock_hz)
{
	char id[ID_SIZE];

	(void)snprintf(id, sizeof(id), "%d", pt);

	return sdp_format_add(NULL, offer->audio, false, id, event_name,
	                      clock_hz, 1, NULL, NULL, NULL, false, "%s",
	                      event_params);
}

static int formats_add(struct offer *offer, const struct codec *const *codecv,
                       size_t codecc)
{
	int dynamic_pt = DYNAMIC_PT, err;
	bool is_wide = false;

	for (size_t i = 0; i < codecc; i++) {
		int pt = codecv[i]->pt;

		if (pt < 0) {
			pt = dynamic_pt++;
			assert(pt < EVENT_PT);
		}
		is_wide = is_wide || codecv[i]->clock_hz == EVENT_WIDE_HZ;

		err = codec_add(offer, codecv[i], pt);
		if (err)
			return err;
	}

	err = event_add(offer, EVENT_PT, EVENT_HZ);

	return err || !is_wide ? err
	                       : event_add(offer, EVENT_WIDE_PT, EVENT_WIDE_HZ);
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

static bool is_pt(const struct sdp_format *format)
{
	return format->pt >= 0 && format->pt <= PT_MAX;
}

/* The codec of both: the first of theirs that we have. */
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

/* Whether another format of ours has this number. */
static bool is_taken(const struct offer *offer, int pt,
                     const struct sdp_format *but)
{
	const struct list *formats = sdp_media_format_lst(offer->audio, true);

	for (struct le *le = list_head(formats); le; le = le->next) {
		const struct sdp_format *format = le->data;

		if (format != but && format->pt == pt)
			return true;
	}

	return false;
}

static int free_pt(const struct offer *offer)
{
	for (int pt = DYNAMIC_PT; pt <= PT_MAX; pt++) {
		if (!is_taken(offer, pt, NULL))
			return pt;
	}

	return -1;
}

static bool has_codec(const struct offer *offer)
{
	const struct list *formats = sdp_media_format_lst(offer->audio, true);

	for (struct le *le = list_head(formats); le; le = le->next) {
		const struct sdp_format *format = le->data;

		if (format->sup && format->data)
			return true;
	}

	return false;
}

/* Where the last offer of theirs was refused, all that we have is offered
 * again. Formats that took a number of an offer of theirs may then meet one
 * that they never named. */
static int offer_all(struct offer *offer)
{
	const struct list *formats = sdp_media_format_lst(offer->audio, true);

	for (struct le *le = list_head(formats); le; le = le->next) {
		struct sdp_format *format = le->data;
		char *id = NULL;
		int pt, err;

		format->sup = true;
		if (!is_taken(offer, format->pt, format))
			continue;

		pt = free_pt(offer);
		err = pt < 0 ? ERANGE : re_sdprintf(&id, "%d", pt);
		if (err)
			return err;
		mem_deref(format->id);
		format->id = id;
		format->pt = pt;
	}

	return 0;
}

/* By the codec's own clock, else by the old one, which some send with Opus
 * too. */
static const struct sdp_format *event_format(const struct offer *offer,
                                             const struct codec *codec)
{
	const struct list *formats = sdp_media_format_lst(offer->audio, false);
	const struct sdp_format *found = NULL;

	for (struct le *le = list_head(formats); le; le = le->next) {
		const struct sdp_format *format = le->data;

		if (!format->sup || !is_pt(format) || !format->name ||
		    str_casecmp(format->name, event_name))
			continue;
		if (format->srate == codec->clock_hz)
			return format;
		if (!found)
			found = format;
	}

	return found;
}

/* Leaves in an answer the codec, and what goes with its clock. */
static void answer_narrow(const struct offer *offer)
{
	const struct list *formats = sdp_media_format_lst(offer->audio, true);
	const struct sdp_format *theirs = codec_format(offer), *event;
	const struct codec *codec;

	if (!theirs)
		return;

	codec = theirs->data;
	event = event_format(offer, codec);
	for (struct le *le = list_head(formats); le; le = le->next) {
		struct sdp_format *format = le->data;

		if (format->data)
			format->sup = format->data == codec;
		else if (format == offer->comfort)
			format->sup =
				format->sup && codec->clock_hz == COMFORT_HZ;
		else
			format->sup = event && format->srate == event->srate;
	}
}

int offer_write(struct mbuf **mbp, struct offer *offer, const struct sa *self,
                bool is_offer)
{
	struct mbuf *mb = NULL;
	int err = 0;

	if (is_offer) {
		/* Who is asked for comfort noise stops sending in pauses, and
		 * cuts the first sound of the next word: only those who offer
		 * it may. */
		offer->comfort = mem_deref(offer->comfort);
		err = has_codec(offer) ? 0 : offer_all(offer);
		if (err)
			return err;
	}
	else {
		answer_narrow(offer);
	}

	if (offer->has_mux && !is_offer)
		err = sdp_media_set_lattr(offer->audio, true, mux_name, NULL);
	else
		sdp_media_del_lattr(offer->audio, mux_name);
	if (err)
		return err;

	sdp_session_set_laddr(offer->session, self);
	err = sdp_encode(&mb, offer->session, is_offer);
	if (!err)
		*mbp = mb;

	return err;
}

static int comfort_add(struct offer *offer)
{
	char id[ID_SIZE];

	(void)snprintf(id, sizeof(id), "%d", COMFORT_PT);

	return sdp_format_add(&offer->comfort, offer->audio, false, id, "CN",
	                      COMFORT_HZ, 1, NULL, NULL, NULL, false, NULL);
}

int offer_read(struct offer *offer, struct mbuf *mb, bool is_offer)
{
	int err;

	if (!mbuf_get_left(mb))
		return EBADMSG;

	if (is_offer && !offer->comfort) {
		err = comfort_add(offer);
		if (err)
			return err;
	}

	err = sdp_decode(offer->session, mb, is_offer);
	if (err)
		return err == ENOMEM ? ENOMEM : EBADMSG;

	/* Ours never asks for it: old gateways ignore what they do not know,
	 * but some refuse it. */
	offer->has_mux =
		is_offer && sdp_media_rattr(offer->audio, mux_name) != NULL;

	return 0;
}

bool offer_remote(const struct offer *offer, struct stream_remote *remote)
{
	const struct sdp_format *theirs = codec_format(offer), *event;
	const enum sdp_dir dir = sdp_media_dir(offer->audio);

	if (!theirs || !sdp_media_rport(offer->audio))
		return false;

	memset(remote, 0, sizeof(*remote));
	remote->addr = *sdp_media_raddr(offer->audio);
	remote->codec = theirs->data;
	remote->pt = (uint8_t)theirs->pt;
	remote->pt_in = remote->pt;
	remote->pt_event = -1;
	codec_want_parse(&remote->want, theirs->params);
	remote->has_mux = offer->has_mux;
	sdp_media_raddr_rtcp(offer->audio, &remote->report_addr);

	/* We said with which number we want it; they may use another. */
	for (struct le *le =
	             list_head(sdp_media_format_lst(offer->audio, true));
	     le; le = le->next) {
		const struct sdp_format *ours = le->data;

		if (ours->data == theirs->data)
			remote->pt_in = (uint8_t)ours->pt;
	}

	event = event_format(offer, remote->codec);
	if (event) {
		remote->pt_event = event->pt;
		remote->event_hz = event->srate ? event->srate : EVENT_HZ;
	}

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
