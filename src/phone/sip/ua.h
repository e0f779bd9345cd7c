/*
 * phone/sip/ua.h - the body of struct phone: transports and who gets what
 *
 * Private to phone/. ua.c owns the SIP stack: opens the transports, takes
 * every request and stray response that comes in and hands it to a leg, a
 * line, or refuses it.
 *
 * Threads: control loop.
 */
#pragma once

#include "base/mem.h"
#include "phone/phone.h"
#include "phone/stream.h" /* has re_sa.h, which bears no second inclusion */
#include <re_tmr.h>
#include <re_uri.h>
#include <re_msg.h>
#include <re_sip.h>

struct dnsc;
struct leg;
struct media_loops;
struct tls;

enum {
	UA_LEGS_MAX = 10000, /* live legs of one process, rings included */
	UA_HASH_SIZE = 4096,
	UA_ADDRS_MAX = 32, /* of this machine that are listened on */
};

struct phone {
	char *bind;
	char *public_addr; /* NULL: the address towards the other side */
	char *tls_cert;    /* NULL: TLS for our own connections only */
	char *tls_ca;
	struct sa bind_addr;
	struct sa selfv[UA_ADDRS_MAX]; /* bind_addr, or all where it is any */
	size_t selfc;
	struct sa public_sa;
	uint16_t sip_port;
	uint16_t tls_port;
	uint16_t rtp_port_min;
	uint16_t rtp_port_max;
	const struct codec *codecv[CODECS_MAX]; /* without a line */
	size_t codecc;
	phone_incoming_h *incoming;
	void *incoming_arg;

	struct sip *sip;
	struct dnsc *dnsc;
	struct tls *tls; /* NULL until TLS is needed */
	struct sip_lsnr *requests;
	struct sip_lsnr *responses;
	struct media_loops *loops;
	struct hash *legs; /* by Call-ID */
	unsigned legc;
	unsigned streamc; /* closed, their last word still to come */
	struct list linel;
	struct list partingl; /* farewells on their way */

	bool is_closing;
	void (*closed)(void *arg);
	void *closed_arg;
	struct tmr tmr; /* looks whether all has ended */
	uint64_t close_by_ms;
};

extern const char ua_allow[]; /* "INVITE, ACK, …" */

/* Opens UDP and TCP, and TLS where a certificate is given. On failure fault
 * says what and the remedy. */
int ua_open(struct phone *phone, char fault[CFG_FAULT_SIZE]);

/* Makes the TLS transport for lines that need it. */
int ua_need_tls(struct phone *phone, char fault[CFG_FAULT_SIZE]);

void ua_close(struct phone *phone);

/* The address under which the other side at dst reaches us. */
void ua_self(const struct phone *phone, struct sa *self, const struct sa *dst);

const char *ua_transport_name(enum phone_transport transport); /* "udp" */
enum sip_transp ua_transport(enum phone_transport transport);
