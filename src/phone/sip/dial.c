/*
 * phone/sip/dial.c - legs that we start
 */
#include <assert.h>
#include "phone/sip/leg.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"
#include <re_udp.h>

enum {
	RING_MS = 30000,
	NO_REPLY_MS = 10000, /* without even a 100: the server is not there */
	KNOCK_MS = 700,      /* without one: maybe nobody listens at all */
	REDIRECTS_MAX = 3,
	CALL_ID_MAX = 128,
	NUMBER_URI_SIZE = 3 * 32 + 1, /* each character escaped */
};

static int invite_send(struct leg *leg);

/* Our Call-ID goes into the message as it is: word characters of RFC 3261
 * that need no quoting anywhere. */
static bool is_call_id(const char *call_id)
{
	const size_t len = strlen(call_id);

	return len && len <= CALL_ID_MAX &&
	       strspn(call_id, "abcdefghijklmnopqrstuvwxyz"
	                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                       "0123456789-._@") == len;
}

/* '#' starts a fragment in URIs; all else of a dialable number is plain. */
static void number_escape(char uri[NUMBER_URI_SIZE], const char *number)
{
	size_t n = 0;

	for (; *number && n + 3 < NUMBER_URI_SIZE; number++) {
		if (*number == '#') {
			memcpy(uri + n, "%23", 3);
			n += 3;
		}
		else {
			uri[n++] = *number;
		}
	}

	uri[n] = '\0';
}

/* --- writing ------------------------------------------------------------- */

static int timer_write(struct mbuf *mb, const struct leg *leg)
{
	return mbuf_printf(mb, "Session-Expires: %u\r\nMin-SE: %u\r\n",
	                   leg->session_s, leg->session_min_s);
}

static void tell_sent(const struct leg *leg)
{
	if (leg->has_sink && leg->sink.sent)
		leg->sink.sent(leg->sink.arg);
}

static int invite_write(struct mbuf *mb, const struct request_path *path,
                        void *arg)
{
	struct leg *leg = arg;
	struct mbuf *sdp = NULL;
	int err;

	err = leg_write_common(leg, mb, path);
	if (err)
		return err;
	err = timer_write(mb, leg);
	if (err)
		return err;
	if (leg->caller_id) {
		err = mbuf_printf(mb, "P-Asserted-Identity: <sip:%s@%s>\r\n",
		                  leg->caller_id, leg->line->domain);
		if (err)
			return err;
	}

	if (leg->identity) {
		err = mbuf_write_str(mb, leg->identity);
		if (err)
			return err;
	}

	err = offer_write(&sdp, leg->offer, &path->self, true);
	if (err)
		return err;
	err = request_write_body(mb, "application/sdp", sdp);
	mem_deref(sdp);

	/* The first time nobody can ask yet what ends it. */
	if (!err && leg->invite)
		tell_sent(leg);

	return err;
}

/* --- answers ------------------------------------------------------------- */

static void progress(struct leg *leg, const struct sip_msg *msg)
{
	bool has_early_media = false;

	if (leg->state == LEG_CANCELLED || msg->scode == 100) {
		(void)leg_step(leg, LEG_EV_PROGRESS);
		return;
	}

	/* The SDP of a 183 without PRACK is a hint; the one of the 2xx
	 * counts. Nonsense in it costs nothing but the early media. */
	if (!msg_ctype_cmp(&msg->ctyp, "application", "sdp"))
		;
	else if (!leg_media_read(leg, msg, false) && !leg_media_apply(leg))
		has_early_media = leg->has_media;

	(void)leg_step(leg, LEG_EV_PROGRESS);
	if (leg->has_sink && leg->sink.ringing)
		leg->sink.ringing(has_early_media, leg->sink.arg);
}

static int answer_media(struct leg *leg, const struct sip_msg *msg)
{
	int err;

	if (!msg_ctype_cmp(&msg->ctyp, "application", "sdp"))
		return leg->has_media ? 0 : ENOTSUP;

	err = leg_media_read(leg, msg, false);

	return err ? err : leg_media_apply(leg);
}

static void acknowledge(struct leg *leg, const struct sip_msg *msg)
{
	int err;

	err = dialog_create(&leg->dialog, msg);
	if (!err)
		err = request_ack_send(&leg->ack, leg->phone, &leg->dialog, msg,
		                       NULL);
	if (err)
		log_warning("phone",
		            "call %s: answer cannot be acknowledged (%s); "
		            "tried again when it comes again",
		            leg->dialog.call_id, strerror(err));
}

static void accepted(struct leg *leg, const struct sip_msg *msg)
{
	acknowledge(leg, msg);

	(void)leg_step(leg, LEG_EV_ACCEPT);
	if (leg->state == LEG_CLOSING) {
		/* It crossed our CANCEL: nobody must wait on a dead call. */
		leg_bye(leg);
		return;
	}

	tmr_cancel(&leg->tmr);
	leg->end.sip_code = msg->scode;
	if (answer_media(leg, msg)) {
		leg_end_from(leg, NULL, OUTCOME_MEDIA_MISMATCH);
		leg_hangup(leg, OUTCOME_MEDIA_MISMATCH);
		return;
	}

	modify_timer_answered(leg, msg);
	if (leg->has_sink)
		leg->sink.answered(leg->sink.arg);
}

/* Whether a redirect stays with the line's provider. */
static bool is_inside(const struct phone_line *line, const struct uri *uri)
{
	const size_t len = strlen(line->host);
	struct sa addr;

	if (!sa_set(&addr, &uri->host, 0))
		return line_is_server(line, &addr);
	if (uri->host.l < len)
		return false;
	if (strncasecmp(uri->host.p + uri->host.l - len, line->host, len))
		return false;

	return uri->host.l == len || uri->host.p[uri->host.l - len - 1] == '.';
}

static int invite_again(struct leg *leg)
{
	int err = invite_send(leg);

	if (!err)
		tell_sent(leg);

	return err;
}

static bool redirected(struct leg *leg, const struct sip_msg *msg)
{
	const struct sip_hdr *contact = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr addr;
	char *target = NULL, *next_hop = NULL;
	int err;

	if (msg->scode / 100 != 3 || leg->redirects++ >= REDIRECTS_MAX ||
	    !contact || sip_addr_decode(&addr, &contact->val) ||
	    pl_strcasecmp(&addr.uri.scheme, "sip") ||
	    !is_inside(leg->line, &addr.uri))
		return false;

	err = re_sdprintf(&target, "%r", &addr.auri);
	if (err)
		return false;
	err = addr.uri.port ? re_sdprintf(&next_hop, "sip:%r:%u;transport=%s",
	                                  &addr.uri.host, addr.uri.port,
	                                  leg->dialog.transport)
	                    : re_sdprintf(&next_hop, "%s", leg->line->next_hop);
	if (!err)
		err = dialog_redirect(&leg->dialog, target, next_hop);
	if (!err)
		err = invite_again(leg);
	mem_deref(target);
	mem_deref(next_hop);

	return !err;
}

static void refused(struct leg *leg, int err, const struct sip_msg *msg)
{
	if (leg->state != LEG_CANCELLED && msg) {
		if (redirected(leg, msg))
			return;
		if (msg->scode == 422 && modify_min_raised(leg, msg) &&
		    !invite_again(leg))
			return;
	}

	leg->end.is_by_them = msg != NULL && leg->state != LEG_CANCELLED;
	if (msg)
		leg_end_from(leg, msg, OUTCOMES);
	else
		leg_end_from(leg, NULL,
		             err == ETIMEDOUT ? OUTCOME_NETWORK_TIMEOUT
		                              : OUTCOME_LINE_FAILED);

	(void)leg_step(leg, LEG_EV_REFUSE);
	leg_gone(leg);
}

static void final(struct leg *leg, int err, const struct sip_msg *msg)
{
	leg->invite = mem_deref(leg->invite);

	if (!err && msg->scode < 300)
		accepted(leg, msg);
	else
		refused(leg, err, msg);
}

static void invite_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;

	/* What the sink does may free the leg under us. */
	mem_ref(leg);
	leg->knock = mem_deref(leg->knock);

	if (!err)
		leg_identity_heard(leg, msg);
	if (!err && msg->scode < 200)
		progress(leg, msg);
	else
		final(leg, err, msg);

	mem_deref(leg);
}

void dial_repeated(struct leg *leg, const struct sip_msg *msg)
{
	if (pl_strcmp(&msg->cseq.met, "INVITE") || msg->scode / 100 != 2)
		return;

	if (leg->ack.mb)
		request_ack_repeat(&leg->ack, leg->phone);
	else
		acknowledge(leg, msg);
}

/* --- dialling ------------------------------------------------------------ */

static void ring_handler(void *arg);

static void give_up(struct leg *leg, enum outcome outcome)
{
	mem_ref(leg);
	leg_end_from(leg, NULL, outcome);
	leg_hangup(leg, outcome);
	leg_tell_end(leg);
	mem_deref(leg);
}

static void knock_refused(int err, void *arg)
{
	struct leg *leg = arg;

	leg->knock = mem_deref(leg->knock);
	if (leg->state != LEG_CALLING || err != ECONNREFUSED)
		return;

	log_info("phone", "line %s: nobody listens at server %s; the call ends",
	         leg->line->prm.name, leg->line->prm.server);
	give_up(leg, OUTCOME_LINE_FAILED);
}

static void knock_heard(const struct sa *src, struct mbuf *mb, void *arg)
{
	(void)src;
	(void)mb;
	(void)arg;
}

/* The socket that carries SIP never hears of "port unreachable", as it talks
 * to many. A second, connected one does: it sends the empty lines that keep
 * a path alive (RFC 5626 section 3.5.1), and an error comes back at once
 * where INVITE would be repeated for 32 s. */
static void knock(struct leg *leg)
{
	static uint8_t text[] = "\r\n\r\n";
	struct mbuf mb = {.buf = text, .size = 4, .end = 4};
	struct sa any;

	if (leg->line->prm.transport != PHONE_UDP ||
	    !sa_port(&leg->line->server_addr))
		return;

	sa_init(&any, sa_af(&leg->line->server_addr));
	if (udp_listen(&leg->knock, &any, knock_heard, leg))
		return;
	udp_error_handler_set(leg->knock, knock_refused);
	if (udp_connect(leg->knock, &leg->line->server_addr) ||
	    udp_send(leg->knock, &leg->line->server_addr, &mb))
		leg->knock = mem_deref(leg->knock);
}

/* One timer, for what is next: knocking, no reply at all, rung enough. */
static void ring_timer_start(struct leg *leg)
{
	const uint64_t now_ms = clock_ms();
	uint64_t at_ms = leg->ring_until_ms;

	if (leg->state == LEG_CALLING && leg->reply_until_ms < at_ms)
		at_ms = leg->reply_until_ms;
	if (leg->state == LEG_CALLING && !leg->has_knocked &&
	    now_ms + KNOCK_MS < at_ms)
		at_ms = now_ms + KNOCK_MS;

	tmr_start(&leg->tmr, at_ms > now_ms ? at_ms - now_ms : 0, ring_handler,
	          leg);
}

static void ring_handler(void *arg)
{
	struct leg *leg = arg;
	const uint64_t now_ms = clock_ms();
	const bool is_calling = leg->state == LEG_CALLING;

	if (is_calling &&
	    (now_ms >= leg->reply_until_ms || now_ms >= leg->ring_until_ms)) {
		give_up(leg, OUTCOME_NETWORK_TIMEOUT);
		return;
	}
	if (now_ms >= leg->ring_until_ms) {
		leg_hangup(leg, OUTCOME_NO_ANSWER);
		return;
	}

	if (is_calling && !leg->has_knocked) {
		leg->has_knocked = true;
		knock(leg);
	}
	ring_timer_start(leg);
}

static int invite_send(struct leg *leg)
{
	const struct request_prm prm = {
		.method = "INVITE",
		.phone = leg->phone,
		.line = leg->line,
		.dialog = &leg->dialog,
		.digest = leg->digest,
		.write = invite_write,
		.answer = invite_answer,
		.arg = leg,
	};

	return request_send(&leg->invite, &prm);
}

static int names_set(struct leg *leg, const struct phone_dial_prm *prm)
{
	const struct phone_line *line = leg->line;
	const char *shown = prm->caller_id        ? prm->caller_id
	                    : line->prm.caller_id ? line->prm.caller_id
	                                          : line->prm.user;
	char number[NUMBER_URI_SIZE], from[NUMBER_URI_SIZE];
	char *local = NULL, *remote = NULL, *target = NULL;
	struct dialog_prm dialog_prm = {
		.call_id = prm->call_id,
		.next_hop = line->next_hop,
		.transport = ua_transport_name(line->prm.transport),
	};
	int err;

	number_escape(number, prm->number);
	number_escape(from, shown ? shown : "anonymous");

	err = re_sdprintf(&local, "<sip:%s@%s>", from, line->domain);
	if (err)
		goto out;
	err = re_sdprintf(&remote, "<sip:%s@%s>", number, line->domain);
	if (err)
		goto out;
	err = re_sdprintf(&target, "sip:%s@%s", number,
	                  line->server_uri + strlen("sip:"));
	if (err)
		goto out;
	if (shown) {
		err = str_dup(&leg->caller_id, from);
		if (err)
			goto out;
	}

	dialog_prm.local = local;
	dialog_prm.remote = remote;
	dialog_prm.target = target;
	err = dialog_open(&leg->dialog, &dialog_prm);

out:
	mem_deref(local);
	mem_deref(remote);
	mem_deref(target);

	return err;
}

static int may_dial(const struct phone_line *line,
                    const struct phone_dial_prm *prm)
{
	if (!number_is_dialable(prm->number) ||
	    (prm->caller_id && !number_is_dialable(prm->caller_id)) ||
	    (prm->call_id && !is_call_id(prm->call_id)) ||
	    (prm->identity && !phone_is_identity(prm->identity)))
		return EINVAL;
	if (line->phone->is_closing)
		return ESHUTDOWN;
	if (line->state == PHONE_LINE_REFUSED)
		return ENOENT;
	if (line->prm.calls_max && line->calls >= line->prm.calls_max)
		return EBUSY;
	if (line->phone->legc >= UA_LEGS_MAX)
		return EBUSY;

	return 0;
}

int phone_dial(struct phone_leg **legp, struct phone_line *line,
               const struct phone_dial_prm *prm,
               const struct phone_leg_sink *sink)
{
	const uint32_t ring_ms = prm->ring_ms ? prm->ring_ms : RING_MS;
	struct phone_leg *grip = NULL;
	struct leg *leg = NULL;
	int err;

	assert(legp && line && prm->number && sink->answered && sink->ended);

	err = may_dial(line, prm);
	if (err)
		return err;

	err = leg_alloc(&leg, line->phone, line);
	if (err)
		return err;
	err = names_set(leg, prm);
	if (err)
		goto out;
	err = leg_identity_make(leg, prm->number, prm->identity);
	if (err)
		goto out;
	err = leg_media_open(leg);
	if (err)
		goto out;
	err = leg_grip(&grip, leg);
	if (err)
		goto out;
	err = invite_send(leg);
	if (err) {
		leg_let_go(grip);
		goto out;
	}

	/* From here on it is the table's, and ends by CANCEL. */
	leg_insert(leg);
	err = leg_media_audio(leg, prm->audio);
	if (err) {
		leg_hangup(leg, OUTCOME_CANCELLED);
		mem_deref(grip);
		return err;
	}

	leg->sink = *sink;
	leg->has_sink = true;
	leg->ring_until_ms = clock_ms() + ring_ms;
	leg->reply_until_ms = clock_ms() + NO_REPLY_MS;
	ring_timer_start(leg);
	*legp = grip;

	return 0;

out:
	mem_deref(leg);

	return err;
}
