/*
 * cli/talk.c - a conversation with a script at the terminal
 *
 * What is typed is what the callee says.
 */
#include <errno.h>
#include <time.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/text.h"
#include "call/call.h"
#include "cli/talk.h"

enum {
	CHUNK_BYTES = 256,
};

static const char help[] =
	"Type what the callee says, or\n"
	"  /dtmf 1     keys\n"
	"  /silence    nothing is said until the wait is over\n"
	"  /done       the prompt is over and something not understood was "
	"said\n"
	"  /hangup     the callee hangs up\n"
	"  /why        why the last step went where it went\n"
	"  /help       this\n";

int talk_line(char **linep, FILE *in)
{
	struct mbuf *mb = mbuf_alloc(CHUNK_BYTES);
	char chunk[CHUNK_BYTES];
	bool is_whole = false;
	char *line = NULL;
	int err = 0;

	if (!mb)
		return ENOMEM;

	while (!is_whole && fgets(chunk, sizeof(chunk), in)) {
		size_t len = strlen(chunk);

		is_whole = len && chunk[len - 1] == '\n';
		if (mb->end < TALK_LINE_BYTES_MAX)
			err = mbuf_write_mem(mb, (uint8_t *)chunk,
			                     len - is_whole);
	}

	if (!err && !mb->end && !is_whole)
		err = ENODATA;
	else if (!err && mb->end >= TALK_LINE_BYTES_MAX)
		err = EMSGSIZE;
	if (!err) {
		mb->pos = 0;
		err = mbuf_strdup(mb, &line, mb->end);
	}
	mem_deref(mb);
	if (!err)
		*linep = line;

	return err;
}

/* --- what the robot does ------------------------------------------------ */

static void say_items(FILE *out, const char *const *itemv, size_t itemc)
{
	for (size_t i = 0; i < itemc; i++)
		(void)fprintf(out, "%s%s", i ? " " : "robot: ", itemv[i]);
	if (itemc)
		(void)fputc('\n', out);
}

static void show_effect(FILE *out, const struct flow_effect *effect)
{
	switch (effect->kind) {
	case FLOW_DO_PLAY:
		say_items(out, effect->play.itemv, effect->play.itemc);
		if (!effect->play.itemc)
			(void)fputs("(the robot listens)\n", out);
		break;
	case FLOW_DO_TRANSFER:
		(void)fprintf(out, "(transfers to %s)\n",
		              effect->transfer.extension);
		break;
	case FLOW_DO_QUEUE:
		(void)fprintf(out, "(puts the call into the queue %s)\n",
		              effect->queue.name);
		break;
	case FLOW_DO_HANGUP:
		say_items(out, effect->hangup.itemv, effect->hangup.itemc);
		(void)fputs("(the robot hangs up)\n", out);
		break;
	case FLOW_DO_NLP:
		(void)fputs("(asks the service what was meant)\n", out);
		break;
	case FLOW_DO_HTTP:
		(void)fprintf(out, "(asks %s)\n", effect->request.url);
		break;
	case FLOW_DO_NOTIFY:
		(void)fprintf(out, "(tells the agents: %s)\n",
		              effect->notify.trigger);
		break;
	case FLOW_DO_WARN:
		(void)fprintf(out, "(warning: %s)\n", effect->warning);
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

/* Makes an input of a line; text is room for it. Returns false for lines that
 * are none. */
static bool understand(const char *line, struct flow_input *input,
                       struct mbuf *text)
{
	mbuf_rewind(text);
	if (!strncmp(line, "/dtmf", 5)) {
		line += 5 + strspn(line + 5, " ");
		input->kind = FLOW_DTMF;
		(void)mbuf_printf(text, "D%s", line);
	}
	else if (!strcmp(line, "/silence")) {
		input->kind = FLOW_COMPLETE;
		(void)mbuf_write_str(text, "TIMEOUT()");
	}
	else if (!strcmp(line, "/done")) {
		input->kind = FLOW_COMPLETE;
		(void)mbuf_write_str(text, "DONE()");
	}
	else if (!strcmp(line, "/hangup")) {
		input->kind = FLOW_COMPLETE;
		(void)mbuf_write_str(text, "HANGUP()");
	}
	else if (*line == '/' || !line[strspn(line, " \t\r")]) {
		return false;
	}
	else {
		input->kind = FLOW_TEXT;
		(void)mbuf_printf(text, "F%s", line);
	}
	(void)mbuf_write_u8(text, '\0');
	input->args = (const char *)text->buf;

	return true;
}

/* What was said and matched nothing ends the wait, as on the telephone. */
static bool is_unmatched(const struct flow_input *input,
                         const struct flow_turn *turn)
{
	return (input->kind == FLOW_TEXT || input->kind == FLOW_DTMF) &&
	       !turn->effectc && !turn->is_over;
}

struct talk {
	FILE *in, *out;
	struct flow_session *sess;
	struct flow_turn turn;
	struct mbuf *why, *text;
	uint64_t start_ms;
	struct httpc *http; /* NULL: nobody is asked */
	bool is_answered;
	int err; /* of feeding the answer */
};

static int feed(struct talk *talk, const struct flow_input *input)
{
	uint64_t now_ms = clock_ms() - talk->start_ms;
	int err = flow_feed(talk->sess, input, now_ms, &talk->turn);

	if (err)
		return err;

	why_keep(talk->why, &talk->turn);
	show_turn(talk->out, talk->sess, &talk->turn);

	return 0;
}

/* --- services -------------------------------------------------------- */

static void answer_handler(const struct flow_input *input, const char *fault,
                           void *arg)
{
	struct talk *talk = arg;

	if (fault)
		(void)fprintf(talk->out, "(%s)\n", fault);
	talk->err = feed(talk, input);
	talk->is_answered = true;
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

static int ask(struct talk *talk, const struct flow_effect *effect)
{
	struct flow_input none = {
		.kind = effect->kind == FLOW_DO_NLP ? FLOW_NLP : FLOW_HTTP,
	};
	struct call_service *service = NULL;
	int err = EINVAL;

	if (talk->http)
		err = call_service_ask(&service, talk->http, effect,
		                       answer_handler, talk);
	if (err == EINVAL) {
		(void)fputs("(it cannot be asked: no answer)\n", talk->out);
		return feed(talk, &none);
	}
	if (err)
		return err;

	talk->is_answered = false;
	err = loop_run();
	mem_deref(service);
	if (!err && !talk->is_answered)
		err = ECANCELED;

	return err ? err : talk->err;
}

static int ask_all(struct talk *talk)
{
	const struct flow_effect *effect;
	int err = 0;

	while (!err && (effect = request_of(&talk->turn)))
		err = ask(talk, effect);

	return err;
}

static int hear(struct talk *talk, const char *line)
{
	struct flow_input input = {.start_ms = clock_ms() - talk->start_ms};
	int err;

	if (!understand(line, &input, talk->text)) {
		if (!strcmp(line, "/why"))
			(void)fprintf(talk->out, "%.*s", (int)talk->why->end,
			              (const char *)talk->why->buf);
		else if (*line == '/')
			(void)fputs(help, talk->out);
		return 0;
	}

	mbuf_rewind(talk->why);
	err = feed(talk, &input);
	if (!err)
		err = ask_all(talk);
	if (!err && is_unmatched(&input, &talk->turn)) {
		char done[] = "DONE()";

		input.kind = FLOW_COMPLETE;
		input.args = done;
		err = feed(talk, &input);
	}

	return err ? err : ask_all(talk);
}

static int converse(struct talk *talk)
{
	int err;

	err = flow_start(talk->sess, &talk->turn);
	if (err)
		return err;
	why_keep(talk->why, &talk->turn);
	show_turn(talk->out, talk->sess, &talk->turn);
	err = ask_all(talk);

	while (!err && !talk->turn.is_over) {
		char *line = NULL;

		(void)fputs("you: ", talk->out);
		(void)fflush(talk->out);
		err = talk_line(&line, talk->in);
		if (err == ENODATA) {
			(void)fputc('\n', talk->out);
			err = hear(talk, "/hangup");
		}
		else if (err == EMSGSIZE) {
			err = 0;
		}
		else if (!err) {
			err = hear(talk, line);
		}
		mem_deref(line);
	}

	return err;
}

static int terminal_run(FILE *in, FILE *out, struct flow_session *sess,
                        struct httpc *http)
{
	struct talk talk = {
		.in = in,
		.out = out,
		.sess = sess,
		.why = mbuf_alloc(CHUNK_BYTES),
		.text = mbuf_alloc(CHUNK_BYTES),
		.start_ms = clock_ms(),
		.http = http,
	};
	int err = ENOMEM;

	if (talk.why && talk.text) {
		(void)fputs("(/help shows what else can be typed)\n", out);
		err = converse(&talk);
	}
	mem_deref(talk.why);
	mem_deref(talk.text);

	return err ? TALK_REFUSED : TALK_DONE;
}

/* --- the command -------------------------------------------------------- */

static void show_faults(FILE *out, FILE *err, const struct flow_faults *faults,
                        bool is_json, bool is_refused)
{
	for (size_t i = 0; i < flow_faults_count(faults); i++) {
		const struct flow_fault *fault = flow_faults_at(faults, i);

		if (is_json && is_refused)
			talkjson_fault(err, fault);
		else if (is_json)
			talkjson_warning(out, fault);
		else
			(void)fprintf(err, "%s: %s%s%s\n",
			              fault->level == FLOW_ERROR ? "error"
			                                         : "warning",
			              fault->path, *fault->path ? ": " : "",
			              fault->message);
	}
}

/* Lines of JSON can hold nothing else. */
static bool is_text(const struct talk_prm *prm)
{
	bool is_good =
		!prm->callid || text_is_utf8(prm->callid, strlen(prm->callid));

	for (size_t i = 0; i < prm->varc && is_good; i++)
		is_good = text_is_utf8(prm->varv[i].name,
		                       strlen(prm->varv[i].name)) &&
		          text_is_utf8(prm->varv[i].value,
		                       strlen(prm->varv[i].value));

	return is_good;
}

int talk_run(FILE *in, FILE *out, FILE *err, const struct talk_prm *prm)
{
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	struct flow_session *sess = NULL;
	int status = TALK_REFUSED;
	char id[ID_SIZE];
	int e;

	if (!is_text(prm)) {
		(void)fputs("talk: variables and the call's id are UTF-8\n",
		            err);
		return TALK_NOT_UNDERSTOOD;
	}

	e = flow_faults_alloc(&faults);
	if (e)
		goto out;

	e = flow_load_file(&script, prm->path, faults);
	show_faults(out, err, faults, prm->is_json, e != 0);
	if (e)
		goto out;

	e = flow_session_alloc(&sess, script,
	                       prm->callid ? prm->callid : id_make(id),
	                       prm->varv, prm->varc);
	if (e)
		goto out;

	status = prm->is_json ? talkjson_run(in, out, err, sess)
	                      : terminal_run(in, out, sess, prm->http);

out:
	mem_deref(sess);
	mem_deref(script);
	mem_deref(faults);

	return status;
}
