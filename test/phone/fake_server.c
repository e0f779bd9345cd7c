/*
 * test/phone/fake_server.c - a server that answers exactly what a test says
 */
#include <stdio.h>
#include "base/mem.h"
#include "fake_server.h"
#include <re_udp.h>

static const char tag[] = "fake-tag";

static void copy_text(char *text, size_t size, const struct mbuf *mb)
{
	const size_t len = mb->end < size ? mb->end : size - 1;

	memcpy(text, mb->buf, len);
	text[len] = '\0';
}

static void invite_note(struct fake *fake, const struct sip_msg *msg)
{
	const struct sip_hdr *contact = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr addr;

	fake->invites++;
	memcpy(fake->invite, fake->last, sizeof(fake->invite));
	(void)re_snprintf(fake->call_id, sizeof(fake->call_id), "%r",
	                  &msg->callid);
	(void)re_snprintf(fake->dialog, sizeof(fake->dialog),
	                  "From: %r;tag=%s\r\nTo: %r\r\nCall-ID: %r\r\n",
	                  &msg->to.val, tag, &msg->from.val, &msg->callid);
	if (contact && !sip_addr_decode(&addr, &contact->val))
		(void)re_snprintf(fake->target, sizeof(fake->target), "%r",
		                  &addr.auri);
}

static void count(struct fake *fake, const struct sip_msg *msg)
{
	if (!msg->req) {
		if (msg->scode / 100 == 2)
			fake->oks++;
	}
	else if (!pl_strcmp(&msg->met, "INVITE")) {
		invite_note(fake, msg);
	}
	else if (!pl_strcmp(&msg->met, "ACK")) {
		fake->acks++;
	}
	else if (!pl_strcmp(&msg->met, "BYE")) {
		fake->byes++;
	}
	else if (!pl_strcmp(&msg->met, "CANCEL")) {
		fake->cancels++;
	}
	else if (!pl_strcmp(&msg->met, "REGISTER")) {
		fake->registers++;
	}
	else if (!pl_strcmp(&msg->met, "INFO")) {
		fake->infos++;
	}
	else {
		fake->others++;
	}
}

static void receive_handler(const struct sa *src, struct mbuf *mb, void *arg)
{
	struct fake *fake = arg;
	struct sip_msg *msg;

	fake->peer = *src;
	if (mbuf_get_left(mb) == 4 && !memcmp(mbuf_buf(mb), "\r\n\r\n", 4)) {
		fake->keepalives++;
		return;
	}
	if (sip_msg_decode(&msg, mb))
		return;

	copy_text(fake->last, sizeof(fake->last), mb);
	count(fake, msg);
	msg->src = *src;
	fake->handler(fake, msg);
	mem_deref(msg);
}

int fake_open(struct fake *fake, fake_h *handler, void *arg)
{
	int err;

	memset(fake, 0, sizeof(*fake));
	fake->handler = handler;
	fake->arg = arg;

	err = sa_set_str(&fake->addr, "127.0.0.1", 0);
	if (!err)
		err = udp_listen(&fake->socket, &fake->addr, receive_handler,
		                 fake);
	if (!err)
		err = udp_local_get(fake->socket, &fake->addr);

	return err;
}

void fake_close(struct fake *fake)
{
	fake->socket = mem_deref(fake->socket);
}

void fake_send(struct fake *fake, const struct sa *to, const char *text,
               size_t len)
{
	struct mbuf *mb = mbuf_alloc(len + 1);

	if (!mb)
		return;
	(void)mbuf_write_mem(mb, (const uint8_t *)text, len);
	mb->pos = 0;
	(void)udp_send(fake->socket, to, mb);
	mem_deref(mb);
}

static void sdp_print(char *text, size_t size, uint16_t port)
{
	text[0] = '\0';
	if (port)
		(void)snprintf(text, size,
		               "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		               "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		               "m=audio %u RTP/AVP 0 8\r\n",
		               port);
}

void fake_reply(struct fake *fake, const struct sip_msg *msg, unsigned code,
                const char *reason, const char *extra, uint16_t sdp_port)
{
	char text[2 * FAKE_TEXT_SIZE], body[256];
	const bool has_tag = pl_isset(&msg->to.tag);
	char contact[64] = "";
	int len;

	/* The test's own Contact is the only one. */
	if (!fake_has_line(extra, "Contact:"))
		(void)re_snprintf(contact, sizeof(contact),
		                  "Contact: <sip:fake@%J>", &fake->addr);
	sdp_print(body, sizeof(body), sdp_port);
	len = re_snprintf(
		text, sizeof(text),
		"SIP/2.0 %u %s\r\nVia: %r\r\nFrom: %r\r\nTo: %r%s%s\r\n"
		"Call-ID: %r\r\nCSeq: %u %r\r\n"
		"%s%s%s%s"
		"Content-Length: %zu\r\n\r\n%s",
		code, reason, &msg->via.val, &msg->from.val, &msg->to.val,
		has_tag ? "" : ";tag=", has_tag ? "" : tag, &msg->callid,
		msg->cseq.num, &msg->cseq.met, contact,
		contact[0] ? "\r\n" : "", extra,
		sdp_port ? "Content-Type: application/sdp\r\n" : "",
		strlen(body), body);
	if (len > 0)
		fake_send(fake, &msg->src, text, (size_t)len);
}

void fake_request(struct fake *fake, const char *method, unsigned seq,
                  const char *extra, const char *body)
{
	char text[2 * FAKE_TEXT_SIZE];
	int len;

	len = re_snprintf(text, sizeof(text),
	                  "%s %s SIP/2.0\r\n"
	                  "Via: SIP/2.0/UDP %J;branch=z9hG4bK%s%u\r\n"
	                  "Max-Forwards: 70\r\n%s"
	                  "CSeq: %u %s\r\nContact: <sip:fake@%J>\r\n%s"
	                  "Content-Length: %zu\r\n\r\n%s",
	                  method, fake->target, &fake->addr, method, seq,
	                  fake->dialog, seq, method, &fake->addr, extra,
	                  strlen(body), body);
	if (len > 0)
		fake_send(fake, &fake->peer, text, (size_t)len);
}

bool fake_has_line(const char *text, const char *words)
{
	const size_t len = strlen(words);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (!strncmp(line, words, len))
			return true;
	}

	return false;
}
