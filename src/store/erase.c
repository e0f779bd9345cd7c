/*
 * store/erase.c - what erasing does to the rows and files of one number
 */
#include <assert.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/recording.h"
#include "store/block.h"
#include "store/erase.h"
#include "store/links.h"
#include "store/sealing.h"

enum {
	PATH_SIZE = 1024,
};

#define CALLS                                                                  \
	"(SELECT callid FROM calls WHERE number = ?1"                          \
	" UNION SELECT call_id FROM attempts WHERE number = ?1)"
#define FILES                                                                  \
	"SELECT recording AS path FROM calls"                                  \
	" WHERE number = ?1 AND recording <> ''"                               \
	" UNION SELECT record FROM conversation"                               \
	" WHERE callid IN " CALLS " AND record <> ''"

static const char files_sql[] = FILES;

struct count {
	const char *name;
	const char *sql;
	bool is_clear; /* of those that were kept in clear */
};

static const struct count countv[] = {
	{"recordings", "SELECT count(*) FROM (" FILES ") AS f", false},
	{"calls", "SELECT count(*) FROM calls WHERE number = ?1", false},
	{"steps", "SELECT count(*) FROM conversation WHERE callid IN " CALLS,
         false},
	{"events", "SELECT count(*) FROM outbox WHERE key IN " CALLS, false},
	{"attempts", "SELECT count(*) FROM attempts WHERE number = ?1", false},
	{"contacts", "SELECT count(*) FROM contacts WHERE number = ?1", false},
	{"consents", "SELECT count(*) FROM consents WHERE number = ?1", false},

	{"recordings",
         "SELECT count(*) FROM (" FILES ") AS f"
         " WHERE path NOT LIKE '%.sealed'",
         true},
	{"calls",
         "SELECT count(*) FROM calls WHERE number = ?1 AND sealed = ''"
         " AND (heard <> '' OR variables <> '{}' OR variables_begin <> '')",
         true},
	{"steps",
         "SELECT count(*) FROM conversation WHERE callid IN " CALLS
         " AND sealed = '' AND (coalesce(input_args, '') <> ''"
         " OR coalesce(response_args, '') <> '')",
         true},
	{"events",
         "SELECT count(*) FROM outbox WHERE key IN " CALLS
         " AND data NOT LIKE 'sealed:%' AND data NOT LIKE '{\"erased\"%'",
         true},
};

int erase_count(struct db *db, const char *number, json_t **countp,
                uint64_t *allp)
{
	const struct db_arg arg = db_text(number);
	json_t *count = json_object(), *clear = json_object();
	int err = 0;

	*allp = 0;
	for (size_t i = 0; i < ARRAY_COUNT(countv) && !err; i++) {
		int64_t n = 0;

		err = db_get_int(db, &n, countv[i].sql, &arg, 1);
		(void)json_object_set_new(countv[i].is_clear ? clear : count,
		                          countv[i].name, json_integer(n));
		*allp += (uint64_t)n;
	}
	(void)json_object_set_new(count, "in_clear", clear);

	if (err)
		json_decref(count);
	else
		*countp = count;

	return err;
}

void erase_file(const char *path, uint64_t *failedp)
{
	size_t n = strlen(path);
	bool is_ours = recording_is_sealed(path) ||
	               (n > 4 && !strcmp(path + n - 4, ".wav"));

	if (!is_ours || !unlink(path) || errno == ENOENT)
		return;

	log_error("store", "%s cannot be deleted: %s", path, strerror(errno));
	(*failedp)++;
}

/* All names first: the statement must be at rest when the rows change. */
static int files_delete(struct db *db, const char *number)
{
	const struct db_arg arg = db_text(number);
	struct db_stmt *stmt;
	uint64_t failed = 0;
	int err;

	err = db_ask(db, &stmt, files_sql, &arg, 1);
	while (db_fetch(stmt, &err))
		erase_file(db_text_at(stmt, 0), &failed);
	if (err)
		return err;

	/* No outage of the database: nothing else is to wait for it. */
	return failed ? EPERM : 0;
}

/* ?1 the number, ?2 what stands for it from now on. */
static const char *const erase_sqlv[] = {
	/* Without the salt nobody finds the number by its digest. A link that
         * another process is just making is looked at again. */
	"UPDATE links SET salt = '' WHERE callid IN " CALLS " AND ?2 <> ''",
	LINKS_WANT "SELECT callid FROM " CALLS " AS c WHERE ?2 <> ''",

	"UPDATE conversation SET input_args = '', input_nlp_args = '',"
	" matching_keyword = '', response_args = '', record = '', sealed = ''"
	" WHERE callid IN " CALLS " AND ?2 <> ''",

	"UPDATE outbox SET data = '{\"erased\":true}'"
	" WHERE key IN " CALLS " AND ?2 <> ''",

	"UPDATE calls SET number = ?2, heard = '', variables = '{}',"
	" variables_begin = '', inputs = '[]', recording = '',"
	" answerer = '{}', sealed = '' WHERE number = ?1",

	"UPDATE attempts SET number = ?2 WHERE number = ?1",

	"UPDATE targets SET number = ?2 WHERE number = ?1",

	"UPDATE targets SET state = 'done', reason = 'do_not_call', why = ''"
	" WHERE state = 'ready' AND ?2 <> '' AND contact_id IN"
	" (SELECT id FROM contacts WHERE number = ?1)",

	/* A list that was read again after an erasure has that name already. */
	"UPDATE contacts SET number = ?2 || '-' || id, variables = '{}'"
	" WHERE number = ?1 AND EXISTS (SELECT 1 FROM contacts o"
	" WHERE o.list_id = contacts.list_id AND o.number = ?2)",

	"UPDATE contacts SET number = ?2, variables = '{}' WHERE number = ?1",

	"UPDATE legs SET number = ?2, will = '' WHERE number = ?1",

	"DELETE FROM do_not_call WHERE number = ?1 AND ?2 <> ''",
	"UPDATE do_not_call SET reason ="
	" '" BLOCK_AT "' || ?2 || substr(reason, length(CAST(?1 AS TEXT)) + 4)"
	" WHERE ?2 <> '' AND substr(reason, 1,"
	"  length(CAST(?1 AS TEXT)) + 5) = '" BLOCK_AT "' || ?1 || ': '",
	"DELETE FROM consents WHERE number = ?1 AND ?2 <> ''",
	"DELETE FROM blocks WHERE number = ?1 AND is_prefix = 0 AND ?2 <> ''",
};

int erase_rows(struct db *db, const char *number, const char *name)
{
	const struct db_arg argv[] = {db_text(number), db_text(name)};
	int err;

	err = files_delete(db, number);
	for (size_t i = 0; i < ARRAY_COUNT(erase_sqlv) && !err; i++)
		err = db_run(db, erase_sqlv[i], argv, ARRAY_COUNT(argv));
	if (!err)
		db_has_unlinked_set(db, true);

	return err;
}

static const char block_sql[] =
	"INSERT INTO do_not_call (number, reason, created_ms)"
	" VALUES (?, ?, ?) ON CONFLICT (number) DO NOTHING";
static const char receipt_sql[] =
	"INSERT INTO erasures (person, at_ms, by_whom, receipt)"
	" VALUES (?, ?, ?, ?) ON CONFLICT (person) DO UPDATE SET"
	" at_ms = excluded.at_ms, by_whom = excluded.by_whom,"
	" receipt = excluded.receipt";

int erase_mark(struct db *db, const char *name, const char *by,
               const char *receipt)
{
	int64_t now_ms = clock_wall_ms();
	const struct db_arg blockv[] = {db_text(name), db_text("erased"),
	                                db_int(now_ms)};
	const struct db_arg receiptv[] = {db_text(name), db_int(now_ms),
	                                  db_text(by), db_text(receipt)};
	int err;

	err = db_run(db, block_sql, blockv, ARRAY_COUNT(blockv));
	if (err)
		return err;

	return db_run(db, receipt_sql, receiptv, ARRAY_COUNT(receiptv));
}
