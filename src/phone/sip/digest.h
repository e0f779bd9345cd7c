/*
 * phone/sip/digest.h - answers to 401 and 407 (RFC 3261 22, RFC 8760)
 *
 * One state per dialog or registration: the last challenges and how often
 * each nonce was used. A challenge that comes again after we answered it is
 * a wrong password, not a reason to try once more.
 *
 * Threads: control loop. Free with mem_deref().
 */
#pragma once

#include "base/mem.h"

struct digest;
struct sip_msg;

/* user and password are copied. */
int digest_alloc(struct digest **digestp, const char *user,
                 const char *password);

/* A new request begins: servers may challenge each one afresh. */
void digest_renew(struct digest *digest);

/* Takes the challenges of a 401 or 407. Returns 0: the request may be sent
 * again; EACCES: they were answered already, so our credentials are wrong;
 * ENOTSUP: no challenge in it that we can answer. */
int digest_challenge(struct digest *digest, const struct sip_msg *msg);

/* Writes the Authorization lines for a request, if any are due. */
int digest_write(struct digest *digest, struct mbuf *mb, const char *method,
                 const char *uri);
