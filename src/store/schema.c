/*
 * store/schema.c - the tables, and how an older database becomes ours
 *
 * Times are milliseconds since 1970 UTC and end in _ms. `conversation` has
 * the columns that the field agreed on (checklist E003 to E045) with their
 * names, types and order; ours stand behind them. docs/database.md explains
 * each column; a test compares the two.
 */
#include <errno.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/schema.h"

const char *const schema_stepv[] = {
	/* 1: lists, campaigns, calls */
	"CREATE TABLE lists ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE,"
	" created_ms INTEGER NOT NULL);"

	"CREATE TABLE contacts ("
	" id INTEGER PRIMARY KEY,"
	" list_id INTEGER NOT NULL REFERENCES lists (id),"
	" number TEXT NOT NULL,"
	" row INTEGER NOT NULL,"
	" variables TEXT NOT NULL,"
	" UNIQUE (list_id, number));"

	"CREATE TABLE campaigns ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE,"
	" list_id INTEGER NOT NULL REFERENCES lists (id),"
	" script TEXT NOT NULL,"
	" created_ms INTEGER NOT NULL);"

	"CREATE TABLE targets ("
	" campaign_id INTEGER NOT NULL REFERENCES campaigns (id),"
	" contact_id INTEGER NOT NULL REFERENCES contacts (id),"
	" state TEXT NOT NULL DEFAULT 'ready'"
	"  CHECK (state IN ('ready', 'claimed', 'done')),"
	" due_ms INTEGER NOT NULL DEFAULT 0,"
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" reason TEXT NOT NULL DEFAULT '',"
	" PRIMARY KEY (campaign_id, contact_id)) WITHOUT ROWID;"

	"CREATE INDEX targets_due"
	" ON targets (campaign_id, due_ms, contact_id)"
	" WHERE state = 'ready';"

	/* The unique key, not an isolation level, is what keeps a person
         * from being called twice. */
	"CREATE TABLE attempts ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" campaign_id INTEGER NOT NULL,"
	" contact_id INTEGER NOT NULL,"
	" n INTEGER NOT NULL,"
	" call_id TEXT NOT NULL UNIQUE,"
	" line TEXT NOT NULL,"
	" state TEXT NOT NULL CHECK"
	"  (state IN ('intent', 'ringing', 'answered', 'ended')),"
	" outcome TEXT NOT NULL DEFAULT '',"
	" sip_code INTEGER NOT NULL DEFAULT 0,"
	" q850 INTEGER NOT NULL DEFAULT 0,"
	" reason TEXT NOT NULL DEFAULT '',"
	" is_used INTEGER NOT NULL DEFAULT 1,"
	" start_ms INTEGER NOT NULL,"
	" end_ms INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (campaign_id, contact_id, n),"
	" FOREIGN KEY (campaign_id, contact_id)"
	"  REFERENCES targets (campaign_id, contact_id));"

	"CREATE INDEX attempts_open ON attempts (campaign_id, id)"
	" WHERE state <> 'ended';"

	"CREATE TABLE do_not_call ("
	" number TEXT PRIMARY KEY,"
	" reason TEXT NOT NULL,"
	" created_ms INTEGER NOT NULL) WITHOUT ROWID;"

	"CREATE TABLE calls ("
	" callid TEXT PRIMARY KEY,"
	" attempt_id INTEGER UNIQUE REFERENCES attempts (id),"
	" direction TEXT NOT NULL,"
	" number TEXT NOT NULL,"
	" line TEXT NOT NULL,"
	" script TEXT NOT NULL,"
	" script_version TEXT NOT NULL,"
	" outcome TEXT NOT NULL,"
	" start_ms INTEGER NOT NULL,"
	" answer_ms INTEGER NOT NULL,"
	" end_ms INTEGER NOT NULL,"
	" label TEXT NOT NULL,"
	" intention INTEGER NOT NULL,"
	" class_letter TEXT NOT NULL,"
	" heard TEXT NOT NULL,"
	" variables TEXT NOT NULL,"
	" counters TEXT NOT NULL,"
	" recording TEXT NOT NULL,"
	" media TEXT NOT NULL) WITHOUT ROWID;"

	"CREATE TABLE conversation ("
	" createtime DATETIME NOT NULL,"
	" callid VARCHAR(50) NOT NULL,"
	" current_appid VARCHAR(50),"
	" sequence INT,"
	" current_flowid VARCHAR(50),"
	" input_type INT,"
	" input_args VARCHAR(1024),"
	" input_nlp_args VARCHAR(50),"
	" input_start_time DATETIME,"
	" input_duration INT,"
	" input_play_time INT,"
	" matching_method INT,"
	" matching_condition VARCHAR(256),"
	" condition_id VARCHAR(50),"
	" condition_weight INT,"
	" matching_keyword VARCHAR(50),"
	" response_type INT,"
	" response_description VARCHAR(50),"
	" response_id VARCHAR(50),"
	" response_action VARCHAR(50),"
	" response_args VARCHAR(2048),"
	" repetition INT,"
	" potential VARCHAR(50),"
	" record VARCHAR(260),"
	" speech_end_ms INT NOT NULL,"
	" text_ms INT NOT NULL,"
	" decision_ms INT NOT NULL,"
	" audio_ms INT NOT NULL);"

	"CREATE INDEX conversation_callid ON conversation (callid, sequence);",

	/* 2: what a call needs beside its rows to be held again */
	"ALTER TABLE calls ADD COLUMN"
	" variables_begin TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE calls ADD COLUMN inputs TEXT NOT NULL DEFAULT '[]';",

	/* 3: who answered a call */
	"ALTER TABLE calls ADD COLUMN answerer TEXT NOT NULL DEFAULT '{}';",
};
const size_t schema_stepc = ARRAY_COUNT(schema_stepv);

static const char create_sql[] = "CREATE TABLE IF NOT EXISTS migrations ("
				 " version INTEGER PRIMARY KEY,"
				 " applied_ms INTEGER NOT NULL)";

static const char version_sql[] =
	"SELECT coalesce(max(version), 0) FROM migrations";

static int refuse_stranger(struct db *db, char fault[CFG_FAULT_SIZE])
{
	int64_t tables = 0, ours = 0;
	int err;

	err = db_get_int(db, &tables,
	                 "SELECT count(*) FROM sqlite_master "
	                 "WHERE type = 'table'",
	                 NULL, 0);
	if (err)
		goto out;

	err = db_get_int(db, &ours,
	                 "SELECT count(*) FROM sqlite_master "
	                 "WHERE type = 'table' AND name = 'migrations'",
	                 NULL, 0);
	if (err)
		goto out;

	if (tables && !ours) {
		(void)snprintf(db->fault, sizeof(db->fault),
		               "database %s belongs to another program: "
		               "name another file in store.path",
		               db->path);
		err = EBADMSG;
	}

out:
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", db->fault);

	return err;
}

static int step(struct db *db, const char *sql, size_t version)
{
	const struct db_arg argv[] = {
		db_int((int64_t)version),
		db_int(clock_wall_ms()),
	};
	int err;

	err = db_script(db, "BEGIN IMMEDIATE");
	if (err)
		return err;

	err = db_script(db, sql);
	if (err)
		goto out;

	err = db_run(db, "INSERT INTO migrations VALUES (?, ?)", argv,
	             ARRAY_COUNT(argv));
	if (err)
		goto out;

	err = db_script(db, "COMMIT");

out:
	/* The words of the failure must survive the rollback. */
	if (err)
		(void)sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);

	return err;
}

int schema_migrate(struct db *db, const char *const *stepv, size_t stepc,
                   char fault[CFG_FAULT_SIZE])
{
	int64_t version = 0;
	int err;

	err = refuse_stranger(db, fault);
	if (err)
		return err;

	err = db_script(db, create_sql);
	if (err)
		goto out;

	err = db_get_int(db, &version, version_sql, NULL, 0);
	if (err)
		goto out;

	if ((size_t)version > stepc) {
		(void)snprintf(
			db->fault, sizeof(db->fault),
			"database %s was written by a newer version of "
			"this program (schema %lld, this one knows %zu): "
			"use that version or name another file in "
			"store.path",
			db->path, (long long)version, stepc);
		err = EPROTO;
		goto out;
	}

	for (size_t i = (size_t)version; i < stepc && !err; i++)
		err = step(db, stepv[i], i + 1);

out:
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", db->fault);

	return err;
}

int schema_require(struct db *db, size_t stepc, char fault[CFG_FAULT_SIZE])
{
	int64_t version = 0;
	int err;

	err = refuse_stranger(db, fault);
	if (err)
		return err;

	err = db_get_int(db, &version, version_sql, NULL, 0);
	if (!err && (size_t)version != stepc) {
		(void)snprintf(db->fault, sizeof(db->fault),
		               "database %s is of schema %lld, this program "
		               "reads %zu: let the version that calls people "
		               "and this one be the same",
		               db->path, (long long)version, stepc);
		err = EPROTO;
	}
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", db->fault);

	return err;
}
