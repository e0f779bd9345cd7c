/*
 * speech/keys.h - pure: several keys of one service, in turn, within limits
 *
 * `key = a,b` of a [service NAME]: each question takes the next key that has
 * room left today and at this time. One that the service refuses rests for a
 * while. What was asked today outlives the program where keyring.h keeps it.
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	KEYS_MAX = 16,
	KEYS_REST_MS = 60000, /* of a key that was refused */
};

struct keys;
struct keys_lease;

struct keys_prm {
	const char *list; /* "a,b"; "" is one key that is empty */
	uint64_t day_max; /* questions a day for each; 0: any number */
	unsigned use_max; /* at a time for each; 0: any number */
};

/* E2BIG: more than KEYS_MAX; ENOMEM. */
int keys_alloc(struct keys **keysp, const struct keys_prm *prm);

/* The first of them. Texts are referenced by mem_ref(), as they live until they
 * are renewed. */
const char *keys_first(const struct keys *keys);

/* The i-th; NULL behind the last. */
const char *keys_at(const struct keys *keys, unsigned i);

/* The next that has room. It is in use until mem_deref(lease), which holds a
 * reference to keys. EDQUOT: none has; ENOMEM. */
int keys_take(struct keys_lease **leasep, struct keys *keys, uint64_t now_ms,
              int64_t wall_ms);
const char *keys_lease_key(const struct keys_lease *lease);

/* How the i-th is; false behind the last. */
struct keys_look {
	uint64_t asked; /* today, as far as is known */
	uint64_t day_max;
	unsigned used, use_max; /* at a time */
	uint64_t rests_ms;      /* still, after a refusal */
};
bool keys_look(const struct keys *keys, unsigned i, uint64_t now_ms,
               int64_t wall_ms, struct keys_look *look);

/* Whether one has room that does not rest. */
bool keys_are_left(const struct keys *keys, uint64_t now_ms);

/* For who keeps what was asked: how much of the day (since 1970, UTC) was
 * taken and not handed over by this before. False: nothing. */
bool keys_fresh(struct keys *keys, int64_t *dayp, uint64_t askedv[KEYS_MAX]);

/* What is kept for that day, by all who ask. */
void keys_set_asked(struct keys *keys, int64_t day,
                    const uint64_t askedv[KEYS_MAX]);

/* Other texts for the same keys, in the order of the list. False: nothing
 * changed. EINVAL: it has more or fewer; ENOMEM. */
int keys_renew(struct keys *keys, const char *list, bool *changedp);

/* The service did not want it; lease may be NULL. */
void keys_refused(struct keys_lease *lease, uint64_t now_ms);
