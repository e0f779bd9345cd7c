/*
 * flow/scalar.h - one number, text or choice of a script's JSON
 *
 * What reader.c and these share. A value that is wrong becomes a fault and
 * leaves what `at` points to as it is.
 */
#pragma once

#include <jansson.h>
#include "flow/arena.h"
#include "flow/faults.h"
#include "flow/script.h"
#include "flow/shape.h"

struct reader {
	struct flow_script *script;
	struct arena *arena;
	struct flow_faults *faults;
	const char *node; /* id of the element under way */
	unsigned action;  /* bit of the node's action; 0: not in a node */
};

/* A fault "must be <what>" about the value at trail. */
void scalar_wrong(struct reader *reader, const struct trail *trail,
                  const char *what);

/* The text of a JSON string, in the script's arena. */
const char *scalar_text_of(struct reader *reader, json_t *value);

/* KEY_INT, KEY_LONG or KEY_REAL within the key's range. */
void scalar_number(struct reader *reader, const struct key *key, void *at,
                   json_t *value, const struct trail *trail);

void scalar_maybe(struct reader *reader, struct maybe *maybe, json_t *value,
                  const struct trail *trail);

/* KEY_TIMES or KEY_SECONDS: a count, or "10s". */
void scalar_limit(struct reader *reader, const struct key *key,
                  struct limit *limit, json_t *value,
                  const struct trail *trail);

void scalar_potential(struct reader *reader, struct potential *potential,
                      json_t *value, const struct trail *trail);

/* KEY_CHOICE or KEY_ACTION; the latter also sets reader->action. */
void scalar_choice(struct reader *reader, const struct key *key, void *at,
                   json_t *value, const struct trail *trail);

/* KEY_TEXT and its kin: KEY_WAIT, KEY_ENGINE, KEY_PARAMS, KEY_BODY, … */
void scalar_params(struct reader *reader, struct flow_params *params,
                   json_t *value, const struct trail *trail);
void scalar_text(struct reader *reader, const struct key *key, void *at,
                 json_t *value, const struct trail *trail);
