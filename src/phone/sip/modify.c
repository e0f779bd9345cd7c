/*
 * phone/sip/modify.c - re-INVITE both ways: hold, new addresses, refreshing
 */
#include <assert.h>
#include "phone/sip/leg.h"
#include "base/log.h"
#include <re_sys.h>

enum {
	GLARE_MIN_MS = 2100, /* RFC 3261 section 14.1, owner of the Call-ID */
	GLARE_SPAN_MS = 1900,
};

static void timer_handler(void *arg)
{
	struct leg *leg = arg;
	int err;

	if (!leg->timer.is_mine) {
		log_info("phone",
		         "call %s: not refreshed by the other side; ended",
		         leg->dialog.call_id);
		leg_end_from(leg, NULL, OUTCOME_ANSWERED);
		leg_hangup(leg, OUTCOME_ANSWERED);
		return;
	}

	err = modify_send(leg);
	if (err)
		modify_timer_start(leg);
}

void modify_timer_start(struct leg *leg)
{
	if (!leg->timer.interval_s) {
		tmr_cancel(&leg->tmr);
		return;
	}

	tmr_start(&leg->tmr, session_timer_wait_ms(&leg->timer), timer_handler,
	          leg);
}

void modify_timer_answered(struct leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *header =
		sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES);
	struct session_expires expires;
	const bool has_one =
		header &&
		session_expires_parse(&expires, header->val.p, header->val.l);

	session_timer_answered(&leg->timer, has_one ? &expires : NULL);
	modify_timer_start(leg);
}

bool modify_min_raised(struct leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_MIN_SE);
	uint32_t min_s;

	if (!header)
		return false;

	min_s = session_min_parse(header->val.p, header->val.l);
	if (min_s <= leg->session_s)
		return false;

	leg->session_s = min_s;
	leg->session_min_s = min_s;

	return true;
}

/* --- ours ---------------------------------------------------------------- */

static int modify_write(struct mbuf *mb, const struct request_path *path,
                        void *arg)
{
	struct leg *leg = arg;
	struct mbuf *sdp = NULL;
	int err;

	err = leg_write_common(leg, mb, path);
	if (err)
		return err;
	if (leg->timer.interval_s) {
		err = mbuf_printf(
			mb,
			"Session-Expires: %u;refresher=%s\r\nMin-SE: %u\r\n",
			leg->timer.interval_s > leg->session_min_s
				? leg->timer.interval_s
				: leg->session_min_s,
			leg->timer.is_mine ? "uac" : "uas", leg->session_min_s);
		if (err)
			return err;
	}
	err = offer_write(&sdp, leg->offer, &path->self, true);
	if (err)
		return err;
	err = request_write_body(mb, "application/sdp", sdp);
	mem_deref(sdp);

	return err;
}

static void modify_accepted(struct leg *leg, const struct sip_msg *msg)
{
	(void)dialog_retarget(&leg->dialog, msg);
	(void)request_ack_send(&leg->ack, leg->phone, &leg->dialog, msg, NULL);
	if (leg->state != LEG_UP)
		return;

	modify_timer_answered(leg, msg);
	if (leg_media_read(leg, msg, false) || leg_media_apply(leg))
		log_info("phone",
		         "call %s: answer to our change is unreadable; the "
		         "audio stays as it was",
		         leg->dialog.call_id);
}

static void modify_refused(struct leg *leg, int err, const struct sip_msg *msg)
{
	if (leg->state != LEG_UP)
		return;

	/* They know nothing of this call (any more). */
	if (err || msg->scode == 408 || msg->scode == 481) {
		leg_end_from(leg, NULL, OUTCOME_ANSWERED);
		leg_hangup(leg, OUTCOME_ANSWERED);
		return;
	}

	if (msg->scode == 491) {
		leg->timer.is_mine = true;
		tmr_start(&leg->tmr, GLARE_MIN_MS + rand_u32() % GLARE_SPAN_MS,
		          timer_handler, leg);
		return;
	}

	if (msg->scode == 422 && modify_min_raised(leg, msg)) {
		leg->timer.interval_s = leg->session_s;
		leg->is_modify_due = true;
		return;
	}

	modify_timer_start(leg);
}

static void modify_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;

	if (!err && msg->scode < 200)
		return;

	mem_ref(leg);
	leg->invite = mem_deref(leg->invite);
	if (!err && msg->scode < 300)
		modify_accepted(leg, msg);
	else
		modify_refused(leg, err, msg);
	if (leg->is_modify_due)
		(void)modify_send(leg);
	mem_deref(leg);
}

int modify_send(struct leg *leg)
{
	const struct request_prm prm = {
		.method = "INVITE",
		.phone = leg->phone,
		.line = leg->line,
		.dialog = &leg->dialog,
		.digest = leg->digest,
		.write = modify_write,
		.answer = modify_answer,
		.arg = leg,
	};

	leg->is_modify_due = false;
	if (leg->state != LEG_UP)
		return ENOTCONN;

	/* One offer at a time: this one goes out after the other. */
	if (leg->invite || leg->final.mb) {
		leg->is_modify_due = true;
		return 0;
	}

	return request_send(&leg->invite, &prm);
}

/* --- theirs -------------------------------------------------------------- */

void modify_request(struct leg *leg, const struct sip_msg *msg)
{
	struct sip *sip = leg->phone->sip;
	struct stream_remote remote;
	int err;

	if (leg->invite) {
		(void)sip_treply(NULL, sip, msg, 491, "Request Pending");
		return;
	}
	if (leg->state != LEG_UP || leg->final.mb) {
		(void)sip_treplyf(NULL, NULL, sip, msg, false, 500,
		                  "Server Internal Error",
		                  "Retry-After: 2\r\n"
		                  "Content-Length: 0\r\n\r\n");
		return;
	}

	leg->is_offer_ours = !mbuf_get_left(msg->mb);
	if (!leg->is_offer_ours && (leg_media_read(leg, msg, true) ||
	                            !offer_remote(leg->offer, &remote))) {
		(void)sip_treply(NULL, sip, msg, 488, "Not Acceptable Here");
		return;
	}

	(void)dialog_retarget(&leg->dialog, msg);
	err = final_send(leg, NULL, msg);
	if (err) {
		log_warning("phone",
		            "call %s: a change by the other side cannot be "
		            "answered (%s); they will try again",
		            leg->dialog.call_id, strerror(err));
		return;
	}

	modify_timer_start(leg);
	if (!leg->is_offer_ours)
		(void)leg_media_apply(leg);
}
