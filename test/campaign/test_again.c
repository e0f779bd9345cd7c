/*
 * test/campaign/test_again.c - who is called again, and when
 */
#include "base/clock.h"
#include "campaign/line.h"
#include "campaign/rules.h"
#include "campaign/tests.h"
#include "phone/phone.h"

static int rules_give(struct line *line, const char *key, const char *text)
{
	char reason[RULES_REASON_SIZE];
	int err;

	err = rules_alloc(&line->prm.rules, NULL);

	return err ? err : rules_set(line->prm.rules, key, text, reason);
}

/* Busy twice is enough; the line's own failures are no tries. */
int test_again_retry(void)
{
	static struct line line;
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = line_init(&line, &fx, 3);
	CHECK_ERR(0, err);
	CHECK_ERR(0, rules_give(&line, "retry", "busy 0 x2"));
	line.end.outcome = OUTCOME_BUSY;
	CHECK_ERR(0, line_run(&line));
	CHECK_STR("", line.fault);
	CHECK_U64(6, line.placed);
	CHECK_U64(3, line.progress.ended);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) || ' ' || sum(tries) || "
	                         "min(state) FROM targets",
	                         text));
	CHECK_STR("3 6done", text);
	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT min(allowed) FROM attempts", text));
	CHECK(strstr(text, "not blocked; any hour; calls before: 0"));

out:
	mem_deref(line.prm.rules);
	line_end(&line, &fx);

	return err;
}

/* A number that is none: the next one, then no more; who says stop there is
 * called at none of them. */
int test_again_other_number(void)
{
	static struct line line;
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE], reason[RULES_REASON_SIZE];
	int err;

	err = line_init(&line, &fx, 1);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE contacts SET variables = "
	                         "'{\"mobile\":\"+15550150\"}'",
	                         text));
	CHECK_ERR(0, rules_give(&line, "retry", "bad_number 0 x3 other"));
	CHECK_ERR(0,
	          rules_set(line.prm.rules, "other_numbers", "mobile", reason));
	line.end.outcome = OUTCOME_BAD_NUMBER;
	CHECK_ERR(0, line_run(&line));
	CHECK_U64(3, line.placed);
	CHECK_STR("+15550100", line.numberv[0]);
	CHECK_STR("+15550150", line.numberv[1]);
	CHECK_STR("+15550100", line.numberv[2]);
	CHECK_ERR(0,
	          fixture_sql(&fx,
	                      "SELECT count(*) || min(t.state) FROM targets t, "
	                      "attempts WHERE attempts.number = '+15550150'",
	                      text));
	CHECK_STR("1done", text);

	CHECK_ERR(0, fixture_sql(&fx,
	                         "UPDATE targets SET state = 'ready', due_ms = "
	                         "0, tries = 0, number = '+15550150'",
	                         text));
	line.is_opt_out = true;
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_ERR(0, line_run(&line));
	CHECK_U64(4, line.placed);
	CHECK_STR("+15550150", line.numberv[3]);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) || min(number) || max(number)"
	                         " || (SELECT state FROM targets) FROM "
	                         "do_not_call",
	                         text));
	CHECK_STR("2+15550100+15550150done", text);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT reason LIKE 'at +15550150: said so in"
	                         " call %' FROM do_not_call"
	                         " WHERE number = '+15550100'",
	                         text));
	CHECK_STR("1", text);

out:
	mem_deref(line.prm.rules);
	line_end(&line, &fx);

	return err;
}

/* Whose numbers they all are: those of the columns, as they are dialled. */
int test_again_numbers(void)
{
	static const struct {
		const char *why;
		const char *columns, *number; /* that is called */
		const char *first, *others;
	} rowv[] = {
		/* clang-format off */
		{"no column is named", "", "+15550100", "+15550100", ""},
		{"the first is called", "mobile, office", "+15550100",
		 "+15550100", "+15550150 +79990000001"},
		{"another one is", "mobile, office", "+15550150",
		 "+15550100", "+15550100 +79990000001"},
		{"one that stands twice, one that is none, one that is not",
		 "mobile, again, note, nothing", "+15550100", "+15550100",
		 "+15550150"},
		{"the first number once more", "own, mobile", "+15550150",
		 "+15550100", "+15550100"},
		{"an extension", "mobile", "+15550150", "anna", "anna"},
		/* clang-format on */
	};
	static const struct store_var varv[] = {
		{"mobile", "+1 555 0150"}, {"office", "8 (999) 000-00-01"},
		{"again", "+15550150"},    {"note", "in the evening"},
		{"own", "+1-555-01-00"},   {"other", "+15550151"},
	};
	char text[RULES_NUMBERS_SIZE], reason[RULES_REASON_SIZE];
	struct rules *rules = NULL;
	int err;

	err = rules_alloc(&rules, NULL);
	CHECK_ERR(0, err);
	(void)snprintf(rules->country, sizeof(rules->country), "RU");
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct store_contact contact = {
			.number = rowv[i].number,
			.varv = varv,
			.varc = ARRAY_COUNT(varv),
		};

		CHECK_ERR(0, rules_set(rules, "other_numbers", rowv[i].columns,
		                       reason));
		rules_numbers(rules, &contact, rowv[i].first, text);
		if (strcmp(rowv[i].others, text) != 0)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].others, text);
	}
	CHECK_ERR(0, rules_set(rules, "other_numbers",
	                       "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p", reason));
	CHECK_ERR(EINVAL,
	          rules_set(rules, "other_numbers",
	                    "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", reason));
	CHECK(strstr(reason, "too many"));

out:
	mem_deref(rules);

	return err;
}

/* Who asked for a time is called then and before the others, whatever the
 * outcome was; who said stop is not. */
int test_again_promise(void)
{
	static struct line line;
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE];
	int64_t due_ms;
	int err;

	err = line_init(&line, &fx, 1);
	CHECK_ERR(0, err);
	line.callback_at = "+2h";
	CHECK_ERR(0, line_begin(&line));
	while (!line.placed || line.live)
		line_turn(LINE_CALL_MS);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	due_ms = fx.next_ms - clock_wall_ms();
	CHECK(due_ms > 7100000 && due_ms <= 7200000);
	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT state || rank FROM targets", text));
	CHECK_STR("ready1", text);
	line.dialer = mem_deref(line.dialer);

	CHECK_ERR(0, fixture_sql(&fx, "UPDATE targets SET due_ms = 0", text));
	line.is_opt_out = true;
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_ERR(0, line_run(&line));
	CHECK_U64(2, line.placed);
	CHECK_ERR(0, fixture_sql(&fx, "SELECT state FROM targets", text));
	CHECK_STR("done", text);

out:
	line_end(&line, &fx);

	return err;
}

/* A campaign that is paused waits and says so; ended, its dialer ends. */
int test_again_paused(void)
{
	static struct line line;
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = line_init(&line, &fx, 4);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_sql(&fx, "UPDATE campaigns SET state = 'paused'",
	                         text));
	CHECK_ERR(0, line_begin(&line));
	CHECK_ERR(0, line_until_waiting(&line));
	CHECK_U64(0, line.placed);
	CHECK_STR("the campaign is paused", line.progress.waiting);

	CHECK_ERR(0, fixture_sql(&fx, "UPDATE campaigns SET state = 'done'",
	                         text));
	CHECK_ERR(0, fixture_wait(&fx));
	CHECK_U64(0, line.placed);
	CHECK_STR("", line.fault);

out:
	line_end(&line, &fx);

	return err;
}
