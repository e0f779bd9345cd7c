/*
 * store/gate.h - may this contact be called now?
 *
 * Asked within the transaction that claims it, so that what is true at the
 * commit is true of the attempt. Threads: as for db.h.
 */
#pragma once

#include "store/db.h"
#include "store/store.h"

/* What is the same for all contacts that one claim looks at. */
struct gate {
	const struct store_claim_prm *prm;
	int64_t now_ms;
	struct store_facts facts;
};

/* Whether the campaign runs, and what is counted once. The verdict is ALLOW or
 * HOLD. */
int gate_open(struct gate *gate, struct db *db,
              const struct store_claim_prm *prm, struct store_verdict *verdict);

/* Of one contact that was tried so often. */
int gate_judge(struct gate *gate, struct db *db,
               const struct store_contact *contact, uint32_t tries,
               struct store_verdict *verdict);
