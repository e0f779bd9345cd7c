/*
 * phone/sip/ua.c - transports and who gets what
 */
#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>
#include "phone/sip/ua.h"
#include "phone/sip/farewell.h"
#include "phone/sip/leg.h"
#include "phone/sip/line.h"
#include "phone/sip/secure.h"
#include <re_dns.h>
#include <re_net.h>

const char ua_allow[] = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO";

enum {
	NAME_SERVERS_MAX = 8,
	PORT_TRIES = 16, /* for one port free for UDP and TCP */
	DISCARD_PORT = 9,
};

const char *ua_transport_name(enum phone_transport transport)
{
	static const char *const namev[] = {
		[PHONE_UDP] = "udp",
		[PHONE_TCP] = "tcp",
		[PHONE_TLS] = "tls",
	};

	return namev[transport];
}

/* --- our own address ----------------------------------------------------- */

/* The kernel knows which of our addresses leads there; nothing is sent. */
static int route_source(struct sa *self, const struct sa *dst)
{
	struct sa there = *dst;
	int err = 0, fd;

	if (!sa_port(&there))
		sa_set_port(&there, DISCARD_PORT);

	fd = socket(sa_af(&there), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;

	if (connect(fd, &there.u.sa, there.len)) {
		err = errno;
	}
	else {
		self->len = sizeof(self->u);
		if (getsockname(fd, &self->u.sa, &self->len))
			err = errno;
	}
	(void)close(fd);

	return err;
}

void ua_self(const struct phone *phone, struct sa *self, const struct sa *dst)
{
	if (phone->public_addr) {
		*self = phone->public_sa;
		return;
	}

	*self = phone->bind_addr;
	if (sa_is_any(&phone->bind_addr) && route_source(self, dst))
		*self = phone->bind_addr;
}

/* --- what comes in ------------------------------------------------------- */

static bool is_complete(const struct sip_msg *msg)
{
	return pl_isset(&msg->callid) && pl_isset(&msg->from.tag) &&
	       pl_isset(&msg->from.val) && pl_isset(&msg->to.val) &&
	       pl_isset(&msg->via.sentby) && !pl_cmp(&msg->cseq.met, &msg->met);
}

static void outside_request(struct phone *phone, const struct sip_msg *msg)
{
	if (!pl_strcmp(&msg->met, "INVITE"))
		accept_invite(phone, msg);
	else if (!pl_strcmp(&msg->met, "OPTIONS"))
		(void)sip_replyf(phone->sip, msg, 200, "OK",
		                 "Allow: %s\r\n"
		                 "Accept: application/sdp\r\n"
		                 "Supported: timer\r\n"
		                 "Content-Length: 0\r\n\r\n",
		                 ua_allow);
	else if (!pl_strcmp(&msg->met, "CANCEL") ||
	         !pl_strcmp(&msg->met, "BYE"))
		(void)sip_reply(phone->sip, msg, 481,
		                "Call/Transaction Does Not Exist");
	else
		(void)sip_replyf(phone->sip, msg, 405, "Method Not Allowed",
		                 "Allow: %s\r\nContent-Length: 0\r\n\r\n",
		                 ua_allow);
}

static bool request_handler(const struct sip_msg *msg, void *arg)
{
	struct phone *phone = arg;
	const bool is_ack = !pl_strcmp(&msg->met, "ACK");
	struct leg *leg;

	if (!is_complete(msg)) {
		if (!is_ack)
			(void)sip_reply(phone->sip, msg, 400, "Bad Request");
		return true;
	}

	if (!pl_isset(&msg->to.tag)) {
		if (!is_ack)
			outside_request(phone, msg);
		return true;
	}

	leg = leg_find(phone, msg);
	if (leg) {
		mem_ref(leg);
		leg_request(leg, msg);
		mem_deref(leg);
	}
	else if (!is_ack) {
		(void)sip_reply(phone->sip, msg, 481,
		                "Call/Transaction Does Not Exist");
	}

	return true;
}

static bool response_handler(const struct sip_msg *msg, void *arg)
{
	struct leg *leg = leg_find(arg, msg);

	if (leg)
		dial_repeated(leg, msg);
	else
		farewell_answered(arg, msg);

	return true;
}

/* --- opening ------------------------------------------------------------- */

static int dns_open(struct phone *phone)
{
	struct sa serverv[NAME_SERVERS_MAX];
	uint32_t serverc = ARRAY_COUNT(serverv);
	char domain[256];

	/* A machine without name servers can still call addresses. */
	if (dns_srv_get(domain, sizeof(domain), serverv, &serverc))
		serverc = 0;

	return dnsc_alloc(&phone->dnsc, NULL, serverv, serverc);
}

static bool self_handler(const char *ifname, const struct sa *addr, void *arg)
{
	struct phone *phone = arg;

	(void)ifname;

	if (sa_af(addr) == sa_af(&phone->bind_addr) && !sa_is_linklocal(addr)) {
		phone->selfv[phone->selfc] = *addr;
		sa_set_port(&phone->selfv[phone->selfc++], phone->sip_port);
	}

	return phone->selfc == UA_ADDRS_MAX;
}

/* libre opens sockets on addresses, not on "any", and chooses among them by
 * the route to the other side. */
static int selves_find(struct phone *phone)
{
	if (!sa_is_any(&phone->bind_addr)) {
		phone->selfv[phone->selfc++] = phone->bind_addr;
		return 0;
	}

	(void)net_if_apply(self_handler, phone);

	return phone->selfc ? 0 : EADDRNOTAVAIL;
}

static int bind_parse(struct phone *phone, char fault[CFG_FAULT_SIZE])
{
	if (sa_set_str(&phone->bind_addr, phone->bind, phone->sip_port)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "\"%s\" is no address to listen on: set "
		               "phone.bind to one of this machine, or 0.0.0.0 "
		               "for all",
		               phone->bind);
		return EINVAL;
	}
	if (phone->public_addr &&
	    sa_set_str(&phone->public_sa, phone->public_addr, 0)) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "\"%s\" is no address: set phone.public_addr "
		               "to the IP address by which the Internet "
		               "reaches this machine",
		               phone->public_addr);
		return EINVAL;
	}

	return 0;
}

static void port_fault(char fault[CFG_FAULT_SIZE], const struct phone *phone,
                       uint16_t port, const char *key, int err)
{
	if (err == EADDRINUSE)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "port %u of %s is taken by another program: "
		               "set phone.%s or stop it",
		               port, phone->bind, key);
	else if (err == EADDRNOTAVAIL)
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "address %s is none of this machine: set "
		               "phone.bind to one of its own, or 0.0.0.0",
		               phone->bind);
	else
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "port %u of %s cannot be opened: %s", port,
		               phone->bind, strerror(err));
}

/* port: 0 for any free; the one that it got. */
static int pair_open(struct phone *phone, const struct sa *self, uint16_t *port)
{
	struct sa addr = *self;
	int err;

	sa_set_port(&addr, *port);
	err = sip_transp_add(phone->sip, SIP_TRANSP_UDP, &addr);
	if (err)
		return err;
	if (!*port) {
		/* The only one so far: there is no choice to be made. */
		err = sip_transp_laddr(phone->sip, &addr, SIP_TRANSP_UDP,
		                       &addr);
		if (err)
			return err;
		*port = sa_port(&addr);
	}

	return sip_transp_add(phone->sip, SIP_TRANSP_TCP, &addr);
}

static int pairs_open(struct phone *phone)
{
	uint16_t port = phone->sip_port;
	int err;

	for (size_t i = 0; i < phone->selfc; i++) {
		err = pair_open(phone, &phone->selfv[i], &port);
		if (err)
			return err;
	}
	phone->sip_port = port;

	return 0;
}

/* UDP and TCP share a port; one that is free for UDP may be taken for TCP,
 * so "any free" takes several tries. */
static int plain_open(struct phone *phone, char fault[CFG_FAULT_SIZE])
{
	const bool is_any_port = !phone->sip_port;
	int err;

	err = selves_find(phone);
	if (!err)
		err = EADDRINUSE;
	for (unsigned i = 0; i < PORT_TRIES && err == EADDRINUSE; i++) {
		sip_transp_flush(phone->sip);
		err = pairs_open(phone);
		if (!is_any_port)
			break;
	}
	if (err)
		port_fault(fault, phone, phone->sip_port, "sip_port", err);

	return err;
}

static int tls_open(struct phone *phone, struct sa *addr)
{
	int err;

	err = sip_transp_add(phone->sip, SIP_TRANSP_TLS, addr, phone->tls);
	if (err)
		return err;

	return sip_transp_laddr(phone->sip, addr, SIP_TRANSP_TLS, addr);
}

static int tls_listen(struct phone *phone)
{
	struct sa addr;
	int err;

	if (!phone->tls_cert) {
		/* libre wants a listening socket even for our own
		 * connections. */
		(void)sa_set_str(&addr,
		                 sa_af(&phone->bind_addr) == AF_INET
		                         ? "127.0.0.1"
		                         : "::1",
		                 0);
		err = tls_open(phone, &addr);
		phone->tls_port = sa_port(&addr);
		return err;
	}

	for (size_t i = 0; i < phone->selfc; i++) {
		addr = phone->selfv[i];
		sa_set_port(&addr, phone->tls_port);
		err = tls_open(phone, &addr);
		if (err)
			return err;
		phone->tls_port = sa_port(&addr);
	}

	return 0;
}

int ua_need_tls(struct phone *phone, char fault[CFG_FAULT_SIZE])
{
	int err;

	if (phone->tls)
		return 0;

	err = secure_alloc(&phone->tls, phone, fault);
	if (err)
		return err;

	err = tls_listen(phone);
	if (err) {
		port_fault(fault, phone, phone->tls_port, "tls_port", err);
		phone->tls = mem_deref(phone->tls);
	}

	return err;
}

int ua_open(struct phone *phone, char fault[CFG_FAULT_SIZE])
{
	int err;

	(void)snprintf(fault, CFG_FAULT_SIZE, "out of memory");

	err = bind_parse(phone, fault);
	if (err)
		return err;
	err = hash_alloc(&phone->legs, UA_HASH_SIZE);
	if (err)
		return err;
	err = dns_open(phone);
	if (err)
		return err;
	err = sip_alloc(&phone->sip, phone->dnsc, UA_HASH_SIZE, UA_HASH_SIZE,
	                UA_HASH_SIZE, "Dialwright/" DIALWRIGHT_VERSION, NULL,
	                NULL);
	if (err)
		return err;
	err = plain_open(phone, fault);
	if (err)
		return err;
	if (phone->tls_cert) {
		err = ua_need_tls(phone, fault);
		if (err)
			return err;
	}
	err = sip_listen(&phone->requests, phone->sip, true, request_handler,
	                 phone);
	if (err)
		return err;

	return sip_listen(&phone->responses, phone->sip, false,
	                  response_handler, phone);
}

void ua_close(struct phone *phone)
{
	phone->requests = mem_deref(phone->requests);
	phone->responses = mem_deref(phone->responses);
	if (phone->sip) {
		sip_transp_flush(phone->sip);
		sip_close(phone->sip, true);
	}
	phone->sip = mem_deref(phone->sip);
	phone->tls = mem_deref(phone->tls);
	phone->dnsc = mem_deref(phone->dnsc);
	phone->legs = mem_deref(phone->legs);
}
