/*
 * autocall/errand.c - a robot call that somebody asked for
 *
 * Asked, allowed, placed, told step by step, ended with a code. An errand is
 * in the list of its service while it lasts, and kept by whoever is to call it
 * back: the store until it has answered, then the call.
 */
#include <errno.h>
#include <stdio.h>
#include "autocall/errand.h"
#include "autocall/heir.h"
#include "autocall/target.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"

enum {
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
	struct target to;
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
	return (struct note_about){
		.id_ext = errand->id_ext,
		.id = errand->id,
		.number = errand->to.number,
	};
}

/* --- what is told -------------------------------------------------------- */

static void tell(struct errand *errand, const char *name, json_t *fields)
{
	const struct note_about whose = about(errand);

	note_tell(errand->owner, &whose, name, fields);
}

static struct ami_channel channel_of(const struct errand *errand)
{
	return (struct ami_channel){
		.name = errand->channel,
		.uniqueid = errand->id_ext,
		.caller = errand->to.dialled,
		.caller_name = "",
	};
}

static void tell_var(struct errand *errand, const char *variable,
                     const char *value)
{
	const struct ami_channel channel = channel_of(errand);

	tell(errand, "VarSet", ami_var(&channel, variable, value));
}

static void tell_keys(struct errand *errand, const char *keys)
{
	const struct ami_channel channel = channel_of(errand);

	for (; *keys; keys++) {
		const char digit[] = {*keys, '\0'};
		json_t *fields = ami_with(ami_fields(&channel), "Digit", digit);

		fields = ami_with(fields, "Direction", "Received");
		fields = ami_with(fields, "Begin", "No");
		tell(errand, "DTMF", ami_with(fields, "End", "Yes"));
	}
}

static void tell_verdict(struct errand *errand, enum verdict verdict,
                         const char *comment)
{
	const struct note note = note_verdict(verdict, comment);

	tell(errand, note.name, note.fields);
}

/* The event that the asker hears too: the task is registered. */
static char *init_text(const struct errand *errand)
{
	struct note_about whose = about(errand);
	char upper[AUTOCALL_ID_BYTES + 1];

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
	                           errand->to.dialled));
}

/* --- how it ends ----------------------------------------------------------
 */

/* Returns how many come before the Hangup. */
static size_t answer_notes(const struct errand *errand, struct note notev[3],
                           const struct call_result *result)
{
	const struct ami_channel channel = channel_of(errand);
	size_t n = 0;

	notev[n++] = note_verdict(errand->verdict,
	                          result->heard ? result->heard : "");
	notev[n++] = note_code(&channel, errand->verdict);
	if (*result->recording)
		notev[n++] = (struct note){
			"VarSet", ami_var(&channel, "MIXMONITOR_FILENAME",
		                          result->recording)};
	if (*errand->id)
		(void)store_missed_forget(errand->owner->prm.store, errand->id);

	return n;
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
	const struct ami_channel channel = channel_of(errand);
	const struct note_about whose = about(errand);
	const struct ami_said said =
		ami_said(result->end.outcome, result->end.q850);
	struct note notev[4];
	size_t n = 0;

	errand->call = NULL;
	if (!errand->owner) {
		mem_deref(errand);
		return;
	}

	if (result->answer_ms)
		n = answer_notes(errand, notev, result);
	else
		tell_var(errand, "DIALSTATUS", said.dialstatus);
	notev[n++] = (struct note){"Hangup", ami_hangup(&channel, &said)};
	note_last(errand->owner, &whose, notev, n);
	if (result->answer_ms)
		mem_deref(errand);
	else
		miss(errand, result->end.outcome);
}

/* What is known of the answer, should we die. */
static void answer_keep(const struct errand *errand, const char *heard)
{
	const struct ami_channel channel = channel_of(errand);
	const struct note_about whose = about(errand);
	const struct heir_answer answer = {errand->verdict, heard};
	char *will = heir_will(&whose, &channel, &answer);
	const struct store_leg leg = {
		.callid = errand->id_ext,
		.number = errand->to.number,
		.line = "",
		.will = will,
	};

	/* The store says by itself when it loses rows. */
	if (will)
		(void)store_leg(errand->owner->prm.store, &leg);
	mem_deref(will);
}

static void hear(struct errand *errand, const char *text)
{
	enum verdict verdict = verdict_of(text, &errand->owner->words);

	if (verdict == VERDICT_UNCLEAR)
		return;

	errand->verdict = verdict;
	answer_keep(errand, text);
}

static void moment_handler(const struct call_moment *moment, void *arg)
{
	struct errand *errand = arg;
	const struct ami_channel channel = channel_of(errand);

	if (!errand->owner)
		return;

	switch (moment->kind) {

	case CALL_RINGING:
		tell(errand, "Newstate", ami_ringing(&channel));
		break;

	case CALL_ANSWERED:
		tell(errand, "Newstate", ami_up(&channel));
		tell_var(errand, "DIALSTATUS", "ANSWER");
		answer_keep(errand, "");
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

static int call_begin(struct errand *errand, const char *will)
{
	const struct autocall_prm *prm = &errand->owner->prm;
	const struct call_sink sink = {moment_handler, ended_handler, errand};
	const char *line = text_of(errand, "line");
	const struct flow_var varv[] = {
		{"id", errand->id},
		{"exten", errand->to.exten},
		{"sound", errand->file->sound},
	};
	const struct call_prm call = {
		.callid = errand->id_ext,
		.script = errand->file->script,
		.varv = varv,
		/* Without one the script's own counts. */
		.varc = ARRAY_COUNT(varv) - !*errand->file->sound,
		.line = phone_line_find(prm->phone, *line ? line : NULL),
		.number = errand->to.number,
		.will = will,
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
	const struct ami_channel channel = channel_of(errand);
	const struct note_about whose = about(errand);
	json_t *fields;
	struct httpd_request *req;
	char *text, *will;
	int err;

	text = init_text(errand);
	will = heir_will(&whose, &channel, NULL);
	err = text && will ? call_begin(errand, will) : ENOMEM;
	mem_deref(will);
	if (err) {
		refuse(errand, 200, autocall_fault(err));
		mem_deref(text);
		return;
	}

	note_put(errand->owner, NOTE_HTTP_EVENT, errand->id_ext,
	         text_of(errand, "method"), errand->to.number, text);
	fields = ami_with(ami_fields(&channel), "SubEvent", "Begin");
	tell(errand, "Dial",
	     ami_with(fields, "Destination", errand->to.number));
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

static bool target_set(struct errand *errand, const char *exten)
{
	if (!target_take(&errand->to, errand->owner->prm.cfg, exten))
		return false;

	(void)snprintf(errand->channel, sizeof(errand->channel),
	               "Local/%s@ng_ext_autodial_speech_to_text",
	               errand->to.dialled);

	return true;
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

		if (!strcmp(errand->id, id) && !strcmp(errand->to.exten, exten))
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
	if (!target_set(errand, exten)) {
		refuse(errand, 400, "exten: digits are wanted");
		return;
	}

	err = store_blocked(ac->prm.store, errand->to.number, blocked_handler,
	                    errand);
	if (err)
		refuse(errand, 200, strerror(err));
}

void errand_handler(struct httpd_request *req, void *arg)
{
	struct autocall *ac = arg;
	const char *id = autocall_query(req, "id"),
		   *exten = autocall_query(req, "exten");
	const struct autocall_file *file =
		file_find(ac, autocall_query(req, "file"));
	const struct errand *same = errand_find(ac, id, exten);

	if (!*exten)
		autocall_fail(req, 400, "exten: is missing");
	else if (!file)
		autocall_fail(req, 400,
		              "file: there is no [autocall_file] of "
		              "this name");
	else if (strlen(id) > AUTOCALL_ID_BYTES)
		autocall_fail(req, 400, "id: is too long");
	else if (same)
		repeat(req, same);
	else if (autocall_is_full(ac))
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

	return !strcmp(callerid, errand->to.dialled) ||
	       !strcmp(callerid, errand->to.number) ||
	       !strcmp(callerid, errand->to.exten);
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
