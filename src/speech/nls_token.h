/*
 * speech/nls_token.h - the token of Alibaba Cloud NLS, made from an access key
 *
 * Fetched when it is wanted first, used until shortly before it expires, by
 * however many calls.
 *
 * Threads: the control loop.
 */
#pragma once

#include "speech/service.h"

struct httpc;
struct nls_token;

/* Of a service with a key and a secret; with a key alone that is the token.
 * The service, which lives longer, is told the token to take it out of texts.
 */
int nls_token_alloc(struct nls_token **tokenp, struct service *service,
                    struct httpc *http);

/* EINPROGRESS while it is fetched: ask again. EACCES: the key was refused. */
int nls_token_get(struct nls_token *token, const char **textp);

/* NLS does not take the one that was got at that time any more. Whether there
 * will be another one, or is already: not where it was given. */
bool nls_token_refused(struct nls_token *token, uint64_t got_ms);

/* Why there is none, "" where nothing failed. */
const char *nls_token_why(const struct nls_token *token);
