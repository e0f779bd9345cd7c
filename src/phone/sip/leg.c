/*
 * phone/sip/leg.c - one connection to one person, what both kinds share
 */
#include <assert.h>
#include "phone/sip/farewell.h"
#include "phone/sip/leg.h"
#include "base/log.h"
#include "phone/sip/reason.h"

enum {
	BYE_AGAIN_MS = 500, /* where there was no memory for it */
	BYES_MAX = 60,
};

struct phone_leg {
	struct leg *leg;
};

static void leg_destructor(void *arg)
{
	struct leg *leg = arg;

	hash_unlink(&leg->he);
	tmr_cancel(&leg->tmr);
	final_clear(&leg->final);
	leg_media_close(leg);
	mem_deref(leg->offer);
	mem_deref(leg->invite);
	mem_deref(leg->bye);
	mem_deref(leg->info);
	mem_deref(leg->ack.mb);
	mem_deref(leg->knock);
	mem_deref(leg->strans);
	mem_deref(leg->msg);
	mem_deref(leg->digest);
	mem_deref(leg->caller_id);
	mem_deref(leg->identity);
	dialog_clear(&leg->dialog);
}

int leg_alloc(struct leg **legp, struct phone *phone, struct phone_line *line)
{
	struct leg *leg;
	int err = 0;

	leg = mem_zalloc(sizeof(*leg), leg_destructor);
	if (!leg)
		return ENOMEM;

	tmr_init(&leg->tmr);
	tmr_init(&leg->final.tmr);
	leg->phone = phone;
	leg->line = line;
	leg->end.outcome = OUTCOMES;
	leg->session_s = SESSION_TIMER_DEFAULT_S;
	if (line && line->prm.session_s)
		leg->session_s = line->prm.session_s;
	leg->session_min_s = leg->session_s < SESSION_TIMER_MIN_S
	                             ? leg->session_s
	                             : SESSION_TIMER_MIN_S;

	if (line && line->prm.password)
		err = digest_alloc(&leg->digest,
		                   line->prm.user ? line->prm.user : "",
		                   line->prm.password);
	if (err)
		mem_deref(leg);
	else
		*legp = leg;

	return err;
}

/* --- the table ----------------------------------------------------------- */

void leg_insert(struct leg *leg)
{
	hash_append(leg->phone->legs, hash_joaat_str(leg->dialog.call_id),
	            &leg->he, leg);
	leg->phone->legc++;
	if (leg->line)
		leg->line->calls++;
	leg->is_counted = true;
}

static bool has_message(struct le *le, void *arg)
{
	const struct leg *leg = le->data;

	return dialog_has(&leg->dialog, arg);
}

struct leg *leg_find(struct phone *phone, const struct sip_msg *msg)
{
	return list_ledata(hash_lookup(phone->legs, hash_joaat_pl(&msg->callid),
	                               has_message, (void *)msg));
}

static void count_out(struct leg *leg)
{
	if (!leg->is_counted)
		return;

	leg->is_counted = false;
	if (leg->line)
		leg->line->calls--;
}

bool leg_step(struct leg *leg, enum leg_event event)
{
	const enum leg_state before = leg->state;

	leg->state = leg_state_next(before, event);

	return leg->state != before;
}

/* --- the end ------------------------------------------------------------- */

/* A call is sometimes refused for the caller's identity under another code:
 * then that is the cause. */
static void identity_read(struct leg_end *end, const struct sip_hdr *header)
{
	unsigned cause = reason_stir(header->val.p, header->val.l);
	size_t n = strlen(end->reason);

	if (!cause)
		return;

	(void)snprintf(end->reason + n, sizeof(end->reason) - n, "%sSTIR %u",
	               n ? ", " : "", cause);
	if (end->outcome == OUTCOMES && end->sip_code >= 400 &&
	    (cause == STIR_STALE_DATE ||
	     outcome_of_sip(cause, 0) == OUTCOME_IDENTITY_FAILED))
		end->outcome = OUTCOME_IDENTITY_FAILED;
}

static void reasons_read(struct leg_end *end, const struct sip_msg *msg)
{
	for (struct le *le = list_head(&msg->hdrl); le; le = le->next) {
		const struct sip_hdr *header = le->data;

		if (header->id != SIP_HDR_REASON)
			continue;
		if (!end->q850)
			end->q850 = reason_q850(header->val.p, header->val.l);
		identity_read(end, header);
	}
}

void leg_end_from(struct leg *leg, const struct sip_msg *msg,
                  enum outcome outcome)
{
	const struct sip_hdr *header;
	struct leg_end *end = &leg->end;

	if (msg) {
		if (!msg->req) {
			end->sip_code = msg->scode;
			(void)pl_strcpy(&msg->reason, end->reason,
			                sizeof(end->reason));
		}

		header = sip_msg_hdr(msg, SIP_HDR_RETRY_AFTER);
		if (header)
			end->retry_after_s = reason_retry_after_s(
				header->val.p, header->val.l);
		reasons_read(end, msg);
	}

	if (end->outcome != OUTCOMES)
		return;

	end->outcome = outcome == OUTCOMES
	                       ? outcome_of_sip(end->sip_code, end->q850)
	                       : outcome;
}

void leg_tell_end(struct leg *leg)
{
	const struct phone_leg_sink sink = leg->sink;
	struct phone_end end = {
		.outcome = leg->end.outcome,
		.sip_code = leg->end.sip_code,
		.q850 = leg->end.q850,
		.reason = leg->end.reason,
		.retry_after_s = leg->end.retry_after_s,
		.is_by_them = leg->end.is_by_them,
	};

	count_out(leg);
	if (!leg->has_sink)
		return;

	/* Last word: nothing of the leg is told after it. */
	leg->has_sink = false;
	sink.ended(&end, sink.arg);
}

void leg_gone(struct leg *leg)
{
	leg->state = LEG_GONE;
	tmr_cancel(&leg->tmr);
	final_clear(&leg->final);
	leg_media_close(leg);
	hash_unlink(&leg->he);
	leg->phone->legc--;

	leg_tell_end(leg);
	mem_deref(leg);
}

static int bye_write(struct mbuf *mb, const struct request_path *path,
                     void *arg)
{
	(void)path;
	(void)arg;

	return request_write_body(mb, NULL, NULL);
}

static void bye_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;

	(void)err;

	if (msg && msg->scode < 200)
		return;

	if (leg_step(leg, LEG_EV_CLOSED))
		leg_gone(leg);
}

static int bye_send(struct leg *leg)
{
	const struct request_prm prm = {
		.method = "BYE",
		.phone = leg->phone,
		.line = leg->line,
		.dialog = &leg->dialog,
		.digest = leg->digest,
		.write = bye_write,
		.answer = bye_answer,
		.arg = leg,
	};
	int err = request_send(&leg->bye, &prm);

	if (err && err != ENOMEM)
		log_info("phone",
		         "call %s: BYE cannot be sent (%s); ended "
		         "all the same",
		         leg->dialog.call_id, strerror(err));

	return err;
}

/* Nobody is left on a silent line for want of memory. */
static void bye_later(void *arg)
{
	struct leg *leg = arg;
	int err = bye_send(leg);

	if (!err)
		return;

	if (err == ENOMEM && leg->byes++ < BYES_MAX) {
		tmr_start(&leg->tmr, BYE_AGAIN_MS, bye_later, leg);
		return;
	}
	if (err == ENOMEM)
		log_warning("phone",
		            "call %s: BYE cannot be sent: out of memory; the "
		            "other side's time limit ends it",
		            leg->dialog.call_id);
	leg_gone(leg);
}

/* The end of a call that was up is told from the loop, never from inside the
 * call that hung up. */
static void closing_handler(void *arg)
{
	struct leg *leg = arg;

	if (leg->is_bye_late)
		tmr_start(&leg->tmr, BYE_AGAIN_MS, bye_later, leg);
	if (leg->bye || leg->is_bye_late || leg->state == LEG_ACCEPTED)
		leg_tell_end(leg);
	else
		leg_gone(leg);
}

void leg_bye(struct leg *leg)
{
	leg_media_close(leg);

	leg->is_bye_late = bye_send(leg) == ENOMEM;
	tmr_start(&leg->tmr, 0, closing_handler, leg);
}

static void cancelled_handler(void *arg)
{
	leg_tell_end(arg);
}

void leg_hangup(struct leg *leg, enum outcome outcome)
{
	switch (leg->state) {
	case LEG_CALLING:
	case LEG_RINGING:
		(void)leg_step(leg, LEG_EV_HANGUP);
		leg_end_from(leg, NULL, outcome);
		leg_media_close(leg);
		request_cancel(leg->invite);
		tmr_start(&leg->tmr, LEG_CANCEL_WAIT_MS, cancelled_handler,
		          leg);
		break;

	case LEG_OFFERED:
		(void)sip_treply(&leg->strans, leg->phone->sip, leg->msg, 480,
		                 "Temporarily Unavailable");
		leg_end_from(leg, NULL, OUTCOME_CANCELLED);
		(void)leg_step(leg, LEG_EV_REFUSE);
		leg_gone(leg);
		break;

	case LEG_ACCEPTED:
		leg->is_hangup_due = true;
		leg_end_from(leg, NULL, OUTCOME_ANSWERED);
		leg_media_close(leg);
		tmr_start(&leg->tmr, 0, closing_handler, leg);
		break;

	case LEG_UP:
		(void)leg_step(leg, LEG_EV_HANGUP);
		leg_end_from(leg, NULL, OUTCOME_ANSWERED);
		leg_bye(leg);
		break;

	default:
		break;
	}
}

/* --- requests of theirs -------------------------------------------------- */

static void bye_request(struct leg *leg, const struct sip_msg *msg)
{
	/* Without a transaction, whose 32 s timer would be one of thousands in
	 * libre's list: a BYE that comes again finds no leg, and the 481 ends
	 * it as well. */
	(void)sip_reply(leg->phone->sip, msg, 200, "OK");

	if (!leg_step(leg, LEG_EV_LEAVE))
		return;

	/* A re-INVITE of theirs that still waits ends with the call. */
	if (leg->strans)
		(void)sip_treply(&leg->strans, leg->phone->sip, leg->msg, 487,
		                 "Request Terminated");
	leg->end.is_by_them = true;
	leg_end_from(leg, msg, OUTCOME_ANSWERED);
	leg_gone(leg);
}

static void ack_request(struct leg *leg, const struct sip_msg *msg)
{
	if (!final_acknowledged(leg, msg))
		return;

	if (leg->is_offer_ours) {
		leg->is_offer_ours = false;
		if (leg_media_read(leg, msg, false) || leg_media_apply(leg)) {
			(void)leg_step(leg, LEG_EV_ACK);
			leg_end_from(leg, NULL, OUTCOME_MEDIA_MISMATCH);
			leg_hangup(leg, OUTCOME_MEDIA_MISMATCH);
			return;
		}
	}

	if (leg_step(leg, LEG_EV_ACK) && leg->is_hangup_due)
		leg_hangup(leg, OUTCOME_ANSWERED);
	else if (leg->is_modify_due)
		(void)modify_send(leg);
}

void leg_request(struct leg *leg, const struct sip_msg *msg)
{
	struct sip *sip = leg->phone->sip;

	if (!pl_strcmp(&msg->met, "ACK")) {
		ack_request(leg, msg);
		return;
	}

	if (!dialog_is_in_order(&leg->dialog, msg))
		(void)sip_treply(NULL, sip, msg, 500, "Out of Order");
	else if (!pl_strcmp(&msg->met, "BYE"))
		bye_request(leg, msg);
	else if (!pl_strcmp(&msg->met, "INVITE"))
		modify_request(leg, msg);
	else if (!pl_strcmp(&msg->met, "INFO"))
		leg_keys_request(leg, msg);
	else if (!pl_strcmp(&msg->met, "OPTIONS"))
		(void)sip_treplyf(NULL, NULL, sip, msg, false, 200, "OK",
		                  "Allow: %s\r\nContent-Length: 0\r\n\r\n",
		                  ua_allow);
	else
		(void)sip_treplyf(
			NULL, NULL, sip, msg, false, 405, "Method Not Allowed",
			"Allow: %s\r\nContent-Length: 0\r\n\r\n", ua_allow);
}

int leg_write_common(const struct leg *leg, struct mbuf *mb,
                     const struct request_path *path)
{
	int err = line_write_contact(leg->line, mb, path);

	if (err)
		return err;

	return mbuf_printf(mb,
	                   "\r\nAllow: %s\r\n"
	                   "Supported: timer\r\n",
	                   ua_allow);
}

/* --- the door's grip ----------------------------------------------------- */

static void grip_destructor(void *arg)
{
	struct phone_leg *grip = arg;
	struct leg *leg = grip->leg;

	if (!leg)
		return;

	leg->grip = NULL;
	leg->has_sink = false;
	leg_hangup(leg, OUTCOME_CANCELLED);
	leg_media_close(leg);
	mem_deref(leg);
}

int leg_grip(struct phone_leg **gripp, struct leg *leg)
{
	struct phone_leg *grip = mem_zalloc(sizeof(*grip), grip_destructor);

	if (!grip)
		return ENOMEM;

	grip->leg = mem_ref(leg);
	leg->grip = grip;
	*gripp = grip;

	return 0;
}

void leg_let_go(struct phone_leg *grip)
{
	grip->leg->grip = NULL;
	grip->leg = mem_deref(grip->leg);
	mem_deref(grip);
}

int phone_leg_ring(struct phone_leg *grip, bool is_early,
                   const struct phone_audio *audio)
{
	return leg_ring(grip->leg, is_early, audio);
}

int phone_leg_answer(struct phone_leg *grip, const struct phone_audio *audio,
                     const struct phone_leg_sink *sink)
{
	assert(sink && sink->ended);

	return leg_answer(grip->leg, audio, sink);
}

int phone_leg_refuse(struct phone_leg *grip, unsigned code, const char *reason,
                     uint32_t retry_after_s)
{
	/* The phrase goes into the message as it is. */
	if (code < 300 || code > 699 || strpbrk(reason, "\r\n"))
		return EINVAL;

	return leg_refuse(grip->leg, code, reason, retry_after_s);
}

void phone_leg_hangup(struct phone_leg *grip)
{
	leg_hangup(grip->leg, OUTCOME_CANCELLED);
}

int phone_leg_send_keys(struct phone_leg *grip, const char *keys)
{
	return leg_keys_send(grip->leg, keys);
}

int phone_leg_hold(struct phone_leg *grip, bool is_held)
{
	struct leg *leg = grip->leg;

	if (leg->state != LEG_UP)
		return ENOTCONN;
	if (leg->is_holding == is_held)
		return 0;

	leg->is_holding = is_held;
	offer_hold(leg->offer, is_held);

	return modify_send(leg);
}

uint32_t phone_leg_rate_hz(const struct phone_leg *grip)
{
	return grip->leg->stream ? stream_rate_hz(grip->leg->stream) : 0;
}

int phone_leg_farewell(char **textp, const struct phone_leg *grip)
{
	const struct leg *leg = grip->leg;

	return farewell_write(textp, &leg->dialog, leg->invite);
}

const char *phone_leg_call_id(const struct phone_leg *grip)
{
	return grip->leg->dialog.call_id;
}

void phone_leg_stats(const struct phone_leg *grip,
                     struct phone_leg_stats *stats)
{
	*stats = grip->leg->stats;
	if (grip->leg->stream)
		stream_stats(grip->leg->stream, stats);
}
