/*
 * phone/sip/leg_media.c - a leg's audio, between SDP and its stream
 */
#include <assert.h>
#include "phone/sip/leg.h"
#include "base/log.h"

enum {
	SILENT_WARN_MS = 5000,
};

static void key_handler(char key, uint32_t duration_ms, void *arg)
{
	struct leg *leg = arg;

	if (leg->has_sink && leg->sink.key)
		leg->sink.key(key, duration_ms, leg->sink.arg);
}

static void silent_handler(uint32_t silent_ms, void *arg)
{
	const struct leg *leg = arg;
	struct phone_leg_stats stats;

	if (silent_ms < SILENT_WARN_MS || leg->state != LEG_UP || leg->is_held)
		return;

	stream_stats(leg->stream, &stats);
	if (!stats.packets_in)
		log_warning("phone",
		            "call %s: no audio came at all in %u s; the call "
		            "stays (behind a NAT set phone.public_addr, and "
		            "let UDP ports %u to %u through)",
		            leg->dialog.call_id, silent_ms / 1000,
		            leg->phone->rtp_port_min, leg->phone->rtp_port_max);
	else
		log_info("phone",
		         "call %s: no audio received for %u s; the call stays",
		         leg->dialog.call_id, silent_ms / 1000);
}

int leg_media_open(struct leg *leg)
{
	const struct stream_sink sink = {key_handler, silent_handler, leg};
	const struct phone *phone = leg->phone;
	int err;

	err = stream_alloc(&leg->stream, phone->loops, phone->bind,
	                   phone->rtp_port_min, phone->rtp_port_max, &sink);
	if (err)
		return err;

	if (leg->line)
		return offer_alloc(&leg->offer, leg->line->codecv,
		                   leg->line->codecc, stream_port(leg->stream));

	return offer_alloc(&leg->offer, phone->codecv, phone->codecc,
	                   stream_port(leg->stream));
}

int leg_media_read(struct leg *leg, const struct sip_msg *msg, bool is_offer)
{
	leg->peer = msg->src;

	return offer_read(leg->offer, msg->mb, is_offer);
}

int leg_media_apply(struct leg *leg)
{
	struct stream_remote remote;
	bool is_held;
	int err;

	if (!offer_remote(leg->offer, &remote))
		return ENOTSUP;
	remote.peer = leg->peer;

	/* A hold by address 0.0.0.0 names nowhere to send to. */
	if (!sa_isset(&remote.addr, SA_ALL) || sa_is_any(&remote.addr))
		remote.may_send = false;
	if (!leg->stream)
		return 0;

	err = stream_remote_set(leg->stream, &remote);
	if (err)
		return err;
	leg->has_media = true;

	is_held = offer_is_held(leg->offer);
	if (is_held != leg->is_held) {
		leg->is_held = is_held;
		if (leg->has_sink && leg->sink.held)
			leg->sink.held(is_held, leg->sink.arg);
	}

	return 0;
}

int leg_media_audio(struct leg *leg, const struct phone_audio *audio)
{
	int err;

	if (!audio || leg->has_audio)
		return 0;

	err = stream_audio_set(leg->stream, audio);
	if (!err)
		leg->has_audio = true;

	return err;
}

static void closed_handler(void *arg)
{
	struct phone *phone = arg;

	phone->streamc--;
}

void leg_media_close(struct leg *leg)
{
	if (!leg->stream)
		return;

	stream_stats(leg->stream, &leg->stats);
	leg->phone->streamc++;
	stream_close(leg->stream, closed_handler, leg->phone);
	leg->stream = NULL;
}
