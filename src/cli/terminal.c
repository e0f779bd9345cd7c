/*
 * cli/terminal.c - a conversation with a script, typed by a person
 *
 * What is typed is what the callee says; lines that begin with a slash are
 * what else may happen on a telephone, or questions about the conversation.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "call/call.h"
#include "cli/ink.h"
#include "cli/talk.h"
#include "cli/terminal.h"

enum {
	TEXT_BYTES = 256,

	/* Values of response_type (checklist E029, E037) that lead nowhere. */
	RESPONSE_NONE = 0,
	RESPONSE_NOISE = 8,
};

struct terminal {
	FILE *in, *out;
	struct flow_session *sess;
	struct flow_turn turn;
	struct mbuf *why, *text;
	uint64_t start_ms;
	struct httpc *http; /* NULL: nobody is asked */
	bool is_answered;
	int err; /* of feeding the answer */
};

/* --- what the robot does ------------------------------------------------ */

static void note(FILE *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What is not said on the telephone. */
static void note(FILE *out, const char *format, ...)
{
	va_list ap;

	(void)fprintf(out, "%s(", ink(out, INK_FAINT));
	va_start(ap, format);
	(void)vfprintf(out, format, ap);
	va_end(ap);
	(void)fprintf(out, ")%s\n", ink(out, INK_PLAIN));
}

static void say_items(FILE *out, const char *const *itemv, size_t itemc)
{
	if (!itemc)
		return;

	(void)fprintf(out, "%srobot:%s", ink(out, INK_ROBOT),
	              ink(out, INK_PLAIN));
	for (size_t i = 0; i < itemc; i++)
		(void)fprintf(out, " %s", itemv[i]);
	(void)fputc('\n', out);
}

static void show_effect(FILE *out, const struct flow_effect *effect)
{
	switch (effect->kind) {
	case FLOW_DO_PLAY:
		say_items(out, effect->play.itemv, effect->play.itemc);
		if (!effect->play.itemc)
			note(out, "the robot listens");
		break;
	case FLOW_DO_TRANSFER:
		note(out, "transfers to %s; /done or /error says how it went",
		     effect->transfer.extension);
		break;
	case FLOW_DO_QUEUE:
		note(out,
		     "puts the call into the queue %s; /done or /error says "
		     "how it went",
		     effect->queue.name);
		break;
	case FLOW_DO_HANGUP:
		say_items(out, effect->hangup.itemv, effect->hangup.itemc);
		note(out, "the robot hangs up");
		break;
	case FLOW_DO_NLP:
		note(out, "asks the service what was meant");
		break;
	case FLOW_DO_HTTP:
		note(out, "asks %s", effect->request.url);
		break;
	case FLOW_DO_NOTIFY:
		note(out, "tells the agents: %s", effect->notify.trigger);
		break;
	case FLOW_DO_WARN:
		note(out, "warning: %s", effect->warning);
		break;
	}
}

static void show_result(FILE *out, const struct flow_session *sess)
{
	struct flow_result result;

	flow_session_result(sess, &result);
	(void)fprintf(out,
	              "-- label \"%s\", class \"%s\", intention %lld, %u "
	              "sentences, %u s\n",
	              result.label, result.class_letter,
	              (long long)result.intention,
	              result.counters.respond_count, result.counters.talk_time);
}

/* Adds a turn's rows, as words, to what /why shows. */
static void why_keep(struct mbuf *why, const struct flow_turn *turn)
{
	for (size_t i = 0; i < turn->stepc; i++) {
		const struct flow_step *step = &turn->stepv[i];

		(void)mbuf_printf(why, "  at %s: %s \"%s\" -> %s",
		                  *step->current_flowid ? step->current_flowid
		                                        : "-",
		                  flow_input_type_name(step->input_type),
		                  step->input_args,
		                  flow_response_name(step->response_type));
		if (*step->response_id)
			(void)mbuf_printf(why, " %s", step->response_id);
		if (*step->matching_condition)
			(void)mbuf_printf(
				why, ", %s of \"%s\" by \"%s\"",
				flow_method_name(step->matching_method),
				step->matching_condition,
				step->matching_keyword);
		if (*step->response_description)
			(void)mbuf_printf(why, " (%s)",
			                  step->response_description);
		(void)mbuf_write_u8(why, '\n');
	}
}

static void show_turn(FILE *out, const struct flow_session *sess,
                      const struct flow_turn *turn)
{
	for (size_t i = 0; i < turn->effectc; i++)
		show_effect(out, &turn->effectv[i]);
	if (turn->is_over)
		show_result(out, sess);
	(void)fflush(out);
}

/* --- what is typed ------------------------------------------------------ */

/* What may happen besides words. */
struct command {
	const char *name;
	const char *words; /* what follows it */
	const char *help;
	enum flow_input_kind kind;
	const char *args; /* of the input; the words come behind it */
	void (*show)(struct terminal *terminal); /* instead of an input */
};

static void show_why(struct terminal *terminal)
{
	(void)fprintf(terminal->out, "%.*s", (int)terminal->why->end,
	              (const char *)terminal->why->buf);
}

static void show_vars(struct terminal *terminal)
{
	struct flow_result result;

	flow_session_result(terminal->sess, &result);
	for (size_t i = 0; i < result.varc; i++)
		(void)fprintf(terminal->out, "  %s = %s\n", result.varv[i].name,
		              result.varv[i].value);
	if (!result.varc)
		note(terminal->out, "there are none");
}

static void show_help(struct terminal *terminal);

/* clang-format off */
static const struct command commandv[] = {
	{"/dtmf", "KEYS", "keys, the last of them ends the input",
	 FLOW_DTMF, "D", NULL},
	{"/silence", NULL, "nothing is said until the wait is over",
	 FLOW_COMPLETE, "TIMEOUT()", NULL},
	{"/done", NULL, "it is over; nothing more was understood",
	 FLOW_COMPLETE, "DONE()", NULL},
	{"/error", NULL, "what the robot does has failed",
	 FLOW_COMPLETE, "ERROR()", NULL},
	{"/partial", "WORDS", "words of a sentence that is not over yet",
	 FLOW_TEXT, "S", NULL},
	{"/hangup", NULL, "the callee hangs up",
	 FLOW_COMPLETE, "HANGUP()", NULL},
	{"/why", NULL, "why the last step went where it went",
	 FLOW_TEXT, NULL, show_why},
	{"/vars", NULL, "the variables as they stand",
	 FLOW_TEXT, NULL, show_vars},
	{"/help", NULL, "this", FLOW_TEXT, NULL, show_help},
};
/* clang-format on */

static void show_help(struct terminal *terminal)
{
	(void)fputs("Type what the callee says, or\n", terminal->out);
	for (size_t i = 0; i < ARRAY_COUNT(commandv); i++) {
		const struct command *command = &commandv[i];

		(void)fprintf(terminal->out, "  %-8s %-5s  %s\n", command->name,
		              command->words ? command->words : "",
		              command->help);
	}
}

/* The command of a line, and what follows it. */
static const struct command *command_of(const char *line, const char **wordsp)
{
	size_t len = strcspn(line, " \t");

	*wordsp = line + len + strspn(line + len, " \t");
	for (size_t i = 0; i < ARRAY_COUNT(commandv); i++)
		if (strlen(commandv[i].name) == len &&
		    !strncmp(line, commandv[i].name, len))
			return &commandv[i];

	return NULL;
}

/* Makes the input of a line; text is room for it. Returns false for lines that
 * are none. */
static bool understand(struct terminal *terminal, const char *line,
                       struct flow_input *input)
{
	const struct command *command = NULL;
	const char *words = line, *mark = "F";

	if (!line[strspn(line, " \t\r")])
		return false;

	input->kind = FLOW_TEXT;
	if (*line == '/') {
		command = command_of(line, &words);
		if (!command || !command->words != !*words) {
			note(terminal->out,
			     command ? "%s is typed otherwise; /help shows how"
			             : "there is no %s; /help shows what there "
			               "is",
			     line);
			return false;
		}
		if (command->show) {
			command->show(terminal);
			return false;
		}
		input->kind = command->kind;
		mark = command->args;
	}

	mbuf_rewind(terminal->text);
	(void)mbuf_printf(terminal->text, "%s%s", mark, words);
	(void)mbuf_write_u8(terminal->text, '\0');
	input->args = (const char *)terminal->text->buf;

	return true;
}

static int feed(struct terminal *terminal, const struct flow_input *input)
{
	uint64_t now_ms = clock_ms() - terminal->start_ms;
	int err = flow_feed(terminal->sess, input, now_ms, &terminal->turn);

	if (err)
		return err;

	why_keep(terminal->why, &terminal->turn);
	show_turn(terminal->out, terminal->sess, &terminal->turn);

	return 0;
}

/* --- services -------------------------------------------------------- */

static void answer_handler(const struct flow_input *input, const char *fault,
                           void *arg)
{
	struct terminal *terminal = arg;

	if (fault)
		note(terminal->out, "%s", fault);
	terminal->err = feed(terminal, input);
	terminal->is_answered = true;
	loop_stop();
}

/* The request that a turn ends with, or NULL. */
static const struct flow_effect *request_of(const struct flow_turn *turn)
{
	const struct flow_effect *last;

	if (!turn->effectc)
		return NULL;

	last = &turn->effectv[turn->effectc - 1];

	return last->kind == FLOW_DO_NLP || last->kind == FLOW_DO_HTTP ? last
	                                                               : NULL;
}

static int ask(struct terminal *terminal, const struct flow_effect *effect)
{
	struct flow_input none = {
		.kind = effect->kind == FLOW_DO_NLP ? FLOW_NLP : FLOW_HTTP,
	};
	struct call_service *service = NULL;
	int err = EINVAL;

	if (terminal->http)
		err = call_service_ask(&service, terminal->http, effect,
		                       answer_handler, terminal);
	if (err == EINVAL) {
		note(terminal->out, "it cannot be asked: no answer");
		return feed(terminal, &none);
	}
	if (err)
		return err;

	terminal->is_answered = false;
	err = loop_run();
	mem_deref(service);
	if (!err && !terminal->is_answered)
		err = ECANCELED;

	return err ? err : terminal->err;
}

static int ask_all(struct terminal *terminal)
{
	const struct flow_effect *effect;
	int err = 0;

	while (!err && (effect = request_of(&terminal->turn)))
		err = ask(terminal, effect);

	return err;
}

/* --- the conversation --------------------------------------------------- */

/* What was heard and led nowhere ends the wait, as on the telephone. */
static int end_wait(struct terminal *terminal, const struct flow_input *heard)
{
	const struct flow_turn *turn = &terminal->turn;
	struct flow_input done = {
		.kind = FLOW_COMPLETE,
		.start_ms = heard->start_ms,
	};
	char *args = NULL;
	int err;

	if (heard->kind == FLOW_DTMF && !turn->stepc && !turn->effectc)
		note(terminal->out, "keys mean nothing here");
	if (turn->is_over || !turn->stepc || turn->effectc ||
	    heard->kind == FLOW_COMPLETE || *heard->args == 'S')
		return 0;
	if (turn->stepv[0].response_type == RESPONSE_NOISE)
		note(terminal->out, "noise, no answer");
	if (turn->stepv[0].response_type != RESPONSE_NONE)
		return 0;

	err = re_sdprintf(&args, "DONE(%s)",
	                  heard->kind == FLOW_TEXT ? heard->args : "");
	if (err)
		return err;

	note(terminal->out, "not understood");
	done.args = args;
	err = feed(terminal, &done);
	mem_deref(args);

	return err;
}

static int hear(struct terminal *terminal, const char *line)
{
	struct flow_input input = {
		.start_ms = clock_ms() - terminal->start_ms,
	};
	int err;

	if (!understand(terminal, line, &input))
		return 0;

	mbuf_rewind(terminal->why);
	err = feed(terminal, &input);
	if (!err)
		err = ask_all(terminal);
	if (!err)
		err = end_wait(terminal, &input);

	return err ? err : ask_all(terminal);
}

static void trim(char *line)
{
	size_t len = strlen(line);

	while (len && strchr(" \t\r", line[len - 1]))
		line[--len] = '\0';
}

/* Asks for one line and hears it. */
static int hear_next(struct terminal *terminal)
{
	FILE *out = terminal->out;
	char *line = NULL;
	int err;

	(void)fprintf(out, "%syou:%s ", ink(out, INK_CALLEE),
	              ink(out, INK_PLAIN));
	(void)fflush(out);
	err = talk_line(&line, terminal->in);
	if (err == ENODATA) {
		(void)fputs("/hangup\n", out);
		return hear(terminal, "/hangup");
	}
	if (err == EMSGSIZE) {
		note(out, "the line is too long");
		return 0;
	}
	if (err)
		return err;

	trim(line);
	/* Where a file is typed in, what it says belongs to the page. */
	if (!isatty(fileno(terminal->in)))
		(void)fprintf(out, "%s\n", line);
	err = hear(terminal, line);
	mem_deref(line);

	return err;
}

static int converse(struct terminal *terminal)
{
	int err;

	err = flow_start(terminal->sess, &terminal->turn);
	if (err)
		return err;

	why_keep(terminal->why, &terminal->turn);
	show_turn(terminal->out, terminal->sess, &terminal->turn);
	err = ask_all(terminal);
	while (!err && !terminal->turn.is_over)
		err = hear_next(terminal);

	return err;
}

int terminal_run(const struct terminal_prm *prm)
{
	struct terminal terminal = {
		.in = prm->in,
		.out = prm->out,
		.sess = prm->sess,
		.why = mbuf_alloc(TEXT_BYTES),
		.text = mbuf_alloc(TEXT_BYTES),
		.start_ms = clock_ms(),
		.http = prm->http,
	};
	const char *version = flow_script_version(prm->script);
	int err = ENOMEM;

	if (terminal.why && terminal.text) {
		note(prm->out,
		     "%s%s%s: you are the callee; /help shows what "
		     "else can be typed",
		     flow_script_name(prm->script),
		     *version ? ", version " : "", version);
		err = converse(&terminal);
	}
	mem_deref(terminal.why);
	mem_deref(terminal.text);

	return err;
}
