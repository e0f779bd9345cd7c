/*
 * cli/replay.c - held calls once more, with another version of their script
 */
#include <jansson.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "cli/callfile.h"
#include "cli/replay.h"
#include "cli/stepjson.h"

enum {
	STATUS_SAME = 0,
	STATUS_DIFFERENT = 3,
	WORDS_MAX = 160,        /* characters of an answer */
	INPUT_PREFIXED_MAX = 1, /* input types whose text has a prefix */
};

/* One call under way. */
struct telling {
	struct replay_report *report;
	const struct flow_call *call;
	bool is_begun;
	json_t *steps;
};

/* --- for people --------------------------------------------------------- */

static void put_words(FILE *out, const char *words)
{
	size_t span = text_span(words, WORDS_MAX);

	(void)fprintf(out, "\"%.*s%s\"", (int)span, words,
	              words[span] ? "…" : "");
}

static void put_answer(FILE *out, const char *when, enum flow_parting parting,
                       const struct flow_step *step)
{
	(void)fprintf(out, "    %s  ", when);
	if (!step) {
		(void)fputs("no such step\n", out);
		return;
	}

	(void)fputs(flow_response_name(step->response_type), out);
	if (*step->response_id)
		(void)fprintf(out, " %s", step->response_id);
	if (*step->response_action)
		(void)fprintf(out, " (%s)", step->response_action);
	if (parting == FLOW_PARTING_MATCH)
		(void)fprintf(out, " by %s \"%s\"",
		              flow_method_name(step->matching_method),
		              step->matching_keyword);
	else if (*step->response_args) {
		(void)fputs(" ", out);
		put_words(out, step->response_args);
	}
	(void)fputc('\n', out);
}

static void put_heard(FILE *out, size_t i, const struct flow_step *step)
{
	bool is_prefixed = step->input_type <= INPUT_PREFIXED_MAX;
	const char *words = step->input_args;

	(void)fprintf(out, "  step %zu, %.1f s, at %s: %s ", i + 1,
	              (double)step->createtime_ms / 1000,
	              *step->current_flowid ? step->current_flowid
	                                    : "the start",
	              flow_input_type_name(step->input_type));
	put_words(out, is_prefixed && *words ? words + 1 : words);
	(void)fputc('\n', out);
}

static void begin(struct telling *telling)
{
	if (!telling->is_begun)
		(void)fprintf(telling->report->out, "call %s\n",
		              telling->call->callid);
	telling->is_begun = true;
}

static void put_result(struct telling *telling,
                       const struct flow_replayed *replayed)
{
	const struct flow_call *call = telling->call;

	begin(telling);
	(void)fprintf(telling->report->out,
	              "  ends with label \"%s\", class \"%s\", intention "
	              "%lld; it was \"%s\", \"%s\", %lld\n",
	              replayed->label, replayed->class_letter,
	              (long long)replayed->intention, call->label,
	              call->class_letter, (long long)call->intention);
}

/* --- for programs ------------------------------------------------------- */

static json_t *step_json(const struct flow_step *step)
{
	return step ? stepjson_make(step) : json_null();
}

static json_t *result_json(const char *label, const char *class_letter,
                           int64_t intention)
{
	return label ? json_pack("{s:s, s:s, s:I}", "label", label, "class",
	                         class_letter, "intention",
	                         (json_int_t)intention)
	             : json_null();
}

static void put_line(FILE *out, json_t *line)
{
	if (line)
		(void)json_dumpf(line, out, JSON_COMPACT);
	(void)fputc('\n', out);
	json_decref(line);
}

static void put_call(struct telling *telling,
                     const struct flow_replayed *replayed)
{
	const struct flow_call *call = telling->call;

	put_line(telling->report->out,
	         json_pack("{s:s, s:s, s:O, s:o, s:o}", "callid", call->callid,
	                   "parting", flow_parting_name(replayed->worst),
	                   "steps", telling->steps, "was",
	                   result_json(call->label, call->class_letter,
	                               call->intention),
	                   "now",
	                   result_json(replayed->label, replayed->class_letter,
	                               replayed->intention)));
}

/* --- calls -------------------------------------------------------------- */

static void parting_handler(enum flow_parting parting, size_t i,
                            const struct flow_step *was,
                            const struct flow_step *now, void *arg)
{
	struct telling *telling = arg;
	FILE *out = telling->report->out;

	if (telling->report->is_json) {
		(void)json_array_append_new(
			telling->steps,
			json_pack("{s:I, s:s, s:o, s:o}", "step",
		                  (json_int_t)i + 1, "parting",
		                  flow_parting_name(parting), "was",
		                  step_json(was), "now", step_json(now)));
		return;
	}

	begin(telling);
	put_heard(out, i, was ? was : now);
	put_answer(out, "was", parting, was);
	put_answer(out, "now", parting, now);
}

/* The row of the beginning says "name:version". */
static bool is_of(const struct flow_call *call,
                  const struct flow_script *script)
{
	const char *name = flow_script_name(script);
	size_t len = strlen(name);

	return call->stepc && !strncmp(call->stepv[0].input_args, name, len) &&
	       call->stepv[0].input_args[len] == ':';
}

int replay_call(struct replay_report *report, const struct flow_call *call)
{
	struct telling telling = {.report = report, .call = call};
	struct flow_replayed replayed;
	int err;

	if (report->callid && strcmp(report->callid, call->callid) != 0)
		return 0;
	if (!report->takes_all && !is_of(call, report->script)) {
		report->sum.strangers++;
		return 0;
	}

	if (report->copy) {
		err = callfile_write(report->copy, call);
		if (err)
			return err;
	}

	if (report->is_json)
		telling.steps = json_array();
	err = flow_replay(report->script, call, parting_handler, &telling,
	                  &replayed);
	if (err)
		goto out;

	report->sum.calls++;
	report->sum.countv[replayed.worst]++;
	if (report->is_json && replayed.worst != FLOW_PARTING_NONE)
		put_call(&telling, &replayed);
	else if (replayed.worst == FLOW_PARTING_RESULT)
		put_result(&telling, &replayed);

out:
	json_decref(telling.steps);

	return err;
}

static void put_sum(const struct replay_report *report)
{
	static const char *const wordv[FLOW_PARTING_COUNT] = {
		[FLOW_PARTING_NONE] = "go as before",
		[FLOW_PARTING_MATCH] = "by another keyword to the same answer",
		[FLOW_PARTING_WORDS] = "the same way in other words",
		[FLOW_PARTING_RESULT] = "the same way to another result",
		[FLOW_PARTING_PATH] = "take another path",
	};
	const struct replay_sum *sum = &report->sum;

	(void)fprintf(report->out, "%zu calls: %zu %s", sum->calls,
	              sum->countv[FLOW_PARTING_NONE], wordv[FLOW_PARTING_NONE]);
	for (size_t i = FLOW_PARTING_COUNT - 1; i > FLOW_PARTING_NONE; i--) {
		if (sum->countv[i] || i == FLOW_PARTING_PATH)
			(void)fprintf(report->out, ", %zu %s", sum->countv[i],
			              wordv[i]);
	}
	(void)fputc('\n', report->out);
	if (sum->strangers)
		(void)fprintf(report->out,
		              "%zu calls of scripts of other names left out; "
		              "--campaign or --call takes them\n",
		              sum->strangers);
}

static void put_sum_json(const struct replay_report *report)
{
	const struct replay_sum *sum = &report->sum;
	json_t *line = json_pack("{s:I, s:I}", "calls", (json_int_t)sum->calls,
	                         "left_out", (json_int_t)sum->strangers);

	for (size_t i = 0; i < FLOW_PARTING_COUNT; i++)
		(void)json_object_set_new(
			line, flow_parting_name((enum flow_parting)i),
			json_integer((json_int_t)sum->countv[i]));
	put_line(report->out, line);
}

int replay_end(const struct replay_report *report)
{
	const struct replay_sum *sum = &report->sum;

	if (report->is_json)
		put_sum_json(report);
	else
		put_sum(report);

	return sum->countv[FLOW_PARTING_NONE] == sum->calls ? STATUS_SAME
	                                                    : STATUS_DIFFERENT;
}
