/*
 * phone/sip/request.h - one request of ours and its answer
 *
 * Above libre's transactions: writes the whole message at the moment when the
 * path is known (so that Via, Contact and SDP name the right address of
 * ours), and sends again with credentials after a challenge from the line's
 * own server.
 *
 * Ownership: the maker's, who frees it after the final answer. Only an INVITE
 *            must not be freed before: cancel it and wait.
 * Threads:   control loop.
 */
#pragma once

#include "phone/sip/dialog.h"
#include "phone/sip/digest.h"
#include "phone/sip/ua.h"

struct request;
struct phone_line;

/* Where a message leaves from and goes to. */
struct request_path {
	enum sip_transp transport;
	struct sa self;
	struct sa dst;
};

struct request_prm {
	const char *method; /* literal */
	struct phone *phone;
	struct phone_line *line; /* whose server may challenge us, or NULL */
	struct dialog *dialog;   /* must outlive the request */
	struct digest *digest;   /* NULL: challenges are just answers */

	/* Writes the headers that are left, the empty line and the body. */
	int (*write)(struct mbuf *mb, const struct request_path *path,
	             void *arg);

	/* Provisional answers and the final one; msg is NULL on an err. */
	void (*answer)(int err, const struct sip_msg *msg, void *arg);
	void *arg;
};

int request_send(struct request **reqp, const struct request_prm *prm);

/* What a CANCEL has in common with the request that it is for. */
enum {
	REQUEST_VIA_SIZE = 192,
};
struct request_trace {
	char via[REQUEST_VIA_SIZE]; /* value of the first Via */
	uint32_t seq;
	enum sip_transp transport;
	struct sa dst;
};

/* As it was sent last; false: it was not yet. */
bool request_trace(const struct request *req, struct request_trace *trace);

/* Writes the common headers: Max-Forwards to User-Agent. */
int request_write_common(struct mbuf *mb, const struct dialog *dialog,
                         const char *method, uint32_t seq);

/* For INVITE: CANCEL as soon as SIP allows; the answer still comes. */
void request_cancel(struct request *req);

/* An ACK for a 2xx, kept to be sent again for each repetition of it. */
struct request_ack {
	struct mbuf *mb;
	struct sa dst;
	enum sip_transp transport;
};

/* Makes and sends the ACK for msg, a 2xx; sdp may be NULL. */
int request_ack_send(struct request_ack *ack, struct phone *phone,
                     struct dialog *dialog, const struct sip_msg *msg,
                     struct mbuf *sdp);

/* The same again, if there was one. */
void request_ack_repeat(const struct request_ack *ack, struct phone *phone);

/* Ends the headers: type and length, empty line, body (NULL: none). */
int request_write_body(struct mbuf *mb, const char *type, struct mbuf *body);
