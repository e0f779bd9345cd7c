/*
 * cli/talkjson.c - a conversation with a script, for programs
 *
 * One JSON object per line in, one or more out: how scripts are tested.
 */
#include <errno.h>
#include <jansson.h>
#include "base/mem.h"
#include "cli/stepjson.h"
#include "cli/talk.h"

/* What an input line holds, besides the flow_input. */
struct talk_line {
	struct flow_input input;
	uint64_t at_ms;
	json_t *root; /* owns the texts of input */
	char *body;   /* of an http answer */
};

/* --- out ---------------------------------------------------------------- */

/* Takes the reference. */
static void put(FILE *out, json_t *line)
{
	if (line)
		(void)json_dumpf(line, out,
		                 JSON_COMPACT | JSON_REAL_PRECISION(15));
	(void)fputc('\n', out);
	json_decref(line);
}

static json_t *texts(const char *const *v, size_t c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c; i++)
		(void)json_array_append_new(array, json_string(v[i]));

	return array;
}

void talkjson_fault(FILE *out, const struct flow_fault *fault)
{
	put(out, json_pack("{s:s, s:s, s:s, s:s}", "path", fault->path, "node",
	                   fault->node, "message", fault->message, "level",
	                   fault->level == FLOW_ERROR ? "error" : "warning"));
}

void talkjson_warning(FILE *out, const struct flow_fault *fault)
{
	put(out, json_pack("{s:s+++}", "warning", fault->path,
	                   *fault->path ? ": " : "", fault->message, ""));
}

static void put_step(FILE *out, const struct flow_step *step)
{
	put(out, json_pack("{s:o}", "step", stepjson_make(step)));
}

/* As it was written. */
static json_t *params_of(const struct flow_params *params)
{
	return params->is_object ? json_loads(params->text, 0, NULL)
	                         : json_string(params->text);
}

static json_t *listen_of(const struct flow_listen *listen)
{
	json_t *object = json_pack(
		"{s:i, s:i, s:i, s:f, s:s}", "mode", listen->mode, "interrupt",
		listen->interrupt, "vad_mode", listen->vad_mode, "vad_filter",
		listen->vad_filter, "asrproxy_addr", listen->asrproxy_addr);
	json_t *times = json_pack(
		"{s:I, s:I, s:I, s:I}", "vad_min_active_time_ms",
		(json_int_t)listen->vad_min_active_time_ms,
		"vad_max_end_silence_time_ms",
		(json_int_t)listen->vad_max_end_silence_time_ms,
		"wait_speech_timeout_ms",
		(json_int_t)listen->wait_speech_timeout_ms,
		"max_speech_time_ms", (json_int_t)listen->max_speech_time_ms);
	json_t *texts_of =
		json_pack("{s:s, s:o, s:i, s:s}", "hot_word", listen->hot_word,
	                  "asr_params", params_of(&listen->asr_params),
	                  "record_mode", listen->record_mode, "record_template",
	                  listen->record_template);

	(void)json_object_update(object, times);
	(void)json_object_update(object, texts_of);
	json_decref(times);
	json_decref(texts_of);

	return object;
}

static json_t *play_of(const struct flow_play *play)
{
	return json_pack("{s:s, s:s, s:o, s:i, s:o, s:s?}", "do", "play",
	                 "node", play->node, "playbacks",
	                 texts(play->itemv, play->itemc), "interruptible_after",
	                 play->interruptible_after, "listen",
	                 listen_of(play->listen), "dtmf", play->dtmf);
}

/* Seconds are a number, "nowait" a word, none the empty word. */
static json_t *wait_of(const char *wait)
{
	char *end;
	unsigned long seconds = strtoul(wait, &end, 10);

	if (!*wait || *end)
		return json_string(wait);

	return json_integer((json_int_t)seconds);
}

static json_t *body_of(const char *body)
{
	return body ? json_loads(body, 0, NULL) : json_null();
}

static json_t *notify_of(const struct flow_notify *notify)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:I}", "do", "notify",
	                 "trigger", notify->trigger, "notify_http",
	                 notify->http, "notify_linegroup", notify->linegroup,
	                 "human_answer_stop_robot",
	                 notify->human_answer_stop_robot, "beep_time",
	                 (json_int_t)notify->beep_time_ms, "rest_time",
	                 (json_int_t)notify->rest_time_ms);
}

static json_t *http_of(const struct flow_request *request)
{
	return json_pack("{s:s, s:{s:s, s:s, s:o, s:I}}", "do", "http",
	                 "request", "url", request->url, "method",
	                 request->method, "body", body_of(request->body),
	                 "timeout_ms", (json_int_t)request->timeout_ms);
}

static json_t *effect_of(const struct flow_effect *effect)
{
	switch (effect->kind) {
	case FLOW_DO_PLAY:
		return play_of(&effect->play);
	case FLOW_DO_TRANSFER:
		return json_pack("{s:s, s:s, s:s, s:s}", "do", "transfer",
		                 "extension", effect->transfer.extension,
		                 "dialplan", effect->transfer.dialplan,
		                 "context", effect->transfer.context);
	case FLOW_DO_QUEUE:
		return json_pack("{s:s, s:s, s:o, s:i}", "do", "queue", "name",
		                 effect->queue.name, "wait",
		                 wait_of(effect->queue.wait), "priority",
		                 effect->queue.priority);
	case FLOW_DO_HANGUP:
		return json_pack(
			"{s:s, s:o, s:s}", "do", "hangup", "playbacks",
			texts(effect->hangup.itemv, effect->hangup.itemc),
			"cause", effect->hangup.cause);
	case FLOW_DO_NLP:
		return json_pack("{s:s, s:o}", "do", "nlp", "request",
		                 body_of(effect->request.body));
	case FLOW_DO_HTTP:
		return http_of(&effect->request);
	case FLOW_DO_NOTIFY:
		return notify_of(&effect->notify);
	case FLOW_DO_WARN:
		return json_pack("{s:s}", "warning", effect->warning);
	}

	return NULL;
}

static void put_result(FILE *out, const struct flow_session *sess)
{
	struct flow_result result;
	const struct flow_counters *counters = &result.counters;
	json_t *variables = json_object(), *numbers;

	flow_session_result(sess, &result);
	for (size_t i = 0; i < result.varc; i++)
		(void)json_object_set_new(variables, result.varv[i].name,
		                          json_string(result.varv[i].value));
	numbers = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "talk_time",
		(json_int_t)counters->talk_time, "respond_count",
		(json_int_t)counters->respond_count, "positive_respond_count",
		(json_int_t)counters->positive_respond_count,
		"passive_respond_count",
		(json_int_t)counters->passive_respond_count,
		"intentional_count", (json_int_t)counters->intentional_count,
		"unintentional_count",
		(json_int_t)counters->unintentional_count,
		"trigger_global_flow",
		(json_int_t)counters->trigger_global_flow, "trigger_kb",
		(json_int_t)counters->trigger_kb, "proactively_hangup",
		(json_int_t)counters->proactively_hangup);
	put(out,
	    json_pack("{s:{s:s, s:I, s:s, s:o, s:o}}", "result", "label",
	              result.label, "intention", (json_int_t)result.intention,
	              "class", result.class_letter, "counters", numbers,
	              "variables", variables));
}

static void put_turn(FILE *out, const struct flow_session *sess,
                     const struct flow_turn *turn)
{
	size_t stepc = 0;

	for (size_t i = 0; i < turn->effectc; i++) {
		for (; stepc < turn->effectv[i].after_stepc; stepc++)
			put_step(out, &turn->stepv[stepc]);
		put(out, effect_of(&turn->effectv[i]));
	}
	for (; stepc < turn->stepc; stepc++)
		put_step(out, &turn->stepv[stepc]);
	if (turn->is_over)
		put_result(out, sess);
	(void)fflush(out);
}

/* --- in ----------------------------------------------------------------- */

/* A time or length: absent, it stays; anything but 0 and up is wrong. */
static bool number_take(const json_t *root, const char *name, uint64_t max,
                        uint64_t *numberp)
{
	const json_t *value = json_object_get(root, name);
	double number;

	if (!value)
		return true;
	if (!json_is_number(value))
		return false;

	number = json_number_value(value);
	if (number < 0 || number > (double)max)
		return false;
	*numberp = (uint64_t)number;

	return true;
}

static bool times_take(struct talk_line *line)
{
	uint64_t start_ms, duration_ms = 0, play_ms = 0;

	if (!number_take(line->root, "at", INT64_MAX / 2, &line->at_ms))
		return false;

	start_ms = line->at_ms;
	if (!number_take(line->root, "start", INT64_MAX / 2, &start_ms) ||
	    !number_take(line->root, "duration", INT32_MAX, &duration_ms) ||
	    !number_take(line->root, "play", INT32_MAX, &play_ms))
		return false;

	line->input.start_ms = start_ms;
	line->input.duration_ms = (uint32_t)duration_ms;
	line->input.play_ms = (uint32_t)play_ms;
	line->input.record =
		json_string_value(json_object_get(line->root, "record"));

	return true;
}

static bool text_take(struct talk_line *line, const json_t *value,
                      enum flow_input_kind kind)
{
	line->input.kind = kind;
	line->input.args = json_string_value(value);

	return line->input.args;
}

static bool nlp_take(struct talk_line *line, const json_t *value)
{
	const json_t *keyword = json_object_get(value, "keyword");

	line->input.kind = FLOW_NLP;
	line->input.args = json_string_value(keyword);
	line->input.description =
		json_string_value(json_object_get(value, "description"));

	return json_is_null(value) || json_is_object(value);
}

static bool http_take(struct talk_line *line, const json_t *value)
{
	json_t *body = json_object_get(value, "body");
	size_t size;

	line->input.kind = FLOW_HTTP;
	if (json_is_null(value))
		return true;
	if (!json_is_object(value))
		return false;

	line->input.status =
		(int)json_integer_value(json_object_get(value, "status"));
	if (!body || json_is_null(body))
		return true;

	size = json_dumpb(body, NULL, 0, JSON_ENCODE_ANY);
	line->body = mem_zalloc(size + 1, NULL);
	if (line->body)
		(void)json_dumpb(body, line->body, size, JSON_ENCODE_ANY);
	line->input.args = line->body;

	return line->body;
}

static bool hangup_take(struct talk_line *line, const json_t *value)
{
	line->input.kind = FLOW_COMPLETE;
	line->input.args = "HANGUP()";

	return json_is_true(value);
}

static bool event_take(struct talk_line *line, const char *name,
                       const json_t *value)
{
	if (!strcmp(name, "text"))
		return text_take(line, value, FLOW_TEXT);
	if (!strcmp(name, "dtmf"))
		return text_take(line, value, FLOW_DTMF);
	if (!strcmp(name, "complete"))
		return text_take(line, value, FLOW_COMPLETE);
	if (!strcmp(name, "nlp"))
		return nlp_take(line, value);
	if (!strcmp(name, "http"))
		return http_take(line, value);

	return hangup_take(line, value);
}

/* Understands one line; at_ms keeps the last time where it names none. */
static bool line_take(struct talk_line *line, const char *text)
{
	static const char *const eventv[] = {"text", "dtmf", "complete",
	                                     "nlp",  "http", "hangup"};
	const json_t *value = NULL;
	const char *name = NULL;

	line->root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(line->root))
		return false;

	for (size_t i = 0; i < ARRAY_COUNT(eventv); i++) {
		json_t *found = json_object_get(line->root, eventv[i]);

		if (found && name)
			return false;
		if (found) {
			name = eventv[i];
			value = found;
		}
	}

	return name && times_take(line) && event_take(line, name, value);
}

static void line_close(struct talk_line *line)
{
	json_decref(line->root);
	mem_deref(line->body);
}

/* --- both --------------------------------------------------------------- */

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r")];
}

/* Feeds one line. Returns the exit status, TALK_DONE to go on. */
static int line_feed(const char *text, FILE *out, struct flow_session *sess,
                     struct flow_turn *turn, uint64_t *at_msp)
{
	struct talk_line line = {.at_ms = *at_msp};
	int status = TALK_DONE;

	if (!line_take(&line, text)) {
		status = TALK_NOT_UNDERSTOOD;
		goto out;
	}

	/* Time does not run backwards. */
	if (line.at_ms < *at_msp)
		line.at_ms = *at_msp;
	*at_msp = line.at_ms;
	if (flow_feed(sess, &line.input, line.at_ms, turn)) {
		status = TALK_REFUSED;
		goto out;
	}
	put_turn(out, sess, turn);

out:
	line_close(&line);

	return status;
}

int talkjson_run(FILE *in, FILE *out, FILE *err, struct flow_session *sess)
{
	struct flow_input hangup = {.kind = FLOW_COMPLETE, .args = "HANGUP()"};
	unsigned number = 0;
	struct flow_turn turn;
	uint64_t at_ms = 0;

	if (flow_start(sess, &turn))
		return TALK_REFUSED;
	put_turn(out, sess, &turn);

	while (!turn.is_over) {
		char *text = NULL;
		int status, e = talk_line(&text, in);

		number++;
		if (e == ENODATA)
			break;

		status = e ? TALK_NOT_UNDERSTOOD : TALK_DONE;
		if (!e && !is_blank(text))
			status = line_feed(text, out, sess, &turn, &at_ms);
		mem_deref(text);
		if (status == TALK_NOT_UNDERSTOOD)
			(void)fprintf(err, "line %u: not understood\n", number);
		if (status)
			return status;
	}

	if (!turn.is_over) {
		hangup.start_ms = at_ms;
		if (flow_feed(sess, &hangup, at_ms, &turn))
			return TALK_REFUSED;
		put_turn(out, sess, &turn);
	}

	return TALK_DONE;
}
