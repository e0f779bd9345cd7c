/*
 * test/campaign/line.c - a telephone line that exists in memory
 */
#include <unistd.h>
#include "base/clock.h"
#include "campaign/line.h"
#include "oom.h"
#include <re_tmr.h>

enum {
	LOOK_MS = 50,
	LOOKS_MAX = 1200,
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
		.is_dropped = call->line->is_dropped,
		.talk_ms = call->line->talk_ms,
		.callback_at = call->line->callback_at,
	};

	list_unlink(&call->le);
	call->line->live--;
	call->line->reserved--;
	if (call->line->is_starved)
		oom_refuse();
	call->ended(&end, call->ended_arg);
	(void)oom_disarm();
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
	char message[LINE_MESSAGE_SIZE] = "";
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
	if (line->broken && !strcmp(line->broken, dial->line))
		call->end = (struct phone_end){
			.outcome = OUTCOME_LINE_FAILED,
			.sip_code = 500,
			.reason = "Broken",
		};
	if (line->suspect && !strcmp(line->suspect, message))
		call->end = (struct phone_end){
			.outcome = OUTCOME_IDENTITY_FAILED,
			.sip_code = 437,
			.reason = "Unsupported Credential",
		};
	list_append(&line->calll, &call->le, call);
	if (!line->is_endless)
		tmr_start(&call->tmr, LINE_CALL_MS, call_over, call);

	if (line->placed < LINE_PLACED_MAX) {
		memcpy(line->numberv[line->placed], message, sizeof(message));
		(void)snprintf(line->linev[line->placed],
		               sizeof(line->linev[0]), "%s", dial->line);
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

static int reserve(void *arg)
{
	struct line *line = arg;

	if (line->has_robots && line->reserved >= (int)line->robots)
		return line->robots_err ? line->robots_err : EBUSY;

	line->reserved++;

	return 0;
}

static void release(void *arg)
{
	struct line *line = arg;

	line->reserved--;
}

struct answer {
	struct tmr tmr;
	struct line *line;
	void (*done)(int err, const char *words, void *arg);
	void *arg;
};

static void answer_handler(void *arg)
{
	struct answer *answer = arg;

	answer->done(answer->line->probe_err, "it is asleep", answer->arg);
	mem_deref(answer);
}

static int probe(const char *name,
                 void (*done)(int err, const char *words, void *arg),
                 void *done_arg, void *arg)
{
	struct line *line = arg;
	struct answer *answer;

	(void)name;

	answer = mem_zalloc(sizeof(*answer), NULL);
	if (!answer)
		return ENOMEM;

	line->probes++;
	answer->line = line;
	answer->done = done;
	answer->arg = done_arg;
	tmr_init(&answer->tmr);
	tmr_start(&answer->tmr, 1, answer_handler, answer);

	return 0;
}

static void progress_handler(const struct dialer_progress *progress, void *arg)
{
	struct line *line = arg;

	line->progress = *progress;
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

int line_begin(struct line *line)
{
	const struct dialer_port port = {
		.place = place,
		.hangup_all = hangup_all,
		.reserve = reserve,
		.release = release,
		.probe = line->may_be_asked ? probe : NULL,
		.arg = line,
	};
	const struct dialer_sink sink = {progress_handler, done_handler, line};

	line->prm.port = &port;
	line->fx->has_answer = false;

	return dialer_start(&line->dialer, line->fx->store, &line->fx->campaign,
	                    &line->prm, &sink);
}

int line_run(struct line *line)
{
	int err;

	err = line_begin(line);
	if (!err)
		err = fixture_wait(line->fx);
	line->dialer = mem_deref(line->dialer);

	return err;
}

int line_init(struct line *line, struct fixture *fx, size_t people)
{
	int err;

	*line = (struct line){
		.fx = fx,
		.prm = {.line = "main",
	                .calls_max = 5,
	                .rest_ms = LINE_REST_MS},
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

void line_end(struct line *line, struct fixture *fx)
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

void line_turn(uint64_t ms)
{
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, ms, turn_over, NULL);
	(void)loop_run();
	tmr_cancel(&tmr);
}

int line_until_waiting(struct line *line)
{
	for (int i = 0; i < LOOKS_MAX && !line->progress.waiting; i++)
		line_turn(LOOK_MS);

	return line->progress.waiting ? 0 : ETIMEDOUT;
}
