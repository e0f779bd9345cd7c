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
	struct store_facts facts;
	char missing[STORE_REGISTRY_SIZE]; /* a registry, "" = none */
};

/* Counts what the gate wants counted. */
int gate_open(struct gate *gate, struct db *db,
              const struct store_claim_prm *prm);

/* Columns about contact c of a campaign ?1 at the instant ?2 for gate_judge();
 * ?3 is the purpose to which consent is looked for, or NULL. */
#define GATE_DAY   "86400000"
#define GATE_WEEK  "604800000"
#define GATE_MONTH "2678400000" /* 31 days: no month has more */
/* The number whose turn it is: target t may be at another one than its
 * contact's first. */
#define GATE_NUMBER "coalesce(nullif(t.number, ''), c.number)"
#define GATE_ATTEMPTS(what, since)                                             \
	"(SELECT " what " FROM attempts a WHERE a.number = " GATE_NUMBER       \
	" AND a.start_ms > ?2 - " since " AND a.is_used = 1)"
/* Those that no campaign made: by the API, by hand, between two people. */
#define GATE_SINGLES(what, since)                                              \
	"(SELECT " what " FROM calls s WHERE s.number = " GATE_NUMBER          \
	" AND s.attempt_id IS NULL AND s.direction = 'out'"                    \
	" AND s.start_ms > ?2 - " since " AND s.is_used = 1)"
#define GATE_CALLS(since)                                                      \
	" " GATE_ATTEMPTS("count(*)", since) " + " GATE_SINGLES("count(*)",    \
	                                                        since)
/* clang-format off */
#define GATE_BLOCKED(which, campaign)                                          \
	" (SELECT b.reason FROM blocks b WHERE b.campaign_id = " campaign      \
	"  AND b.is_prefix = 0 AND b.number = " which "),"
#define GATE_BEGINS(which, campaign)                                           \
	" (SELECT b.reason FROM blocks b WHERE b.campaign_id IN (0, " campaign \
	")"                                                                    \
	"  AND b.is_prefix = 1"                                                \
	"  AND substr(" which ", 1, length(b.number)) = b.number LIMIT 1)"
/* Not read to its end, or too old. */
#define GATE_IS_STALE(now)                                                     \
	"(g.imported_ms = 0 OR (g.max_age_ms > 0"                              \
	" AND g.published_ms + g.max_age_ms <= " now "))"
#define GATE_REGISTERED(which)                                                 \
	" (SELECT 'on the list ' || g.name FROM registry_numbers r"            \
	"  JOIN registries g ON g.id = r.registry_id"                          \
	"  WHERE r.number = " which " LIMIT 1)"
#define GATE_COLUMNS                                                           \
	" coalesce((SELECT d.reason FROM do_not_call d"                        \
	"  WHERE d.number = c.number),"                                        \
	"  (SELECT d.reason FROM do_not_call d WHERE d.number = t.number),"    \
	GATE_BLOCKED("c.number", "0") GATE_BLOCKED("c.number", "?1")           \
	GATE_BLOCKED("t.number", "0") GATE_BLOCKED("t.number", "?1")           \
	GATE_BEGINS("c.number", "?1") "," GATE_BEGINS("t.number", "?1") ","    \
	GATE_REGISTERED("c.number") "," GATE_REGISTERED("t.number") "),"       \
	GATE_CALLS(GATE_DAY) "," GATE_CALLS(GATE_WEEK) ","                     \
	GATE_CALLS(GATE_MONTH) ","                                             \
	" (SELECT coalesce(max(at), 0) FROM (SELECT "                          \
	GATE_ATTEMPTS("max(a.start_ms)", GATE_MONTH) " AS at UNION ALL"        \
	" SELECT " GATE_SINGLES("max(s.start_ms)", GATE_MONTH) ") latest),"    \
	" (SELECT count(*) FROM consents s WHERE s.number = " GATE_NUMBER      \
	"  AND s.purpose = ?3 AND s.ended_ms = 0"                              \
	"  AND s.given_ms BETWEEN 1 AND ?2"                                    \
	"  AND s.source <> '' AND s.evidence <> ''),"                          \
	" (SELECT coalesce(max(a.end_ms), 0) FROM attempts a"                  \
	"  WHERE a.number = " GATE_NUMBER                                      \
	"  AND a.start_ms > ?2 - " GATE_MONTH " AND a.is_dropped = 1),"        \
	" (SELECT min(g.name) FROM registries g WHERE " GATE_IS_STALE("?2") ")"
/* clang-format on */

/* Of one contact that was tried so often; its columns begin at `column`. */
void gate_judge(struct gate *gate, struct db_stmt *stmt, int column,
                const struct store_contact *contact, uint32_t tries,
                struct store_verdict *verdict);
