/*
 * call/calls.h - what all calls share; private to call/
 */
#pragma once

#include "base/mem.h"
#include "call/ahead.h"
#include "call/call.h"
#include "call/clips.h"
#include "call/complaint.h"
#include "call/offline.h"
#include "call/reception_cfg.h"
#include "call/relief.h"

struct calls {
	struct calls_prm prm;
	char *recordings; /* NULL: nothing is recorded */
	struct clips *clips;
	struct offline *offline; /* NULL: nothing is played */
	struct reception_prm reception;
	struct complaint complaint;
	struct webcache *web;
	struct ahead *ahead;
	struct list livel;
	struct list pairl;         /* calls between people */
	struct partings *partings; /* NULL: others look after the dead */
	call_heir_h *heir;         /* NULL: none */
	void *heir_arg;
	struct call_watch watch; /* .moment NULL: nobody looks on */
	unsigned robots_max;     /* 0: any */
	unsigned reserved;       /* for calls that are not placed yet */
	struct relief *relief;
	struct list rotationl; /* of scripts whose voices take turns */
	unsigned voice_turn;   /* of providers that do */
	uint32_t rate_hz;      /* of the call that was answered last */

	/* [talk] */
	uint32_t fade_ms, preroll_ms, digit_ms, answer_ms, slow_ms, voice_ms;
	float margin_db, echo_db;
};

enum {
	CALLS_PHRASES_MAX = 1000, /* handed to the recogniser of one question */
};

/* The voice of the next call of a script: all but the text. */
void calls_voice(struct calls *calls, const struct flow_script *script,
                 struct voice_prm *prm);

/* The services that hear and speak are connected to, while nobody waits. */
void calls_warm(struct calls *calls, const struct flow_script *script);

/* What the recogniser should expect of the session as it stands; the phrases
 * live until its next feed. */
void calls_expect(const struct flow_script *script, struct flow_session *sess,
                  struct asr_prm *prm);

/* Prompts of a script to be made ahead. */
int calls_batch(struct ahead_batch **batchp, struct calls *calls,
                const struct flow_script *script, uint32_t rate_hz,
                const struct ahead_sink *sink);
