/*
 * store/q_foresee.c - what the gate would say of everybody now
 *
 * The same columns and the same judge as in q_claim.c, so that what is
 * foreseen is what will be.
 */
#include <assert.h>
#include "store/gate.h"
#include "store/pager.h"

/* A draft has no targets yet. Of a number in several lists the first contact
 * stands for all. */
static const char page_sql[] =
	"SELECT c.id, " GATE_NUMBER ", c.row, c.variables,"
	" coalesce(t.state, 'ready'), coalesce(t.tries, 0),"
	" coalesce(t.due_ms, 0), t.reason," GATE_COLUMNS
	" FROM campaign_lists l JOIN contacts c ON c.list_id = l.list_id"
	" LEFT JOIN targets t ON t.campaign_id = ?1 AND t.contact_id = c.id"
	" WHERE l.campaign_id = ?1 AND c.id > ?4 AND (t.state IS NOT NULL"
	"  OR NOT EXISTS (SELECT 1 FROM campaign_lists m JOIN contacts o"
	"  ON o.list_id = m.list_id AND o.number = c.number"
	"  WHERE m.campaign_id = ?1 AND o.id < c.id))"
	" ORDER BY c.id LIMIT ?5";

static const char find_sql[] = "SELECT id FROM campaigns WHERE name = ?";

enum {
	GATE_AT = 8, /* column */
};

struct foresee_task {
	struct pager pager;
	const char *name;
	struct store_claim_prm prm;
	struct store_gate rules; /* of prm */
	struct gate gate;        /* as it is while a page is read */
	store_foresee_h *handler;
};

/* Behind the row of a page. */
struct foreseen {
	struct store_verdict verdict;
	bool is_over;
};

static const size_t textv[] = {
	offsetof(struct foresee_task, name),
};

static void release(struct task *task)
{
	mem_deref(((struct foresee_task *)task)->rules.rules);
}

static int ask(struct pager *pager, struct db *db, struct db_stmt **stmtp)
{
	struct foresee_task *ft = (struct foresee_task *)pager;
	const struct db_arg name = db_text(ft->name);
	int err;

	err = db_get_int(db, &ft->prm.campaign_id, find_sql, &name, 1);
	if (!err)
		err = gate_open(&ft->gate, db, &ft->prm);
	if (err)
		return err;

	const struct db_arg argv[] = {
		db_int(ft->prm.campaign_id), db_int(ft->gate.facts.now_ms),
		db_text(ft->rules.consent),  db_int(pager->after_id),
		db_int(pager->limit),
	};

	return db_ask(db, stmtp, page_sql, argv, ARRAY_COUNT(argv));
}

static int read_row(struct pager *pager, struct db *db, struct db_stmt *stmt,
                    struct pager_row *row)
{
	struct foresee_task *ft = (struct foresee_task *)pager;
	struct foreseen *foreseen;
	int64_t due_ms = db_int_at(stmt, 6);

	(void)db;

	foreseen = mem_zalloc(sizeof(*foreseen), NULL);
	if (!foreseen)
		return ENOMEM;

	row->block = (char *)foreseen;
	foreseen->is_over = strcmp(db_text_at(stmt, 4), "ready") != 0;
	gate_judge(&ft->gate, stmt, GATE_AT, &row->contact->contact,
	           (uint32_t)db_int_at(stmt, 5), &foreseen->verdict);
	if (foreseen->verdict.answer == STORE_ALLOW &&
	    due_ms > ft->gate.facts.now_ms) {
		foreseen->verdict.answer = STORE_LATER;
		foreseen->verdict.rule = "retry";
		foreseen->verdict.next_ms = due_ms;
	}

	return 0;
}

static void tell(struct pager *pager, const struct pager_row *row)
{
	struct foresee_task *ft = (struct foresee_task *)pager;
	const struct foreseen *foreseen = (const struct foreseen *)row->block;

	ft->handler(&row->contact->contact,
	            foreseen->is_over ? NULL : &foreseen->verdict,
	            pager->task.arg);
}

int store_foresee(struct store *store, const char *name,
                  const struct store_gate *gate, store_foresee_h *handler,
                  store_done_h *done, void *arg)
{
	struct foresee_task from = {
		.pager = {.task = {.told = done,
	                           .arg = arg,
	                           .release = release},
	                  .ask = ask,
	                  .read = read_row,
	                  .tell = tell},
		.name = name,
		.prm = {.line = ""},
		.rules = *gate,
		.handler = handler,
	};
	struct foresee_task *ft;

	assert(store && name && handler && done);

	pager_init(&from.pager);
	from.rules.is_live_counted = false; /* that is over in a moment */
	ft = (struct foresee_task *)task_copy(&from.pager.task, sizeof(from),
	                                      textv, ARRAY_COUNT(textv));
	if (!ft)
		return ENOMEM;

	ft->prm.gate = &ft->rules;
	mem_ref(ft->rules.rules);

	return task_submit(store, &ft->pager.task);
}
