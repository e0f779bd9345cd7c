/*
 * test/campaign/test_group.c - several lines, numbers to redial
 */
#include "base/clock.h"
#include "campaign/group.h"
#include "campaign/line.h"
#include "campaign/tests.h"
#include <re_tmr.h>

static const struct phone_end broken = {
	.outcome = OUTCOME_LINE_FAILED,
	.sip_code = 500,
	.reason = "Broken",
};
static const struct phone_end busy = {.outcome = OUTCOME_BUSY,
                                      .reason = "Busy"};
static const struct phone_end slow = {
	.outcome = OUTCOME_LINE_CONGESTED,
	.sip_code = 503,
	.reason = "Slow",
	.retry_after_s = 7,
};

static const struct phone_end silent = {.outcome = OUTCOME_NETWORK_TIMEOUT,
                                        .reason = ""};
static const struct phone_end late = {
	.outcome = OUTCOME_NETWORK_TIMEOUT, .sip_code = 408, .reason = ""};
static const struct phone_end mistrusted = {
	.outcome = OUTCOME_IDENTITY_FAILED,
	.sip_code = 437,
	.reason = "Unsupported Credential",
};

/* Two lines in the first tier, one in the second. */
static const struct dialer_line linev[] = {
	{.name = "a", .calls_max = 2, .fault_threshold = 2},
	{.name = "b", .calls_max = 4, .fault_threshold = 2, .rest_ms = 50},
	{.name = "spare", .tier = 1},
};

/* The names of the lines that so many claims get at that moment. */
static const char *picks(struct group *group, unsigned n, uint64_t now_ms)
{
	static char words[64];
	uint64_t wait_ms = 0;

	words[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		int line = group_pick(group, now_ms, &wait_ms);
		size_t used = strlen(words);

		if (line == GROUP_NONE) {
			(void)snprintf(words + used, sizeof(words) - used, "%s",
			               wait_ms == GROUP_LATER ? "." : "!");
			break;
		}
		(void)snprintf(words + used, sizeof(words) - used, "%s ",
		               group->linev[line].name);
		group_take(group, (size_t)line);
		group_claimed(group, (size_t)line);
	}

	return words;
}

static void end(struct group *group, size_t line, const struct phone_end *how,
                uint64_t now_ms)
{
	group_give(group, line);
	group_pause(group, line, now_ms);
	(void)group_learn(group, line, how, now_ms - 1, now_ms);
}

static int set_up(struct group *group)
{
	memset(group, 0, sizeof(*group));
	group->may_probe = true;

	return group_init(group, linev, ARRAY_COUNT(linev), 1000);
}

/* Two campaigns have one line together: never more calls than it takes, and
 * who came late gets its part as soon as calls end. */
int test_group_shared(void)
{
	static struct group first, second;
	struct dialer_share share = {0};
	const struct dialer_line line = {
		.name = "a",
		.calls_max = 4,
		.share = &share,
	};
	int err;

	memset(&first, 0, sizeof(first));
	memset(&second, 0, sizeof(second));
	err = group_init(&first, &line, 1, 1000);
	CHECK_ERR(0, err);

	/* Alone it has all of them. */
	CHECK_STR("a a a a .", picks(&first, 9, 1000));
	err = group_init(&second, &line, 1, 1000);
	CHECK_ERR(0, err);
	CHECK_STR("!", picks(&second, 9, 1000));
	CHECK_U64(2, share.users);

	/* The second is hungry: the first waits, though a channel is free. */
	group_give(&first, 0);
	CHECK_STR("!", picks(&first, 9, 1010));
	CHECK_STR("a !", picks(&second, 9, 1020));
	group_give(&first, 0);
	CHECK_STR("!", picks(&first, 9, 1030));
	CHECK_STR("a !", picks(&second, 9, 1040));
	CHECK_U64(4, share.busy);

	/* Each has its part. */
	CHECK_STR("!", picks(&first, 9, 1050));
	group_give(&second, 0);
	CHECK_STR("a !", picks(&second, 9, 1060));

	/* Who is hungry no more stands in nobody's way, nor does who ended. */
	group_give(&second, 0);
	CHECK_STR("a !", picks(&first, 9, 5000));
	group_clear(&second);
	CHECK_U64(3, share.busy);
	CHECK_STR("a .", picks(&first, 9, 5010));

out:
	group_clear(&first);
	group_clear(&second);

	return err;
}

/* The spare line is for failures, not for more calls at once. */
int test_group_tiers(void)
{
	static struct group group;
	int err;

	err = set_up(&group);
	CHECK_ERR(0, err);
	CHECK_STR("a b b a b b .", picks(&group, 9, 1000));

	/* A channel of b pauses after its call. */
	end(&group, 1, &busy, 1000);
	CHECK_STR("!", picks(&group, 1, 1020));
	CHECK_STR("b .", picks(&group, 2, 1051));

	/* One fails: the other one is there, full as it is. Both: the spare
	 * one. */
	end(&group, 0, &broken, 2000);
	CHECK_STR("!", picks(&group, 1, 2001));
	end(&group, 1, &broken, 2002);
	CHECK_STR("spare spare ", picks(&group, 2, 2003));

	/* Their rest is over. */
	CHECK(strncmp("spare", picks(&group, 1, 3100), 5) != 0);

out:
	group_clear(&group);

	return err;
}

/* Who was refused is not told that there is no other line because that one is
 * just claiming its next call. */
int test_group_has_other(void)
{
	static const struct dialer_line pairv[] = {
		{.name = "a"},
		{.name = "b",
	         .tier = 1,
	         .calls_max = 2,
	         .calls_per_s = 40,
	         .fault_threshold = 1},
	};
	static struct group group;
	int err;

	memset(&group, 0, sizeof(group));
	group.may_probe = true;
	err = group_init(&group, pairv, ARRAY_COUNT(pairv), 1000);
	CHECK_ERR(0, err);
	CHECK(group_has_other(&group, 0, 1000));
	group_take(&group, 1);
	CHECK(group_has_other(&group, 0, 1001));

	/* It is full, and it fails. */
	group_take(&group, 1);
	CHECK(!group_has_other(&group, 0, 1002));
	group_claimed(&group, 1);
	group_claimed(&group, 1);
	end(&group, 1, &busy, 1003);
	CHECK(group_has_other(&group, 0, 1004));
	end(&group, 1, &broken, 1005);
	CHECK(!group_has_other(&group, 0, 1006));

out:
	group_clear(&group);

	return err;
}

/* Congestion is no failure: the line is given its time. */
int test_group_congested(void)
{
	static struct group group;
	uint64_t wait_ms;
	int err;

	err = set_up(&group);
	CHECK_ERR(0, err);
	(void)picks(&group, 6, 1000);
	end(&group, 0, &slow, 1100);
	end(&group, 1, &slow, 1100);
	CHECK_I64(GROUP_NONE, group_pick(&group, 1200, &wait_ms));
	CHECK_U64(6900, wait_ms);
	CHECK_STR("the line asked us to slow down",
	          group_waiting(&group, 1200));
	CHECK(group_pick(&group, 8101, &wait_ms) != GROUP_NONE);

out:
	group_clear(&group);

	return err;
}

/* Failing on and on, it is asked before anybody is called over it. */
int test_group_asks(void)
{
	static struct group group;
	int err;

	err = set_up(&group);
	CHECK_ERR(0, err);
	(void)picks(&group, 6, 1000);
	end(&group, 0, &broken, 1100);
	CHECK_I64(GROUP_NONE, group_to_ask(&group, 9000));
	end(&group, 0, &broken, 2500);

	/* The second round: it rests for two seconds. */
	CHECK_I64(GROUP_NONE, group_to_ask(&group, 4000));
	CHECK_U64(500, group_ask_wait(&group, 4000));
	CHECK_I64(0, group_to_ask(&group, 4500));
	CHECK_I64(GROUP_NONE, group_to_ask(&group, 4500));
	group_asked(&group, 0, ETIMEDOUT, "no answer", 5000);
	CHECK_U64(4000, group_ask_wait(&group, 5000));
	CHECK_I64(0, group_to_ask(&group, 9000));
	group_asked(&group, 0, 0, "", 9001);
	CHECK_U64(GROUP_LATER, group_ask_wait(&group, 9001));

	/* Silence is a failure too; 408 of somebody is an answer. */
	CHECK_U64(0, group_learn(&group, 0, &late, 9001, 9002));
	CHECK(group_learn(&group, 0, &silent, 9001, 9002) > 0);
	(void)group_learn(&group, 0, &busy, 9001, 9003);
	group.linev[0].rest_until_ms = 0;
	CHECK_STR("a a .", picks(&group, 3, 9002));

out:
	group_clear(&group);

	return err;
}

/* Who calls is not believed. */
int test_group_mistrusted(void)
{
	static struct group group;
	int err;

	err = set_up(&group);
	CHECK_ERR(0, err);

	/* Nobody takes our calls: the line rests, all wait as long. */
	CHECK_U64(1000, group_learn(&group, 0, &mistrusted, 1100, 1200));
	CHECK_U64(2200, group.linev[0].rest_until_ms);
	CHECK_U64(2000, group_learn(&group, 0, &mistrusted, 2300, 2400));
	CHECK(group.linev[0].is_faulty);

	/* Others do: who is of that network waits, the line no longer than
	 * for any failure. */
	CHECK_U64(0, group_learn(&group, 0, &busy, 5000, 5100));
	CHECK_U64(900000, group_learn(&group, 0, &mistrusted, 5200, 5300));
	CHECK_U64(6300, group.linev[0].rest_until_ms);
	CHECK(!group.linev[0].is_faulty);
	CHECK_U64(900000, group_learn(&group, 1, &mistrusted, 5200, 5300));

out:
	group_clear(&group);

	return err;
}

/* It works and is asked all the same; two silences are no call to anybody and
 * the next tier stands in. */
int test_group_asks_in_time(void)
{
	static struct group group;
	int err;

	err = set_up(&group);
	CHECK_ERR(0, err);
	group.linev[0].prm.ask_ms = 30000;
	group.linev[0].prm.fault_threshold = 2;
	CHECK_I64(0, group_to_ask(&group, 1000));
	CHECK_I64(GROUP_NONE, group_to_ask(&group, 1000));
	group_asked(&group, 0, 0, "", 1010);
	CHECK_U64(29990, group_ask_wait(&group, 1010));
	CHECK_I64(GROUP_NONE, group_to_ask(&group, 30999));

	CHECK_I64(0, group_to_ask(&group, 31000));
	group_asked(&group, 0, ETIMEDOUT, "no answer", 36000);
	CHECK(!group.linev[0].is_faulty);
	CHECK_I64(0, group_to_ask(&group, 61000));
	group_asked(&group, 0, ETIMEDOUT, "no answer", 66000);
	CHECK(group.linev[0].is_faulty);

	/* It is late: that counts, and its failure not once more; the answer
	 * that comes at last does. */
	group.linev[1].prm.ask_ms = 1000;
	CHECK_I64(0, group_to_ask(&group, 70000));
	CHECK_I64(1, group_to_ask(&group, 70000));
	group_ask_late(&group, 1, 72000);
	CHECK_U64(1, group.linev[1].trouble.rounds);
	CHECK_U64(73000, group.linev[1].rest_until_ms);
	CHECK_STR("spare ", picks(&group, 1, 72001));
	group_asked(&group, 1, ETIMEDOUT, "no answer", 78000);
	CHECK_U64(1, group.linev[1].trouble.rounds);
	CHECK_I64(1, group_to_ask(&group, 78000));
	group_ask_late(&group, 1, 80000);
	CHECK(group.linev[1].is_faulty);
	CHECK_STR("spare ", picks(&group, 1, 85000));
	group_asked(&group, 1, 0, "", 85001);
	CHECK_STR("b ", picks(&group, 1, 85002));

	/* Nobody has said that lines may be asked. */
	group.may_probe = false;
	group.linev[0].is_faulty = false;
	group.linev[1].is_faulty = false;
	CHECK_U64(GROUP_LATER, group_ask_wait(&group, 99000));

out:
	group_clear(&group);

	return err;
}

/* A line that comes and goes has to answer three times in a row. */
int test_group_answers_in_a_row(void)
{
	static const int errv[] = {0, 0, EIO, 0, 0, 0};
	static struct group group;
	int err;

	err = set_up(&group);
	CHECK_ERR(0, err);
	group.linev[0].prm.ask_ms = 5000;
	group.linev[0].prm.options_back = 3;
	group.linev[0].is_faulty = true;
	for (uint64_t i = 0; i < ARRAY_COUNT(errv); i++) {
		CHECK(group.linev[0].is_faulty);
		CHECK_I64(0, group_to_ask(&group, 5000 * i));
		group_asked(&group, 0, errv[i], "", 5000 * i);
		CHECK_I64(GROUP_NONE, group_to_ask(&group, 5000 * i));
	}
	CHECK(!group.linev[0].is_faulty);

out:
	group_clear(&group);

	return err;
}

int test_group_redial_rules(void)
{
	static const struct {
		const char *why;
		const char *codes, *not ;
		unsigned sip_code, q850;
		uint32_t tries;
		bool is_due;
		uint32_t duration_ms, talk_ms;
	} rowv[] = {
		/* clang-format off */
		{"the code is named", "408 480", "", 408, 0, 1, true, 0, 0},
		{"it is not", "408 480", "", 486, 0, 1, false, 0, 0},
		{"the cause is named", "cause 16", "", 480, 16, 1, true, 0, 0},
		{"a code is no cause", "cause 16", "", 404, 0, 1, false, 0, 0},
		{"`not` goes first", "408", "cause 17", 408, 17, 1, false, 0,
		 0},
		{"twice is enough", "408", "", 408, 0, 2, true, 0, 0},
		{"three times is too often", "408", "", 408, 0, 3, false, 0, 0},
		{"it was over soon", "duration<10", "", 480, 0, 1, true, 9999,
		 0},
		{"it was not", "duration<10", "", 480, 0, 1, false, 10000, 0},
		{"it took long", "duration>=10", "", 480, 0, 1, true, 10000, 0},
		{"they hung up at once", "talk<2", "", 200, 0, 1, true, 9000,
		 1500},
		{"nobody talked, so nobody hung up", "talk<2", "", 486, 0, 1,
		 false, 9000, 0},
		{"who talked is not called again", "duration<60", "talk>=1",
		 200, 0, 1, false, 9000, 1000},
		/* clang-format on */
	};
	struct dialer_codes codes;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		const struct dialer_end how = {
			.end = {.sip_code = rowv[i].sip_code,
		                .q850 = rowv[i].q850},
			.talk_ms = rowv[i].talk_ms,
		};
		struct dialer_redial redial = {.redials_max = 2};

		CHECK(redial_codes_parse(&redial.codes, rowv[i].codes));
		CHECK(redial_codes_parse(&redial.not, rowv[i].not ));
		if (redial_is_due(&redial, &how, rowv[i].duration_ms,
		                  rowv[i].tries) != rowv[i].is_due)
			CHECK_FAIL("row %zu: %s", i, rowv[i].why);
	}
	CHECK(!redial_codes_parse(&codes, "200"));
	CHECK(!redial_codes_parse(&codes, "cause"));
	CHECK(!redial_codes_parse(&codes, "408x"));
	CHECK(!redial_codes_parse(&codes, "talk=1"));
	CHECK(!redial_codes_parse(&codes, "talk<"));
	CHECK(!redial_codes_parse(&codes, "bill<1"));

out:
	return err;
}

/* --- with a dialer ------------------------------------------------------- */

static unsigned over(const struct line *line, const char *name)
{
	unsigned n = 0;

	for (unsigned i = 0; i < line->placed; i++)
		n += !strcmp(line->linev[i], name);

	return n;
}

/* The first line is broken: nobody waits for it, and nobody loses a try. */
int test_group_fails_over(void)
{
	static const struct dialer_group lines = {
		.linev = {{.name = "main", .fault_threshold = 1},
	                  {.name = "spare", .tier = 1}},
		.linec = 2,
	};
	static struct line line;
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 20);
	CHECK_ERR(0, err);
	line.prm.lines = &lines;
	line.broken = "main";
	line.may_be_asked = true;
	line.probe_err = ETIMEDOUT;
	CHECK_ERR(0, line_run(&line));
	CHECK_STR("", line.fault);
	CHECK_U64(20, over(&line, "spare"));
	CHECK(over(&line, "main") <= 5);
	CHECK_U64(20, line.progress.outcomev[OUTCOME_ANSWERED]);
	CHECK_I64(0, line.reserved);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FROM targets"
	                         " WHERE tries = 1 AND state = 'done'",
	                         text));
	CHECK_STR("20", text);

out:
	line_end(&line, &fx);

	return err;
}

/* What one carrier cannot reach another one may. */
int test_group_redials(void)
{
	static const struct dialer_group lines = {
		.linev = {{.name = "main"}, {.name = "spare", .tier = 1}},
		.linec = 2,
		.redial = {.codes = {.sipv = {480}, .sipc = 1},
	                   .redials_max = 1},
	};
	static struct line line;
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 3);
	CHECK_ERR(0, err);
	line.prm.lines = &lines;
	line.prm.calls_max = 1;
	line.end = (struct phone_end){
		.outcome = OUTCOME_UNREACHABLE,
		.sip_code = 480,
		.reason = "",
	};
	CHECK_ERR(0, line_run(&line));
	CHECK_STR("", line.fault);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT group_concat(contact_id || line, ' ')"
	                         " FROM attempts",
	                         text));
	CHECK_STR("1main 1spare 2main 2spare 3main 3spare", text);

out:
	line_end(&line, &fx);

	return err;
}

/* Each line tries once, and nobody has lost an attempt. */
int test_group_redials_mistrusted(void)
{
	static const struct dialer_group lines = {
		.linev = {{.name = "main"}, {.name = "spare", .tier = 1}},
		.linec = 2,
	};
	static struct line line;
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 1);
	CHECK_ERR(0, err);
	line.prm.lines = &lines;
	line.prm.calls_max = 1;
	line.end = mistrusted;
	CHECK_ERR(0, line_run(&line));
	CHECK(strstr(line.fault, "fails again and again (identity_failed 437 "
	                         "Unsupported Credential): check stir_key and "
	                         "stir_cert_url of the line"));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT group_concat(line, ' ') FROM (SELECT"
	                         " line FROM attempts ORDER BY id LIMIT 4)",
	                         text));
	CHECK_STR("main spare main spare", text);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT state || tries || (SELECT"
	                         " sum(is_used) FROM attempts) FROM targets",
	                         text));
	CHECK_STR("ready00", text);

out:
	line_end(&line, &fx);

	return err;
}

/* One network of many: its customer is tried over each line once and waits, the
 * others are called meanwhile. */
int test_group_one_mistrusts(void)
{
	static const struct dialer_group lines = {
		.linev = {{.name = "main"}, {.name = "spare", .tier = 1}},
		.linec = 2,
	};
	static struct line line;
	char text[FIXTURE_TEXT_SIZE];
	struct fixture fx;
	int64_t wait_ms;
	int err;

	err = line_init(&line, &fx, 12);
	CHECK_ERR(0, err);
	line.prm.lines = &lines;
	line.prm.calls_max = 1;
	line.suspect = "+15550103";
	CHECK_ERR(0, line_begin(&line));
	while (line.progress.ended < 11)
		line_turn(LINE_CALL_MS);
	/* Longer than any rest of the lines. */
	for (unsigned i = 0; i < 50; i++)
		line_turn(LINE_REST_MS);

	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT group_concat(line || is_used, ' ')"
	                         " FROM attempts"
	                         " WHERE number = '+15550103'",
	                         text));
	CHECK_STR("main0 spare0", text);
	CHECK_U64(13, line.placed);
	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	wait_ms = fx.next_ms - clock_wall_ms();
	CHECK(wait_ms > 800000 && wait_ms <= 900000);

out:
	line_end(&line, &fx);

	return err;
}
