/*
 * store/q_verify.c - whether calls are what they were when their links were
 * made
 *
 * Along the links first, then along the calls, which must not lack one. Each
 * slice is one statement, so that a row and its link are of one moment, and
 * calls under way get at the connection between two slices.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "store/links.h"
#include "store/task.h"

enum {
	RECENT_MS = 60000, /* a call that is just over has no link yet */
	WORDS_SIZE = 256,
	TEXT_SIZE = 256,
};

/* Of a call that was written again the last link tells; the one before has to
 * have been in doubt. */
static const char links_sql[] =
	"SELECT l.seq, l.at_ms, l.callid, l.why, l.outcome, l.person,"
	" l.record, l.salt, l.hash, CASE l.seq WHEN l.last THEN 1 ELSE 0 END,"
	" CASE WHEN coalesce(l.was, 'in_doubt') = 'in_doubt' THEN 1 ELSE 0 END,"
	" CASE WHEN EXISTS (SELECT 1 FROM unlinked u"
	"  WHERE u.callid = l.callid) THEN 1 ELSE 0 END,"
	" CASE WHEN EXISTS (SELECT 1 FROM erasures e"
	"  WHERE e.person IN (a.number, c.number)) THEN 1 ELSE 0 END,"
	" " LINKS_ROW " FROM (SELECT i.seq, i.at_ms, i.callid, i.why,"
	"  i.outcome, i.person, i.record, i.salt, i.hash,"
	"  (SELECT max(k.seq) FROM links k WHERE k.callid = i.callid) AS last,"
	"  (SELECT k.outcome FROM links k WHERE k.callid = i.callid"
	"   AND k.seq < i.seq ORDER BY k.seq DESC LIMIT 1) AS was"
	"  FROM links i WHERE i.seq > ?1 ORDER BY i.seq LIMIT 500) "
	"l" LINKS_JOIN("l.callid") " ORDER BY l.seq";

enum {
	COLUMN_SEQ,
	COLUMN_AT,
	COLUMN_CALLID,
	COLUMN_WHY,
	COLUMN_OUTCOME,
	COLUMN_PERSON,
	COLUMN_RECORD,
	COLUMN_SALT,
	COLUMN_HASH,
	COLUMN_IS_LAST,
	COLUMN_MAY_FOLLOW,
	COLUMN_IS_AWAITED,
	COLUMN_IS_FORGIVEN,
	COLUMN_ROW,
};

#define WAITS(callid)                                                          \
	" (SELECT min(u.why) FROM unlinked u WHERE u.callid = " callid ")"
#define LACKS(callid)                                                          \
	" NOT EXISTS (SELECT 1 FROM links l WHERE l.callid = " callid ")"
#define OVER_AT " CASE c.end_ms WHEN 0 THEN c.start_ms ELSE c.end_ms END"

static const char attempts_sql[] =
	"SELECT a.id, a.call_id, a.end_ms, CASE WHEN a.state = 'ended' THEN 1"
	" ELSE 0 END, CASE WHEN a.state = 'ended' AND NOT a.end_ms"
	" BETWEEN ?2 AND ?3 AND" LACKS("a.call_id") " THEN 1 ELSE 0 END," WAITS(
		"a.call_id") " FROM attempts a WHERE a.id > ?1"
			     " ORDER BY a.id LIMIT 1000";

/* Those of attempts are among the attempts. */
static const char calls_sql[] =
	"SELECT 0, c.callid," OVER_AT ", c.is_own, CASE WHEN c.is_own = 1 AND"
	" NOT (" OVER_AT
	") BETWEEN ?2 AND ?3 AND" LACKS("c.callid") " THEN 1 ELSE 0 END," WAITS(
		"c.callid") " FROM (SELECT k.callid, k.start_ms, k.end_ms,"
			    "  CASE WHEN EXISTS (SELECT 1 FROM attempts a"
			    "  WHERE a.call_id = k.callid) THEN 0 ELSE 1 END "
			    "AS is_own"
			    "  FROM calls k WHERE k.callid > ?1 ORDER BY "
			    "k.callid LIMIT 1000) c"
			    " ORDER BY c.callid";

enum {
	ROW_ID,
	ROW_CALLID,
	ROW_AT,
	ROW_IS_ONE,
	ROW_LACKS,
	ROW_WAITS,
};

enum stage {
	STAGE_LINKS,
	STAGE_ATTEMPTS,
	STAGE_CALLS,
	STAGE_OVER,
};

/* How far we are. */
struct place {
	enum stage stage;
	int64_t attempt_id;
	char *callid;               /* NULL: at the beginning */
	char made[STORE_HASH_SIZE]; /* of the last link, as it should be */
	struct store_verified sum;  /* its head: the last link, as it is */
};

struct flaw {
	struct le le;
	struct store_flaw flaw;
};

static const size_t flaw_textv[] = {
	offsetof(struct flaw, flaw.callid),
	offsetof(struct flaw, flaw.words),
};

struct verify_task {
	struct task task;
	struct store_head noted; /* seq 0: none */
	struct place place;
	struct place next; /* behind the slice that is read */
	struct mbuf *mb;
	store_flaw_h *handler;
	store_verified_h *done;
};

static void release(struct task *task)
{
	struct verify_task *vt = (struct verify_task *)task;

	mem_deref(vt->place.callid);
	mem_deref(vt->next.callid);
	mem_deref(vt->mb);
}

static int __attribute__((format(printf, 5, 6)))
flaw_add(struct verify_task *vt, const char *kind, const char *callid,
         int64_t seq, const char *fmt, ...)
{
	char words[WORDS_SIZE];
	const struct flaw flaw = {
		.flaw = {.kind = kind,
	                 .callid = callid,
	                 .seq = seq,
	                 .words = words},
	};
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	vt->next.sum.flaws++;

	return task_row(&vt->task, &flaw, sizeof(flaw), flaw_textv,
	                ARRAY_COUNT(flaw_textv));
}

/* --- links ---------------------------------------------------------------- */

/* The link among the others. What comes behind one that was changed is held
 * against what stands there and against what should. */
static int chain_check(struct verify_task *vt, struct db_stmt *stmt,
                       const struct links_link *link)
{
	struct store_head *head = &vt->next.sum.head;
	const char *stands = db_text_at(stmt, COLUMN_HASH);
	char made[STORE_HASH_SIZE], other[STORE_HASH_SIZE];
	bool has_gap = link->seq != head->seq + 1;
	int err;

	err = links_hash(made, vt->mb, head->hash, link);
	if (!err)
		err = links_hash(other, vt->mb, vt->next.made, link);
	if (err)
		return err;

	if (has_gap)
		err = flaw_add(vt, "link_missing", "", head->seq + 1,
		               "links %" PRId64 " to %" PRId64 " are missing",
		               head->seq + 1, link->seq - 1);
	else if (strcmp(made, stands) != 0 && strcmp(other, stands) != 0)
		err = flaw_add(vt, "link_changed", link->callid, link->seq,
		               "link %" PRId64 ", of call %s, was changed",
		               link->seq, link->callid);

	head->seq = link->seq;
	(void)snprintf(head->hash, sizeof(head->hash), "%s", stands);
	(void)snprintf(vt->next.made, sizeof(vt->next.made), "%s", made);
	if (err || link->seq != vt->noted.seq ||
	    !strcmp(stands, vt->noted.hash))
		return err;

	return flaw_add(vt, "rewritten", "", link->seq,
	                "link %" PRId64 " is not the one that was noted: the "
	                "chain was written anew",
	                link->seq);
}

static bool is_person_right(const struct links_digest *digest,
                            struct db_stmt *stmt)
{
	const char *person = db_text_at(stmt, COLUMN_PERSON);

	if (digest->is_erased)
		return !*db_text_at(stmt, COLUMN_SALT) &&
		       db_int_at(stmt, COLUMN_IS_FORGIVEN);

	return !strcmp(digest->person, person);
}

/* What the last link says of its call, against the rows of it. */
static int row_check(struct verify_task *vt, struct db_stmt *stmt,
                     const struct links_link *link)
{
	struct links_digest digest;
	int err;

	err = links_digest(&digest, vt->mb, stmt, COLUMN_ROW,
	                   db_text_at(stmt, COLUMN_SALT));
	if (err)
		return err;

	if (!digest.is_there)
		return flaw_add(vt, "row_missing", link->callid, link->seq,
		                "call %s, of link %" PRId64
		                ", is gone: its row was deleted",
		                link->callid, link->seq);

	/* It was written just now. */
	if (db_int_at(stmt, COLUMN_IS_AWAITED))
		return 0;

	if (strcmp(digest.record, link->record) != 0)
		return flaw_add(vt, "row_changed", link->callid, link->seq,
		                "call %s: its row was changed since link "
		                "%" PRId64,
		                link->callid, link->seq);
	if (!is_person_right(&digest, stmt))
		return flaw_add(vt, "number_changed", link->callid, link->seq,
		                "call %s: its number was changed since link "
		                "%" PRId64,
		                link->callid, link->seq);

	return 0;
}

static int link_check(struct verify_task *vt, struct db_stmt *stmt)
{
	const struct links_link link = {
		.seq = db_int_at(stmt, COLUMN_SEQ),
		.at_ms = db_int_at(stmt, COLUMN_AT),
		.callid = db_text_at(stmt, COLUMN_CALLID),
		.why = db_text_at(stmt, COLUMN_WHY),
		.outcome = db_text_at(stmt, COLUMN_OUTCOME),
		.person = db_text_at(stmt, COLUMN_PERSON),
		.record = db_text_at(stmt, COLUMN_RECORD),
	};
	int err;

	vt->next.sum.links++;
	err = chain_check(vt, stmt, &link);
	if (!err && !db_int_at(stmt, COLUMN_MAY_FOLLOW))
		err = flaw_add(vt, "written_again", link.callid, link.seq,
		               "call %s was written again after it had ended, "
		               "see link %" PRId64,
		               link.callid, link.seq);
	if (!err && db_int_at(stmt, COLUMN_IS_LAST))
		err = row_check(vt, stmt, &link);

	return err;
}

static int links_end(struct verify_task *vt)
{
	int64_t last = vt->next.sum.head.seq;

	vt->next.stage = STAGE_ATTEMPTS;
	if (last >= vt->noted.seq)
		return 0;

	return flaw_add(vt, "cut", "", last,
	                "the chain ends with link %" PRId64 ", link %" PRId64
	                " was noted: its end was cut off",
	                last, vt->noted.seq);
}

/* --- calls ---------------------------------------------------------------- */

static int lack_add(struct verify_task *vt, struct db_stmt *stmt)
{
	const char *callid = db_text_at(stmt, ROW_CALLID);
	const char *waits = db_text_at(stmt, ROW_WAITS);
	char at[CLOCK_TEXT_SIZE];

	if (!strcmp(waits, "before")) {
		vt->next.sum.waiting++;
		return 0;
	}

	(void)clock_text(at, db_int_at(stmt, ROW_AT));
	if (*waits)
		return flaw_add(vt, "waiting", callid, 0,
		                "call %s of %s waits for its link since then: "
		                "its process was killed, and the next one "
		                "that calls makes it",
		                callid, at);

	return flaw_add(vt, "unlinked", callid, 0,
	                "call %s of %s has no link: its row was put there by "
	                "hand, or its link was deleted",
	                callid, at);
}

static int call_check(struct verify_task *vt, struct db_stmt *stmt)
{
	struct place *next = &vt->next;
	int err;

	if (next->stage == STAGE_ATTEMPTS) {
		next->attempt_id = db_int_at(stmt, ROW_ID);
	}
	else {
		next->callid = mem_deref(next->callid);
		err = str_dup(&next->callid, db_text_at(stmt, ROW_CALLID));
		if (err)
			return err;
	}
	next->sum.calls += db_int_at(stmt, ROW_IS_ONE) ? 1 : 0;

	return db_int_at(stmt, ROW_LACKS) ? lack_add(vt, stmt) : 0;
}

/* --- slices --------------------------------------------------------------- */

static int slice_ask(struct verify_task *vt, struct db *db,
                     struct db_stmt **stmtp)
{
	const struct place *next = &vt->next;
	int64_t now_ms = clock_wall_ms();
	struct db_arg argv[] = {
		db_int(next->sum.head.seq),
		db_int(now_ms - RECENT_MS),
		db_int(now_ms + RECENT_MS),
	};

	if (next->stage == STAGE_LINKS)
		return db_ask(db, stmtp, links_sql, argv, 1);
	if (next->stage == STAGE_CALLS)
		argv[0] = db_text(next->callid ? next->callid : "");
	else
		argv[0] = db_int(next->attempt_id);

	return db_ask(db, stmtp,
	              next->stage == STAGE_CALLS ? calls_sql : attempts_sql,
	              argv, ARRAY_COUNT(argv));
}

static int slice_read(struct verify_task *vt, struct db *db, size_t *rowcp)
{
	struct db_stmt *stmt;
	int err;

	err = slice_ask(vt, db, &stmt);
	while (db_fetch(stmt, &err)) {
		++*rowcp;
		err = vt->next.stage == STAGE_LINKS ? link_check(vt, stmt)
		                                    : call_check(vt, stmt);
	}

	return err;
}

/* May run again: `place` stays until the slice is settled. */
static int run(struct task *task, struct db *db)
{
	struct verify_task *vt = (struct verify_task *)task;
	size_t rowc = 0;
	int err;

	mem_deref(vt->next.callid);
	vt->next = vt->place;
	mem_ref(vt->next.callid);

	err = slice_read(vt, db, &rowc);
	if (err || rowc)
		return err;

	if (vt->next.stage == STAGE_LINKS)
		return links_end(vt);
	vt->next.stage++;

	return 0;
}

static void done_handler(struct task *task, struct store *store)
{
	struct verify_task *vt = (struct verify_task *)task;
	int err = task->err;
	struct le *le;

	if (!err) {
		LIST_FOREACH (&task->rowl, le)
			vt->handler(&((struct flaw *)le->data)->flaw,
			            task->arg);
		mem_deref(vt->place.callid);
		vt->place = vt->next;
		vt->next.callid = NULL;
	}
	if (!err && vt->place.stage != STAGE_OVER)
		err = task_submit(store, mem_ref(task));
	else if (!err) {
		vt->done(0, &vt->place.sum, task->arg);
		return;
	}
	if (err)
		vt->done(err, NULL, task->arg);
}

int store_verify(struct store *store, const struct store_head *noted,
                 store_flaw_h *handler, store_verified_h *done, void *arg)
{
	const struct verify_task from = {
		.task = {.is_read = true,
	                 .run = run,
	                 .done = done_handler,
	                 .arg = arg,
	                 .release = release},
		.noted = noted ? *noted : (struct store_head){.seq = 0},
		.handler = handler,
		.done = done,
	};
	struct verify_task *vt;

	assert(store && handler && done);

	vt = (struct verify_task *)task_copy(&from.task, sizeof(from), NULL, 0);
	if (!vt)
		return ENOMEM;

	vt->mb = mbuf_alloc(TEXT_SIZE);
	if (!vt->mb) {
		mem_deref(vt);
		return ENOMEM;
	}

	return task_submit(store, &vt->task);
}
