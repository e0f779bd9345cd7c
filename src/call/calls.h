/*
 * call/calls.h - what all calls share; private to call/
 */
#pragma once

#include "base/mem.h"
#include "call/call.h"
#include "call/clips.h"
#include "call/reception_cfg.h"

struct calls {
	struct calls_prm prm;
	char *recordings; /* NULL: nothing is recorded */
	struct clips *clips;
	struct reception_prm reception;
	struct list livel;
	size_t voice_turn; /* of scripts whose voices rotate */

	/* [talk] */
	uint32_t fade_ms, preroll_ms, digit_ms, answer_ms;
	float margin_db, echo_db;
};

enum {
	CALLS_PHRASES_MAX = 1000, /* handed to the recogniser of one question */
};

/* The voice of the next call of a script: all but the text. */
void calls_voice(struct calls *calls, const struct flow_script *script,
                 struct voice_prm *prm);

/* What the recogniser should expect of the session as it stands; the phrases
 * live until its next feed. */
void calls_expect(const struct flow_script *script, struct flow_session *sess,
                  struct asr_prm *prm);
