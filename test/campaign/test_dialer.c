/*
 * test/campaign/test_dialer.c - campaigns against a line that exists in memory
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "campaign/campaign.h"
#include "campaign/tests.h"
#include "store/fixture.h"
#include <re_tmr.h>

enum {
	CALL_MS = 5,
	REST_MS = 10,
	PLACED_MAX = 512,
	PEOPLE = 40,
	RUNS_MAX = 300,
	LIFE_MAX_US = 30000,
	MESSAGE_SIZE = 32,
};

/* A line and a campaign over it. */
struct line {
	struct fixture *fx;
	struct dialer *dialer;
	struct dialer_prm prm;

	/* what the line does */
	struct phone_end end;  /* of every call, unless one of these: */
	unsigned bad_first;    /* so many end by our fault */
	unsigned refuse_first; /* so many are not even placed */
	int refuse_err;
	unsigned channels; /* 0: as many as are asked for */
	bool is_opt_out;
	bool is_endless; /* until hangup_all */
	int pipe_fd;     /* tells each number, -1: none */

	/* what was seen */
	struct list calll;
	unsigned live, live_max;
	unsigned placed;
	char numberv[PLACED_MAX][32];
	uint64_t placed_msv[PLACED_MAX];
	bool is_unwritten; /* a call before its attempt was on the disk */
	unsigned progresses;
	struct dialer_progress progress;
	char fault[CFG_FAULT_SIZE];
	void (*placed_handler)(struct line *line);
};

struct sim_call {
	struct le le;
	struct tmr tmr;
	struct line *line;
	struct phone_end end;
	void (*ended)(const struct dialer_end *end, void *arg);
	void *ended_arg;
};

static void call_destructor(void *arg)
{
	struct sim_call *call = arg;

	tmr_cancel(&call->tmr);
	list_unlink(&call->le);
}

static void call_over(void *arg)
{
	struct sim_call *call = arg;
	const struct dialer_end end = {
		.end = call->end,
		.label = "",
		.is_opt_out = call->line->is_opt_out,
	};

	list_unlink(&call->le);
	call->line->live--;
	call->ended(&end, call->ended_arg);
	mem_deref(call);
}

static void check_written(struct line *line, const char *call_id)
{
	char sql[160], text[FIXTURE_TEXT_SIZE];

	(void)snprintf(sql, sizeof(sql),
	               "SELECT state FROM attempts WHERE call_id = '%s'",
	               call_id);
	if (fixture_sql(line->fx, sql, text) || strcmp(text, "intent"))
		line->is_unwritten = true;
}

static int place(const struct dialer_call *dial,
                 void (*ended)(const struct dialer_end *end, void *arg),
                 void *ended_arg, void *arg)
{
	char message[MESSAGE_SIZE] = "";
	struct line *line = arg;
	uint64_t now_ms = clock_ms();
	struct sim_call *call;

	if (line->channels && line->live >= line->channels)
		return EBUSY;
	if (line->refuse_first) {
		line->refuse_first--;
		return line->refuse_err;
	}

	(void)snprintf(message, sizeof(message), "%s", dial->contact->number);
	if (line->pipe_fd >= 0) {
		if (write(line->pipe_fd, message, sizeof(message)) < 0)
			_exit(1);
	}
	else {
		check_written(line, dial->call_id);
	}

	call = mem_zalloc(sizeof(*call), call_destructor);
	if (!call)
		return ENOMEM;

	call->line = line;
	call->ended = ended;
	call->ended_arg = ended_arg;
	call->end = line->end;
	if (line->bad_first) {
		line->bad_first--;
		call->end = (struct phone_end){
			.outcome = OUTCOME_LINE_CONGESTED,
			.sip_code = 503,
			.reason = "Slow down",
			.retry_after_s = 1,
		};
	}
	list_append(&line->calll, &call->le, call);
	if (!line->is_endless)
		tmr_start(&call->tmr, CALL_MS, call_over, call);

	if (line->placed < PLACED_MAX) {
		memcpy(line->numberv[line->placed], message, sizeof(message));
		line->placed_msv[line->placed++] = now_ms;
	}
	if (++line->live > line->live_max)
		line->live_max = line->live;
	if (line->placed_handler)
		line->placed_handler(line);

	return 0;
}

static void hangup_all(void *arg)
{
	struct line *line = arg;
	struct le *le;

	LIST_FOREACH (&line->calll, le) {
		struct sim_call *call = le->data;

		call->end = (struct phone_end){.outcome = OUTCOME_CANCELLED,
		                               .reason = ""};
		tmr_start(&call->tmr, 0, call_over, call);
	}
}

static void progress_handler(const struct dialer_progress *progress, void *arg)
{
	struct line *line = arg;

	(void)progress;
	line->progresses++;
}

static void done_handler(const struct dialer_progress *progress,
                         const char *fault, void *arg)
{
	struct line *line = arg;

	line->progress = *progress;
	(void)snprintf(line->fault, sizeof(line->fault), "%s",
	               fault ? fault : "");
	line->fx->err = 0;
	line->fx->has_answer = true;
	loop_stop();
}

static int begin(struct line *line)
{
	const struct dialer_port port = {place, hangup_all, line};
	const struct dialer_sink sink = {progress_handler, done_handler, line};

	line->prm.port = &port;
	line->fx->has_answer = false;

	return dialer_start(&line->dialer, line->fx->store, &line->fx->campaign,
	                    &line->prm, &sink);
}

static int run(struct line *line)
{
	int err;

	err = begin(line);
	if (!err)
		err = fixture_wait(line->fx);
	line->dialer = mem_deref(line->dialer);

	return err;
}

static int line_init(struct line *line, struct fixture *fx, size_t people)
{
	int err;

	*line = (struct line){
		.fx = fx,
		.prm = {.line = "main", .calls_max = 5, .rest_ms = REST_MS},
		.end = {.outcome = OUTCOME_ANSWERED,
	                .sip_code = 200,
	                .reason = "OK"},
		.pipe_fd = -1,
	};

	err = fixture_init(fx);
	if (err)
		return err;

	err = fixture_open(fx);
	if (err)
		return err;

	return fixture_people(fx, people);
}

static void line_end(struct line *line, struct fixture *fx)
{
	line->dialer = mem_deref(line->dialer);
	fixture_end(fx);
	list_flush(&line->calll);
}

static void turn_over(void *arg)
{
	(void)arg;

	loop_stop();
}

/* --- tests --------------------------------------------------------------- */

int test_dialer_all(void)
{
	static struct line line;
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 23);
	CHECK_ERR(0, err);
	CHECK_ERR(0, run(&line));
	CHECK_STR("", line.fault);
	CHECK_U64(23, line.placed);
	CHECK_U64(23, line.progress.ended);
	CHECK_U64(23, line.progress.outcomev[OUTCOME_ANSWERED]);
	CHECK_U64(0, line.progress.live);
	CHECK_I64(0, line.progress.eta_ms);
	CHECK_U64(5, line.live_max);
	CHECK(line.progresses >= 1 && line.progresses < 40);
	for (unsigned i = 0; i < line.placed; i++) {
		for (unsigned j = 0; j < i; j++)
			CHECK(strcmp(line.numberv[i], line.numberv[j]));
	}

	/* Again: there is nobody left. */
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_ERR(0, run(&line));
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
	CHECK_ERR(0, run(&line));
	CHECK_U64(12, line.placed);
	CHECK(!line.is_unwritten);

out:
	line_end(&line, &fx);

	return err;
}

static void turn(uint64_t ms)
{
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, ms, turn_over, NULL);
	(void)loop_run();
	tmr_cancel(&tmr);
}

/* A refusal by the trunk: nobody loses an attempt by it. */
int test_dialer_our_fault(void)
{
	static struct line line;
	struct fixture fx;
	char text[FIXTURE_TEXT_SIZE];
	int64_t wait_ms;
	int err;

	err = line_init(&line, &fx, 3);
	CHECK_ERR(0, err);
	line.bad_first = 1;
	line.prm.calls_max = 1;
	CHECK_ERR(0, begin(&line));

	/* Retry-After holds the line; the one who was refused waits longer,
	 * so the others go first. */
	while (line.placed < 3)
		turn(CALL_MS);
	CHECK(line.placed_msv[1] - line.placed_msv[0] >= 1000);
	CHECK_STR("+15550101", line.numberv[1]);
	CHECK_STR("+15550102", line.numberv[2]);
	while (line.live)
		turn(CALL_MS);

	CHECK_ERR(0, fixture_claim(&fx));
	CHECK(!fx.has_contact);
	wait_ms = fx.next_ms - clock_wall_ms();
	CHECK(wait_ms > 0 && wait_ms <= 5000);
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
	CHECK_ERR(0, run(&line));
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
	CHECK_ERR(0, run(&line));
	CHECK_STR("", line.fault);
	CHECK_U64(30, line.progress.outcomev[OUTCOME_BUSY]);

	/* A line that cannot even send. */
	CHECK_ERR(0,
	          fixture_sql(&fx, "UPDATE targets SET state = 'ready'", text));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	line.refuse_first = 1000;
	line.refuse_err = ENOENT;
	CHECK_ERR(0, run(&line));
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
	CHECK_ERR(0, run(&line));
	CHECK_STR("", line.fault);
	CHECK_U64(2, line.live_max);
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
	struct fixture fx;
	int err;

	err = line_init(&line, &fx, 30);
	CHECK_ERR(0, err);
	line.prm.calls_per_s = 40;
	line.prm.calls_max = 20;
	CHECK_ERR(0, run(&line));
	CHECK_U64(30, line.placed);

	/* 25 ms apart at least; one for the clock's own steps. */
	for (unsigned i = 1; i < line.placed; i++)
		CHECK(line.placed_msv[i] - line.placed_msv[i - 1] >= 24);

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
	CHECK_ERR(0, run(&line));
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
	CHECK_ERR(0, run(&line));
	CHECK_U64(5, line.placed);
	CHECK_U64(5, line.progress.outcomev[OUTCOME_CANCELLED]);

	line.is_endless = false;
	line.placed_handler = NULL;
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(15, fx.campaign.ready);
	CHECK_ERR(0, run(&line));
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
	CHECK_ERR(0, run(&line));
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
	CHECK_ERR(0, run(&line));
	CHECK(line.placed >= 3 && line.placed <= 10);

	/* The calls end, what was claimed meanwhile is given back. */
	CHECK_ERR(0, fixture_block(&fx, "+15550199"));
	while (line.live)
		turn(CALL_MS);
	CHECK_ERR(0, fixture_block(&fx, "+15550198"));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(line.placed, fx.campaign.done);
	CHECK_U64(30 - line.placed, fx.campaign.ready);

out:
	line_end(&line, &fx);

	return err;
}

/* --- killed with -9 ------------------------------------------------------ */

static void child_main(int fd)
{
	static struct line line;
	struct fixture fx;

	line = (struct line){
		.fx = &fx,
		.prm = {.line = "main", .calls_max = 8},
		.end = {.outcome = OUTCOME_ANSWERED, .reason = ""},
		.pipe_fd = fd,
	};
	if (fixture_init(&fx) || fixture_open(&fx) ||
	    fixture_list(&fx, "people") || fixture_campaign(&fx, "calls") ||
	    run(&line))
		_exit(1);
	_exit(0);
}

static int live(unsigned countv[PEOPLE], uint32_t life_us, bool *is_overp)
{
	char message[MESSAGE_SIZE];
	int fdv[2], status = 0;
	pid_t pid;

	if (pipe(fdv))
		return errno;

	pid = fork();
	if (!pid)
		child_main(fdv[1]);
	(void)close(fdv[1]);

	clock_wait_until_us(clock_us() + life_us);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	*is_overp = WIFEXITED(status) && !WEXITSTATUS(status);

	while (read(fdv[0], message, sizeof(message)) == sizeof(message)) {
		unsigned long i = strtoul(message + strlen("+1555"), NULL, 10);

		if (i >= 100 && i < 100 + PEOPLE)
			countv[i - 100]++;
	}
	(void)close(fdv[0]);

	return 0;
}

int test_dialer_killed(void)
{
	unsigned countv[PEOPLE] = {0}, called = 0;
	uint32_t lot = test_seed();
	bool is_over = false;
	static struct line line;
	struct fixture fx;
	int err, runs = 0;

	err = line_init(&line, &fx, PEOPLE);
	CHECK_ERR(0, err);
	fixture_end(&fx);

	while (!is_over && runs++ < RUNS_MAX) {
		uint32_t life_us;

		lot = lot * 1664525 + 1013904223;
		life_us =
			(lot >> 8) % (LIFE_MAX_US * (1 + (uint32_t)runs / 20));
		CHECK_ERR(0, live(countv, life_us, &is_over));
	}
	CHECK(is_over);

	for (size_t i = 0; i < PEOPLE; i++) {
		CHECK(countv[i] <= 1);
		called += countv[i];
	}
	CHECK(called > 0);

	err = fixture_init(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_open(&fx));
	CHECK_ERR(0, fixture_list(&fx, "people"));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(PEOPLE, fx.campaign.done);

out:
	fixture_end(&fx);

	return err;
}
