/*
 * store/q_head.c - where the chain of calls and the audit log end
 *
 * Who may write the database can make both anew; a head that was told to others
 * shows it. It is told by whoever has the lock of the chain, and once: the
 * outbox says what was told last.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "store/links.h"
#include "store/outbox.h"
#include "store/task.h"

enum {
	SEQ_DIGITS = 18,
	DAY_MS = 24 * 3600 * 1000,
	PASSES_MAX = 10, /* 2000 calls that are just over */
	TEXT_SIZE = STORE_HASH_SIZE + SEQ_DIGITS + 2,
};

static const char type[] = "audit.head"; /* and key */

bool store_head_read(struct store_head *head, const char *text)
{
	size_t digits = strspn(text, "0123456789");
	const char *hash = text + digits + 1;

	if (!digits || digits > SEQ_DIGITS || text[digits] != ':' ||
	    strlen(hash) != STORE_HASH_SIZE - 1 ||
	    strspn(hash, "0123456789abcdef") != STORE_HASH_SIZE - 1)
		return false;

	head->seq = strtoll(text, NULL, 10);
	memcpy(head->hash, hash, STORE_HASH_SIZE);

	return head->seq > 0;
}

static const char calls_head_sql[] =
	"SELECT seq, hash FROM links ORDER BY seq DESC LIMIT 1";
static const char audit_head_sql[] =
	"SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";

struct heads_task {
	struct task task;
	struct store_head calls, audit;
	store_heads_h *done;
};

static int head_read(struct store_head *head, struct db *db, const char *sql)
{
	struct db_stmt *stmt;
	int err;

	*head = (struct store_head){.seq = 0};
	err = db_ask(db, &stmt, sql, NULL, 0);
	if (!db_fetch(stmt, &err))
		return err;

	head->seq = db_int_at(stmt, 0);
	(void)snprintf(head->hash, sizeof(head->hash), "%s",
	               db_text_at(stmt, 1));
	db_rest(stmt);

	return 0;
}

static int heads_read(struct heads_task *ht, struct db *db)
{
	int err = head_read(&ht->calls, db, calls_head_sql);

	return err ? err : head_read(&ht->audit, db, audit_head_sql);
}

static int heads_run(struct task *task, struct db *db)
{
	return heads_read((struct heads_task *)task, db);
}

static void heads_done(struct task *task, struct store *store)
{
	struct heads_task *ht = (struct heads_task *)task;
	bool is_read = !task->err;

	(void)store;

	ht->done(task->err, is_read ? &ht->calls : NULL,
	         is_read ? &ht->audit : NULL, task->arg);
}

int store_heads(struct store *store, store_heads_h *done, void *arg)
{
	const struct heads_task ht = {
		.task = {.is_read = true,
	                 .run = heads_run,
	                 .done = heads_done,
	                 .arg = arg},
		.done = done,
	};

	assert(store && done);

	return task_send(store, &ht.task, sizeof(ht), NULL, 0);
}

/* --- told ----------------------------------------------------------------- */

static const char last_sql[] = "SELECT at_ms, data FROM outbox WHERE key = ?1"
			       " AND type = ?1 ORDER BY n DESC LIMIT 1";

struct tell_task {
	struct heads_task heads;
	bool is_end;
};

/* "" where nothing stands. */
static const char *head_text(char text[TEXT_SIZE],
                             const struct store_head *head)
{
	*text = '\0';
	if (head->seq)
		(void)snprintf(text, TEXT_SIZE, "%" PRId64 ":%s", head->seq,
		               head->hash);

	return text;
}

static int links_finish(struct db *db)
{
	bool is_full = true;
	int err = 0;

	for (int i = 0; i < PASSES_MAX && is_full && !err; i++)
		err = links_pass(db, &is_full);

	return err;
}

/* Whether these words are to be told now. */
static int is_due(bool *is_duep, struct db *db, const char *words, bool is_end)
{
	const struct db_arg key = db_text(type);
	struct db_stmt *stmt;
	int err;

	*is_duep = true;
	err = db_ask(db, &stmt, last_sql, &key, 1);
	if (!db_fetch(stmt, &err))
		return err;

	*is_duep = strcmp(words, db_text_at(stmt, 1)) != 0 &&
	           (is_end || clock_wall_ms() - db_int_at(stmt, 0) >= DAY_MS);
	db_rest(stmt);

	return 0;
}

static int tell(struct db *db, const struct heads_task *heads, bool is_end)
{
	char calls[TEXT_SIZE], audit[TEXT_SIZE];
	json_t *data;
	char *words;
	bool is_wanted;
	int err;

	jmem_forget();
	data = json_pack("{s:s, s:s}", "calls", head_text(calls, &heads->calls),
	                 "audit", head_text(audit, &heads->audit));
	words = jmem_text(json_incref(data));
	if (!words) {
		json_decref(data);
		return ENOMEM;
	}

	err = is_due(&is_wanted, db, words, is_end);
	mem_deref(words);
	if (!err && is_wanted)
		return outbox_put(db, NULL, type, type, data);
	json_decref(data);

	return err;
}

static int tell_run(struct task *task, struct db *db)
{
	struct tell_task *tt = (struct tell_task *)task;
	bool is_ours;
	int err;

	if (!db_wants(db, type))
		return 0;

	err = links_lock(db, &is_ours);
	if (err || !is_ours)
		return err;

	err = tt->is_end ? links_finish(db) : 0;
	if (!err)
		err = heads_read(&tt->heads, db);
	if (err || (!tt->heads.calls.seq && !tt->heads.audit.seq))
		return err;

	return tell(db, &tt->heads, tt->is_end);
}

int store_heads_tell(struct store *store, bool is_end, store_done_h *done,
                     void *arg)
{
	const struct tell_task tt = {
		.heads.task = {.is_compound = true,
	                       .run = tell_run,
	                       .told = done,
	                       .arg = arg},
		.is_end = is_end,
	};

	assert(store && done);

	return task_send(store, &tt.heads.task, sizeof(tt), NULL, 0);
}
