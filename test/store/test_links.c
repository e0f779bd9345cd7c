/*
 * test/store/test_links.c - whoever changes what a call was is found out
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fixture.h"
#include <re_tmr.h>
#include "oom.h"
#include "store/chain.h"
#include "store/schema.h"
#include "store/tests.h"

enum {
	SINGLES = 9,
	LOOKS_MAX = 200, /* of LOOK_MS */
	LOOK_MS = 100,
	STEP_BEFORE = 18, /* of the schema: without links */
};

static const struct store_call single = {
	.direction = "out",
	.number = "+15550101",
	.line = "main",
	.script = "visit",
	.script_version = "3",
	.outcome = "answered",
	.start_ms = 1000,
	.answer_ms = 2000,
	.end_ms = 3000,
	.label = "confirmed",
	.heard = "yes",
};

static int single_put(struct fixture *fx, const char *callid)
{
	struct store_call call = single;

	call.callid = callid;

	return fixture_call(fx, &call);
}

/* What was to be linked is. */
static int settle(struct fixture *fx)
{
	fixture_close(fx);

	return fixture_open(fx);
}

/* "call-0" to "call-8", one call of a campaign with its attempt, and one that
 * nobody answered, the last. */
static int begin(struct fixture *fx)
{
	struct store_call call = single;
	char callid[16];
	int err;

	err = fixture_start(fx);
	for (int i = 0; i < SINGLES && !err; i++) {
		(void)snprintf(callid, sizeof(callid), "call-%d", i);
		err = single_put(fx, callid);
	}
	if (!err)
		err = fixture_people(fx, 2);
	if (!err)
		err = fixture_claim(fx);
	if (err)
		return err;

	call.callid = fx->call_id;
	call.attempt_id = fx->attempt_id;
	call.number = fx->number;
	err = fixture_call(fx, &call);
	if (!err)
		err = fixture_attempt_end(fx, "answered", true, 0);
	if (!err)
		err = fixture_claim(fx);
	if (!err)
		err = fixture_attempt_end(fx, "busy", true, 0);

	return err ? err : settle(fx);
}

static const struct {
	const char *why, *sql;
	const char *kind, *callid; /* NULL: the last attempt */
	unsigned flaws;
} tamperv[] = {
	/* clang-format off */
	{"one byte of a row",
	 "UPDATE calls SET label = 'confirmee' WHERE callid = 'call-0'",
	 "row_changed", "call-0", 1},
	{"when it began",
	 "UPDATE calls SET start_ms = 1001 WHERE callid = 'call-1'",
	 "row_changed", "call-1", 1},
	{"whom it was with",
	 "UPDATE calls SET number = '+15550102' WHERE callid = 'call-2'",
	 "number_changed", "call-2", 1},
	{"a row that is gone",
	 "DELETE FROM calls WHERE callid = 'call-3'",
	 "row_missing", "call-3", 1},
	{"a number that goes as if it were erased",
	 "UPDATE calls SET number = 'erased:00' WHERE callid = 'call-4'",
	 "number_changed", "call-4", 1},
	{"one word of a link",
	 "UPDATE links SET outcome = 'busy' WHERE callid = 'call-5'",
	 "link_changed", "call-5", 1},
	{"the hash of a link",
	 "UPDATE links SET hash = 'f' WHERE callid = 'call-6'",
	 "link_changed", "call-6", 1},
	{"the salt of a link",
	 "UPDATE links SET salt = '00' WHERE callid = 'call-6'",
	 "number_changed", "call-6", 1},
	{"a link that is gone; its call has none then",
	 "DELETE FROM links WHERE callid = 'call-7'",
	 "unlinked", "call-7", 2},
	{"a call that never was",
	 "INSERT INTO calls (callid, direction, number, line, script,"
	 " script_version, outcome, start_ms, answer_ms, end_ms,"
	 " label, intention, class_letter, heard, variables, counters,"
	 " recording, media) VALUES ('by-hand', 'out', '+15550109',"
	 " 'main', '', '', 'busy', 1, 0, 2, '', 0, '', '', '{}', '{}',"
	 " '', '{}')",
	 "unlinked", "by-hand", 1},
	{"what was shown to somebody who did not answer",
	 "UPDATE attempts SET caller_id = '+15550199'"
	 " WHERE outcome = 'busy'",
	 "row_changed", NULL, 1},
	/* clang-format on */
};

/* Each of them on top of those before: one more flaw, of that call. */
int test_links_flaws(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	uint64_t flaws = 0;
	int err;

	err = begin(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(SINGLES + 2, fx.verified.links);
	CHECK_U64(SINGLES + 2, fx.verified.calls);
	CHECK_U64(0, fx.verified.flaws + fx.verified.waiting);

	for (size_t i = 0; i < ARRAY_COUNT(tamperv); i++) {
		const char *callid = tamperv[i].callid;

		CHECK_ERR(0, fixture_sql(&fx, tamperv[i].sql, text));
		CHECK_ERR(0, fixture_verify(&fx, NULL, tamperv[i].kind,
		                            callid ? callid : fx.call_id));
		flaws += tamperv[i].flaws;
		if (!fx.has_flaw || fx.verified.flaws != flaws)
			fprintf(stderr, "row %zu: %s\n", i, tamperv[i].why);
		CHECK(fx.has_flaw);
		CHECK_U64(flaws, fx.verified.flaws);
	}

	/* Nor does it help to have a new link made. */
	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE calls SET outcome = 'busy'"
	                         " WHERE callid = 'call-8'",
	                         text));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "INSERT INTO unlinked (callid)"
	                         " VALUES ('call-8')",
	                         text));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, fixture_verify(&fx, NULL, "written_again", "call-8"));
	CHECK(fx.has_flaw);
	CHECK_U64(flaws + 1, fx.verified.flaws);

out:
	fixture_end(&fx);

	return err;
}

/* Who cuts calls off together with their links is found out by who has noted
 * where the chain ended; so is who makes all of it anew. */
int test_links_noted(void)
{
	char text[FIXTURE_TEXT_SIZE];
	struct store_head noted;
	struct fixture fx;
	int err;

	err = begin(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	noted = fx.verified.head;
	CHECK_I64(SINGLES + 2, noted.seq);
	CHECK_ERR(0, single_put(&fx, "later"));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, fixture_verify(&fx, &noted, NULL, NULL));
	CHECK_U64(0, fx.verified.flaws);

	noted.hash[0] = noted.hash[0] == '0' ? '1' : '0';
	CHECK_ERR(0, fixture_verify(&fx, &noted, "rewritten", ""));
	CHECK(fx.has_flaw);

	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	noted = fx.verified.head;
	CHECK_ERR(0,
	          fixture_sql(&fx, "DELETE FROM links WHERE callid = 'later'",
	                      text));
	CHECK_ERR(0,
	          fixture_sql(&fx, "DELETE FROM calls WHERE callid = 'later'",
	                      text));
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(0, fx.verified.flaws);
	CHECK_ERR(0, fixture_verify(&fx, &noted, "cut", ""));
	CHECK(fx.has_flaw);

out:
	fixture_end(&fx);

	return err;
}

/* Whether so many heads were told, each of them of a link that is there. */
static int told_check(struct fixture *fx, const char *count)
{
	char text[FIXTURE_TEXT_SIZE];
	int err = 0;

	CHECK_ERR(0, fixture_sql(fx, "SELECT count(*) FROM outbox", text));
	CHECK_STR(count, text);
	CHECK_ERR(0, fixture_sql(fx,
	                         "SELECT count(*) FROM outbox o JOIN links l ON"
	                         " o.data LIKE '%\"' || l.seq || ':' || l.hash"
	                         " || '\"%'",
	                         text));
	CHECK_STR(count, text);

out:
	return err;
}

/* Where the chain ends is told once a day and at the end of a process, and only
 * when it is news. */
int test_links_told(void)
{
	static const char yesterday_sql[] = "UPDATE outbox SET at_ms = 0";
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, store_events_on(fx.store, "audit.head"));
	CHECK_ERR(0, fixture_heads_tell(&fx, true));
	CHECK_ERR(0, told_check(&fx, "0"));
	CHECK_ERR(0, single_put(&fx, "call-0"));
	CHECK_ERR(0, fixture_heads_tell(&fx, true));
	CHECK_ERR(0, told_check(&fx, "1"));
	CHECK_ERR(0, fixture_heads_tell(&fx, true));
	CHECK_ERR(0, fixture_sql(&fx, yesterday_sql, text));
	CHECK_ERR(0, fixture_heads_tell(&fx, false));
	CHECK_ERR(0, told_check(&fx, "1"));

	/* News of the next day; then of the same day. */
	CHECK_ERR(0, single_put(&fx, "call-1"));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, store_events_on(fx.store, "audit.head"));
	CHECK_ERR(0, fixture_heads_tell(&fx, false));
	CHECK_ERR(0, told_check(&fx, "2"));
	CHECK_ERR(0, single_put(&fx, "call-2"));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, store_events_on(fx.store, "audit.head"));
	CHECK_ERR(0, fixture_heads_tell(&fx, false));
	CHECK_ERR(0, told_check(&fx, "2"));
	CHECK_ERR(0, fixture_heads_tell(&fx, true));
	CHECK_ERR(0, told_check(&fx, "3"));

	/* Nobody wants it. */
	CHECK_ERR(0, single_put(&fx, "call-3"));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, store_events_on(fx.store, "call.ended"));
	CHECK_ERR(0, fixture_heads_tell(&fx, true));
	CHECK_ERR(0, told_check(&fx, "3"));

out:
	fixture_end(&fx);

	return err;
}

static void look_timer(void *arg)
{
	struct fixture *fx = arg;

	fx->has_answer = true;
	fx->err = 0;
	loop_stop();
}

/* While a process runs, links come by themselves; a call that was in doubt when
 * it began gets another one when it is over. */
int test_links_follow(void)
{
	struct store_call call = single;
	struct fixture fx;
	struct tmr tmr;
	int err;

	tmr_init(&tmr);
	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	call.callid = "call-0";
	call.outcome = "in_doubt";
	call.end_ms = call.answer_ms = 0;
	CHECK_ERR(0, fixture_call(&fx, &call));
	for (int i = 0; i < LOOKS_MAX && !fx.verified.links; i++) {
		fx.has_answer = false;
		tmr_start(&tmr, LOOK_MS, look_timer, &fx);
		CHECK_ERR(0, fixture_wait(&fx));
		CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	}
	CHECK_U64(1, fx.verified.links);

	CHECK_ERR(0, single_put(&fx, "call-0"));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(2, fx.verified.links);
	CHECK_U64(1, fx.verified.calls);
	CHECK_U64(0, fx.verified.flaws);

	/* The same once more is nothing new. */
	CHECK_ERR(0, single_put(&fx, "call-0"));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(2, fx.verified.links);

out:
	tmr_cancel(&tmr);
	fixture_end(&fx);

	return err;
}

static void child_main(void)
{
	struct fixture fx;

	if (fixture_init(&fx) || fixture_open(&fx) || single_put(&fx, "call-0"))
		_exit(1);
	(void)kill(getpid(), SIGKILL);
}

/* Killed between the end of a call and its link: the next one makes it. */
int test_links_killed(void)
{
	char fault[CFG_FAULT_SIZE];
	struct fixture fx;
	int err, status = 0;
	pid_t pid;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	fixture_end(&fx);
	pid = fork();
	if (!pid)
		child_main();
	(void)waitpid(pid, &status, 0);

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK(WIFSIGNALED(status));
	CHECK_ERR(0, store_open_reader(&fx.store, fx.path, fx.pool, fault));
	CHECK_ERR(0, fixture_verify(&fx, NULL, "waiting", "call-0"));
	CHECK(fx.has_flaw);
	fixture_close(&fx);

	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(1, fx.verified.links);
	CHECK_U64(0, fx.verified.flaws);

out:
	fixture_end(&fx);

	return err;
}

/* Calls of an older version come into the chain, and say so. */
int test_links_of_before(void)
{
	static const char calls_sql[] =
		"INSERT INTO calls (callid, direction, number, line, script,"
		" script_version, outcome, start_ms, answer_ms, end_ms, label,"
		" intention, class_letter, heard, variables, counters,"
		" recording, media) VALUES ('old', 'out', '+15550101', 'main',"
		" 'visit', '1', 'busy', 1, 0, 2, '', 0, '', '', '{}', '{}',"
		" '', '{}')";
	char fault[CFG_FAULT_SIZE], text[FIXTURE_TEXT_SIZE];
	struct db *db = NULL;
	struct fixture fx;
	int err;

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, db_open(&db, fx.path, fault));
	CHECK_ERR(0, schema_migrate(db, schema_stepv, STEP_BEFORE, fault));
	CHECK_ERR(0, db_script(db, calls_sql));
	CHECK_ERR(0, schema_migrate(db, schema_stepv, schema_stepc, fault));
	db = mem_deref(db);

	CHECK_ERR(0, store_open_reader(&fx.store, fx.path, fx.pool, fault));
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(1, fx.verified.waiting);
	CHECK_U64(0, fx.verified.flaws);
	fixture_close(&fx);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, settle(&fx));
	CHECK_ERR(0, fixture_verify(&fx, NULL, NULL, NULL));
	CHECK_U64(0, fx.verified.waiting + fx.verified.flaws);
	CHECK_ERR(0, fixture_sql(&fx, "SELECT why FROM links", text));
	CHECK_STR("before", text);

out:
	mem_deref(db);
	fixture_end(&fx);

	return err;
}

/* No word can lend to the next, and nothing is not the empty word. */
int test_links_words(void)
{
	static const char *const rowv[][2] = {
		{"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"abc", NULL}};
	char hashv[ARRAY_COUNT(rowv)][CHAIN_HASH_SIZE];
	char text[CHAIN_HASH_SIZE + 8];
	struct mbuf *mb, nothing = {.size = 0};
	struct store_head head;
	int err;

	/* OpenSSL does not survive a lack of memory while it begins. */
	oom_pause();
	(void)chain_hash(text, &nothing);
	oom_resume();

	mb = mbuf_alloc(1);
	err = mb ? 0 : ENOMEM;
	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !err; i++) {
		mbuf_rewind(mb);
		err = chain_word(mb, rowv[i][0]);
		if (!err)
			err = chain_word(mb, rowv[i][1]);
		if (!err)
			err = chain_hash(hashv[i], mb);
		for (size_t k = 0; k < i && !err; k++)
			CHECK(strcmp(hashv[i], hashv[k]) != 0);
	}
	if (err)
		goto out;

	/* SHA-256 of " 2:ab 1:c", by another program. */
	CHECK_STR("e6f974db9628abd57232cd18f7ad63c2fceaefe16c5b0aaec302a80eac0b"
	          "a7d0",
	          hashv[0]);
	(void)snprintf(text, sizeof(text), "17:%s", hashv[0]);
	CHECK(store_head_read(&head, text));
	CHECK_I64(17, head.seq);
	CHECK_STR(hashv[0], head.hash);
	text[strlen(text) - 1] = 'g';
	CHECK(!store_head_read(&head, text));
	CHECK(!store_head_read(&head, "17"));
	CHECK(!store_head_read(&head, hashv[0]));

out:
	mem_deref(mb);

	return err;
}
