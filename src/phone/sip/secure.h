/*
 * phone/sip/secure.h - TLS that checks whom it talks to
 *
 * libre 1.1.0 opens TLS connections for SIP without looking at the other
 * side's certificate. Here the context verifies the chain, and that the
 * certificate belongs to the server of one of our lines.
 */
#pragma once

#include "base/mem.h"
#include "phone/sip/ua.h"

/* Makes the context from phone's tls_cert and tls_ca. */
int secure_alloc(struct tls **tlsp, struct phone *phone,
                 char fault[CFG_FAULT_SIZE]);
