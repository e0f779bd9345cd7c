/*
 * test/phone/sip_rig.h - two phones in one process that call each other
 *
 * The caller dials over a line whose server is the callee. Each side is a
 * `sip_side` that notes what its sink and its audio were told.
 */
#pragma once

#include <stdatomic.h>
#include "fake_server.h"
#include "phone/phone.h"

enum {
	SIP_RIG_LIMIT_MS = 60000, /* for anything to happen */
};

struct sip_side {
	struct phone_leg *leg;
	unsigned ringing, answered, ended, held, unheld;
	bool has_early_media;
	char keys[64];
	size_t keyc;
	char from[64], to[64];
	struct phone_end end;
	char reason[64];
	struct phone_leg_stats stats; /* when it ended */

	_Atomic unsigned ticks;
	_Atomic unsigned heard; /* ticks with samples of theirs */
	_Atomic bool is_loud;   /* and one of them was no silence */
	unsigned detached;
};

/* What the callee does with a call. */
enum sip_answer {
	SIP_ANSWER,
	SIP_ANSWER_EARLY, /* 183 first */
	SIP_RING,         /* and nothing else */
	SIP_REFUSE,
	SIP_LET_GO, /* frees the leg */
};

struct sip_rig {
	struct phone *caller;
	struct phone *callee; /* NULL: there is a fake server */
	struct fake *fake;
	struct phone_line *line;
	struct sip_side out; /* the caller's leg */
	struct sip_side in;  /* the callee's */
	enum sip_answer answer;
	unsigned refuse_code;
	unsigned incoming;
};

struct sip_rig_prm {
	const char *bind; /* of the caller; NULL: 127.0.0.1 */
	enum phone_transport transport;
	const char *tls_cert;
	const char *tls_ca;
	uint32_t session_s;
	unsigned calls_max;
};

int sip_rig_open(struct sip_rig *rig, const struct sip_rig_prm *prm);

/* The caller alone, with a line to a fake server. */
int sip_rig_open_to(struct sip_rig *rig, struct fake *fake, fake_h *handler);

/* A line's parameters for a server on that port. */
int sip_rig_line(struct sip_rig *rig, struct phone_line_prm *prm,
                 uint16_t port);

/* Closes both phones properly; the loop and the fake server stay. */
void sip_rig_close_phones(struct sip_rig *rig);

/* Closes everything. */
void sip_rig_close(struct sip_rig *rig);

int sip_rig_dial(struct sip_rig *rig, const char *number, const char *call_id,
                 uint32_t ring_ms);

/* The sink and the audio of a side, for tests that dial themselves. */
struct phone_leg_sink sip_side_sink(struct sip_side *side);
struct phone_audio sip_side_audio(struct sip_side *side);

/* Runs the loop until the number reaches n, or ETIMEDOUT. */
int sip_rig_until(const unsigned *number, unsigned n);
int sip_rig_until_atomic(const _Atomic unsigned *number, unsigned n);

/* Runs the loop for a while. */
void sip_rig_run(uint32_t ms);
