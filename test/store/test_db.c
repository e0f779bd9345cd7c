/*
 * test/store/test_db.c - writes that nobody waits for
 */
#include "fixture.h"
#include "harness.h"
#include "place.h"
#include "store/db.h"
#include "store/tests.h"

enum {
	ROWS = 3000,
	LONG = 4000, /* bytes of a row: more than any buffer on the way */
};

static const char make_sql[] =
	"CREATE TABLE put_rows (n BIGINT PRIMARY KEY, words TEXT NOT NULL)";
static const char drop_sql[] = "DROP TABLE put_rows";
static const char count_sql[] = "SELECT count(*) FROM put_rows";

/* One after the other, or many of them at once. */
static const struct way {
	int (*put)(struct db *db, const char *sql, const struct db_arg *argv,
	           size_t argc);
	const char *put_sql, *once_sql;
} single = {
	.put = db_put,
	.put_sql = "INSERT INTO put_rows (n, words) VALUES (?1, ?2)",
	.once_sql = "INSERT INTO put_rows (n, words) VALUES (?1, ?2)"
		    " ON CONFLICT DO NOTHING",
};

#define GATHERED                                                               \
	"INSERT INTO put_rows (n, words)"                                      \
	" SELECT * FROM unnest(?1::bigint[], ?2::text[])"
static const struct way gathered = {
	.put = db_gather,
	.put_sql = GATHERED,
	.once_sql = GATHERED " ON CONFLICT DO NOTHING",
};

static const struct way *way;

static int rows_put(struct db *db, const char *sql, int first, int end,
                    const char *words)
{
	int err = 0;

	for (int i = first; i < end && !err; i++) {
		const struct db_arg argv[] = {db_int(i), db_text(words)};

		err = way->put(db, sql, argv, 2);
	}

	return err;
}

static int count(struct db *db)
{
	int64_t n = -1;

	(void)db_get_int(db, &n, count_sql, NULL, 0);

	return (int)n;
}

/* A question sees what was put before it; rows are counted. */
static int check_counted(struct db *db, const char *words)
{
	uint32_t changes;
	int err = 0;

	CHECK_ERR(0, db_begin(db, true));
	CHECK_ERR(0, rows_put(db, way->put_sql, 0, ROWS, words));
	CHECK_I64(ROWS, count(db));
	CHECK_ERR(0, db_settle(db, &changes));
	CHECK_I64(ROWS, changes);

	CHECK_ERR(0, rows_put(db, way->once_sql, ROWS - 10, ROWS + 5, "more"));
	CHECK_ERR(0, db_settle(db, &changes));
	CHECK_I64(5, changes);
	CHECK_ERR(0, rows_put(db, way->put_sql, ROWS + 5, ROWS + 6, "last"));
	CHECK_ERR(0, db_commit(db));
	CHECK_I64(ROWS + 6, count(db));

out:
	return err;
}

/* Whoever comes next hears of a row that is refused; nothing of that
 * transaction stays, and the connection serves on. */
static int check_refused(struct db *db)
{
	int err = 0;

	CHECK_ERR(0, db_begin(db, true));
	err = rows_put(db, way->put_sql, ROWS + 6, ROWS + 20, "new");
	CHECK_ERR(0, err);
	err = rows_put(db, way->put_sql, 0, 1, "a second time");
	if (!err)
		err = rows_put(db, way->put_sql, ROWS + 20, ROWS + 30,
		               "behind");
	if (!err)
		err = db_commit(db);
	CHECK_ERR(EEXIST, err);
	err = 0;
	CHECK(strstr(db_fault(db), "put_rows"));
	db_rollback(db);
	CHECK_I64(ROWS + 6, count(db));

out:
	return err;
}

/* A part that fails by such a row is undone alone. */
static int check_part(struct db *db)
{
	int err = 0;

	CHECK_ERR(0, db_begin(db, true));
	CHECK_ERR(0, rows_put(db, way->put_sql, ROWS + 6, ROWS + 7, "kept"));
	CHECK_ERR(0, db_part_begin(db));
	err = rows_put(db, way->put_sql, 0, 1, "a second time");
	if (!err)
		err = db_settle(db, NULL);
	CHECK_ERR(EEXIST, err);
	err = 0;
	db_part_undo(db);
	CHECK_ERR(0, rows_put(db, way->put_sql, ROWS + 7, ROWS + 8, "kept"));
	CHECK_ERR(0, db_commit(db));
	CHECK_I64(ROWS + 8, count(db));

out:
	return err;
}

/* What comes out is what was put, and what is no text is repaired. */
static int check_texts(struct db *db)
{
	static const char sql[] = "SELECT words FROM put_rows WHERE n = ?";
	static const struct {
		const char *put, *kept;
	} rowv[] = {
		{"", ""},
		{"{\"a\",NULL}\\", "{\"a\",NULL}\\"},
		{"Zo\xc3\xab", "Zo\xc3\xab"},
		{"Zo\xeb", "Zo"},
	};
	struct db_stmt *stmt;
	int err = 0;

	CHECK_ERR(0, db_begin(db, true));
	for (int i = 0; i < (int)ARRAY_COUNT(rowv); i++)
		CHECK_ERR(0,
		          rows_put(db, way->put_sql, -1 - i, -i, rowv[i].put));
	for (int i = 0; i < (int)ARRAY_COUNT(rowv); i++) {
		const struct db_arg n = db_int(-1 - i);

		CHECK_ERR(0, db_ask(db, &stmt, sql, &n, 1));
		CHECK(db_fetch(stmt, &err));
		CHECK_STR(rowv[i].kept, db_text_at(stmt, 0));
		db_rest(stmt);
	}
	CHECK_ERR(0, db_commit(db));

out:
	return err;
}

static int check_all(struct db *db, const struct way *by)
{
	static char words[LONG + 1];
	int err;

	way = by;
	memset(words, 'w', LONG);
	err = db_script(db, make_sql);
	if (!err)
		err = check_counted(db, words);
	if (!err)
		err = check_refused(db);
	if (!err)
		err = check_part(db);
	if (!err && db_is_strict(db))
		err = check_texts(db);

	return err;
}

int test_db_put(void)
{
	char fault[CFG_FAULT_SIZE];
	const char *url = place_url();
	struct db *db = NULL;
	int err = 0;

	CHECK(url);
	CHECK_ERR(0, db_open(&db, url, fault));
	err = check_all(db, &single);
	if (err || !db_is_strict(db))
		goto out;

	CHECK_ERR(0, db_script(db, drop_sql));
	err = check_all(db, &gathered);

out:
	mem_deref(db);

	return err;
}

/* A statement is planned once: for the table as it will be. */
int test_db_finds_by_key(void)
{
	static const char plan_sql[] =
		"EXPLAIN SELECT words FROM put_rows WHERE n = 5";
	char fault[CFG_FAULT_SIZE];
	const char *url = place_url();
	struct db_stmt *stmt;
	struct db *db = NULL;
	int err = 0;

	CHECK(url);
	CHECK_ERR(0, db_open(&db, url, fault));
	if (!db_is_strict(db))
		goto out;

	CHECK_ERR(0, db_script(db, make_sql));
	CHECK_ERR(0, db_script(db, "VACUUM ANALYZE put_rows"));
	CHECK_ERR(0, db_ask(db, &stmt, plan_sql, NULL, 0));
	CHECK(db_fetch(stmt, &err));
	CHECK(strstr(db_text_at(stmt, 0), "put_rows_pkey"));
	db_rest(stmt);

out:
	mem_deref(db);

	return err;
}
