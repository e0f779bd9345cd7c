/*
 * store/links.h - the chain of calls that are over
 *
 * A link says what its call was: a digest of its rows in `attempts` and
 * `calls`, another one of its number with a salt, and the hash of itself and of
 * the link before. Whoever ends a call, or writes a row of one that is over,
 * puts it into `unlinked` in the same transaction; links_pass() makes the links
 * behind that. So no end of a call ever waits for the chain, in which one
 * process at a time can write.
 *
 * To erase a person is to empty the salt: nobody can find the number by its
 * digest then, and the link stays as it is.
 *
 * What people said, recordings and whatever else goes with time is not in it
 * (q_tidy.c, erase.c).
 *
 * Threads: as for db.h.
 */
#pragma once

#include <stdbool.h>
#include "store/chain.h"
#include "store/db.h"

/* What a question has to select to make a digest, of `attempts` a and `calls`
 * c: numbers, then the record. A column that comes later needs a way to tell
 * older links from newer ones. */
#define LINKS_ROW                                                              \
	"a.number, c.number,"                                                  \
	" a.state, a.id, a.campaign_id, a.contact_id, a.n, a.line, a.outcome," \
	" a.sip_code, a.q850, a.reason, a.is_used, a.start_ms, a.end_ms,"      \
	" a.allowed, a.caller_id, a.price, a.is_dropped, a.hangup_ms,"         \
	" c.attempt_id, c.direction, c.line, c.script, c.script_version,"      \
	" c.outcome, c.start_ms, c.answer_ms, c.end_ms, c.label,"              \
	" c.intention, c.class_letter, c.counters, c.media, c.services,"       \
	" c.is_used"
#define LINKS_JOIN(callid)                                                     \
	" LEFT JOIN attempts a ON a.call_id = " callid                         \
	" LEFT JOIN calls c ON c.callid = " callid

enum {
	LINKS_NUMBERS = 2,
	LINKS_COLUMNS = 36, /* of LINKS_ROW */
};

struct links_digest {
	char record[CHAIN_HASH_SIZE];
	char person[CHAIN_HASH_SIZE]; /* "": the number is erased */
	bool is_there;
	bool is_over;
	bool is_erased;
};

/* Of the row at hand, whose LINKS_ROW begins at that column; mb is written
 * anew. */
int links_digest(struct links_digest *digest, struct mbuf *mb,
                 struct db_stmt *stmt, int column, const char *salt);

struct links_link {
	int64_t seq, at_ms;
	const char *callid, *why, *outcome, *person, *record;
};

/* Over the link and the hash of the one before. */
int links_hash(char hash[CHAIN_HASH_SIZE], struct mbuf *mb, const char *before,
               const struct links_link *link);

/* Runs such a statement: the calls that it selects have rows that are new. */
#define LINKS_WANT "INSERT INTO unlinked (callid) "
int links_want(struct db *db, const char *sql, const struct db_arg *argv,
               size_t argc);

/* Says by db_has_unlinked() whether there are some, of whatever process. */
int links_look(struct db *db);

/* For this transaction. *is_oursp is false while another process has it. */
int links_lock(struct db *db, bool *is_oursp);

/* Makes links of some of them; *is_fullp: there are more. While another process
 * does so nothing happens. */
int links_pass(struct db *db, bool *is_fullp);
