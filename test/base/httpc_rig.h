/*
 * test/base/httpc_rig.h - a client, a server and what was answered
 */
#pragma once

#include "base/cfg.h"
#include "base/httpc_transfer.h"
#include "harness.h"
#include "web.h"

enum {
	RIG_TEXT_SIZE = 256,
};

struct rig {
	struct cfg *cfg;
	struct httpc *client;
	struct web *web;
	struct httpc_request *req;
	struct tmr patience, look;
	char fault[CFG_FAULT_SIZE];

	unsigned waiting; /* answers that shall still come */
	unsigned answers, pieces;
	size_t piece_bytes;
	bool frees_in_piece, sends_in_piece;

	/* of the last answer */
	int err;
	unsigned status;
	char reason[RIG_TEXT_SIZE], type[RIG_TEXT_SIZE], body[RIG_TEXT_SIZE];
	char etag[RIG_TEXT_SIZE];
	size_t body_len;
};

/* The loop, the configuration and the server (pem: of https, may be NULL). */
int rig_init(struct rig *rig, const char *pem);

/* The client of the configuration as it is now. */
int rig_client(struct rig *rig);
void rig_end(struct rig *rig);

/* Take an answer or a piece of it for a rig. */
httpc_done_h rig_done;
httpc_body_h rig_body;

/* Runs the loop until all answers waited for are there. */
int rig_run(struct rig *rig);

/* Asks and waits for the answer. */
int rig_ask(struct rig *rig, const struct httpc_prm *prm);

/* Runs the loop until the client has nothing under way. */
int rig_settle(struct rig *rig);
