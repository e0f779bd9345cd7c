/*
 * test/campaign/test_dialer.c - campaigns against a line in memory
 */
#include "base/clock.h"
#include "campaign/line.h"
#include "campaign/tests.h"

int test_dialer_all(void)
{
	static struct line line;
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 23);
	CHECK_ERR(0, err);
	CHECK_ERR(0, line_run(&line));
	CHECK_STR("", line.fault);
	CHECK_U64(23, line.placed);
	CHECK_U64(23, line.progress.ended);
	CHECK_U64(23, line.progress.outcomev[OUTCOME_ANSWERED]);
	CHECK_U64(0, line.progress.live);
	CHECK_I64(0, line.progress.eta_ms);
	CHECK(line.live_max >= 2 && line.live_max <= 5);
	CHECK(line.progresses >= 1 && line.progresses < 40);
	for (unsigned i = 0; i < line.placed; i++) {
		for (unsigned j = 0; j < i; j++)
			CHECK(strcmp(line.numberv[i], line.numberv[j]));
	}

	/* Again: there is nobody left. */
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_ERR(0, line_run(&line));
	CHECK_U64(23, line.placed);
	CHECK_U64(0, line.progress.total);

out:
	line_end(&line, &fx);

	return err;
}

/* Each number is read from the file by another connection at the moment in
 * which the packet would leave. */
int test_dialer_order_of_disk(void)
{
	static struct line line;
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 12);
	CHECK_ERR(0, err);
	CHECK_ERR(0, line_run(&line));
	CHECK_U64(12, line.placed);
	CHECK(!line.is_unwritten);

out:
	line_end(&line, &fx);

	return err;
}

/* A refusal by the trunk: nobody loses an attempt by it. */
int test_dialer_our_fault(void)
{
	static struct line line;
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = line_init(&line, &fx, 3);
	CHECK_ERR(0, err);
	line.bad_first = 1;
	line.prm.calls_max = 1;
	CHECK_ERR(0, line_begin(&line));

	/* Retry-After holds the line; the one who was refused waits longer,
	 * so the others go first. */
	while (line.placed < 3)
		line_turn(LINE_CALL_MS);
	CHECK(line.placed_msv[1] - line.placed_msv[0] >= 1000);
	CHECK_STR("+15550101", line.numberv[1]);
	CHECK_STR("+15550102", line.numberv[2]);
	while (line.live)
		line_turn(LINE_CALL_MS);

	/* Written behind the last end. */
	CHECK_ERR(0, fixture_block(&fx, "+15550199"));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT t.state || (t.due_ms > a.end_ms) ||"
	                         " (t.due_ms <= a.end_ms + 5000)"
	                         " FROM targets t JOIN attempts a"
	                         " ON a.contact_id = t.contact_id"
	                         " WHERE a.outcome = 'line_congested'",
	                         text));
	CHECK_STR("ready11", text);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT group_concat(outcome || is_used)"
	                         " FROM attempts",
	                         text));
	CHECK_STR("line_congested0,answered1,answered1", text);

out:
	line_end(&line, &fx);

	return err;
}

int test_dialer_line_down(void)
{
	static struct line line;
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = line_init(&line, &fx, 30);
	CHECK_ERR(0, err);
	line.end = (struct phone_end){
		.outcome = OUTCOME_LINE_AUTH,
		.sip_code = 403,
		.reason = "Forbidden",
	};
	CHECK_ERR(0, line_run(&line));
	CHECK(strstr(line.fault, "line main fails again and again (line_auth "
	                         "403 Forbidden): check user and password"));
	CHECK(line.placed <= 30);
	CHECK_U64(0, line.progress.ended);

	/* Everybody is still there, and the line is repaired. */
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FROM targets "
	                         "WHERE state = 'ready'",
	                         text));
	CHECK_STR("30", text);
	CHECK_ERR(0, fixture_sql(&fx, "UPDATE targets SET due_ms = 0", text));
	line.end = (struct phone_end){.outcome = OUTCOME_BUSY, .reason = ""};
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_ERR(0, line_run(&line));
	CHECK_STR("", line.fault);
	CHECK_U64(30, line.progress.outcomev[OUTCOME_BUSY]);

	/* A line that cannot even send. */
	CHECK_ERR(0,
	          fixture_sql(&fx, "UPDATE targets SET state = 'ready'", text));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	line.refuse_first = 1000;
	line.refuse_err = ENOENT;
	CHECK_ERR(0, line_run(&line));
	CHECK(strstr(line.fault, "line main fails again and again"));

out:
	line_end(&line, &fx);

	return err;
}

int test_dialer_line_full(void)
{
	static struct line line;
	struct fixture fx;
	int err;

	/* The line has fewer channels than we were told. */
	err = line_init(&line, &fx, 6);
	CHECK_ERR(0, err);
	line.channels = 2;
	line.refuse_first = 1;
	line.refuse_err = EINVAL;
	CHECK_ERR(0, line_run(&line));
	CHECK_STR("", line.fault);
	CHECK(line.live_max <= 2);
	CHECK_U64(5, line.placed);
	CHECK_U64(6, line.progress.ended);

	CHECK_ERR(0, fixture_results(&fx));
	CHECK_STR("bad_number", fx.rowv[0].outcome);

out:
	line_end(&line, &fx);

	return err;
}

int test_dialer_rate(void)
{
	static struct line line;
	uint64_t begin_ms;
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 30);
	CHECK_ERR(0, err);
	line.prm.calls_per_s = 40;
	line.prm.calls_max = 20;
	begin_ms = clock_ms();
	CHECK_ERR(0, line_run(&line));
	CHECK_U64(30, line.placed);

	/* 25 ms apart at least, one for the clock's own steps. A machine that
	 * stands still between a call's turn and the call brings this one
	 * nearer to the next, never to the one behind that. */
	for (unsigned i = 1; i < line.placed; i++)
		CHECK(line.placed_msv[i] - begin_ms >= 24 * i);
	for (unsigned i = 2; i < line.placed; i++)
		CHECK(line.placed_msv[i] - line.placed_msv[i - 2] >= 24);

out:
	line_end(&line, &fx);

	return err;
}

static void stop_at_ten(struct line *line)
{
	if (line->placed == 10)
		dialer_stop(line->dialer);
}

static void hang_up_at_five(struct line *line)
{
	if (line->placed == 5) {
		dialer_stop(line->dialer);
		dialer_stop(line->dialer);
	}
}

int test_dialer_stop(void)
{
	static struct line line;
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 30);
	CHECK_ERR(0, err);
	line.placed_handler = stop_at_ten;
	CHECK_ERR(0, line_run(&line));
	CHECK_STR("", line.fault);
	CHECK_U64(10, line.placed);
	CHECK_U64(10, line.progress.ended);
	CHECK(line.progress.is_stopping);

	/* It goes on where it stopped; then all talks are cut. */
	line.is_endless = true;
	line.placed = 0;
	line.placed_handler = hang_up_at_five;
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(20, fx.campaign.ready);
	CHECK_ERR(0, line_run(&line));
	CHECK_U64(5, line.placed);
	CHECK_U64(5, line.progress.outcomev[OUTCOME_CANCELLED]);

	line.is_endless = false;
	line.placed_handler = NULL;
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(15, fx.campaign.ready);
	CHECK_ERR(0, line_run(&line));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(30, fx.campaign.done);
	CHECK_U64(0, fx.campaign.in_doubt);

out:
	line_end(&line, &fx);

	return err;
}

int test_dialer_opt_out(void)
{
	static struct line line;
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = line_init(&line, &fx, 1);
	CHECK_ERR(0, err);
	line.is_opt_out = true;
	CHECK_ERR(0, line_run(&line));
	CHECK_ERR(0, fixture_block(&fx, "+15550199"));
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT reason LIKE 'said so in call %-%' "
	                         "FROM do_not_call WHERE number = '+15550100'",
	                         text));
	CHECK_STR("1", text);

out:
	line_end(&line, &fx);

	return err;
}

static void leave(struct line *line)
{
	if (line->placed == 3) {
		line->fx->has_answer = true;
		loop_stop();
	}
}

/* Freed with claims, calls and writes under way. */
int test_dialer_freed(void)
{
	static struct line line;
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 30);
	CHECK_ERR(0, err);
	line.placed_handler = leave;
	CHECK_ERR(0, line_run(&line));
	CHECK(line.placed >= 3 && line.placed <= 10);

	/* The calls end, what was claimed meanwhile is given back. */
	CHECK_ERR(0, fixture_block(&fx, "+15550199"));
	while (line.live)
		line_turn(LINE_CALL_MS);
	CHECK_ERR(0, fixture_block(&fx, "+15550198"));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(line.placed, fx.campaign.done);
	CHECK_U64(30 - line.placed, fx.campaign.ready);

out:
	line_end(&line, &fx);

	return err;
}

/* Not one allocation when a call ends: its end is written all the same. */
int test_dialer_starved(void)
{
	static struct line line;
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE];
	int err;

	err = line_init(&line, &fx, 5);
	CHECK_ERR(0, err);
	line.is_starved = true;
	line.is_opt_out = true;
	CHECK_ERR(0, line_run(&line));
	CHECK_STR("", line.fault);
	CHECK_U64(5, line.placed);
	CHECK_U64(5, line.progress.ended);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) || group_concat(DISTINCT"
	                         " state || outcome) FROM attempts",
	                         text));
	CHECK_STR("5endedanswered", text);
	CHECK_ERR(0, fixture_sql(&fx,
	                         "SELECT count(*) FROM targets"
	                         " WHERE state = 'done'",
	                         text));
	CHECK_STR("5", text);
	CHECK_ERR(0,
	          fixture_sql(&fx, "SELECT count(*) FROM do_not_call", text));
	CHECK_STR("5", text);

out:
	line_end(&line, &fx);

	return err;
}
