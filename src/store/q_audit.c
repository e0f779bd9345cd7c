/*
 * store/q_audit.c - who changed what, as a chain
 *
 * Each row holds the hash of itself and of the row before, so that no row can
 * be changed or taken out without all later ones telling.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "store/chain.h"
#include "store/task.h"

enum {
	ROWS_MAX = 500,
};

static const char last_sql[] =
	"SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
static const char put_sql[] =
	"INSERT INTO audit (seq, at_ms, user_name, address, action, status,"
	" detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char list_sql[] =
	"SELECT seq, at_ms, status, user_name, address, action, detail, hash"
	" FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2";
static const char chain_sql[] =
	"SELECT seq, at_ms, status, user_name, address, action, detail, hash"
	" FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2";

struct audit_row {
	struct le le;
	struct store_audit row;
};

struct audit_task {
	struct task task;
	struct store_audit row;
	int64_t before;
	uint32_t limit;
	int64_t broken;          /* the first row that does not fit, 0: none */
	struct store_head noted; /* has to stand there; seq 0: none */
	store_audit_h *handler;
	store_chain_h *chained;
};

static const size_t textv[] = {
	offsetof(struct audit_task, row.user),
	offsetof(struct audit_task, row.address),
	offsetof(struct audit_task, row.action),
	offsetof(struct audit_task, row.detail),
};

static const size_t row_textv[] = {
	offsetof(struct audit_row, row.user),
	offsetof(struct audit_row, row.address),
	offsetof(struct audit_row, row.action),
	offsetof(struct audit_row, row.detail),
	offsetof(struct audit_row, row.hash),
};

static int hash_make(char hash[CHAIN_HASH_SIZE], const char *before,
                     const struct store_audit *row)
{
	const char *const wordv[] = {before, row->user, row->address,
	                             row->action, row->detail};
	struct mbuf *mb = mbuf_alloc(256);
	int err;

	if (!mb)
		return ENOMEM;

	err = mbuf_printf(mb, "%lld %lld %u", row->seq, row->at_ms,
	                  row->status);
	for (size_t i = 0; i < ARRAY_COUNT(wordv) && !err; i++)
		err = chain_word(mb, wordv[i] ? wordv[i] : "");
	if (!err)
		err = chain_hash(hash, mb);
	mem_deref(mb);

	return err;
}

static int put_run(struct task *task, struct db *db)
{
	struct audit_task *at = (struct audit_task *)task;
	char before[CHAIN_HASH_SIZE] = "", hash[CHAIN_HASH_SIZE];
	struct store_audit *row = &at->row;
	struct db_stmt *stmt;
	int err;

	/* One at a time, also of several processes. */
	err = db_script(db, db_say(db, "SELECT 1",
	                           "LOCK TABLE audit IN EXCLUSIVE MODE"));
	if (err)
		return err;

	row->seq = 1;
	err = db_ask(db, &stmt, last_sql, NULL, 0);
	if (db_fetch(stmt, &err)) {
		row->seq = 1 + db_int_at(stmt, 0);
		(void)snprintf(before, sizeof(before), "%s",
		               db_text_at(stmt, 1));
		db_rest(stmt);
	}
	if (!err)
		err = hash_make(hash, before, row);
	if (err)
		return err;

	const struct db_arg argv[] = {
		db_int(row->seq),     db_int(row->at_ms),
		db_text(row->user),   db_text(row->address),
		db_text(row->action), db_int(row->status),
		db_text(row->detail), db_text(hash),
	};

	return db_run(db, put_sql, argv, ARRAY_COUNT(argv));
}

static int row_read(struct audit_task *at, struct db_stmt *stmt)
{
	const struct audit_row row = {
		.row = {.seq = db_int_at(stmt, 0),
	                .at_ms = db_int_at(stmt, 1),
	                .status = (unsigned)db_int_at(stmt, 2),
	                .user = db_text_at(stmt, 3),
	                .address = db_text_at(stmt, 4),
	                .action = db_text_at(stmt, 5),
	                .detail = db_text_at(stmt, 6),
	                .hash = db_text_at(stmt, 7)},
	};

	return task_row(&at->task, &row, sizeof(row), row_textv,
	                ARRAY_COUNT(row_textv));
}

static int page_read(struct audit_task *at, struct db *db, const char *sql,
                     int64_t place)
{
	const struct db_arg argv[] = {db_int(place), db_int(at->limit)};
	struct db_stmt *stmt;
	int err;

	list_flush(&at->task.rowl);
	err = db_ask(db, &stmt, sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err))
		err = row_read(at, stmt);

	return err;
}

static int list_run(struct task *task, struct db *db)
{
	struct audit_task *at = (struct audit_task *)task;

	return page_read(at, db, list_sql, at->before);
}

/* From the first row on; stops at the first that does not fit. */
static int chain_run(struct task *task, struct db *db)
{
	struct audit_task *at = (struct audit_task *)task;
	char before[CHAIN_HASH_SIZE] = "", hash[CHAIN_HASH_SIZE];
	int64_t place = 0;
	struct le *le;
	int err;

	at->broken = 0;
	do {
		err = page_read(at, db, chain_sql, place);
		if (err)
			return err;
		LIST_FOREACH (&task->rowl, le) {
			const struct audit_row *row = le->data;

			err = hash_make(hash, before, &row->row);
			if (err)
				return err;
			if (row->row.seq != place + 1 ||
			    strcmp(hash, row->row.hash) != 0 ||
			    (row->row.seq == at->noted.seq &&
			     strcmp(hash, at->noted.hash) != 0)) {
				at->broken = place + 1;
				return 0;
			}
			place = row->row.seq;
			memcpy(before, hash, sizeof(before));
		}
	} while (task->rowl.head);

	/* Its end was cut off. */
	if (!err && place < at->noted.seq)
		at->broken = place + 1;

	return err;
}

static void each(struct task *task, const void *row)
{
	((struct audit_task *)task)
		->handler(&((const struct audit_row *)row)->row, task->arg);
}

static void chain_done(struct task *task, struct store *store)
{
	const struct audit_task *at = (const struct audit_task *)task;

	(void)store;

	at->chained(task->err, at->broken, task->arg);
}

int store_audit(struct store *store, const struct store_audit *row)
{
	struct audit_task at = {
		.task = {.is_compound = true, .run = put_run},
		.row = *row,
	};

	assert(store && row && row->user && row->action);

	at.row.at_ms = clock_wall_ms();

	return task_send(store, &at.task, sizeof(at), textv,
	                 ARRAY_COUNT(textv));
}

int store_audit_list(struct store *store, int64_t before, uint32_t limit,
                     store_audit_h *handler, store_done_h *done, void *arg)
{
	const struct audit_task at = {
		.task = {.is_read = true,
	                 .run = list_run,
	                 .each = each,
	                 .told = done,
	                 .arg = arg},
		.before = before,
		.limit = limit,
		.handler = handler,
	};

	assert(store && handler && done && limit && limit <= ROWS_MAX);

	return task_send(store, &at.task, sizeof(at), NULL, 0);
}

int store_audit_check(struct store *store, const struct store_head *noted,
                      store_chain_h *done, void *arg)
{
	struct audit_task at = {
		.task = {.is_read = true,
	                 .run = chain_run,
	                 .done = chain_done,
	                 .arg = arg},
		.limit = ROWS_MAX,
		.chained = done,
	};

	assert(store && done);

	if (noted)
		at.noted = *noted;

	return task_send(store, &at.task, sizeof(at), NULL, 0);
}
