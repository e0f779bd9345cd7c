/*
 * phone/sip/final.c - our 2xx to an INVITE, sent again until its ACK comes
 *
 * A 2xx is ours to repeat, whatever the transport (RFC 3261 13.3.1.4); after
 * 32 s without ACK the call is ended.
 */
#include <assert.h>
#include "phone/sip/leg.h"
#include "base/log.h"

enum {
	SENDINGS_MAX = 11, /* 0.5, 1, 2, 4, 4, … s: 32 s together */
};

void final_clear(struct leg_final *final)
{
	tmr_cancel(&final->tmr);
	final->mb = mem_deref(final->mb);
	final->msg = mem_deref(final->msg);
}

static void repeat_handler(void *arg)
{
	struct leg *leg = arg;
	struct leg_final *final = &leg->final;
	uint32_t wait_ms;

	if (++final->sendings >= SENDINGS_MAX) {
		log_info("phone", "call %s: answer never acknowledged; ended",
		         leg->dialog.call_id);
		final_clear(final);
		(void)leg_step(leg, LEG_EV_ACK);
		leg_end_from(leg, NULL, OUTCOME_NETWORK_TIMEOUT);
		leg_hangup(leg, OUTCOME_NETWORK_TIMEOUT);
		return;
	}

	final->mb->pos = 0;
	(void)sip_send(leg->phone->sip, final->msg->sock, final->msg->tp,
	               &final->dst, final->mb);

	wait_ms = (uint32_t)SIP_T1 << final->sendings;
	tmr_start(&final->tmr, wait_ms < SIP_T2 ? wait_ms : SIP_T2,
	          repeat_handler, leg);
}

/* What we say about the session timer, and take on. */
static int timer_write(struct mbuf *mb, struct leg *leg,
                       const struct sip_msg *msg)
{
	const struct sip_hdr *header =
		sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES);
	const bool can_they =
		sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer");
	struct session_expires asked, said;
	bool is_asked;

	is_asked = header &&
	           session_expires_parse(&asked, header->val.p, header->val.l);
	said = session_timer_accept(&leg->timer, is_asked ? &asked : NULL,
	                            can_they, leg->session_s);

	return mbuf_printf(
		mb, "%sSession-Expires: %u;refresher=%s\r\n",
		can_they ? "Require: timer\r\n" : "", said.interval_s,
		said.refresher == SESSION_REFRESHER_UAC ? "uac" : "uas");
}

static int extra_write(struct mbuf *mb, struct leg *leg,
                       const struct sip_msg *msg)
{
	struct request_path path = {.transport = msg->tp, .dst = msg->src};
	struct mbuf *sdp = NULL;
	struct sa local;
	int err;

	err = sip_transp_laddr(leg->phone->sip, &local, msg->tp, &msg->src);
	if (err)
		return err;
	ua_self(leg->phone, &path.self, &path.dst);
	sa_set_port(&path.self, sa_port(&local));

	err = leg_write_common(leg, mb, &path);
	if (err)
		return err;
	err = timer_write(mb, leg, msg);
	if (err)
		return err;
	err = offer_write(&sdp, leg->offer, &path.self, leg->is_offer_ours);
	if (err)
		return err;
	err = request_write_body(mb, "application/sdp", sdp);
	mem_deref(sdp);

	return err;
}

int final_send(struct leg *leg, struct sip_strans **stransp,
               const struct sip_msg *msg)
{
	struct leg_final *final = &leg->final;
	struct mbuf *extra, *mb = NULL;
	int err;

	extra = mbuf_alloc(1024);
	if (!extra)
		return ENOMEM;

	err = extra_write(extra, leg, msg);
	if (err)
		goto out;

	final_clear(final);
	err = sip_treplyf(stransp, &mb, leg->phone->sip, msg, true, 200, "OK",
	                  "%b", extra->buf, extra->end);
	if (err)
		goto out;

	final->mb = mb;
	final->msg = mem_ref((void *)msg);
	final->sendings = 0;
	sip_reply_addr(&final->dst, msg,
	               !msg_param_exists(&msg->via.params, "rport",
	                                 &(struct pl){NULL, 0}));
	tmr_start(&final->tmr, SIP_T1, repeat_handler, leg);

out:
	mem_deref(extra);

	return err;
}

bool final_acknowledged(struct leg *leg, const struct sip_msg *msg)
{
	struct leg_final *final = &leg->final;

	if (!final->mb || msg->cseq.num != final->msg->cseq.num)
		return false;

	final_clear(final);

	return true;
}
