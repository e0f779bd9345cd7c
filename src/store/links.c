/*
 * store/links.c - the chain of calls that are over
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/links.h"

enum {
	PASS_MAX = 200, /* as next_sql says: others wait for the connection */
	TEXT_SIZE = 256,
};

static const char look_sql[] =
	"SELECT count(*) FROM (SELECT 1 FROM unlinked LIMIT 1) AS u";

/* Who does not get it goes on: nobody waits for another one's transaction,
 * which may wait for ours. */
static const char lock_sql[] = "SELECT 1";
static const char lock_pg_sql[] =
	"SELECT CASE WHEN pg_try_advisory_xact_lock(2606211121)"
	" THEN 1 ELSE 0 END";

static const char head_sql[] =
	"SELECT seq, hash FROM links ORDER BY seq DESC LIMIT 1";

/* By call, so that one that stands there twice comes twice in a row. */
static const char next_sql[] =
	"SELECT u.id, u.callid, u.why, l.seq, l.record, l.person, l.salt,"
	" coalesce(c.outcome, a.outcome, '')," LINKS_ROW
	" FROM (SELECT q.id, q.callid, q.why,"
	"  (SELECT max(k.seq) FROM links k WHERE k.callid = q.callid) AS last"
	"  FROM unlinked q ORDER BY q.id LIMIT 200) u"
	" LEFT JOIN links l ON l.seq = u.last" LINKS_JOIN(
		"u.callid") " ORDER BY u.callid, u.id";

enum {
	COLUMN_ID,
	COLUMN_CALLID,
	COLUMN_WHY,
	COLUMN_SEQ,
	COLUMN_RECORD,
	COLUMN_PERSON,
	COLUMN_SALT,
	COLUMN_OUTCOME,
	COLUMN_ROW,
};

static const char put_sql[] =
	"INSERT INTO links (seq, at_ms, callid, why, outcome, person, record,"
	" salt, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
static const char forget_sql[] = "UPDATE links SET salt = '' WHERE callid = ?";
static const char over_sql[] = "DELETE FROM unlinked WHERE id = ?";

enum todo {
	TODO_NOTHING, /* its link holds, or comes later */
	TODO_LINK,
	TODO_FORGET, /* the number went while the link was made */
};

struct item {
	struct le le;
	int64_t id; /* in unlinked */
	enum todo todo;
	const char *why; /* a constant */
	char *callid, *outcome;
	char salt[CHAIN_SALT_SIZE];
	struct links_digest digest;
};

struct pass {
	struct db *db;
	struct mbuf *mb;
	struct list iteml;
	size_t itemc;
	int64_t seq; /* of the last link */
	char hash[CHAIN_HASH_SIZE];
};

static void item_destructor(void *arg)
{
	struct item *item = arg;

	list_unlink(&item->le);
	mem_deref(item->callid);
	mem_deref(item->outcome);
}

/* --- digests -------------------------------------------------------------- */

static const char *text_or_null(struct db_stmt *stmt, int column)
{
	return db_is_null_at(stmt, column) ? NULL : db_text_at(stmt, column);
}

static int words_hash(char hash[CHAIN_HASH_SIZE], struct mbuf *mb,
                      struct db_stmt *stmt, int from, int to)
{
	int err = 0;

	for (int i = from; i < to && !err; i++)
		err = chain_word(mb, text_or_null(stmt, i));

	return err ? err : chain_hash(hash, mb);
}

static bool is_erased(const char *number)
{
	return number && !strncmp(number, "erased:", strlen("erased:"));
}

int links_digest(struct links_digest *digest, struct mbuf *mb,
                 struct db_stmt *stmt, int column, const char *salt)
{
	int record = column + LINKS_NUMBERS;
	const char *state = text_or_null(stmt, record);
	bool has_call = !db_is_null_at(stmt, column + 1);
	int err;

	digest->is_there = state || has_call;
	digest->is_over = state ? !strcmp(state, "ended") : has_call;
	digest->is_erased = is_erased(text_or_null(stmt, column)) ||
	                    is_erased(text_or_null(stmt, column + 1));
	digest->person[0] = '\0';

	mbuf_rewind(mb);
	err = words_hash(digest->record, mb, stmt, record,
	                 column + LINKS_COLUMNS);
	if (err || digest->is_erased)
		return err;

	mbuf_rewind(mb);
	err = chain_word(mb, salt);

	return err ? err : words_hash(digest->person, mb, stmt, column, record);
}

int links_hash(char hash[CHAIN_HASH_SIZE], struct mbuf *mb, const char *before,
               const struct links_link *link)
{
	const char *const wordv[] = {before,        link->callid, link->why,
	                             link->outcome, link->person, link->record};
	char front[48];
	int err;

	(void)snprintf(front, sizeof(front), "%" PRId64 " %" PRId64, link->seq,
	               link->at_ms);
	mbuf_rewind(mb);
	err = mbuf_write_str(mb, front);
	for (size_t i = 0; i < ARRAY_COUNT(wordv) && !err; i++)
		err = chain_word(mb, wordv[i]);

	return err ? err : chain_hash(hash, mb);
}

/* --- who waits ------------------------------------------------------------ */

int links_want(struct db *db, const char *sql, const struct db_arg *argv,
               size_t argc)
{
	db_has_unlinked_set(db, true);

	return db_put(db, sql, argv, argc);
}

int links_look(struct db *db)
{
	int64_t n = 0;
	int err;

	err = db_get_int(db, &n, look_sql, NULL, 0);
	if (!err && n)
		db_has_unlinked_set(db, true);

	return err;
}

/* --- links ---------------------------------------------------------------- */

static bool holds(const struct links_digest *digest, struct db_stmt *stmt)
{
	if (strcmp(digest->record, db_text_at(stmt, COLUMN_RECORD)) != 0)
		return false;

	return digest->is_erased ||
	       !strcmp(digest->person, db_text_at(stmt, COLUMN_PERSON));
}

static const char *why_of(struct db_stmt *stmt)
{
	if (!db_is_null_at(stmt, COLUMN_SEQ))
		return "again";

	return strcmp(db_text_at(stmt, COLUMN_WHY), "before") != 0 ? "ended"
	                                                           : "before";
}

/* What its call needs, and the digest for that. */
static int item_judge(struct item *item, struct mbuf *mb, struct db_stmt *stmt)
{
	bool has_link = !db_is_null_at(stmt, COLUMN_SEQ);
	struct links_digest *digest = &item->digest;
	const char *salt = db_text_at(stmt, COLUMN_SALT);
	int err;

	chain_salt(item->salt);
	err = links_digest(digest, mb, stmt, COLUMN_ROW,
	                   has_link ? salt : item->salt);
	if (err || !digest->is_over)
		return err;

	if (has_link && holds(digest, stmt)) {
		item->todo =
			digest->is_erased && *salt ? TODO_FORGET : TODO_NOTHING;
		return 0;
	}

	item->todo = TODO_LINK;
	item->why = why_of(stmt);
	if (digest->is_erased)
		item->salt[0] = '\0';
	else if (has_link)
		err = links_digest(digest, mb, stmt, COLUMN_ROW, item->salt);

	return err;
}

static int item_read(struct pass *pass, struct db_stmt *stmt)
{
	const char *callid = db_text_at(stmt, COLUMN_CALLID);
	const struct item *before = list_ledata(list_tail(&pass->iteml));
	struct item *item;
	int err;

	item = mem_zalloc(sizeof(*item), item_destructor);
	if (!item)
		return ENOMEM;

	item->id = db_int_at(stmt, COLUMN_ID);
	err = str_dup(&item->callid, callid);
	if (!err)
		err = str_dup(&item->outcome, db_text_at(stmt, COLUMN_OUTCOME));
	if (!err && !(before && !strcmp(before->callid, callid)))
		err = item_judge(item, pass->mb, stmt);
	if (err) {
		mem_deref(item);
		return err;
	}
	list_append(&pass->iteml, &item->le, item);
	pass->itemc++;

	return 0;
}

/* All of them first: the statement must be at rest when rows change. */
static int items_read(struct pass *pass)
{
	struct db_stmt *stmt;
	int err;

	err = db_ask(pass->db, &stmt, next_sql, NULL, 0);
	while (db_fetch(stmt, &err))
		err = item_read(pass, stmt);

	return err;
}

static int head_read(struct pass *pass)
{
	struct db_stmt *stmt;
	int err;

	err = db_ask(pass->db, &stmt, head_sql, NULL, 0);
	if (!db_fetch(stmt, &err))
		return err;

	pass->seq = db_int_at(stmt, 0);
	(void)snprintf(pass->hash, sizeof(pass->hash), "%s",
	               db_text_at(stmt, 1));
	db_rest(stmt);

	return 0;
}

static int link_put(struct pass *pass, const struct item *item)
{
	const struct links_link link = {
		.seq = pass->seq + 1,
		.at_ms = clock_wall_ms(),
		.callid = item->callid,
		.why = item->why,
		.outcome = item->outcome,
		.person = item->digest.person,
		.record = item->digest.record,
	};
	char before[CHAIN_HASH_SIZE];
	int err;

	memcpy(before, pass->hash, sizeof(before));
	err = links_hash(pass->hash, pass->mb, before, &link);
	if (err)
		return err;
	pass->seq = link.seq;

	const struct db_arg argv[] = {
		db_int(link.seq),      db_int(link.at_ms),
		db_text(link.callid),  db_text(link.why),
		db_text(link.outcome), db_text(link.person),
		db_text(link.record),  db_text(item->salt),
		db_text(pass->hash),
	};

	return db_put(pass->db, put_sql, argv, ARRAY_COUNT(argv));
}

static int item_write(struct pass *pass, const struct item *item)
{
	const struct db_arg callid = db_text(item->callid);
	const struct db_arg id = db_int(item->id);
	int err = 0;

	if (item->todo == TODO_LINK)
		err = link_put(pass, item);
	else if (item->todo == TODO_FORGET)
		err = db_put(pass->db, forget_sql, &callid, 1);

	return err ? err : db_put(pass->db, over_sql, &id, 1);
}

int links_lock(struct db *db, bool *is_oursp)
{
	int64_t n = 0;
	int err;

	err = db_get_int(db, &n, db_say(db, lock_sql, lock_pg_sql), NULL, 0);
	*is_oursp = n > 0;

	return err;
}

int links_pass(struct db *db, bool *is_fullp)
{
	struct pass pass = {.db = db};
	struct le *le;
	bool is_ours;
	int err;

	*is_fullp = false;
	err = links_lock(db, &is_ours);
	if (err || !is_ours)
		return err;

	pass.mb = mbuf_alloc(TEXT_SIZE);
	if (!pass.mb)
		return ENOMEM;

	/* Whoever ends a call behind us in this transaction sets it again. */
	db_has_unlinked_set(db, false);
	err = head_read(&pass);
	if (!err)
		err = items_read(&pass);
	for (le = list_head(&pass.iteml); le && !err; le = le->next)
		err = item_write(&pass, le->data);

	*is_fullp = pass.itemc == PASS_MAX;
	if (err || *is_fullp)
		db_has_unlinked_set(db, true);
	list_flush(&pass.iteml);
	mem_deref(pass.mb);

	return err;
}
