/*
 * api/talks.h - conversations with a script, without a telephone; private to
 * api/
 *
 * They live in memory, at most TALKS_MAX, and end when nobody says anything
 * for ten minutes. Services are not asked: they give no answer.
 */
#pragma once

#include <jansson.h>

#include "flow/flow.h"

struct talks;
struct talk;

enum {
	TALKS_MAX = 200,
};

int talks_alloc(struct talks **talksp);

struct talk_prm {
	struct flow_script *script;
	const struct flow_var *varv;
	size_t varc;
};

/* Begins one. ENOBUFS: there are too many. It belongs to the talks. */
int talks_begin(struct talk **talkp, struct talks *talks,
                const struct talk_prm *prm);
struct talk *talks_find(const struct talks *talks, const char *id);

/* What the robot does first, as JSON. *replyp is NULL without memory. */
int talk_start(struct talk *talk, json_t **replyp);

/* What it does when that is said, pressed or happens. A talk that is over is
 * gone with its last reply. */
int talk_feed(struct talk *talk, enum flow_input_kind kind, const char *args,
              json_t **replyp);
