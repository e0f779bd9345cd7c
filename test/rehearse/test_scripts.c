/*
 * test/rehearse/test_scripts.c - the scripts of examples/, word by word
 *
 * Without audio: each row is what a person does, turn by turn, and the label
 * that has to come of it. "Fyes please" is said, "D1" pressed, "DONE(…)" and
 * "TIMEOUT()" are ends of listening, "HANGUP()" is theirs.
 */
#include "flow/flow.h"
#include "harness.h"
#include "rehearse/builtin.h"
#include "rehearse/roster.h"
#include "tests.h"

enum {
	TURNS_MAX = 6,
	TURN_MS = 5000,
	PHRASES_MAX = 500,
};

static const struct talk_row {
	const char *script;
	const char *why;
	const char *turnv[TURNS_MAX];
	const char *label;
} talk_rowv[] = {
	/* clang-format off */
	{"appointment", "yes", {"Fyes i will come"}, "confirmed"},
	{"appointment", "key 1", {"D1"}, "confirmed"},
	{"appointment", "no, and no other day",
	 {"Fno i can't come", "Fno thank you"}, "declined"},
	{"appointment", "key 2 twice", {"D2", "D2"}, "declined"},
	{"appointment", "later, and another day suits",
	 {"Fi would rather come later", "Fyes please"}, "rescheduled"},
	{"appointment", "another day in the same words",
	 {"Fno thank you", "Fanother day"}, "rescheduled"},
	{"appointment", "asks for the price first",
	 {"Fhow much does it cost", "Fyes i will come"}, "confirmed"},
	{"appointment", "asks for the address first",
	 {"Fwhere is the clinic", "Fyes of course"}, "confirmed"},
	{"appointment", "asks who it is first",
	 {"Fwho is calling", "Fyes i will come"}, "confirmed"},
	{"appointment", "wants to hear it again",
	 {"Fwhat did you say", "Fyes please"}, "confirmed"},
	{"appointment", "silent", {"TIMEOUT()", "TIMEOUT()"}, "silent"},
	{"appointment", "silent once", {"TIMEOUT()", "Fyes please"},
	 "confirmed"},
	{"appointment", "talks of something else, then yes",
	 {"Fthe weather is lovely", "DONE(F:the weather is lovely)",
	  "Fyes i will come"}, "confirmed"},
	{"appointment", "something else for ever",
	 {"DONE(F:well)", "DONE(F:well)", "DONE(F:well)"}, "unclear"},
	{"appointment", "heard, but nothing understood",
	 {"F", "DONE(F:)", "Fno thank you", "Fno thank you"}, "declined"},
	{"appointment", "operator",
	 {"Fi want to speak to the operator"}, "operator"},
	{"appointment", "operator by key", {"D0"}, "operator"},
	{"appointment", "operator from the second question",
	 {"Fno thank you", "Foperator"}, "operator"},
	{"appointment", "answering machine",
	 {"Fplease leave a message after the tone"}, "voicemail"},
	{"appointment", "do not call", {"Fplease stop calling me"},
	 "do_not_call"},
	{"appointment", "hangs up", {"HANGUP()"}, "hung_up"},
	{"appointment", "hangs up at the second question",
	 {"Fno thank you", "HANGUP()"}, "hung_up"},

	{"survey", "five, and recommends", {"D5", "Fyes of course"},
	 "recommends"},
	{"survey", "four by voice, but no", {"Ffour", "Fno thank you"},
	 "content"},
	{"survey", "very bad", {"Fvery bad"}, "unhappy"},
	{"survey", "no word", {"TIMEOUT()", "TIMEOUT()", "TIMEOUT()"},
	 "unanswered"},
	{"survey", "a question first", {"Fhow long", "D3", "D2"}, "content"},

	{"lead", "three times yes", {"Fyes please", "Fyes", "Fthis year"},
	 "hot"},
	{"lead", "interested, but later", {"Fyes please", "Fyes", "Fnext year"},
	 "warm"},
	{"lead", "a tenant", {"Fyes please", "Fno"}, "cold"},
	{"lead", "takes the brochure", {"Fno thank you", "Fyes please"},
	 "brochure"},
	{"lead", "not at all", {"Fno thank you", "Fno thank you"}, "cold"},
	{"lead", "do not call", {"Fstop calling"}, "do_not_call"},
	/* clang-format on */
};

/* A script of examples/ without any fault or bad habit. */
static int script_load(struct flow_script **scriptp, const char *name)
{
	struct flow_faults *faults = NULL;
	char path[64];
	int err;

	(void)snprintf(path, sizeof(path), "examples/%s.json", name);
	err = flow_faults_alloc(&faults);
	if (err)
		return err;

	err = flow_load_file(scriptp, test_source(path), faults);
	if (!err)
		err = flow_lint(*scriptp, faults);
	for (size_t i = 0; i < flow_faults_count(faults); i++) {
		const struct flow_fault *fault = flow_faults_at(faults, i);

		fprintf(stderr, "%s: %s: %s\n", path, fault->path,
		        fault->message);
		err = EPROTO;
	}
	mem_deref(faults);

	return err;
}

static int turn_take(struct flow_session *sess, const char *args,
                     uint64_t now_ms, struct flow_turn *turn)
{
	struct flow_input in = {.args = args, .start_ms = now_ms};

	if (strchr(args, '('))
		in.kind = FLOW_COMPLETE;
	else if (args[0] == 'D')
		in.kind = FLOW_DTMF;
	else
		in.kind = FLOW_TEXT;

	return flow_feed(sess, &in, now_ms, turn);
}

static int talk_check(const struct talk_row *row)
{
	struct flow_session *sess = NULL;
	struct flow_script *script = NULL;
	struct flow_result result;
	struct flow_turn turn;
	int err;

	err = script_load(&script, row->script);
	CHECK_ERR(0, err);
	err = flow_session_alloc(&sess, script, "c1", NULL, 0);
	CHECK_ERR(0, err);
	err = flow_start(sess, &turn);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < TURNS_MAX && row->turnv[i]; i++) {
		CHECK(!turn.is_over);
		err = turn_take(sess, row->turnv[i], (i + 1) * TURN_MS, &turn);
		CHECK_ERR(0, err);
	}
	CHECK(turn.is_over);

	flow_session_result(sess, &result);
	CHECK_STR(row->label, result.label);
	if (!strcmp(row->label, "do_not_call"))
		CHECK_STR("1", flow_session_var(sess, "do_not_call"));

out:
	mem_deref(sess);
	mem_deref(script);

	return err;
}

int test_scripts_talk(void)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(talk_rowv); i++) {
		int bad = talk_check(&talk_rowv[i]);

		if (bad) {
			fprintf(stderr, "row %zu: %s: %s\n", i,
			        talk_rowv[i].script, talk_rowv[i].why);
			err = bad;
		}
	}

	return err;
}

static bool is_expected(const char *const *phrasev, size_t phrasec,
                        const char *say)
{
	size_t len = strcspn(say, ".?");

	for (size_t i = 0; i < phrasec; i++) {
		if (strlen(phrasev[i]) == len &&
		    !strncasecmp(phrasev[i], say, len))
			return true;
	}

	return false;
}

/* A recogniser is told what may be said: the first words of each built-in
 * person have to stand there as they are spoken. */
int test_scripts_phrases(void)
{
	struct flow_session *sess = NULL;
	struct flow_script *script = NULL;
	struct roster *roster = NULL;
	const char *const *phrasev;
	struct flow_turn turn;
	bool is_complete;
	size_t phrasec;
	int err;

	err = roster_make(&roster, builtin_people, builtin_people_len);
	CHECK_ERR(0, err);
	err = script_load(&script, "appointment");
	CHECK_ERR(0, err);
	err = flow_session_alloc(&sess, script, "c1", NULL, 0);
	CHECK_ERR(0, err);
	err = flow_start(sess, &turn);
	CHECK_ERR(0, err);
	err = flow_session_phrases(sess, &phrasev, &phrasec, &is_complete,
	                           PHRASES_MAX);
	CHECK_ERR(0, err);
	CHECK(is_complete);

	for (size_t i = 0; i < roster->personc; i++) {
		const struct person *person = &roster->personv[i];
		const struct move *move = person->movev;

		/* Machines and assistants speak first: they are known by other
		 * means. Who talks long is not to be understood. */
		if (person->pickup && person->pickup->say)
			continue;
		if (!move || !move->say || move->talk_ms)
			continue;
		if (!is_expected(phrasev, phrasec, move->say))
			CHECK_FAIL("%s: \"%s\" is not expected", person->name,
			           move->say);
	}

out:
	mem_deref(sess);
	mem_deref(script);
	mem_deref(roster);

	return err;
}
