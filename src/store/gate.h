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
	int64_t seen; /* attempts of a month that were judged; < 0: not asked */
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
/* "day week month last": how often and when such rows s were called last. In
 * one text, so that they are looked for once for each number. */
#define GATE_COUNT(since)                                                      \
	"count(*) FILTER (WHERE s.is_used = 1 AND s.start_ms > ?2 - " since ")"
#define GATE_SEEN                                                              \
	GATE_COUNT(GATE_DAY)                                                   \
	" || ' ' || " GATE_COUNT(GATE_WEEK) " || ' ' || " GATE_COUNT(          \
		GATE_MONTH) " || ' ' ||"                                       \
			    " coalesce(max(s.start_ms) FILTER (WHERE "         \
			    "s.is_used = 1), 0)"
/* And when a talk broke off last. */
#define GATE_ATTEMPTS                                                          \
	" (SELECT CASE WHEN count(*) > 0 THEN " GATE_SEEN " || ' ' ||"         \
	" coalesce(max(s.end_ms) FILTER (WHERE s.is_dropped = 1), 0) END"      \
	" FROM attempts s WHERE s.number = " GATE_NUMBER                       \
	" AND s.start_ms > ?2 - " GATE_MONTH ")"
/* Those that no campaign made: by the API, by hand, between two people. */
#define GATE_SINGLES                                                           \
	" (SELECT CASE WHEN count(*) > 0 THEN " GATE_SEEN " END"               \
	" FROM calls s WHERE s.number = " GATE_NUMBER                          \
	" AND s.attempt_id IS NULL AND s.direction = 'out'"                    \
	" AND s.start_ms > ?2 - " GATE_MONTH ")"
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
#define GATE_REFUSED(which)                                                    \
	" (SELECT d.reason FROM do_not_call d WHERE d.number = " which "),"
/* Of the other number, where the target is at one. */
#define GATE_OTHER(what)                                                       \
	" CASE WHEN t.number <> '' THEN coalesce(" what " NULL) END,"
#define GATE_COLUMNS                                                           \
	" coalesce(" GATE_REFUSED("c.number")                                  \
	GATE_OTHER(GATE_REFUSED("t.number"))                                   \
	GATE_BLOCKED("c.number", "0") GATE_BLOCKED("c.number", "?1")           \
	GATE_OTHER(GATE_BLOCKED("t.number", "0")                               \
	           GATE_BLOCKED("t.number", "?1"))                             \
	GATE_BEGINS("c.number", "?1") ","                                      \
	GATE_OTHER(GATE_BEGINS("t.number", "?1") ",")                          \
	GATE_REGISTERED("c.number") ","                                        \
	GATE_OTHER(GATE_REGISTERED("t.number") ",")                            \
	" NULL)," GATE_ATTEMPTS "," GATE_SINGLES ","                           \
	" (SELECT count(*) FROM consents s WHERE s.number = " GATE_NUMBER      \
	"  AND s.purpose = ?3 AND s.ended_ms = 0"                              \
	"  AND s.given_ms BETWEEN 1 AND ?2"                                    \
	"  AND s.source <> '' AND s.evidence <> ''),"                          \
	" (SELECT min(g.name) FROM registries g WHERE " GATE_IS_STALE("?2") ")"
/* clang-format on */

/* Of one contact that was tried so often; its columns begin at `column`. */
void gate_judge(struct gate *gate, struct db_stmt *stmt, int column,
                const struct store_contact *contact, uint32_t tries,
                struct store_verdict *verdict);
