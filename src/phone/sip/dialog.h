/*
 * phone/sip/dialog.h - who talks to whom: the names in every request
 *
 * Call-ID, tags, route set, remote target and sequence numbers of a dialog
 * (RFC 3261 section 12); also of a registration or a probe, which never get a
 * remote tag. libre has the like, but with a Call-ID of its own making: ours
 * must be known before the INVITE leaves.
 *
 * Ownership: embedded in its user; dialog_clear() lets go of the texts.
 */
#pragma once

#include "base/mem.h"

struct sip_msg;

enum {
	DIALOG_TAG_SIZE = 17,
};

struct dialog {
	char *call_id;
	char *local;      /* value of From in our requests, without tag */
	char *remote;     /* value of To in our requests */
	char *remote_tag; /* NULL: not known yet */
	char *target;     /* request URI */
	char *route_set;  /* "Route: …" lines, "" = none */
	char *next_hop;   /* URI where requests are sent to */
	char local_tag[DIALOG_TAG_SIZE];
	uint32_t local_seq;
	uint32_t remote_seq;
	bool is_by_source;     /* requests go back where theirs came from */
	const char *transport; /* "udp": where a URI names none */
};

struct dialog_prm {
	const char *call_id; /* NULL: a random one */
	const char *local;
	const char *remote;
	const char *target;
	const char *next_hop;
	const char *transport;
};

/* For a request of ours. */
int dialog_open(struct dialog *dialog, const struct dialog_prm *prm);

/* From an incoming request; the local tag is the one libre puts into the
 * answers. Returns EBADMSG without Contact. */
int dialog_accept(struct dialog *dialog, const struct sip_msg *msg,
                  const char *transport);

/* From a response that creates the dialog: remote tag, route set, target. */
int dialog_create(struct dialog *dialog, const struct sip_msg *msg);

/* A new target from the Contact of a re-INVITE or of its answer; no Contact
 * or an unreadable one changes nothing. */
int dialog_retarget(struct dialog *dialog, const struct sip_msg *msg);

/* Another place to send the first request to (a redirect). */
int dialog_redirect(struct dialog *dialog, const char *target,
                    const char *next_hop);

/* Whether a request or response of theirs belongs to it. While the remote
 * tag is not known any matches. */
bool dialog_has(const struct dialog *dialog, const struct sip_msg *msg);

/* Whether a request's CSeq is in order; remembers it. */
bool dialog_is_in_order(struct dialog *dialog, const struct sip_msg *msg);

/* Writes Route, From, To, Call-ID and CSeq. */
int dialog_write(const struct dialog *dialog, struct mbuf *mb,
                 const char *method, uint32_t seq);

void dialog_clear(struct dialog *dialog);
