/*
 * phone/sip/registration.c - keeps a line registered (RFC 3261 section 10)
 *
 * Refreshes before the server forgets us. After a failure the next try waits
 * a second, then twice as long each time; a refusal of our credentials goes
 * to the longest wait at once, so that a wrong password does not lock the
 * account.
 */
#include <assert.h>
#include "phone/sip/line.h"
#include "base/log.h"
#include "phone/sip/reason.h"
#include <re_sys.h>

enum {
	RETRY_FIRST_MS = 1000,
	RETRY_MAX_MS = 300000,
	SERVER_EXPIRES_MAX_S = 86400,
};

static void again_handler(void *arg);

static uint32_t refresh_wait_ms(uint32_t expires_s)
{
	if (expires_s < 20)
		return expires_s * 500;

	return expires_s * 900;
}

static uint32_t retry_wait_ms(const struct registration *registration,
                              bool is_refused, uint32_t retry_after_s)
{
	uint32_t wait_ms = RETRY_MAX_MS;

	if (retry_after_s)
		return retry_after_s * 1000;

	if (!is_refused && registration->failures < 9)
		wait_ms = (uint32_t)RETRY_FIRST_MS << registration->failures;
	if (wait_ms > RETRY_MAX_MS)
		wait_ms = RETRY_MAX_MS;

	/* A server that comes back is not asked by all at once. */
	return wait_ms + rand_u32() % (wait_ms / 10);
}

struct binding {
	const struct phone_line *line;
	uint32_t expires_s;
};

static bool contact_handler(const struct sip_hdr *header,
                            const struct sip_msg *msg, void *arg)
{
	struct binding *binding = arg;
	struct sip_addr addr;
	struct pl expires;

	(void)msg;

	if (sip_addr_decode(&addr, &header->val) ||
	    pl_strcmp(&addr.uri.user, binding->line->prm.user) ||
	    msg_param_decode(&addr.params, "expires", &expires))
		return false;

	binding->expires_s = pl_u32(&expires);

	return true;
}

/* Several bindings of the same user may be in the answer: the newest is
 * mostly the last, so look from the end. */
static uint32_t granted_s(const struct phone_line *line,
                          const struct sip_msg *msg)
{
	struct binding binding = {line, 0};

	(void)sip_msg_hdr_apply(msg, false, SIP_HDR_CONTACT, contact_handler,
	                        &binding);
	if (!binding.expires_s && pl_isset(&msg->expires))
		binding.expires_s = pl_u32(&msg->expires);
	if (!binding.expires_s)
		binding.expires_s = line->registration.expires_s;
	if (binding.expires_s > SERVER_EXPIRES_MAX_S)
		binding.expires_s = SERVER_EXPIRES_MAX_S;

	return binding.expires_s;
}

/* RFC 5626 4.4.1 has this for TCP and STUN for UDP; what servers and routers
 * are used to on UDP is the same empty lines. */
static void alive_handler(void *arg)
{
	struct phone_line *line = arg;
	struct registration *registration = &line->registration;
	struct mbuf *mb = mbuf_alloc(4);

	if (mb && !mbuf_write_str(mb, "\r\n\r\n")) {
		mbuf_set_pos(mb, 0);
		/* One that is lost is made good by the next. */
		(void)sip_send(line->phone->sip, NULL, SIP_TRANSP_UDP,
		               &registration->server, mb);
	}
	mem_deref(mb);
	tmr_start(&registration->alive_tmr, line->prm.keepalive_s * 1000,
	          alive_handler, line);
}

static void alive_begin(struct phone_line *line, const struct sip_msg *msg)
{
	struct registration *registration = &line->registration;

	if (msg->tp != SIP_TRANSP_UDP || !line->prm.keepalive_s)
		return;

	registration->server = msg->src;
	tmr_start(&registration->alive_tmr, line->prm.keepalive_s * 1000,
	          alive_handler, line);
}

static void accepted(struct phone_line *line, const struct sip_msg *msg)
{
	struct registration *registration = &line->registration;
	const uint32_t expires_s = granted_s(line, msg);

	if (!registration->is_registered)
		log_info("phone", "line %s: registered at %s for %u s",
		         line->prm.name, line->prm.server, expires_s);

	alive_begin(line, msg);
	registration->is_registered = true;
	registration->failures = 0;
	line->state = PHONE_LINE_READY;
	(void)re_snprintf(line->words, sizeof(line->words),
	                  "line %s: registered at %s", line->prm.name,
	                  line->prm.server);
	tmr_start(&registration->tmr, refresh_wait_ms(expires_s), again_handler,
	          line);
	line_probe_tell(line, 0, line->words);
}

static uint32_t retry_after_s(const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_RETRY_AFTER);

	return header ? reason_retry_after_s(header->val.p, header->val.l) : 0;
}

static void failed(struct phone_line *line, int err, const struct sip_msg *msg)
{
	struct registration *registration = &line->registration;
	const bool is_refused = !err && msg->scode >= 400 && msg->scode < 500 &&
	                        msg->scode != 408;
	const uint32_t wait_ms = retry_wait_ms(registration, is_refused,
	                                       err ? 0 : retry_after_s(msg));

	line_words(line->words, line, err, msg);
	line->state = is_refused ? PHONE_LINE_REFUSED : PHONE_LINE_UNREACHABLE;
	registration->is_registered = false;
	tmr_cancel(&registration->alive_tmr);
	registration->failures++;
	log_warning("phone", "%s; trying again in %u s", line->words,
	            wait_ms / 1000);
	tmr_start(&registration->tmr, wait_ms, again_handler, line);
	line_probe_tell(line, err ? err : EACCES, line->words);
}

/* 423: the server wants us longer than we asked for. */
static bool raise_expires(struct registration *registration,
                          const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_MIN_EXPIRES);
	uint32_t min_s;

	if (msg->scode != 423 || !header)
		return false;

	min_s = pl_u32(&header->val);
	if (min_s <= registration->expires_s || min_s > SERVER_EXPIRES_MAX_S)
		return false;

	registration->expires_s = min_s;

	return true;
}

static void answer_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct phone_line *line = arg;
	struct registration *registration = &line->registration;

	if (msg && msg->scode < 200)
		return;

	registration->req = mem_deref(registration->req);
	if (registration->is_ending)
		return;

	if (!err && msg->scode < 300)
		accepted(line, msg);
	else if (!err && raise_expires(registration, msg))
		tmr_start(&registration->tmr, 1, again_handler, line);
	else
		failed(line, err, msg);
}

static int write_handler(struct mbuf *mb, const struct request_path *path,
                         void *arg)
{
	struct phone_line *line = arg;
	struct registration *registration = &line->registration;
	const uint32_t expires_s =
		registration->is_ending ? 0 : registration->expires_s;
	int err = line_write_contact(line, mb, path);

	if (err)
		return err;
	err = mbuf_printf(mb, ";expires=%u\r\nExpires: %u\r\nAllow: %s\r\n",
	                  expires_s, expires_s, ua_allow);

	return err ? err : request_write_body(mb, NULL, NULL);
}

static int send_now(struct phone_line *line)
{
	struct registration *registration = &line->registration;
	const struct request_prm prm = {
		.method = "REGISTER",
		.phone = line->phone,
		.line = line,
		.dialog = &registration->dialog,
		.digest = registration->digest,
		.write = write_handler,
		.answer = answer_handler,
		.arg = line,
	};

	registration->req = mem_deref(registration->req);

	return request_send(&registration->req, &prm);
}

static void again_handler(void *arg)
{
	struct phone_line *line = arg;
	int err = registration_again(line);

	if (err)
		failed(line, err, NULL);
}

int registration_again(struct phone_line *line)
{
	struct registration *registration = &line->registration;

	tmr_cancel(&registration->tmr);
	if (!registration->is_registered)
		line->state = PHONE_LINE_REGISTERING;

	return send_now(line);
}

int registration_start(struct phone_line *line)
{
	struct registration *registration = &line->registration;
	struct dialog_prm dialog_prm = {
		.target = line->server_uri,
		.next_hop = line->next_hop,
		.transport = ua_transport_name(line->prm.transport),
	};
	char *self = NULL;
	int err;

	registration->expires_s =
		line->prm.expires_s ? line->prm.expires_s : LINE_EXPIRES_S;

	err = re_sdprintf(&self, "<sip:%s@%s>", line->prm.user, line->domain);
	if (err)
		return err;
	dialog_prm.local = self;
	dialog_prm.remote = self;
	err = dialog_open(&registration->dialog, &dialog_prm);
	mem_deref(self);
	if (err)
		return err;

	err = digest_alloc(&registration->digest, line->prm.user,
	                   line->prm.password ? line->prm.password : "");
	if (err)
		return err;

	line->state = PHONE_LINE_REGISTERING;
	(void)re_snprintf(line->words, sizeof(line->words),
	                  "line %s: registering at %s", line->prm.name,
	                  line->prm.server);

	/* From the loop: the state is told by then, never from inside. */
	tmr_start(&registration->tmr, 0, again_handler, line);

	return 0;
}

void registration_end(struct phone_line *line)
{
	struct registration *registration = &line->registration;

	tmr_cancel(&registration->tmr);
	tmr_cancel(&registration->alive_tmr);
	registration->is_ending = true;
	registration->req = mem_deref(registration->req);
	if (registration->is_registered)
		(void)send_now(line);
	registration->is_registered = false;
}

bool registration_is_busy(const struct phone_line *line)
{
	return line->registration.req != NULL;
}

void registration_clear(struct registration *registration)
{
	tmr_cancel(&registration->tmr);
	tmr_cancel(&registration->alive_tmr);
	registration->req = mem_deref(registration->req);
	registration->digest = mem_deref(registration->digest);
	dialog_clear(&registration->dialog);
}
