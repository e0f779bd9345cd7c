/*
 * store/driver_pg.c - a PostgreSQL server, through libpq
 *
 * The connection is non-blocking underneath and every answer has a time
 * limit, so that a server which froze is an outage and not the end of us.
 * A connection that broke is made anew when the next transaction begins;
 * what was under way then has failed as a whole.
 */
#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/text.h"
#include "store/pg.h"

enum {
	ANSWER_MS = 120000, /* of one statement: a list of millions is long */
};

/* The statements stay until the next connection: somebody may hold one. */
static void lose(struct pg *pg)
{
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->putc = 0;
	pg->put_changes = 0;
	pg->gathering = NULL;
}

static void destructor(void *arg)
{
	struct pg *pg = arg;

	driver_forget(&pg->db);
	lose(pg);
	mem_deref(pg->url);
	mem_deref(pg->db.name);
	mem_deref(pg->db.wanted);
}

/* --- failures ------------------------------------------------------------ */

static const char again[] = "it is tried again";

static const struct {
	const char *sqlstate; /* the beginning of it */
	int err;
	const char *remedy;
} failurev[] = {
	/* clang-format off */
	{"08",    ECONNRESET, again},
	{"57P",   ECONNRESET, again}, /* the server stops or starts */
	{"57014", ETIMEDOUT,  again},
	{"25P03", ECONNRESET, again}, /* we were silent for too long */
	{"55P03", EBUSY,      again}, /* another session holds a row */
	{"40",    EAGAIN,     again}, /* a deadlock */
	{"53100", ENOSPC,     "free space on the server's disk"},
	{"53300", EMFILE,     "raise max_connections of the server"},
	{"53",    ENOMEM,     "give the server more memory"},
	{"58",    EIO,        "look into the server's log"},
	{"XX001", EBADMSG,    "the database is damaged: restore a copy"},
	{"25006", EROFS,      "name a server for writing in store.url"},
	{"42501", EACCES,     "grant this user the right to it"},
	{"28",    EACCES,     "correct user and password in store.url"},
	{"3D",    ENOENT,     "create it (createdb) or correct store.url"},
	{"23",    EEXIST,     "look at the row"},
	/* clang-format on */
};

/* libpq ends its messages with a line feed and may have several lines. */
static void fault_say(struct pg *pg, const char *words, const char *remedy)
{
	int len = (int)strcspn(words, "\n");

	db_fault_set(&pg->db, "database %s: %.*s: %s", pg->db.name, len, words,
	             remedy);
}

int pg_fail_lost(struct pg *pg, int err, const char *words)
{
	fault_say(pg, words, "see that the server runs; it is tried again");
	lose(pg);

	return err;
}

int pg_fail(struct pg *pg, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (PQstatus(pg->conn) != CONNECTION_OK)
		return pg_fail_lost(pg, ECONNRESET, PQerrorMessage(pg->conn));

	for (size_t i = 0; state && i < ARRAY_COUNT(failurev); i++) {
		if (strncmp(state, failurev[i].sqlstate,
		            strlen(failurev[i].sqlstate)))
			continue;
		fault_say(pg, PQresultErrorMessage(result), failurev[i].remedy);
		return failurev[i].err;
	}
	fault_say(pg, PQresultErrorMessage(result), "look into its log");

	return EINVAL;
}

/* --- asking and waiting -------------------------------------------------- */

int pg_wait(struct pg *pg)
{
	uint64_t end_ms = clock_ms() + ANSWER_MS;

	for (;;) {
		struct pollfd fd = {.fd = PQsocket(pg->conn), .events = POLLIN};
		uint64_t now_ms = clock_ms();
		int unsent = PQflush(pg->conn);

		if (unsent < 0 || !PQconsumeInput(pg->conn))
			return pg_fail_lost(pg, ECONNRESET,
			                    PQerrorMessage(pg->conn));
		if (!unsent && !PQisBusy(pg->conn))
			return 0;

		if (now_ms >= end_ms)
			return pg_fail_lost(pg, ETIMEDOUT, "no answer in time");
		if (unsent)
			fd.events |= POLLOUT;
		(void)poll(&fd, 1, (int)(end_ms - now_ms));
	}
}

int pg_answer(struct pg *pg, bool is_sent, PGresult **resultp)
{
	PGresult *result, *last = NULL;
	int err;

	if (!is_sent)
		return pg_fail_lost(pg, ECONNRESET, PQerrorMessage(pg->conn));

	for (;;) {
		err = pg_wait(pg);
		if (err)
			goto out;

		result = PQgetResult(pg->conn);
		if (!result)
			break;
		/* Of several statements the first failure is the cause. */
		if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
			PQclear(result);
			continue;
		}
		PQclear(last);
		last = result;
	}

	switch (PQresultStatus(last)) {

	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY:
		break;

	default:
		err = pg_fail(pg, last);
		break;
	}

out:
	if (err)
		PQclear(last);
	else
		*resultp = last;

	return err;
}

static int gone(struct pg *pg)
{
	fault_say(pg, "the connection is lost",
	          "see that the server runs; it is tried again");

	return ECONNRESET;
}

int pg_ready(struct pg *pg)
{
	int err = pg_settle(pg);

	return err || pg->conn ? err : gone(pg);
}

static int script(struct db *db, const char *sql)
{
	struct pg *pg = (struct pg *)db;
	PGresult *result = NULL;
	int err, first;

	if (!*sql)
		return 0;

	/* A ROLLBACK goes all the same. */
	first = pg_settle(pg);
	if (!pg->conn)
		return first ? first : gone(pg);

	err = pg_answer(pg, PQsendQuery(pg->conn, sql), &result);
	PQclear(result);

	return first ? first : err;
}

static uint32_t changes(const struct db *db)
{
	return ((const struct pg *)db)->changes;
}

static int settle(struct db *db, uint32_t *changesp)
{
	struct pg *pg = (struct pg *)db;
	int err = pg_settle(pg);

	*changesp = err ? 0 : pg->put_changes;
	pg->put_changes = 0;

	return err;
}

/* --- the connection ------------------------------------------------------ */

static void ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* To plan a claim takes longer than to run it, so each statement is planned
 * once. A process that froze within a transaction must not hold its rows from
 * the others for ever. */
static const char settings_sql[] =
	"SET TIME ZONE 'UTC'; SET client_min_messages = warning;"
	" SET plan_cache_mode = force_generic_plan; SET jit = off;"
	" SET lock_timeout = '20s';"
	" SET idle_in_transaction_session_timeout = '30s'";

/* What is planned once is often planned while a table is small. To read the
 * whole of it looks cheap then, and is what every claim would do until the
 * server counts the rows again. */
static const char writer_sql[] = "SET enable_seqscan = off";
static const char reader_sql[] = "SET default_transaction_read_only = on";

static int join(struct pg *pg)
{
	/* What stands before dbname gives way to the URL. */
	static const char *const keyv[] = {
		"connect_timeout", "application_name", "tcp_user_timeout",
		"dbname",          "client_encoding",  NULL,
	};
	const char *const valuev[] = {
		"5", "dialwright", "20000", pg->url, "UTF8", NULL,
	};
	const char *words;
	int err;

	driver_forget(&pg->db);
	PQfinish(pg->conn);
	pg->conn = PQconnectdbParams(keyv, valuev, 1);
	if (!pg->conn)
		return ENOMEM;

	if (PQstatus(pg->conn) != CONNECTION_OK) {
		words = PQerrorMessage(pg->conn);
		err = strstr(words, "does not exist")   ? ENOENT
		      : strstr(words, "authentication") ? EACCES
		                                        : ECONNREFUSED;
		fault_say(pg, words,
		          "see that the server runs and that "
		          "store.url names it");
		lose(pg);
		return err;
	}

	(void)PQsetNoticeProcessor(pg->conn, ignore_notice, NULL);
	if (PQsetnonblocking(pg->conn, 1))
		return pg_fail_lost(pg, ECONNRESET, PQerrorMessage(pg->conn));

	err = script(&pg->db, settings_sql);
	if (!err)
		err = script(&pg->db, pg->is_writer ? writer_sql : reader_sql);

	return err;
}

static int begin(struct db *db, bool is_write)
{
	struct pg *pg = (struct pg *)db;
	int err;

	(void)is_write;

	if (!pg->conn) {
		err = join(pg);
		if (err)
			return err;
	}

	pg->put_changes = 0;

	return db_run(db, "BEGIN", NULL, 0);
}

/* The server answers the COMMIT of a failed transaction with a ROLLBACK and
 * calls that a success. */
static int commit(struct db *db)
{
	struct pg *pg = (struct pg *)db;
	int err;

	err = pg_settle(pg);
	if (err)
		return err;

	if (pg->conn && PQtransactionStatus(pg->conn) != PQTRANS_INTRANS) {
		fault_say(pg, "the transaction had failed", "look above");
		return EINVAL;
	}

	return script(db, "COMMIT");
}

static const struct driver driver = {
	.prepare = pg_prepare,
	.bind = pg_bind,
	.next = pg_next,
	.rest = pg_rest,
	.put = pg_put,
	.gather = pg_gather,
	.settle = settle,
	.int_at = pg_int_at,
	.text_at = pg_text_at,
	.script = script,
	.begin = begin,
	.commit = commit,
	.changes = changes,
	.is_server = true,
	.is_shared = true,
};

/* "calls on db.example.org": the URL may hold a password. */
static int name_make(struct pg *pg)
{
	PQconninfoOption *optionv, *option;
	const char *name = "", *host = "";
	char *words = NULL;
	int err;

	optionv = PQconninfoParse(pg->url, &words);
	if (!optionv) {
		db_fault_set(&pg->db, "store.url: %.*s",
		             words ? (int)strcspn(words, "\n") : 0,
		             words ? words : "");
		PQfreemem(words);
		return EINVAL;
	}

	for (option = optionv; option->keyword; option++) {
		if (option->val && !strcmp(option->keyword, "dbname"))
			name = option->val;
		else if (option->val && !strcmp(option->keyword, "host"))
			host = option->val;
	}
	err = re_sdprintf(&pg->db.name, "%s on %s", *name ? name : "(default)",
	                  *host ? host : "this machine");
	PQconninfoFree(optionv);

	return err;
}

int driver_pg_open(struct db **dbp, const char *url, enum driver_mode mode,
                   char fault[CFG_FAULT_SIZE])
{
	struct pg *pg;
	int err;

	pg = mem_zalloc(sizeof(*pg), destructor);
	if (!pg)
		return ENOMEM;

	pg->db.driver = &driver;
	pg->is_writer = mode != DRIVER_READ;
	err = str_dup(&pg->url, url);
	if (err)
		goto out;

	err = name_make(pg);
	if (err)
		goto out;

	err = join(pg);

out:
	if (err) {
		(void)snprintf(fault, CFG_FAULT_SIZE, "%s",
		               pg->db.fault[0] ? pg->db.fault : strerror(err));
		mem_deref(pg);
	}
	else {
		*dbp = &pg->db;
	}

	return err;
}
