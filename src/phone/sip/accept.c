/*
 * phone/sip/accept.c - legs that they start
 */
#include <assert.h>
#include "phone/sip/leg.h"
#include "base/number.h"

enum {
	USER_SIZE = 64, /* of a calling or called user name */
};

static void cancel_handler(void *arg)
{
	struct leg *leg = arg;

	(void)sip_treply(&leg->strans, leg->phone->sip, leg->msg, 487,
	                 "Request Terminated");
	leg->end.is_by_them = true;
	leg_end_from(leg, NULL, OUTCOME_CANCELLED);
	if (leg_step(leg, LEG_EV_LEAVE))
		leg_gone(leg);
}

static void refuse_now(struct phone *phone, const struct sip_msg *msg,
                       uint16_t code, const char *reason)
{
	(void)sip_treply(NULL, phone->sip, msg, code, reason);
}

/* Extensions that the other side insists on and we do not have. */
static bool unknown_handler(const struct sip_hdr *header,
                            const struct sip_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;

	return pl_strcasecmp(&header->val, "timer") != 0;
}

static bool has_refusal(struct phone *phone, const struct sip_msg *msg)
{
	const struct sip_hdr *header;

	header = sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, unknown_handler,
	                           NULL);
	if (header) {
		(void)sip_treplyf(NULL, NULL, phone->sip, msg, false, 420,
		                  "Bad Extension",
		                  "Unsupported: %r\r\n"
		                  "Content-Length: 0\r\n\r\n",
		                  &header->val);
		return true;
	}

	if (mbuf_get_left(msg->mb) &&
	    !msg_ctype_cmp(&msg->ctyp, "application", "sdp")) {
		(void)sip_treplyf(NULL, NULL, phone->sip, msg, false, 415,
		                  "Unsupported Media Type",
		                  "Accept: application/sdp\r\n"
		                  "Content-Length: 0\r\n\r\n");
		return true;
	}

	if (!phone->incoming || phone->is_closing) {
		refuse_now(phone, msg, 480, "Temporarily Unavailable");
		return true;
	}

	if (phone->legc >= UA_LEGS_MAX) {
		refuse_now(phone, msg, 503, "Service Unavailable");
		return true;
	}

	return false;
}

/* A refresh interval below what we take (RFC 4028 section 9). */
static bool is_timer_too_small(const struct leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *header =
		sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES);
	struct session_expires asked;

	return header &&
	       session_expires_parse(&asked, header->val.p, header->val.l) &&
	       asked.interval_s < leg->session_min_s &&
	       sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer");
}

/* The transport that requests back to them take where Contact says none. */
static const char *transport_of(const struct sip_msg *msg)
{
	switch (msg->tp) {
	case SIP_TRANSP_TCP:
		return "tcp";
	case SIP_TRANSP_TLS:
		return "tls";
	default:
		return "udp";
	}
}

/* Everything that can be refused is settled before the owner hears of the
 * call. Returns the code of the refusal. */
static uint16_t leg_prepare(struct leg *leg, const struct sip_msg *msg)
{
	if (is_timer_too_small(leg, msg))
		return 422;
	if (dialog_accept(&leg->dialog, msg, transport_of(msg)))
		return 400;
	if (leg_media_open(leg))
		return 503;

	leg->is_offer_ours = !mbuf_get_left(msg->mb);
	if (!leg->is_offer_ours) {
		struct stream_remote remote;

		if (leg_media_read(leg, msg, true))
			return 400;
		if (!offer_remote(leg->offer, &remote))
			return 488;
	}

	if (sip_strans_alloc(&leg->strans, leg->phone->sip, msg, cancel_handler,
	                     leg))
		return 503;

	leg->msg = mem_ref((void *)msg);
	leg->state = LEG_OFFERED;

	return 0;
}

static void prepare_refuse(const struct leg *leg, struct phone *phone,
                           const struct sip_msg *msg, uint16_t code)
{
	switch (code) {
	case 422:
		(void)sip_treplyf(NULL, NULL, phone->sip, msg, false, code,
		                  "Session Interval Too Small",
		                  "Min-SE: %u\r\nContent-Length: 0\r\n\r\n",
		                  leg->session_min_s);
		break;
	case 400:
		refuse_now(phone, msg, code, "Bad Request");
		break;
	case 488:
		refuse_now(phone, msg, code, "Not Acceptable Here");
		break;
	default:
		refuse_now(phone, msg, code, "Service Unavailable");
		break;
	}
}

/* "101%23" is 101#. What would not be a number or a name afterwards (an
 * escaped line end) stays as it came. */
static void user_copy(char user[USER_SIZE], const struct pl *pl)
{
	if (re_snprintf(user, USER_SIZE, "%H", uri_user_unescape, pl) < 0 ||
	    !number_is_dialable(user))
		(void)pl_strcpy(pl, user, USER_SIZE);
}

void accept_invite(struct phone *phone, const struct sip_msg *msg)
{
	struct phone_line *line = line_match(phone, msg);
	char from[USER_SIZE] = "", to[USER_SIZE] = "";
	struct phone_leg *grip = NULL;
	struct leg *leg = NULL;
	uint16_t code;

	if (has_refusal(phone, msg))
		return;
	if (!line && !list_isempty(&phone->linel)) {
		refuse_now(phone, msg, 403, "Forbidden");
		return;
	}
	if (line && line->prm.calls_max && line->calls >= line->prm.calls_max) {
		refuse_now(phone, msg, 486, "Busy Here");
		return;
	}

	if (leg_alloc(&leg, phone, line)) {
		refuse_now(phone, msg, 503, "Service Unavailable");
		return;
	}
	code = leg_prepare(leg, msg);
	if (!code && leg_grip(&grip, leg))
		code = 503;
	if (code) {
		leg->strans = mem_deref(leg->strans);
		prepare_refuse(leg, phone, msg, code);
		mem_deref(leg);
		return;
	}

	leg_insert(leg);
	(void)sip_treply(&leg->strans, phone->sip, msg, 100, "Trying");
	user_copy(from, &msg->from.uri.user);
	user_copy(to, &msg->uri.user);
	phone->incoming(grip, line, from, to, phone->incoming_arg);
}

/* --- the owner's decision ------------------------------------------------ */

static int progress_write(struct mbuf *mb, struct leg *leg, bool is_early)
{
	struct request_path path = {.transport = leg->msg->tp,
	                            .dst = leg->msg->src};
	struct mbuf *sdp = NULL;
	struct sa local;
	int err;

	err = sip_transp_laddr(leg->phone->sip, &local, path.transport,
	                       &path.dst);
	if (err)
		return err;
	ua_self(leg->phone, &path.self, &path.dst);
	sa_set_port(&path.self, sa_port(&local));

	err = leg_write_common(leg, mb, &path);
	if (err)
		return err;
	if (!is_early)
		return request_write_body(mb, NULL, NULL);

	err = offer_write(&sdp, leg->offer, &path.self, false);
	if (err)
		return err;
	err = request_write_body(mb, "application/sdp", sdp);
	mem_deref(sdp);

	return err;
}

int leg_ring(struct leg *leg, bool is_early, const struct phone_audio *audio)
{
	struct mbuf *extra;
	int err;

	if (leg->state != LEG_OFFERED)
		return ENOTCONN;

	/* Without an offer of theirs there is nobody to send to yet. */
	if (is_early && leg->is_offer_ours)
		return ENOTSUP;

	extra = mbuf_alloc(512);
	if (!extra)
		return ENOMEM;
	err = progress_write(extra, leg, is_early);
	if (!err)
		err = sip_treplyf(&leg->strans, NULL, leg->phone->sip, leg->msg,
		                  true, is_early ? 183 : 180,
		                  is_early ? "Session Progress" : "Ringing",
		                  "%b", extra->buf, extra->end);
	mem_deref(extra);
	if (err || !is_early)
		return err;

	err = leg_media_apply(leg);

	return err ? err : leg_media_audio(leg, audio);
}

int leg_answer(struct leg *leg, const struct phone_audio *audio,
               const struct phone_leg_sink *sink)
{
	int err;

	if (leg->state != LEG_OFFERED)
		return ENOTCONN;

	err = final_send(leg, &leg->strans, leg->msg);
	if (err)
		return err;
	(void)leg_step(leg, LEG_EV_ACCEPT);
	leg->end.sip_code = 200;

	/* The audio last: once it is given away, nothing may fail. */
	if (!leg->is_offer_ours)
		err = leg_media_apply(leg);
	if (!err)
		err = leg_media_audio(leg, audio);
	if (err)
		return err;

	leg->sink = *sink;
	leg->has_sink = true;
	modify_timer_start(leg);

	return 0;
}

int leg_refuse(struct leg *leg, unsigned code, const char *reason,
               uint32_t retry_after_s)
{
	char header[40] = "";
	int err;

	if (leg->state != LEG_OFFERED)
		return ENOTCONN;

	if (retry_after_s)
		(void)snprintf(header, sizeof(header), "Retry-After: %u\r\n",
		               retry_after_s);
	err = sip_treplyf(&leg->strans, NULL, leg->phone->sip, leg->msg, false,
	                  (uint16_t)code, reason, "%sContent-Length: 0\r\n\r\n",
	                  header);
	leg_end_from(leg, NULL, outcome_of_sip(code, 0));
	(void)leg_step(leg, LEG_EV_REFUSE);
	leg_gone(leg);

	return err;
}
