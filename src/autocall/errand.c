/*
 * autocall/errand.c - a robot call that somebody asked for
 *
 * Asked, allowed, placed, told step by step, ended with a code. An errand is
 * in the list of its service while it lasts, and kept by whoever is to call it
 * back: the store until it has answered, then the call.
 */
#include <errno.h>
#include <stdio.h>
#include "autocall/ami.h"
#include "autocall/errand.h"
#include "autocall/note.h"
#include "base/id.h"
#include "base/log.h"
#include "base/number.h"
#include "base/text.h"

enum {
	ID_BYTES = 500,    /* of a task: a navigation link of 1C */
	DIALLED_SIZE = 48, /* prefix and number */
	CHANNEL_SIZE = 128,
};

static const char missed_comment[] = "автообзвон. не удалось дозвониться";

struct errand {
	struct le le;
	struct autocall *owner; /* NULL: the service is gone */
	struct httpd_request *req;
	const struct autocall_file *file;
	struct call *call; /* NULL before and after it */
	char id_ext[ID_SIZE];
	char *id; /* of the task, "" = none */
	char exten[NUMBER_SIZE * 2];
	char dialled[DIALLED_SIZE]; /* as the older robot would have */
	char number[DIALLED_SIZE];  /* as it is called */
	char channel[CHANNEL_SIZE];
	enum verdict verdict; /* of the last answer that had a meaning */
};

static void destructor(void *arg)
{
	struct errand *errand = arg;

	list_unlink(&errand->le);
	mem_deref(errand->req);
	mem_deref(errand->id);
}

static const char *text_of(const struct errand *errand, const char *key)
{
	return cfg_text(errand->owner->prm.cfg, "autocall", key);
}

static uint32_t number_of(const struct errand *errand, const char *key)
{
	return (uint32_t)cfg_number(errand->owner->prm.cfg, "autocall", key);
}

static struct note_about about(const struct errand *errand)
{
	return (struct note_about){.id_ext = errand->id_ext, .id = errand->id};
}

/* --- what is told -------------------------------------------------------- */

static void tell(struct errand *errand, const char *name, json_t *fields)
{
	const struct note_about whose = about(errand);

	note_tell(errand->owner, &whose, name, fields);
}

/* Fields that events of the AMI share. */
static json_t *ami(const struct errand *errand)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "Channel", errand->channel,
	                 "Uniqueid", errand->id_ext, "CallerIDNum",
	                 errand->dialled, "CallerIDName", "");
}

static json_t *with(json_t *fields, const char *key, const char *value)
{
	if (fields)
		(void)json_object_set_new(fields, key, json_string(value));

	return fields;
}

static void tell_state(struct errand *errand, const char *state,
                       const char *words)
{
	json_t *fields = with(ami(errand), "ChannelState", state);

	tell(errand, "Newstate", with(fields, "ChannelStateDesc", words));
}

static void tell_var(struct errand *errand, const char *variable,
                     const char *value)
{
	json_t *fields = with(ami(errand), "Variable", variable);

	tell(errand, "VarSet", with(fields, "Value", value));
}

static void tell_keys(struct errand *errand, const char *keys)
{
	for (; *keys; keys++) {
		const char digit[] = {*keys, '\0'};
		json_t *fields = with(ami(errand), "Digit", digit);

		fields = with(fields, "Direction", "Received");
		fields = with(fields, "Begin", "No");
		tell(errand, "DTMF", with(fields, "End", "Yes"));
	}
}

static void tell_verdict(struct errand *errand, enum verdict verdict,
                         const char *comment)
{
	char res[8];

	(void)snprintf(res, sizeof(res), "%d", verdict);
	tell(errand, "speech_to_text",
	     json_pack("{s:s, s:s}", "res", res, "comment", comment));
}

/* The event that the asker hears too: the task is registered. */
static char *init_text(const struct errand *errand)
{
	struct note_about whose = about(errand);
	char upper[ID_BYTES + 1];

	if (cfg_bool(errand->owner->prm.cfg, "autocall", "init_upper")) {
		(void)text_copy(upper, sizeof(upper), errand->id);
		for (char *p = upper; *p; p++) {
			if (*p >= 'a' && *p <= 'z')
				*p = (char)(*p - 'a' + 'A');
		}
		whose.id = upper;
	}

	return note_make(errand->owner, &whose, "init",
	                 json_pack("{s:s, s:s}", "status", "ok", "callerid",
	                           errand->dialled));
}

/* --- how it ends ----------------------------------------------------------
 */

static void tell_hangup(struct errand *errand, const struct ami_said *said)
{
	char cause[16];
	json_t *fields;

	(void)snprintf(cause, sizeof(cause), "%u", said->cause);
	fields = with(ami(errand), "Cause", cause);
	tell(errand, "Hangup", with(fields, "Cause-txt", said->words));
}

static void tell_answer(struct errand *errand, const struct call_result *result)
{
	char res[8];

	tell_verdict(errand, errand->verdict,
	             result->heard ? result->heard : "");
	(void)snprintf(res, sizeof(res), "%d", errand->verdict);
	tell_var(errand, "TEXT_SP_RES", res);
	if (*result->recording)
		tell_var(errand, "MIXMONITOR_FILENAME", result->recording);
	if (*errand->id)
		(void)store_missed_forget(errand->owner->prm.store, errand->id);
}

static void missed_handler(int err, uint32_t count, void *arg)
{
	struct errand *errand = arg;

	if (err)
		log_warning("autocall", "a missed call is not counted: %s",
		            strerror(err));
	else if (errand->owner && count == number_of(errand, "attempts"))
		tell_verdict(errand, VERDICT_MISSED, missed_comment);
	mem_deref(errand);
}

/* Hands the errand over. A fault of ours is no attempt. */
static void miss(struct errand *errand, enum outcome outcome)
{
	int err = ENOENT;

	if (*errand->id && number_of(errand, "attempts") &&
	    !outcome_is_our_fault(outcome))
		err = store_missed_more(errand->owner->prm.store, errand->id,
		                        missed_handler, errand);
	if (err)
		mem_deref(errand);
}

static void ended_handler(const struct call_result *result, void *arg)
{
	struct errand *errand = arg;
	struct ami_said said = ami_said(result->end.outcome);

	errand->call = NULL;
	if (!errand->owner) {
		mem_deref(errand);
		return;
	}

	if (result->answer_ms)
		tell_answer(errand, result);
	else
		tell_var(errand, "DIALSTATUS", said.dialstatus);
	if (result->end.q850)
		said.cause = result->end.q850;
	tell_hangup(errand, &said);
	if (result->answer_ms)
		mem_deref(errand);
	else
		miss(errand, result->end.outcome);
}

static void hear(struct errand *errand, const char *text)
{
	enum verdict verdict = verdict_of(text, &errand->owner->words);

	if (verdict != VERDICT_UNCLEAR)
		errand->verdict = verdict;
}

static void moment_handler(const struct call_moment *moment, void *arg)
{
	struct errand *errand = arg;

	if (!errand->owner)
		return;

	switch (moment->kind) {

	case CALL_RINGING:
		tell_state(errand, "5", "Ringing");
		break;

	case CALL_ANSWERED:
		tell_state(errand, "6", "Up");
		tell_var(errand, "DIALSTATUS", "ANSWER");
		break;

	case CALL_HEARD:
		hear(errand, moment->text);
		break;

	case CALL_KEYS:
		tell_keys(errand, moment->text);
		hear(errand, moment->text);
		break;

	default:
		break;
	}
}

/* --- how it begins --------------------------------------------------------
 */

/* It is nobody's any more. */
static void refuse(struct errand *errand, unsigned status, const char *error)
{
	autocall_fail(errand->req, status, error);
	mem_deref(errand);
}

static const char *place_fault(int err)
{
	switch (err) {

	case EBUSY:
		return "all channels are busy";
	case ENOENT:
		return "the line is not ready";
	case EINVAL:
		return "exten: this is no number that can be dialled";
	default:
		return strerror(err);
	}
}

static int call_begin(struct errand *errand)
{
	const struct autocall_prm *prm = &errand->owner->prm;
	const struct call_sink sink = {moment_handler, ended_handler, errand};
	const char *line = text_of(errand, "line");
	const struct flow_var varv[] = {
		{"id", errand->id},
		{"exten", errand->exten},
		{"sound", errand->file->sound},
	};
	const struct call_prm call = {
		.callid = errand->id_ext,
		.script = errand->file->script,
		.varv = varv,
		/* Without one the script's own counts. */
		.varc = ARRAY_COUNT(varv) - !*errand->file->sound,
		.line = phone_line_find(prm->phone, *line ? line : NULL),
		.number = errand->number,
	};
	int err;

	/* Asked for and given back: only whether a robot is free. */
	err = calls_reserve(prm->calls);
	if (err)
		return err;
	calls_release(prm->calls);

	return call.line ? call_place(&errand->call, prm->calls, &call, &sink)
	                 : ENOENT;
}

static void place(struct errand *errand)
{
	struct httpd_request *req;
	char *text;
	int err;

	text = init_text(errand);
	err = text ? call_begin(errand) : ENOMEM;
	if (err) {
		refuse(errand, 200, place_fault(err));
		mem_deref(text);
		return;
	}

	note_put(errand->owner, NOTE_HTTP_EVENT, errand->id_ext,
	         text_of(errand, "method"), text);
	tell(errand, "Dial",
	     with(with(ami(errand), "SubEvent", "Begin"), "Destination",
	          errand->number));
	req = errand->req;
	errand->req = NULL;
	autocall_say(req, 200, "application/json", text);
	mem_deref(req);
	mem_deref(text);
}

static void count_handler(int err, uint32_t count, void *arg)
{
	struct errand *errand = arg;

	if (!errand->owner)
		mem_deref(errand);
	else if (err)
		refuse(errand, 200, "the database does not answer");
	else if (count >= number_of(errand, "attempts"))
		refuse(errand, 200,
		       "4: nobody was reached for this task time after time, "
		       "and it is not dialled again");
	else
		place(errand);
}

static void blocked_handler(int err, const char *reason, void *arg)
{
	struct errand *errand = arg;

	if (!errand->owner) {
		mem_deref(errand);
		return;
	}
	if (err || reason) {
		refuse(errand, 200,
		       err ? "the database does not answer"
		           : "the number is on the do-not-call list");
		return;
	}
	if (!*errand->id || !number_of(errand, "attempts")) {
		place(errand);
		return;
	}

	err = store_missed(errand->owner->prm.store, errand->id, count_handler,
	                   errand);
	if (err)
		refuse(errand, 200, strerror(err));
}

/* "9990000001" behind "8" is +7999…; what is no number of that country, an
 * extension, is dialled as it is. */
static bool number_take(struct errand *errand, const char *exten)
{
	const struct cfg *cfg = errand->owner->prm.cfg;
	const char *country = cfg_text(cfg, "autocall", "country");
	const char *prefix = *exten == '+' ? "" : text_of(errand, "prefix");

	if (exten[strspn(exten, "+0123456789*#")] || !number_is_dialable(exten))
		return false;

	(void)text_copy(errand->exten, sizeof(errand->exten), exten);
	(void)snprintf(errand->dialled, sizeof(errand->dialled), "%s%s", prefix,
	               exten);
	if (number_normalise(errand->number, errand->dialled, country))
		(void)text_copy(errand->number, sizeof(errand->number),
		                errand->dialled);
	(void)snprintf(errand->channel, sizeof(errand->channel),
	               "Local/%s@ng_ext_autodial_speech_to_text",
	               errand->dialled);

	return number_is_dialable(errand->number);
}

static const struct autocall_file *file_find(const struct autocall *ac,
                                             const char *name)
{
	for (struct le *le = ac->filel.head; le; le = le->next) {
		const struct autocall_file *file = le->data;

		if (!strcmp(file->name, name))
			return file;
	}

	return NULL;
}

/* The same task to the same number, asked again because the answer was late: it
 * is not called twice. */
static const struct errand *errand_find(const struct autocall *ac,
                                        const char *id, const char *exten)
{
	for (struct le *le = ac->errandl.head; *id && le; le = le->next) {
		const struct errand *errand = le->data;

		if (!strcmp(errand->id, id) && !strcmp(errand->exten, exten))
			return errand;
	}

	return NULL;
}

static void repeat(struct httpd_request *req, const struct errand *errand)
{
	char *text;

	if (!errand->call) {
		autocall_fail(req, 200, "this task is being begun or ended");
		return;
	}
	text = init_text(errand);
	if (text)
		autocall_say(req, 200, "application/json", text);
	mem_deref(text);
}

static void begin(struct autocall *ac, struct httpd_request *req,
                  const struct autocall_file *file, const char *id,
                  const char *exten)
{
	struct errand *errand = mem_zalloc(sizeof(*errand), destructor);
	int err;

	if (!errand || str_dup(&errand->id, id)) {
		mem_deref(errand);
		autocall_fail(req, 200, strerror(ENOMEM));
		return;
	}

	errand->owner = ac;
	errand->req = mem_ref(req);
	errand->file = file;
	(void)id_make(errand->id_ext);
	list_append(&ac->errandl, &errand->le, errand);
	if (!number_take(errand, exten)) {
		refuse(errand, 400, "exten: digits are wanted");
		return;
	}

	err = store_blocked(ac->prm.store, errand->number, blocked_handler,
	                    errand);
	if (err)
		refuse(errand, 200, strerror(err));
}

static const char *query(const struct httpd_request *req, const char *name)
{
	const char *value = httpd_query(req, name);

	return value ? value : "";
}

void errand_handler(struct httpd_request *req, void *arg)
{
	struct autocall *ac = arg;
	const char *id = query(req, "id"), *exten = query(req, "exten");
	const struct autocall_file *file = file_find(ac, query(req, "file"));
	const struct errand *same = errand_find(ac, id, exten);
	uint64_t calls_max = cfg_number(ac->prm.cfg, "autocall", "calls");

	if (!*exten)
		autocall_fail(req, 400, "exten: is missing");
	else if (!file)
		autocall_fail(req, 400,
		              "file: there is no [autocall_file] of "
		              "this name");
	else if (strlen(id) > ID_BYTES)
		autocall_fail(req, 400, "id: is too long");
	else if (same)
		repeat(req, same);
	else if (list_count(&ac->errandl) >= calls_max)
		autocall_fail(req, 200, "all channels are busy");
	else
		begin(ac, req, file, id, exten);
}

/* --- from outside ---------------------------------------------------------
 */

static bool is_meant(const struct errand *errand, const char *channel,
                     const char *callerid)
{
	size_t n = strlen(errand->channel);

	/* Asterisk adds ";1" and the like to the halves of a channel. */
	if (*channel)
		return !strncmp(channel, errand->channel, n) &&
		       (!channel[n] || strchr(";-", channel[n]));

	return !strcmp(callerid, errand->dialled) ||
	       !strcmp(callerid, errand->number) ||
	       !strcmp(callerid, errand->exten);
}

void errand_heard(struct autocall *ac, const char *channel,
                  const char *callerid, enum verdict verdict, const char *text)
{
	struct errand *found = NULL;

	if (!*channel && !*callerid)
		return;
	for (struct le *le = ac->errandl.head; le; le = le->next) {
		struct errand *errand = le->data;

		if (!is_meant(errand, channel, callerid))
			continue;
		if (found)
			return; /* whose answer it is nobody can tell */
		found = errand;
	}
	if (found)
		tell_verdict(found, verdict, text);
}

void errand_hangup_all(struct autocall *ac)
{
	struct le *le = ac->errandl.head;

	while (le) {
		struct errand *errand = le->data;

		le = le->next;
		if (errand->call)
			call_hangup(errand->call);
	}
}

void errand_orphan_all(struct autocall *ac)
{
	struct le *le = ac->errandl.head;

	while (le) {
		struct errand *errand = le->data;

		le = le->next;
		list_unlink(&errand->le);
		errand->owner = NULL;
		errand->req = mem_deref(errand->req);
	}
}
