/*
 * store/q_preview.c - what a run of a list would do, without doing it
 *
 * The reasons follow store_claim() and store_campaign(): a test runs the
 * campaign afterwards and compares.
 */
#include <assert.h>
#include "store/gate.h"
#include "store/pager.h"

#define PREVIEW_COLUMNS                                                        \
	"SELECT c.id, c.number, c.row, c.variables,"                           \
	" coalesce(t.state, 'ready'), t.reason,"                               \
	" coalesce(d.reason," GATE_BLOCKED("c.number", "0")                    \
		GATE_BLOCKED("c.number", "k.id")                               \
			GATE_BEGINS("c.number", "k.id") "," GATE_REGISTERED(   \
				"c.number") "),"                               \
					    " w.id, a.outcome"
#define PREVIEW_JOINS                                                          \
	" LEFT JOIN campaigns k ON k.name = ?1"                                \
	" LEFT JOIN targets t ON t.campaign_id = k.id"                         \
	"  AND t.contact_id = c.id"                                            \
	" LEFT JOIN attempts a ON a.campaign_id = t.campaign_id"               \
	"  AND a.contact_id = t.contact_id AND a.n = t.attempts"               \
	" LEFT JOIN workers w ON w.id = a.worker_id"                           \
	"  AND w.lease_until_ms > 0"                                           \
	" LEFT JOIN do_not_call d ON d.number = c.number"

/* The plus keeps the planner off the index of (list_id, number), which would
 * have it sort the whole list for every page. */
static const char page_sql[] = PREVIEW_COLUMNS
	" FROM contacts c" PREVIEW_JOINS
	" WHERE c.id > ?2 AND +c.list_id = ?4 ORDER BY c.id LIMIT ?3";

static const char page_dry_sql[] =
	PREVIEW_COLUMNS " FROM dry_contacts c" PREVIEW_JOINS
			" WHERE c.id > ?2 ORDER BY c.id LIMIT ?3";

struct preview_task {
	struct pager pager;
	const char *name;
	int64_t list_id;
	store_preview_h *handler;
};

static const size_t textv[] = {
	offsetof(struct preview_task, name),
};

static int ask(struct pager *pager, struct db *db, struct db_stmt **stmtp)
{
	struct preview_task *pt = (struct preview_task *)pager;
	const struct db_arg argv[] = {
		db_text(pt->name),
		db_int(pager->after_id),
		db_int(pager->limit),
		db_int(pt->list_id),
	};

	if (pt->list_id == STORE_LIST_DRY)
		return db_ask(db, stmtp, page_dry_sql, argv, 3);

	return db_ask(db, stmtp, page_sql, argv, 4);
}

static int done_reason(char **reasonp, struct db_stmt *stmt)
{
	const char *outcome = db_text_at(stmt, 8);

	if (*db_text_at(stmt, 5))
		return str_dup(reasonp, "on the do-not-call list");

	return re_sdprintf(reasonp, "called before: %s", outcome);
}

static int read_row(struct pager *pager, struct db *db, struct db_stmt *stmt,
                    struct pager_row *row)
{
	const char *state = db_text_at(stmt, 4);
	int err = 0;

	(void)pager;
	(void)db;

	if (!strcmp(state, "done"))
		err = done_reason(&row->block, stmt);
	else if (!strcmp(state, "claimed") && db_is_null_at(stmt, 7))
		err = str_dup(&row->block,
		              "in doubt: a call was begun before the program "
		              "was interrupted");
	else if (!strcmp(state, "claimed"))
		err = str_dup(&row->block, "is being called");
	else if (!db_is_null_at(stmt, 6))
		err = re_sdprintf(&row->block, "on the do-not-call list: %s",
		                  db_text_at(stmt, 6));
	row->reason = row->block;

	return err;
}

static void tell(struct pager *pager, const struct pager_row *row)
{
	struct preview_task *pt = (struct preview_task *)pager;

	pt->handler(&row->contact->contact, row->reason, pager->task.arg);
}

int store_campaign_preview(struct store *store, const char *name,
                           int64_t list_id, store_preview_h *handler,
                           store_done_h *done, void *arg)
{
	struct preview_task pt = {
		.pager = {.task = {.told = done, .arg = arg},
	                  .ask = ask,
	                  .read = read_row,
	                  .tell = tell},
		.name = name,
		.list_id = list_id,
		.handler = handler,
	};

	assert(store && name && handler && done);

	pager_init(&pt.pager);

	return task_send(store, &pt.pager.task, sizeof(pt), textv,
	                 ARRAY_COUNT(textv));
}
