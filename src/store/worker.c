/*
 * store/worker.c - this process among those that share a database
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "store/links.h"
#include "store/outbox.h"
#include "store/worker.h"

/* Dead ones are told by a lease of 0; kept for a while, for their attempts
 * and for the number of their last transaction. */
static const char bury_sql[] = "DELETE FROM workers WHERE lease_until_ms = 0"
			       " AND joined_ms < ?";
static const char orphan_sql[] = "UPDATE workers SET lease_until_ms = 0";
static const char join_sql[] =
	"INSERT INTO workers (host, pid, joined_ms, lease_until_ms)"
	" VALUES (?, ?, ?, ?) RETURNING id";
static const char leave_sql[] =
	"UPDATE workers SET lease_until_ms = 0 WHERE id = ?";
static const char neighbours_sql[] =
	"SELECT id, pid FROM workers"
	" WHERE lease_until_ms > 0 AND host = ? LIMIT ?";
static const char prove_sql[] =
	"UPDATE workers SET lease_until_ms = ?, batch = ?"
	" WHERE id = ? AND lease_until_ms > 0";
static const char kept_sql[] = "SELECT batch FROM workers WHERE id = ?";

/* Whoever holds its row is alive, however late. */
#define REAP(lock)                                                             \
	"UPDATE workers SET lease_until_ms = 0 WHERE id IN"                    \
	" (SELECT id FROM workers WHERE lease_until_ms > 0"                    \
	"  AND lease_until_ms < ?" lock ")"
static const char reap_sql[] = REAP("");
static const char reap_pg_sql[] = REAP(" FOR UPDATE SKIP LOCKED");

#define OF_THE_DEAD                                                            \
	" state <> 'ended' AND (?1 = 0 OR campaign_id = ?1)"                   \
	" AND worker_id NOT IN"                                                \
	" (SELECT id FROM workers WHERE lease_until_ms > 0)"

static const char targets_sql[] =
	"UPDATE targets SET state = 'done', tries = tries + 1"
	" WHERE state = 'claimed'"
	" AND (campaign_id, contact_id) IN"
	" (SELECT campaign_id, contact_id FROM attempts WHERE" OF_THE_DEAD ")";

static const char orphans_sql[] = "SELECT id FROM attempts WHERE" OF_THE_DEAD;

#define DOUBT                                                                  \
	"UPDATE attempts SET outcome = 'in_doubt', is_used = 1, end_ms = ?2,"  \
	" is_dropped = CASE state WHEN 'answered' THEN 1 ELSE 0 END,"          \
	" state = 'ended' WHERE" OF_THE_DEAD

static const char link_sql[] =
	LINKS_WANT "SELECT call_id FROM attempts WHERE" OF_THE_DEAD;
static const char attempts_sql[] = DOUBT;

/* In one go: between two statements others may declare more of them dead. */
static const char attempts_pg_sql[] =
	"WITH doubted AS (" DOUBT " RETURNING call_id) " LINKS_WANT
	"SELECT call_id FROM doubted";

enum {
	HOST_SIZE = 160,
	NEIGHBOURS_MAX = 64,
	BURY_MS = 7 * 24 * 3600 * 1000,
};

/* Where a process number means something: this run of this machine, this
 * container. */
static void host_name(char host[HOST_SIZE])
{
	char boot[64] = "", space[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
	ssize_t n;

	if (file) {
		(void)!fgets(boot, sizeof(boot), file);
		(void)fclose(file);
	}
	boot[strcspn(boot, "\n")] = '\0';
	n = readlink("/proc/self/ns/pid", space, sizeof(space) - 1);
	space[n > 0 ? n : 0] = '\0';
	(void)snprintf(host, HOST_SIZE, "%s %s", boot, space);
}

static int leave(struct db *db, int64_t id)
{
	const struct db_arg arg = db_int(id);

	return db_run(db, leave_sql, &arg, 1);
}

/* Whose process is gone from this machine need not be waited for. */
static int neighbours_reap(struct db *db, const char *host)
{
	const struct db_arg argv[] = {db_text(host), db_int(NEIGHBOURS_MAX)};
	int64_t gonev[NEIGHBOURS_MAX];
	struct db_stmt *stmt;
	size_t gonec = 0;
	int err;

	err = db_ask(db, &stmt, neighbours_sql, argv, ARRAY_COUNT(argv));
	while (db_fetch(stmt, &err)) {
		pid_t pid = (pid_t)db_int_at(stmt, 1);

		if (kill(pid, 0) && errno == ESRCH)
			gonev[gonec++] = db_int_at(stmt, 0);
	}

	for (size_t i = 0; i < gonec && !err; i++)
		err = leave(db, gonev[i]);

	return err;
}

int worker_join(struct db *db)
{
	int64_t now_ms = clock_wall_ms(), id;
	char host[HOST_SIZE];
	const struct db_arg bury = db_int(now_ms - BURY_MS);
	const struct db_arg argv[] = {
		db_text(host),
		db_int(getpid()),
		db_int(now_ms),
		db_int(now_ms + WORKER_LEASE_MS),
	};
	int err;

	host_name(host);
	err = db_run(db, bury_sql, &bury, 1);
	if (err)
		return err;

	if (db_is_shared(db))
		err = neighbours_reap(db, host);
	else
		err = db_run(db, orphan_sql, NULL, 0);
	if (err)
		return err;

	err = db_get_int(db, &id, join_sql, argv, ARRAY_COUNT(argv));
	if (!err)
		db_worker_set(db, id);

	return err;
}

void worker_leave(struct db *db)
{
	(void)leave(db, db_worker(db));
}

int worker_prove(struct db *db, uint64_t batch_no)
{
	const struct db_arg argv[] = {
		db_int(clock_wall_ms() + WORKER_LEASE_MS),
		db_int((int64_t)batch_no),
		db_int(db_worker(db)),
	};
	int err;

	err = db_run(db, prove_sql, argv, ARRAY_COUNT(argv));
	if (err)
		return err;

	if (db_changes(db) == 1)
		return 0;

	db_fault_set(db,
	             "database %s: this process was silent for so long that "
	             "the others took over its calls: it joins again",
	             db_name(db));

	return ESTALE;
}

int worker_has_kept(struct db *db, uint64_t batch_no, bool *has_keptp)
{
	const struct db_arg id = db_int(db_worker(db));
	int64_t kept = 0;
	int err;

	err = db_get_int(db, &kept, kept_sql, &id, 1);
	if (!err)
		*has_keptp = (uint64_t)kept == batch_no;

	return err;
}

/* The attempts of the dead, to be told of. */
static int orphans_find(struct db *db, struct mbuf *mb, int64_t campaign_id)
{
	const struct db_arg arg = db_int(campaign_id);
	struct db_stmt *stmt;
	int err;

	err = db_ask(db, &stmt, orphans_sql, &arg, 1);
	while (db_fetch(stmt, &err)) {
		int64_t id = db_int_at(stmt, 0);

		err = mbuf_write_mem(mb, (const uint8_t *)&id, sizeof(id));
	}
	mb->pos = 0;

	return err;
}

static int orphans_tell(struct db *db, struct mbuf *mb)
{
	int64_t id;
	int err = 0;

	while (!err && mbuf_get_left(mb)) {
		(void)mbuf_read_mem(mb, (uint8_t *)&id, sizeof(id));
		err = outbox_attempt(db, "attempt.ended", id);
	}

	return err;
}

static int attempts_end(struct db *db, int64_t campaign_id, uint32_t *countp)
{
	const struct db_arg argv[] = {
		db_int(campaign_id),
		db_int(clock_wall_ms()),
	};
	struct mbuf *mb;
	int err = 0;

	mb = mbuf_alloc(sizeof(int64_t));
	if (!mb)
		return ENOMEM;

	if (db_wants(db, "attempt.ended"))
		err = orphans_find(db, mb, campaign_id);
	if (!err && *db_say(db, link_sql, ""))
		err = db_run(db, link_sql, argv, 1);
	if (!err)
		err = db_run(db, db_say(db, attempts_sql, attempts_pg_sql),
		             argv, ARRAY_COUNT(argv));
	if (err)
		goto out;

	*countp = db_changes(db);
	if (*countp)
		db_has_unlinked_set(db, true);
	err = orphans_tell(db, mb);

out:
	mem_deref(mb);

	return err;
}

int worker_bury(struct db *db)
{
	const struct db_arg now = db_int(clock_wall_ms());

	if (!db_is_shared(db))
		return 0;

	return db_run(db, db_say(db, reap_sql, reap_pg_sql), &now, 1);
}

int worker_reap(struct db *db, int64_t campaign_id, uint32_t *in_doubtp)
{
	const struct db_arg campaign = db_int(campaign_id);
	int err;

	err = worker_bury(db);
	if (err)
		return err;

	err = db_run(db, targets_sql, &campaign, 1);
	if (err)
		return err;

	return attempts_end(db, campaign_id, in_doubtp);
}
