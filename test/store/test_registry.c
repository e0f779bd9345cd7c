/*
 * test/store/test_registry.c - lists of others that nobody on them is called
 * by, and numbers that the end of a call puts on our own
 */
#include "base/clock.h"
#include "fixture.h"
#include "store/tests.h"

#define DAY_MS INT64_C(86400000)

struct edition {
	struct fixture fx;
	int64_t edition;
	uint32_t added;
	unsigned seen; /* registries */
	struct store_registry last;
	struct store_facts facts; /* that the gate saw */
};

static void judge(struct store_verdict *verdict,
                  const struct store_facts *facts, const void *rules)
{
	struct edition *ed = *(struct edition *const *)rules;

	(void)verdict;

	ed->facts = *facts;
}

static void done_handler(int err, void *arg)
{
	struct edition *ed = arg;

	fixture_answer(&ed->fx, err);
}

static void begun_handler(int err, int64_t edition, void *arg)
{
	struct edition *ed = arg;

	ed->edition = edition;
	done_handler(err, ed);
}

static void added_handler(int err, uint32_t added, uint32_t duplicates,
                          void *arg)
{
	struct edition *ed = arg;

	(void)duplicates;

	ed->added += added;
	done_handler(err, ed);
}

static void registry_handler(const struct store_registry *registry, void *arg)
{
	struct edition *ed = arg;

	ed->seen++;
	ed->last = *registry;
}

static int answer(struct edition *ed, int err)
{
	return err ? err : fixture_wait(&ed->fx);
}

static int begin(struct edition *ed, const char *name)
{
	ed->fx.has_answer = false;
	ed->added = 0;

	return answer(ed, store_registry_begin(ed->fx.store, name,
	                                       begun_handler, ed));
}

static int add(struct edition *ed, const char *name, const char *number)
{
	const struct store_contact contact = {.number = number};
	const struct store_edition edition = {name, ed->edition};

	ed->fx.has_answer = false;

	return answer(ed, store_registry_add(ed->fx.store, &edition, &contact,
	                                     1, added_handler, ed));
}

static int publish(struct edition *ed, const char *name, int64_t age_ms)
{
	const struct store_registry registry = {
		.name = name,
		.source = "ministry",
		.published_ms = clock_wall_ms() - age_ms,
		.max_age_ms = 31 * DAY_MS,
		.numbers = ed->added,
	};

	ed->fx.has_answer = false;

	return answer(ed,
	              store_registry_publish(ed->fx.store, &registry,
	                                     ed->edition, done_handler, ed));
}

static int forget(struct edition *ed, const char *name)
{
	ed->fx.has_answer = false;

	return answer(ed, store_registry_forget(ed->fx.store, name,
	                                        done_handler, ed));
}

static int look(struct edition *ed)
{
	ed->fx.has_answer = false;
	ed->seen = 0;

	return answer(ed, store_registries(ed->fx.store, registry_handler,
	                                   done_handler, ed));
}

/* What is on the table of numbers, one behind another. */
static int numbers(char text[FIXTURE_TEXT_SIZE], struct fixture *fx)
{
	return fixture_sql(fx,
	                   "SELECT count(*) || min(number) || max(number)"
	                   " FROM registry_numbers",
	                   text);
}

int test_registry_editions(void)
{
	struct edition ed = {0};
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = fixture_start(&ed.fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&ed.fx, 4));

	CHECK_ERR(0, begin(&ed, "nation"));
	CHECK_ERR(0, add(&ed, "nation", "+15550100"));
	CHECK_ERR(0, add(&ed, "nation", "+15550101"));
	CHECK_ERR(0, add(&ed, "nation", "+15550101"));
	CHECK_U64(2, ed.added);
	CHECK_ERR(0, publish(&ed, "nation", 0));
	CHECK_ERR(0, look(&ed));
	CHECK_U64(1, ed.seen);
	CHECK_U64(2, ed.last.numbers);
	CHECK(!ed.last.is_stale);

	/* Both are refused, and it is said by which list. */
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK_STR("+15550102", ed.fx.number);
	CHECK_ERR(0, fixture_sql(&ed.fx,
	                         "SELECT count(*) || min(reason) || min(why)"
	                         " FROM targets WHERE state = 'done'",
	                         text));
	CHECK_STR("2do_not_callon the list nation", text);

	/* The next edition has lost one number: it may be called again, and
	 * what both have was never free. */
	CHECK_ERR(0, begin(&ed, "nation"));
	CHECK_ERR(0, add(&ed, "nation", "+15550101"));
	CHECK_ERR(0, numbers(text, &ed.fx));
	CHECK_STR("2+15550100+15550101", text);
	CHECK_ERR(0, publish(&ed, "nation", 0));
	CHECK_ERR(0, numbers(text, &ed.fx));
	CHECK_STR("1+15550101+15550101", text);

	/* Another list is not touched by that, nor by the end of the first. */
	CHECK_ERR(0, begin(&ed, "operator"));
	CHECK_ERR(0, add(&ed, "operator", "+15550103"));
	CHECK_ERR(0, publish(&ed, "operator", 0));
	CHECK_ERR(0, forget(&ed, "nation"));
	CHECK_ERR(ENOENT, forget(&ed, "nation"));
	CHECK_ERR(0, numbers(text, &ed.fx));
	CHECK_STR("1+15550103+15550103", text);
	CHECK_ERR(0, look(&ed));
	CHECK_U64(1, ed.seen);

out:
	fixture_end(&ed.fx);

	return err;
}

/* Whatever is not known to be the list of today stops everybody. */
int test_registry_stale(void)
{
	struct edition ed = {0};
	struct edition **rules = NULL;
	struct store_gate gate = {.judge = judge};
	int err;

	err = fixture_init(&ed.fx);
	CHECK_ERR(0, err);
	rules = mem_zalloc(sizeof(struct edition *), NULL);
	CHECK(rules);
	*rules = &ed;
	gate.rules = rules;
	CHECK_ERR(0, fixture_open(&ed.fx));
	CHECK_ERR(0, fixture_people(&ed.fx, 4));
	ed.fx.gate = &gate;

	/* An import that broke off. */
	CHECK_ERR(0, begin(&ed, "nation"));
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK(!ed.fx.has_contact);
	CHECK_STR("stale_registry", ed.fx.held_by);
	CHECK(ed.fx.next_ms > clock_wall_ms());

	/* Its age, to the millisecond. */
	CHECK_ERR(0, publish(&ed, "nation", 31 * DAY_MS));
	CHECK_ERR(0, look(&ed));
	CHECK(ed.last.is_stale);
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK_STR("stale_registry", ed.fx.held_by);

	/* A new one heals. */
	CHECK_ERR(0, begin(&ed, "nation"));
	CHECK_ERR(0, publish(&ed, "nation", 30 * DAY_MS));
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK_STR("+15550100", ed.fx.number);

	/* One that the rules name, and nobody has read. */
	gate.registries = "nation, operator";
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK(!ed.fx.has_contact);
	CHECK_STR("stale_registry", ed.fx.held_by);
	gate.registries = "nation";
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK_STR("+15550101", ed.fx.number);

out:
	fixture_end(&ed.fx);
	mem_deref(rules);

	return err;
}

/* --- what the end of a call leaves ---------------------------------------- */

static int attempt_end(struct edition *ed, const struct store_attempt_end *how)
{
	struct store_attempt_end end = *how;

	end.attempt_id = ed->fx.attempt_id;
	end.outcome = "answered";
	end.is_used = true;
	end.has_retry = true;
	ed->fx.has_answer = false;

	return answer(ed,
	              store_attempt_end(ed->fx.store, &end, done_handler, ed));
}

static int block_again(struct edition *ed)
{
	const struct store_block_prm prm = {
		.number = "+15550150",
		.reason = "said it again",
		.others = "+15550100",
		.callid = "another-call",
	};

	ed->fx.has_answer = false;

	return answer(ed,
	              store_block_scoped(ed->fx.store, &prm, done_handler, ed));
}

int test_end_blocks(void)
{
	static const struct {
		const char *why;
		struct store_attempt_end end;
		const char *reason; /* "": not on the list */
	} rowv[] = {
		/* clang-format off */
		{"a call like others", {.talk_ms = 9000}, "-"},
		{"hung up at once, for the first time",
		 {.hangup_ms = 900, .hangups_max = 2,
		  .hangup_within_ms = 2000}, "-"},
		{"hung up, not so soon",
		 {.hangup_ms = 2000, .hangups_max = 2,
		  .hangup_within_ms = 2000}, "-"},
		{"hung up at once again",
		 {.hangup_ms = 1, .hangups_max = 2, .hangup_within_ms = 2000},
		 "hung up within 2 s of the answer, 2 times"},
		/* clang-format on */
	};
	struct edition ed = {0};
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = fixture_start(&ed.fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_people(&ed.fx, 2));

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(0, fixture_claim(&ed.fx));
		CHECK_STR("+15550100", ed.fx.number);
		CHECK_ERR(0, attempt_end(&ed, &rowv[i].end));
		CHECK_ERR(0, fixture_sql(&ed.fx,
		                         "SELECT coalesce(max(reason), '-')"
		                         " FROM do_not_call",
		                         text));
		if (strcmp(rowv[i].reason, text) != 0)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].reason, text);
	}

	/* In the same transaction: the other one is next, and no claim ever
	 * sees the first as ready and not blocked. */
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK_STR("+15550101", ed.fx.number);
	CHECK_ERR(0, attempt_end(&ed, &(struct store_attempt_end){
					      .block = "said no"}));
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK(!ed.fx.has_contact);
	CHECK_ERR(0, fixture_sql(&ed.fx,
	                         "SELECT reason FROM do_not_call"
	                         " WHERE number = '+15550101'",
	                         text));
	CHECK_STR("said no", text);

out:
	fixture_end(&ed.fx);

	return err;
}

/* What somebody says at one number holds for all of theirs, and in the lists
 * of others: all or nothing, told once. */
int test_end_blocks_person(void)
{
	static const char *const otherv[] = {"+15550150", "+15550102"};
	struct edition ed = {0};
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = fixture_start(&ed.fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, store_events_on(ed.fx.store, "*"));
	CHECK_ERR(0, fixture_people(&ed.fx, 1));
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK_ERR(0, fixture_block(&ed.fx, "+15550151"));
	CHECK_ERR(0, attempt_end(&ed, &(struct store_attempt_end){
					      .block = "said no",
					      .others = "+15550150 +15550151",
				      }));
	CHECK_ERR(0, fixture_sql(&ed.fx,
	                         "SELECT count(*) FROM do_not_call WHERE"
	                         " (number, reason) IN"
	                         " (('+15550100', 'said no'),"
	                         " ('+15550150', 'at +15550100: said no'),"
	                         " ('+15550151', 'asked us to stop'))",
	                         text));
	CHECK_STR("3", text);
	CHECK_ERR(0, fixture_sql(&ed.fx,
	                         "SELECT count(*) || min(data) FROM outbox"
	                         " WHERE type = 'number.blocked'",
	                         text));
	CHECK(text[0] == '1' && strstr(text, "\"+15550100\""));

	/* A contact of another list, in another campaign. */
	CHECK_ERR(0, fixture_list(&ed.fx, "others"));
	CHECK_ERR(0, fixture_add(&ed.fx, ed.fx.list_id, otherv, 2));
	CHECK_ERR(0, fixture_campaign(&ed.fx, "other calls"));
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK_STR("+15550102", ed.fx.number);

	/* Nothing new: nothing is told. */
	CHECK_ERR(0, attempt_end(&ed, &(struct store_attempt_end){
					      .outcome = "answered"}));
	CHECK_ERR(0, block_again(&ed));
	CHECK_ERR(0, fixture_sql(&ed.fx,
	                         "SELECT count(*) FROM outbox"
	                         " WHERE type = 'number.blocked'",
	                         text));
	CHECK_STR("1", text);

out:
	fixture_end(&ed.fx);

	return err;
}

/* A talk that broke off, by its line or with our process, is known to every
 * campaign. */
int test_end_dropped(void)
{
	struct edition ed = {0};
	struct edition **rules = NULL;
	struct store_gate gate = {.judge = judge};
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = fixture_init(&ed.fx);
	CHECK_ERR(0, err);
	rules = mem_zalloc(sizeof(struct edition *), NULL);
	CHECK(rules);
	*rules = &ed;
	gate.rules = rules;
	CHECK_ERR(0, fixture_open(&ed.fx));
	CHECK_ERR(0, fixture_people(&ed.fx, 1));
	ed.fx.gate = &gate;

	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK_ERR(0, attempt_end(&ed, &(struct store_attempt_end){0}));
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK_I64(0, ed.facts.dropped_ms);
	CHECK_ERR(0, attempt_end(&ed, &(struct store_attempt_end){
					      .is_dropped = true}));
	CHECK_ERR(0, fixture_campaign(&ed.fx, "another"));
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK(ed.facts.dropped_ms > clock_wall_ms() - DAY_MS);
	CHECK_ERR(0, fixture_sql(&ed.fx, "UPDATE attempts SET is_dropped = 0",
	                         text));

	/* Answered when our process died. */
	CHECK_ERR(0, store_attempt_state(ed.fx.store, ed.fx.attempt_id,
	                                 "answered", NULL));
	fixture_close(&ed.fx);
	CHECK_ERR(0, fixture_sql(&ed.fx,
	                         "UPDATE workers SET lease_until_ms = 1 WHERE"
	                         " lease_until_ms > 0",
	                         text));
	CHECK_ERR(0, fixture_open(&ed.fx));
	CHECK_ERR(0, fixture_campaign(&ed.fx, "another"));
	CHECK_U64(1, ed.fx.campaign.in_doubt);
	CHECK_ERR(0, fixture_campaign(&ed.fx, "a third"));
	CHECK_ERR(0, fixture_claim(&ed.fx));
	CHECK(ed.facts.dropped_ms > clock_wall_ms() - DAY_MS);

out:
	fixture_end(&ed.fx);
	mem_deref(rules);

	return err;
}
