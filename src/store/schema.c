/*
 * store/schema.c - how an older database becomes ours
 */
#include <errno.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/schema.h"

static const char create_sql[] = "CREATE TABLE IF NOT EXISTS migrations ("
				 " version BIGINT PRIMARY KEY,"
				 " applied_ms BIGINT NOT NULL)";

static const char version_sql[] =
	"SELECT coalesce(max(version), 0) FROM migrations";

/* Refuses a database of another program; says whether it is empty. */
static int look_around(struct db *db, bool *is_emptyp,
                       char fault[CFG_FAULT_SIZE])
{
	int64_t tables = 0, ours = 0;
	int err;

	err = db_get_int(db, &tables,
	                 db_say(db,
	                        "SELECT count(*) FROM sqlite_master"
	                        " WHERE type = 'table'",
	                        "SELECT count(*) FROM pg_tables"
	                        " WHERE schemaname = current_schema()"),
	                 NULL, 0);
	if (err)
		goto out;

	err = db_get_int(db, &ours,
	                 db_say(db,
	                        "SELECT count(*) FROM sqlite_master"
	                        " WHERE type = 'table'"
	                        " AND name = 'migrations'",
	                        "SELECT count(*) FROM pg_tables"
	                        " WHERE schemaname = current_schema()"
	                        " AND tablename = 'migrations'"),
	                 NULL, 0);
	if (err)
		goto out;

	if (tables && !ours) {
		db_fault_set(db,
		             "database %s belongs to another program: "
		             "name another one in store.path "
		             "or store.url",
		             db_name(db));
		err = EBADMSG;
		goto out;
	}
	*is_emptyp = !tables;

out:
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", db_fault(db));

	return err;
}

static int step_apply(struct db *db, const struct schema_step *step,
                      size_t version)
{
	const struct db_arg argv[] = {
		db_int((int64_t)version),
		db_int(clock_wall_ms()),
	};
	int err;

	err = db_begin(db, true);
	if (err)
		return err;

	if (step->both)
		err = db_script(db, step->both);
	else
		err = db_script(db, db_say(db, step->sqlite, step->postgresql));
	if (err)
		goto out;

	err = db_run(db, "INSERT INTO migrations VALUES (?, ?)", argv,
	             ARRAY_COUNT(argv));
	if (err)
		goto out;

	err = db_commit(db);

out:
	if (err)
		db_rollback(db);

	return err;
}

int schema_migrate(struct db *db, const struct schema_step *stepv, size_t stepc,
                   char fault[CFG_FAULT_SIZE])
{
	int64_t version = 0;
	bool is_empty;
	int err;

	err = look_around(db, &is_empty, fault);
	if (err)
		return err;

	err = db_migrating(db);
	if (err)
		goto out;

	err = db_script(db, create_sql);
	if (err)
		goto out;

	err = db_get_int(db, &version, version_sql, NULL, 0);
	if (err)
		goto out;

	if ((size_t)version > stepc) {
		db_fault_set(db,
		             "database %s was written by a newer version of "
		             "this program (schema %lld, this one knows %zu): "
		             "use that version or name another file in "
		             "store.path",
		             db_name(db), (long long)version, stepc);
		err = EPROTO;
		goto out;
	}

	for (size_t i = (size_t)version; i < stepc && !err; i++)
		err = step_apply(db, &stepv[i], i + 1);

out:
	db_migrated(db);
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", db_fault(db));

	return err;
}

int schema_require(struct db *db, size_t stepc, char fault[CFG_FAULT_SIZE])
{
	int64_t version = 0;
	bool is_empty;
	int err;

	err = look_around(db, &is_empty, fault);
	if (err)
		return err;
	if (is_empty) {
		(void)snprintf(fault, CFG_FAULT_SIZE,
		               "database %s is empty: call somebody first",
		               db_name(db));
		return ENOENT;
	}

	err = db_get_int(db, &version, version_sql, NULL, 0);
	if (!err && (size_t)version != stepc) {
		db_fault_set(db,
		             "database %s is of schema %lld, this program "
		             "reads %zu: let the version that calls people "
		             "and this one be the same",
		             db_name(db), (long long)version, stepc);
		err = EPROTO;
	}
	if (err)
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s", db_fault(db));

	return err;
}
