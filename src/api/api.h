/*
 * api/api.h - the door of the api folder: HTTP for people and programs
 *
 * A server with a table of routes (routes.c): each says who may, what it takes
 * and what it gives, and from it come the checks, the OpenAPI document and the
 * tests. Requests are answered on the control loop; what takes time is asked of
 * the store or of a worker.
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "base/cfg.h"
#include "base/work.h"
#include "call/call.h"
#include "campaign/campaign.h"
#include "notify/notify.h"
#include "phone/phone.h"
#include "store/store.h"

struct api;

extern const struct cfg_table api_cfg_table; /* [api] */

/* What the server shows and acts on; all outlive it. */
struct api_prm {
	const struct cfg *cfg;
	struct store *store;
	struct work_pool *pool;
	struct httpc *http;
	struct phone *phone;
	struct calls *calls;
	struct runner *runner;       /* of the campaigns */
	const struct notify *notify; /* NULL: nobody is told of events */
	const char *data;            /* directory of what people upload */
	const char *recordings;      /* directory */
	const struct vault *vault;   /* seals them; NULL: in clear */
};

/* Reads who may, then listens; ready is called once, with NULL, or with what
 * is wrong and the remedy. */
int api_alloc(struct api **apip, const struct api_prm *prm,
              void (*ready)(const char *fault, void *arg), void *arg);

/* "http://127.0.0.1:9080". Valid until the next call. */
const char *api_url(const struct api *api);

/* Where the first user is made, or NULL when there are users: good once. Valid
 * until the next call. */
const char *api_setup_url(struct api *api);

/* Takes nobody new; done when all are answered, or after limit_ms. */
void api_drain(struct api *api, uint32_t limit_ms, void (*done)(void *arg),
               void *arg);

/* The OpenAPI 3.1 document of all routes. */
void api_describe(FILE *out);
