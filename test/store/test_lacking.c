/*
 * test/store/test_lacking.c - the file of SQLite where memory runs out
 */
#include "base/cfg.h"
#include "harness.h"
#include "oom.h"
#include "place.h"
#include "store/db.h"
#include "store/tests.h"

static const char make_sql[] =
	"CREATE TABLE notes (n INTEGER PRIMARY KEY, words TEXT, at TEXT)";
static const char first_sql[] =
	"INSERT INTO notes (n, words) VALUES (1, 'call them again at nine')";

/* The second value is made when it is asked for, and too large for the room
 * that SQLite has at hand. */
static const char read_sql[] =
	"SELECT words, zeroblob(30000) FROM notes WHERE n = 1";
static const char copy_sql[] =
	"INSERT INTO notes (n, words, at) VALUES (2, ?1, ?2)";
static const char same_sql[] =
	"SELECT count(*) FROM notes a JOIN notes b ON a.words = b.words"
	" AND b.at = 'now' WHERE a.n = 1 AND b.n = 2";
static const char rows_sql[] = "SELECT count(*) FROM notes";
static const char count_sql[] = "SELECT count(*) FROM notes WHERE n = 2";

static int notes_open(struct db **dbp)
{
	char fault[CFG_FAULT_SIZE];
	int err;

	err = db_open(dbp, place_url(), fault);
	if (!err)
		err = db_script(*dbp, make_sql);
	if (!err)
		err = db_run(*dbp, first_sql, NULL, 0);

	return err;
}

/* As the questions of the store do it that want one row and leave. */
static int note_copy(struct db *db)
{
	struct db_stmt *stmt;
	char words[64] = "";
	bool is_null = false;
	int err;

	err = db_ask(db, &stmt, read_sql, NULL, 0);
	if (db_fetch(stmt, &err)) {
		(void)snprintf(words, sizeof(words), "%s", db_text_at(stmt, 0));
		is_null = db_is_null_at(stmt, 1);
		db_rest(stmt);
	}
	if (!err) {
		const struct db_arg argv[] = {db_text(words),
		                              db_text(is_null ? NULL : "now")};

		err = db_run(db, copy_sql, argv, ARRAY_COUNT(argv));
	}

	return err ? err : db_settle(db, NULL);
}

/* What could not be read is not taken for nothing: the transaction fails, and
 * the same one works later. */
int test_lacking_is_not_empty(void)
{
	struct db *db = NULL;
	int64_t n = -1;
	int err, failed;

	err = notes_open(&db);
	CHECK_ERR(0, err);

	failed = db_begin(db, true);
	if (!failed)
		failed = note_copy(db);
	if (!failed)
		failed = db_commit(db);
	if (failed)
		db_rollback(db);

	oom_pause();
	if (failed && !db_is_outage(failed))
		CHECK_ERR(0, failed);
	CHECK_ERR(0, db_get_int(db, &n, count_sql, NULL, 0));
	CHECK_I64(failed ? 0 : 1, n);
	if (failed) {
		CHECK_ERR(0, db_begin(db, true));
		CHECK_ERR(0, note_copy(db));
		CHECK_ERR(0, db_commit(db));
	}
	CHECK_ERR(0, db_get_int(db, &n, same_sql, NULL, 0));
	CHECK_I64(1, n);

out:
	oom_resume();
	mem_deref(db);

	return err;
}

/* A question that fails so takes its transaction with it: who goes on must
 * know. */
int test_lacking_ends_transaction(void)
{
	struct db *db = NULL;
	bool has_ended = false;
	int64_t rows;
	int err;

	err = notes_open(&db);
	CHECK_ERR(0, err);

	/* The first refusals are of our own structures. */
	for (size_t n = 0; n < 100 && !has_ended; n++) {
		struct db_stmt *stmt;

		CHECK_ERR(0, db_begin(db, true));
		CHECK(db_is_within(db));
		CHECK_ERR(0, db_run(db, "DELETE FROM notes", NULL, 0));
		oom_arm(n);
		err = db_ask(db, &stmt, "SELECT n, zeroblob(100000) FROM notes",
		             NULL, 0);
		while (db_fetch(stmt, &err))
			;
		(void)oom_disarm();
		has_ended = !db_is_within(db);
		CHECK(!has_ended || err == ENOMEM);
		CHECK_ERR(has_ended ? EAGAIN : 0,
		          db_run(db, "DELETE FROM notes", NULL, 0));
		err = 0;
		db_rollback(db);
		CHECK_ERR(0, db_get_int(db, &rows, rows_sql, NULL, 0));
		CHECK_I64(1, rows);
	}
	CHECK(has_ended);

out:
	mem_deref(db);

	return err;
}
