/*
 * store/claim_due.c - who is due next
 *
 * Processes that share a server look at the same rows at the same time. Each
 * takes others, and a number is one's alone until its transaction is over: it
 * may stand in the campaigns of others too.
 */
#include "base/text.h"
#include "store/claim_parts.h"

/* Promised calls first, then by the time they are due. ?4 is 1 to look for
 * promises too; where another process is just taking the last of them, the
 * others' turn comes with 0. */
#define NEXT(which, limit, lock, id)                                           \
	"SELECT t.due_ms, t.attempts, t.tries, c.id, " GATE_NUMBER ", c.row,"  \
	" c.variables, t.rank," id ", c.number," GATE_COLUMNS                  \
	" FROM (SELECT rank, due_ms, attempts, tries, contact_id, number"      \
	"  FROM targets WHERE campaign_id = ?1 AND state = 'ready'" which      \
	"  AND EXISTS (SELECT 1 FROM campaigns k"                              \
	"   WHERE k.id = ?1 AND k.state = 'running')"                          \
	"  ORDER BY due_ms, contact_id LIMIT " limit lock ") t"                \
	" JOIN contacts c ON c.id = t.contact_id"
#define DUE    " AND due_ms <= ?2"
#define LOCKED " FOR UPDATE SKIP LOCKED"

/* Of the attempt that may be written: a server says it ahead, so that the write
 * need not be waited for. And 0 where somebody else is at this number. */
#define ANY_ID " 0, 1"
#define NEW_ID                                                                 \
	" nextval((SELECT pg_get_serial_sequence('attempts', "                 \
	"'id')::regclass)), CASE WHEN pg_try_advisory_xact_lock(26062112,"     \
	" hashtext(" GATE_NUMBER ")) THEN 1 ELSE 0 END"
#define FIRST                                                                  \
	DUE " AND rank = ?4 * (SELECT count(*) FROM (SELECT 1 FROM targets u"  \
	    "  WHERE u.campaign_id = ?1 AND u.state = 'ready' AND u.rank = 1"  \
	    "  AND u.due_ms <= ?2 LIMIT 1) promised)"

static const char next_sql[] = NEXT(FIRST, "1", "", ANY_ID);

/* Each process takes others, and looks into nobody else's. As many are read at
 * once as claims stand in the transaction; a number stands in a campaign once,
 * so what was read of one is true when its turn comes. A limit that were a
 * value would be planned for as a tenth of the table. */
#define FIRST_PG(limit) NEXT(FIRST, limit, LOCKED, NEW_ID)

/* Behind the last one of this transaction: what the processes have in hand
 * lies at the beginning and need not be passed again by each claim. Where one
 * was refused others will be, so a single one is not read alone. */
#define BEHIND_PG(limit)                                                       \
	NEXT(DUE " AND rank = ?4 AND (due_ms, contact_id) > (?5, ?6)", limit,  \
	     LOCKED, NEW_ID)

static const struct {
	unsigned claims; /* from so many on */
	const char *first, *behind;
} ahead_pg_v[] = {
	{48, FIRST_PG("64"), BEHIND_PG("64")},
	{12, FIRST_PG("16"), BEHIND_PG("16")},
	{3, FIRST_PG("4"), BEHIND_PG("16")},
	{0, FIRST_PG("1"), BEHIND_PG("16")},
};

/* One contact alone, due or not: another line is tried for it at once. */
#define NAMED " AND contact_id = ?4"
static const char named_sql[] = NEXT(NAMED, "1", "", ANY_ID);
static const char named_pg_sql[] = NEXT(NAMED, "1", LOCKED, NEW_ID);

enum place {
	PLACE_BEHIND, /* the last one of this transaction */
	PLACE_PROMISED,
	PLACE_ANY,
	PLACE_NAMED,
};

static bool may_read_ahead(const struct db *db)
{
	return db_say(db, NULL, named_pg_sql) != NULL;
}

/* This claim and those of its campaign that come next in the transaction. */
static unsigned claims_count(const struct claim_task *ct)
{
	const struct le *le;
	unsigned n = 0;

	for (le = &ct->task.le; le && n < ahead_pg_v[0].claims; le = le->next) {
		const struct claim_task *next = le->data;

		if (next->task.run != ct->task.run)
			continue;
		if (next->prm.campaign_id != ct->prm.campaign_id ||
		    next->prm.contact_id)
			break;
		n++;
	}

	return n;
}

static const char *sql_of(const struct claim_task *ct, const struct db *db,
                          enum place place)
{
	unsigned claims, i = 0;

	if (place == PLACE_NAMED)
		return db_say(db, named_sql, named_pg_sql);
	if (!may_read_ahead(db))
		return next_sql;

	claims = claims_count(ct);
	while (ahead_pg_v[i].claims > claims)
		i++;

	return place == PLACE_BEHIND ? ahead_pg_v[i].behind
	                             : ahead_pg_v[i].first;
}

/* The next row of those that were read ahead, or of a new question. */
static int next_row(struct claim_task *ct, struct db *db,
                    const struct gate *gate, enum place place,
                    struct db_stmt **stmtp)
{
	const struct store_gate *rules = ct->prm.gate;
	struct db_cursor *cursor = db_cursor(db);
	bool is_behind = place == PLACE_BEHIND;
	int64_t rank = is_behind ? cursor->rank : place == PLACE_PROMISED;
	const struct db_arg argv[] = {
		db_int(ct->prm.campaign_id),
		db_int(gate->facts.now_ms),
		db_text(rules ? rules->consent : NULL),
		db_int(place == PLACE_NAMED ? ct->prm.contact_id : rank),
		db_int(cursor->due_ms),
		db_int(cursor->contact_id),
	};
	struct db_stmt *stmt;
	bool is_row = false;
	int err = 0;

	if (is_behind && cursor->ahead)
		is_row = db_fetch(stmt = cursor->ahead, &err);
	if (!err && !is_row) {
		cursor->ahead = NULL;
		cursor->read_ms = gate->facts.now_ms;
		err = db_ask(db, &stmt, sql_of(ct, db, place), argv,
		             is_behind ? 6 : 4);
		is_row = db_fetch(stmt, &err);
	}
	if (!err)
		*stmtp = is_row ? stmt : NULL;

	return err;
}

/* Finds the next one and asks the gate about it; without one row stays
 * NULL. */
static int find(struct claim_task *ct, struct db *db, struct gate *gate,
                enum place place)
{
	bool has_ahead = place != PLACE_NAMED && may_read_ahead(db);
	struct db_cursor *cursor = db_cursor(db);
	struct db_stmt *stmt;
	int err;

	ct->row = mem_deref(ct->row);
	memset(&ct->claim, 0, sizeof(ct->claim));
	err = next_row(ct, db, gate, place, &stmt);
	if (err || !stmt)
		return err;

	ct->claim.attempt_no = 1 + (uint32_t)db_int_at(stmt, 1);
	ct->claim.tries = (uint32_t)db_int_at(stmt, 2);
	ct->claim.is_urgent = db_int_at(stmt, 7) > 0;
	(void)text_copy(ct->first, sizeof(ct->first), db_text_at(stmt, 10));
	err = rows_contact(&ct->row, stmt, 3);
	if (!err) {
		*cursor = (struct db_cursor){
			.owner = ct->prm.campaign_id,
			.rank = db_int_at(stmt, 7),
			.due_ms = db_int_at(stmt, 0),
			.contact_id = ct->row->contact.id,
			.read_ms = cursor->read_ms,
			.ahead = has_ahead ? stmt : NULL,
		};
		ct->claim.attempt_id = db_int_at(stmt, 8);
		ct->is_elsewhere = !db_int_at(stmt, 9);
		if (!ct->is_elsewhere)
			gate_judge(gate, stmt, 11, &ct->row->contact,
			           ct->claim.tries, &ct->verdict);
		ct->read_ms = cursor->read_ms;
		ct->seen = gate->seen;
	}
	if (!cursor->ahead)
		db_rest(stmt);

	return err;
}

int claim_due(struct claim_task *ct, struct db *db, struct gate *gate)
{
	int err = 0;

	ct->row = mem_deref(ct->row);
	if (ct->prm.contact_id)
		return find(ct, db, gate, PLACE_NAMED);

	if (may_read_ahead(db) && db_cursor(db)->owner == ct->prm.campaign_id)
		err = find(ct, db, gate, PLACE_BEHIND);
	if (!err && !ct->row)
		err = find(ct, db, gate, PLACE_PROMISED);
	if (!err && !ct->row)
		err = find(ct, db, gate, PLACE_ANY);

	return err;
}
