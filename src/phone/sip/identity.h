/*
 * phone/sip/identity.h - who signs the calls of a line (STIR: RFC 8224)
 *
 * A private key (P-256), the public address of its certificate and how sure
 * its owner is of the numbers shown (SHAKEN: A, B, C). The key is read once and
 * used for every call; libcrypto is behind it.
 *
 * Ownership: by reference, held by its line.
 * Threads:   control loop.
 */
#pragma once

#include "base/cfg.h"
#include "phone/sip/passport.h"

struct identity;

struct identity_prm {
	const char *key;      /* path of a PEM file */
	const char *cert_url; /* where all may fetch its certificate */
	char attest;          /* 'A', 'B', 'C' */
};

/* Reads the key and tries it. fault says what is wrong with which setting, and
 * the remedy. */
int identity_alloc(struct identity **identityp, const struct identity_prm *prm,
                   char fault[CFG_FAULT_SIZE]);

/* One call: digits as of passport_digits(). */
struct identity_call {
	const char *orig;
	const char *dest;
	const char *origid; /* a UUID */
	int64_t at_s;       /* since 1970 */
};

/* The value of the Identity header. Free with mem_deref(). */
int identity_sign(char **valuep, const struct identity *identity,
                  const struct identity_call *call);

/* Signs and verifies, for `dialwright doctor`; words tell how it went. */
int identity_try(const struct identity *identity, char words[CFG_FAULT_SIZE]);

/* Where its certificate is. */
const char *identity_cert_url(const struct identity *identity);

/* Whether what was fetched there is the certificate of its key (PEM, the first
 * of a chain, or DER), and good at that time; words tell. */
int identity_check_cert(const struct identity *identity, const void *bytes,
                        size_t n, int64_t now_s, char words[CFG_FAULT_SIZE]);
