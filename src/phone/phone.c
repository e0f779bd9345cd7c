/*
 * phone/phone.c - the phone: opening and closing
 */
#include <assert.h>
#include "phone/phone.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "phone/sip/leg.h"
#include "phone/sip/line.h"
#include "phone/sip/ua.h"
#include "phone/stream.h"

enum {
	CLOSE_LOOK_MS = 20,
	CLOSE_MAX_MS = 3000, /* for BYE and REGISTER on their way */
};

static bool leg_end_handler(struct le *le, void *arg)
{
	struct leg *leg = le->data;

	(void)arg;

	leg_hangup(leg, OUTCOME_CANCELLED);

	return false;
}

/* What is still in the table cannot be waited for any longer. */
static void legs_drop(struct phone *phone)
{
	if (!phone->legs)
		return;

	for (unsigned i = 0; i < UA_HASH_SIZE; i++) {
		struct list *list = hash_list(phone->legs, i);

		while (list_head(list))
			leg_gone(list_head(list)->data);
	}
}

static void phone_destructor(void *arg)
{
	struct phone *phone = arg;

	tmr_cancel(&phone->tmr);
	legs_drop(phone);
	list_flush(&phone->partingl);
	list_flush(&phone->linel);
	ua_close(phone);
	mem_deref(phone->loops);
	mem_deref(phone->bind);
	mem_deref(phone->public_addr);
	mem_deref(phone->tls_cert);
	mem_deref(phone->tls_ca);
}

static int text_take(char **textp, const char *text)
{
	return text && *text ? str_dup(textp, text) : 0;
}

static int prm_take(struct phone *phone, const struct phone_prm *prm)
{
	int err;

	phone->sip_port = prm->sip_port;
	phone->tls_port = prm->tls_port;
	phone->rtp_port_min = prm->rtp_port_min;
	phone->rtp_port_max = prm->rtp_port_max;
	phone->incoming = prm->incoming;
	phone->incoming_arg = prm->arg;

	err = str_dup(&phone->bind, prm->bind ? prm->bind : "0.0.0.0");
	if (err)
		return err;
	err = text_take(&phone->public_addr, prm->public_addr);
	if (err)
		return err;
	err = text_take(&phone->tls_cert, prm->tls_cert);
	if (err)
		return err;

	return text_take(&phone->tls_ca, prm->tls_ca);
}

int phone_alloc(struct phone **phonep, const struct phone_prm *prm,
                char fault[CFG_FAULT_SIZE])
{
	struct phone *phone;
	int err;

	assert(phonep && prm && fault);

	phone = mem_zalloc(sizeof(*phone), phone_destructor);
	if (!phone)
		return ENOMEM;

	tmr_init(&phone->tmr);
	err = codec_list(phone->codecv, &phone->codecc, prm->codecs);
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "\"%.64s\" is no list of codecs: pcma, pcmu, "
		               "g722 and opus, each once, with commas",
		               prm->codecs);
		goto out;
	}
	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");
	err = prm_take(phone, prm);
	if (err)
		goto out;
	err = ua_open(phone, fault);
	if (err)
		goto out;
	err = media_loops_alloc(&phone->loops, prm->media_loops,
	                        loop_mailbox());
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "media loops cannot be started: %s",
		               strerror(err));
		goto out;
	}

	log_info("phone", "listening on %s port %u", phone->bind,
	         phone->sip_port);

out:
	if (err)
		mem_deref(phone);
	else
		*phonep = phone;

	return err;
}

uint16_t phone_sip_port(const struct phone *phone)
{
	return phone->sip_port;
}

uint16_t phone_tls_port(const struct phone *phone)
{
	return phone->tls_port;
}

void phone_load(const struct phone *phone, struct phone_load *load)
{
	media_loops_load(phone->loops, load);
	load->legs = phone->legc;
}

/* --- closing ------------------------------------------------------------- */

static bool is_quiet(const struct phone *phone)
{
	if (phone->legc || phone->streamc || list_head(&phone->partingl))
		return false;

	for (struct le *le = list_head(&phone->linel); le; le = le->next) {
		if (registration_is_busy(le->data))
			return false;
	}

	return true;
}

static void close_handler(void *arg)
{
	struct phone *phone = arg;

	if (!is_quiet(phone) && clock_ms() < phone->close_by_ms) {
		tmr_start(&phone->tmr, CLOSE_LOOK_MS, close_handler, phone);
		return;
	}

	/* Streams that were just dropped have their last word to come. */
	if (phone->legc) {
		legs_drop(phone);
		tmr_start(&phone->tmr, CLOSE_LOOK_MS, close_handler, phone);
		return;
	}

	phone->closed(phone->closed_arg);
}

void phone_close(struct phone *phone, void (*done)(void *arg), void *arg)
{
	assert(phone && done && !phone->is_closing);

	phone->is_closing = true;
	phone->closed = done;
	phone->closed_arg = arg;
	phone->close_by_ms = clock_ms() + CLOSE_MAX_MS;

	(void)hash_apply(phone->legs, leg_end_handler, NULL);
	for (struct le *le = list_head(&phone->linel); le; le = le->next) {
		line_probe_tell(le->data, ECANCELED, "we are closing");
		registration_end(le->data);
	}

	tmr_start(&phone->tmr, 1, close_handler, phone);
}
