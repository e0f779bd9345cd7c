/*
 * cli/drill_call.c - one call of a drill, and what the person heard of it
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wav.h"
#include "cli/drill.h"
#include <re_tmr.h>

enum {
	CALL_MAX_MS = 60000,
	TAPE_MAX_MS = 10000, /* from the end of a call to its tape */
	TAPE_POLL_MS = 50,
	ROBOT_MIN_MS = 500, /* less is no prompt */
	TRIES_MAX = 3,
	PATH_SIZE = ENV_PATH_SIZE + 128,
};

static const char number[] = "+15550101";

static const char conversation[] =
	"{\"version\":\"1\",\"start\":\"ask\",\"language\":\"en\","
	"\"variables\":{\"row\":\"none\"},"
	"\"asr\":{\"vad_max_end_silence_time_ms\":800},\"label\":["
	"{\"label\":\"understood\",\"when\":"
	"[{\"var\":\"class\",\"op\":\"==\",\"value\":\"A\"}]},"
	"{\"label\":\"apologised\",\"when\":"
	"[{\"var\":\"class\",\"op\":\"==\",\"value\":\"E\"}]},"
	"{\"label\":\"not understood\"}],\"flow\":["
	"{\"id\":\"ask\",\"action\":\"playback\","
	"\"playbacks\":[\"Good day.%s Will you come?\"],"
	"\"children\":["
	"{\"flow\":\"thanks\",\"condition\":"
	"{\"text\":\"yes i will come|i will come|yes\"}},"
	"{\"flow\":\"sorry\",\"condition\":{\"complete\":\"ERROR\"}},"
	"{\"flow\":\"lost\",\"condition\":{\"complete\":\"ANY\"}}]},"
	"{\"id\":\"thanks\",\"action\":\"hangup\",\"potential\":\"A\","
	"\"playbacks\":[\"Thank you. ${row}.\"]},"
	"{\"id\":\"sorry\",\"action\":\"hangup\",\"potential\":\"E\","
	"\"playbacks\":[\"Sorry, that did not work.%s\"]},"
	"{\"id\":\"lost\",\"action\":\"hangup\",\"potential\":\"B\","
	"\"playbacks\":[\"Sorry, I did not understand.\"]}]}";

struct talk {
	struct drill *drill;
	struct drill_result *result;
	struct call *call; /* NULL: over */
	struct tmr tmr;
};

static void moment_handler(const struct call_moment *moment, void *arg)
{
	const struct talk *talk = arg;
	struct drill_result *result = talk->result;

	if (moment->kind == CALL_TROUBLE && !*result->trouble)
		(void)text_copy(result->trouble, sizeof(result->trouble),
		                moment->text);
	if (moment->kind == CALL_STEP && *moment->step->heard_by &&
	    !*result->heard_by)
		(void)text_copy(result->heard_by, sizeof(result->heard_by),
		                moment->step->heard_by);
}

static void ended_handler(const struct call_result *ended, void *arg)
{
	struct talk *talk = arg;
	struct drill_result *result = talk->result;

	talk->call = NULL;
	result->was_answered = ended->flow != NULL;
	result->is_by_them = ended->end.is_by_them;
	result->talk_ms = ended->talk_ms;
	(void)text_copy(result->spoken_by, sizeof(result->spoken_by),
	                ended->spoken_by);
	if (ended->flow)
		(void)text_copy(result->label, sizeof(result->label),
		                ended->flow->label);
	env_wake(talk->drill->env);
}

static void late_handler(void *arg)
{
	struct talk *talk = arg;

	(void)snprintf(talk->result->fault, sizeof(talk->result->fault),
	               "the call went on for more than %d s",
	               CALL_MAX_MS / 1000);
	if (talk->call)
		call_hangup(talk->call);
}

static void interrupted(void *arg)
{
	struct talk *talk = arg;

	if (talk->call)
		call_hangup(talk->call);
}

/* --- the tape ------------------------------------------------------------- */

static void poll_handler(void *arg)
{
	env_wake(arg);
}

/* The person's process writes it after its own end of the call. */
static int tape_wait(struct drill *drill, const char *path)
{
	struct tmr timer;
	int err = 0;

	tmr_init(&timer);
	for (int ms = 0; !err && access(path, R_OK); ms += TAPE_POLL_MS) {
		if (ms > TAPE_MAX_MS) {
			err = ETIMEDOUT;
			break;
		}
		tmr_start(&timer, TAPE_POLL_MS, poll_handler, drill->env);
		err = env_wait(drill->env);
	}
	tmr_cancel(&timer);

	return err;
}

static int measure(struct drill_result *result, struct drill *drill,
                   const char *call_id)
{
	char said_path[PATH_SIZE], heard_path[PATH_SIZE];
	int16_t *said = NULL, *heard = NULL;
	size_t saidc, heardc;
	uint32_t rate_hz;
	int err;

	(void)snprintf(said_path, sizeof(said_path), "%s/%s.said.wav",
	               drill->tapes, call_id);
	(void)snprintf(heard_path, sizeof(heard_path), "%s/%s.heard.wav",
	               drill->tapes, call_id);
	err = tape_wait(drill, heard_path);
	if (!err)
		err = wav_read(&said, &saidc, &rate_hz, said_path);
	if (!err)
		err = wav_read(&heard, &heardc, &rate_hz, heard_path);
	if (!err && (saidc != heardc || rate_hz != SILENCE_RATE_HZ))
		err = EBADMSG;
	if (!err)
		silence_find(&result->silence, said, heard, heardc);
	mem_deref(said);
	mem_deref(heard);

	return err;
}

/* --- the call ------------------------------------------------------------- */

static int place(struct drill_result *result, struct drill *drill,
                 const struct call_prm *prm)
{
	struct talk talk = {.drill = drill, .result = result};
	const struct call_sink sink = {moment_handler, ended_handler, &talk};
	struct env *env = drill->env;
	int err;

	env->interrupted = interrupted;
	env->interrupted_arg = &talk;
	err = call_place(&talk.call, env->calls, prm, &sink);
	if (err)
		goto out;

	tmr_init(&talk.tmr);
	tmr_start(&talk.tmr, CALL_MAX_MS, late_handler, &talk);
	err = env_wait(env);
	tmr_cancel(&talk.tmr);
	if (!err && env->interrupts)
		err = EINTR;

out:
	env->interrupted = NULL;

	return err;
}

static bool is_late(const struct drill_result *result)
{
	return result->silence.longest_ms > DRILL_SILENCE_MS;
}

/* Who should have heard is not broken, and yet had no text in time. */
static bool is_unheard(const struct drill_result *result,
                       const struct drill_row *row)
{
	char why[DRILL_WHO_SIZE + 32];

	(void)snprintf(why, sizeof(why), "%s: no text in time", row->heard_by);

	return row->ending == DRILL_UNDERSTOOD && !*result->heard_by &&
	       !strcmp(result->trouble, why);
}

static void judge(struct drill_result *result, const struct drill_row *row)
{
	static const char *const labelv[] = {
		[DRILL_UNDERSTOOD] = "understood",
		[DRILL_APOLOGISED] = "apologised",
		[DRILL_SOMEHOW] = NULL,
	};
	const char *label = labelv[row->ending];
	char *fault = result->fault;
	const size_t size = sizeof(result->fault);

	if (*fault)
		return;
	if (!result->was_answered)
		(void)snprintf(fault, size, "there was no call");
	else if (is_late(result))
		(void)snprintf(fault, size, "silence at %.1f s",
		               result->silence.at_ms / 1000.0);
	else if (is_unheard(result, row))
		(void)snprintf(fault, size, "%s", result->trouble);
	else if (result->silence.robot_ms < ROBOT_MIN_MS)
		(void)snprintf(fault, size, "the robot was not heard");
	else if (result->is_by_them)
		(void)snprintf(fault, size, "they hung up");
	else if (label && strcmp(label, result->label))
		(void)snprintf(fault, size, "should be %s", label);
	else if (row->ending == DRILL_UNDERSTOOD &&
	         strcmp(row->heard_by, result->heard_by))
		(void)snprintf(fault, size, "%s should have heard",
		               row->heard_by);
}

static int breakdown(const struct drill *drill, const struct drill_row *row)
{
	const struct env *env = drill->env;

	int err;

	err = voices_break(env->voices, row->voice_broken, row->voice_first,
	                   row->voice_how);
	if (err)
		return err;

	return asr_break(env->asr, row->asr_broken, row->asr_first,
	                 row->asr_how);
}

int drill_script_make(struct flow_script **scriptp, enum drill_words words)
{
	struct flow_faults *faults;
	char *json = NULL;
	int err;

	err = flow_faults_alloc(&faults);
	if (err)
		return err;

	err = re_sdprintf(&json, conversation,
	                  words == DRILL_NEW_GREETING ? " ${row}." : "",
	                  words == DRILL_NEW_APOLOGY ? " ${row}." : "");
	if (!err)
		err = flow_load(scriptp, "drill", json, strlen(json), faults);
	mem_deref(json);
	mem_deref(faults);

	return err;
}

static int once(struct drill_result *result, struct drill *drill,
                const struct drill_row *row)
{
	char callid[ID_SIZE];
	char words[sizeof("Number") + 24];
	const struct flow_var var = {"row", words};
	const struct call_prm prm = {
		.callid = id_make(callid),
		.script = drill->scriptv[row->words],
		.varv = &var,
		.varc = 1,
		.line = drill->line,
		.number = number,
	};
	int err;

	(void)snprintf(words, sizeof(words), "Number %u", ++drill->calls);
	*result = (struct drill_result){.label = ""};
	err = breakdown(drill, row);
	if (!err)
		err = place(result, drill, &prm);
	if (!err && result->was_answered)
		err = measure(result, drill, callid);
	(void)voices_break(drill->env->voices, 0, 0, VOICE_BREAK_NONE);
	if (!err)
		judge(result, row);

	return err;
}

int drill_call(struct drill_result *result, struct drill *drill,
               const struct drill_row *row)
{
	unsigned tries = 0;
	int err;

	/* A machine that has other work too is late now and then; a defect
	 * is late each time. */
	do {
		err = once(result, drill, row);
		result->tries = ++tries;
	} while (!err && tries < TRIES_MAX && *result->fault &&
	         (is_late(result) || is_unheard(result, row)));

	if (err && err != EINTR)
		fprintf(stderr, "dialwright: %s: %s\n", row->name,
		        strerror(err));

	return err;
}
