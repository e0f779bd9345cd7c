/*
 * test/call/test_endings.c - how calls end: by the last word, or at any moment
 *
 * Each moment lasts for as long as nobody hangs up, or as the machine needs to
 * notice it: a prompt of a minute, an answer that never comes.
 */
#include <dirent.h>
#include <sndfile.h>
#include <stdio.h>
#include <unistd.h>
#include "base/id.h"
#include "harness.h"
#include "rig.h"
#include "tests.h"
#include "web.h"

enum {
	LOOK_MS = 2,
	TICKS_LOUD = 10,
	TICKS_QUIET = 25,
	TICKS_HEARD = 25, /* from their last word to work at it */
	SPEAK_FROM_MS = 400,
	SPEAK_UNTIL_MS = 1000,
	GOODBYE_MS = 1500,
	HEARD_MS = 200,
	SLACK_MS = 400,
	SCRIPT_SIZE = 2048,
	PATH_SIZE = 1024,
	BROKEN = 1000, /* of a count: one file is no sound */
};

/* clang-format off */
#define HEAD "{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
#define ASR(words) "\"asr\":{\"asr_params\":\"" words "\"," \
	"\"vad_max_end_silence_time_ms\":300," \
	"\"wait_speech_timeout_ms\":60000,\"max_speech_time_ms\":60000," \
	"\"record_template\":\"said\"},"
#define TONE(ms) "\"tone_stream://%(" ms ",0,440)\""
#define NODE(more) "\"flow\":[{\"id\":\"a\"," more "," \
	"\"children\":[{\"flow\":\"b\",\"condition\":{\"text\":\"yes\"}}," \
	"{\"flow\":\"b\",\"condition\":{\"complete\":\"ANY\"}}]}," \
	"{\"id\":\"b\",\"action\":\"hangup\"}]}"
#define SAY(item) "\"action\":\"playback\",\"playbacks\":[" item "]"
#define URL "@URL"
#define ASK "\"action\":\"http\",\"url\":\"" URL "\",\"timeout_ms\":60000"
/* clang-format on */

int test_endings_goodbye(void)
{
	/* clang-format off */
	static const char script[] = HEAD
		"\"asr\":{\"asr_params\":\"yes\","
		"\"vad_max_end_silence_time_ms\":300},"
		"\"flow\":[{\"id\":\"a\",\"action\":\"playback\","
		"\"playbacks\":[\"tone_stream://%(400,0,440)\"],"
		"\"children\":[{\"flow\":\"b\","
		"\"condition\":{\"text\":\"yes\"}}]},"
		"{\"id\":\"b\",\"action\":\"hangup\","
		"\"playbacks\":[\"tone_stream://%(1500,0,440)\"]}]}";
	/* clang-format on */
	const struct rig_person person = {
		.speak_from_ms = 600,
		.speak_until_ms = 1000,
	};
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_call(&rig, script, &person);
	CHECK_ERR(0, err);

	/* Whoever has answered hears the goodbye, of which a busy machine may
	 * lose some; it is played to its end before we hang up. */
	CHECK(rig_loud_ms(&rig, person.speak_until_ms, RIG_LIMIT_MS) >=
	      HEARD_MS);
	CHECK(rig_number("select end_ms-answer_ms-decision_ms from calls join "
	                 "conversation using (callid) where "
	                 "input_args='Fyes'") >= GOODBYE_MS - SLACK_MS);
	CHECK_STR("answered", outcome_name(rig.outcome));
	CHECK_I64(1, rig_number("select count(*) from conversation where "
	                        "input_args='Fyes' and response_id='b' and "
	                        "response_action='hangup'"));
	CHECK_I64(0, rig_number("select count(*) from conversation where "
	                        "input_args='HANGUP()'"));

out:
	rig_close(&rig);

	return err;
}

/* --- at any moment ---------------------------------------------------------
 */

enum moment {
	RINGING,
	PROMPT,   /* it is heard */
	WAITING,  /* it is over */
	SPEAKING, /* words of theirs have come */
	SPOKEN,   /* their sentence is over */
	ASKED,    /* a server has been asked */
};

struct row {
	const char *why;
	enum moment moment;
	bool is_ours;            /* we hang up, not they */
	uint32_t speak_until_ms; /* 0: they are silent */
	int64_t hangups;         /* rows that say so */
	int sentences;           /* recordings of one */
	const char *outcome;
	const char *script;
};

static const struct row rowv[] = {
	/* clang-format off */
	{"it rings: they refuse", RINGING, false, 0, 0, 0, "busy",
	 HEAD ASR("-") NODE(SAY(TONE("400")))},
	{"it rings: we give up", RINGING, true, 0, 0, 0, "cancelled",
	 HEAD ASR("-") NODE(SAY(TONE("400")))},
	{"a prompt plays", PROMPT, false, 0, 1, 0, "answered",
	 HEAD ASR("-") NODE(SAY(TONE("60000")))},
	{"a prompt plays: we hang up", PROMPT, true, 0, 1, 0, "answered",
	 HEAD ASR("-") NODE(SAY(TONE("60000")))},
	{"a sound is fetched for the prompt", ASKED, false, 0, 1, 0,
	 "answered", HEAD ASR("-") NODE(SAY("\"" URL "\""))},
	{"an answer is waited for", WAITING, false, 0, 1, 0, "answered",
	 HEAD ASR("-") NODE(SAY(TONE("400")))},
	{"they speak, and it is recorded", SPEAKING, false, UINT32_MAX, 1, 1,
	 "answered",
	 HEAD ASR("100:we|yes") NODE("\"quickresponse\":1,"
	 SAY(TONE("200")))},
	{"what they said is recognised", SPOKEN, false, SPEAK_UNTIL_MS, 1, 1,
	 "answered", HEAD ASR("?") NODE(SAY(TONE("200")))},
	{"a service is asked what it means", ASKED, false, SPEAK_UNTIL_MS, 1,
	 1, "answered",
	 HEAD ASR("sure") "\"nlp\":{\"url\":\"" URL "\",\"timeout_ms\":60000},"
	 NODE("\"nlpid\":\"n\"," SAY(TONE("200")))},
	{"a node asks a service", ASKED, false, 0, 1, 0, "answered",
	 HEAD ASR("-") NODE(ASK)},
	{"the goodbye plays", PROMPT, false, 0, 0, 0, "answered",
	 HEAD "\"flow\":[{\"id\":\"a\",\"action\":\"hangup\","
	 "\"playbacks\":[" TONE("60000") "]}]}"},
	/* clang-format on */
};

/* Waits for the moment, then somebody hangs up. */
struct watch {
	const struct row *row;
	struct rig *rig;
	struct web *web;
	struct tmr tmr;
};

static unsigned loud_ticks(const struct rig *rig, unsigned *lastp)
{
	unsigned n = 0, ticks = atomic_load(&rig->ticks);

	*lastp = 0;
	for (unsigned i = 0; i < ticks && i < RIG_TICKS_MAX; i++) {
		n += rig->loudv[i];
		if (rig->loudv[i])
			*lastp = i;
	}

	return n;
}

static bool has_come(const struct watch *watch)
{
	struct rig *rig = watch->rig;
	unsigned ticks = atomic_load(&rig->ticks), last;
	unsigned loud = loud_ticks(rig, &last);

	switch (watch->row->moment) {
	case RINGING:
		return strstr(rig->notes, "RINGING") != NULL;
	case PROMPT:
		return loud >= TICKS_LOUD;
	case WAITING:
		return loud >= TICKS_LOUD && ticks > last + TICKS_QUIET;
	case SPEAKING:
		return rig->steps > 1;
	case SPOKEN:
		return ticks > SPEAK_UNTIL_MS / PHONE_TICK_MS + TICKS_HEARD;
	case ASKED:
		return web_requests(watch->web) > 0 &&
		       strstr(rig->notes, "ANSWERED");
	}

	return false;
}

static void view_handler(const struct call_view *view, void *arg)
{
	(void)snprintf(arg, ID_SIZE, "%s", view->id);
}

static void they_hang_up(struct rig *rig)
{
	if (!rig->person.is_ringing) {
		phone_leg_hangup(rig->leg);
		return;
	}
	(void)phone_leg_refuse(rig->leg, 486, "Busy Here", 0);
	rig->leg = mem_deref(rig->leg);
}

static void look(void *arg)
{
	struct watch *watch = arg;
	char id[ID_SIZE] = "";

	if (!watch->rig->leg || !has_come(watch)) {
		tmr_start(&watch->tmr, LOOK_MS, look, watch);
		return;
	}

	calls_each(watch->rig->calls, view_handler, id);
	if (watch->row->is_ours)
		(void)calls_hangup(watch->rig->calls, id);
	else
		they_hang_up(watch->rig);
}

static bool is_sound(const char *path)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);

	if (!file)
		return false;
	(void)sf_close(file);

	return info.frames > 0;
}

/* How many recordings of sentences there are, all of them whole. */
static int sentences(void)
{
	char folder[PATH_SIZE - 300], path[PATH_SIZE];
	const struct dirent *entry;
	DIR *dir;
	int n = 0;

	(void)snprintf(folder, sizeof(folder), "%s/recordings/said",
	               test_dir());
	dir = opendir(folder);
	if (!dir)
		return 0;

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
		               entry->d_name);
		n += is_sound(path) ? 1 : BROKEN;
		(void)unlink(path);
	}
	(void)closedir(dir);

	return n;
}

/* Whether we still hold a file of the recordings. */
static bool is_held(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	bool is_any = false;

	while (dir && (entry = readdir(dir))) {
		char path[PATH_SIZE], name[300];
		ssize_t n;

		(void)snprintf(name, sizeof(name), "/proc/self/fd/%s",
		               entry->d_name);
		n = readlink(name, path, sizeof(path) - 1);
		if (n < 0)
			continue;
		path[n] = '\0';
		is_any |= strstr(path, "/recordings/") != NULL;
	}
	if (dir)
		(void)closedir(dir);

	return is_any;
}

/* Of the latest call. */
#define LATEST                                                                 \
	"callid=(select callid from calls order by start_ms desc limit 1)"

/* The call and each step of it are told to their end, and nothing is left. */
static int check_whole(const struct row *row, const struct rig *rig)
{
	bool was_answered = row->moment != RINGING;
	char id[ID_SIZE] = "";
	int err = 0;

	CHECK_STR(row->outcome, outcome_name(rig->outcome));
	CHECK_I64(0, rig_number("select count(*) from calls where end_ms=0"));
	CHECK_I64(was_answered,
	          rig_number("select count(*) from calls where " LATEST
	                     " and answer_ms>=start_ms and "
	                     "end_ms>=answer_ms"));
	CHECK_I64(row->hangups,
	          rig_number("select count(*) from conversation where " LATEST
	                     " and input_args='HANGUP()'"));
	CHECK_I64(was_answered,
	          rig_number("select count(*) from conversation where " LATEST
	                     " and input_type=10"));
	/* No action is missing, and the last row is the end. */
	CHECK_I64(was_answered,
	          rig_number("select count(*)>0 and count(distinct sequence)="
	                     "1+max(sequence)-min(sequence) from conversation "
	                     "where " LATEST));
	CHECK_I64(was_answered,
	          rig_number("select count(*) from conversation where "
	                     "input_type=11 and rowid=(select max(rowid) from "
	                     "conversation where " LATEST ")"));

	/* Of a call that was over at once there may be no sound. */
	CHECK(was_answered || !rig->recording[0]);
	CHECK(row->moment == RINGING || row->moment == ASKED ||
	      rig->recording[0]);
	CHECK(!rig->recording[0] || is_sound(rig->recording));
	CHECK_I64(row->sentences, sentences());
	CHECK(!is_held());
	calls_each(rig->calls, view_handler, id);
	CHECK_STR("", id);

out:
	return err;
}

static void script_make(char script[SCRIPT_SIZE], const struct row *row,
                        const char *url)
{
	const char *at = strstr(row->script, URL);
	int n = at ? (int)(at - row->script) : (int)strlen(row->script);

	(void)snprintf(script, SCRIPT_SIZE, "%.*s%s%s", n, row->script,
	               at ? url : "", at ? at + strlen(URL) : "");
}

static int hang_up_at(struct watch *watch)
{
	static const struct web_page never = {.trick = WEB_SILENT};
	const struct row *row = watch->row;
	const struct rig_person person = {
		.is_ringing = row->moment == RINGING,
		.speak_from_ms = row->speak_until_ms ? SPEAK_FROM_MS : 0,
		.speak_until_ms = row->speak_until_ms,
	};
	char script[SCRIPT_SIZE];
	int err;

	err = web_alloc(&watch->web, NULL);
	if (!err)
		err = web_put(watch->web, &never);
	if (err)
		return err;

	script_make(script, row, web_url(watch->web, "/x.wav"));
	tmr_start(&watch->tmr, LOOK_MS, look, watch);
	err = rig_call(watch->rig, script, &person);
	tmr_cancel(&watch->tmr);

	return err;
}

int test_endings_at_any_moment(void)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !err; i++) {
		struct rig rig;
		struct watch watch = {.row = &rowv[i], .rig = &rig};

		err = rig_open(&rig, NULL);
		if (!err)
			err = hang_up_at(&watch);
		if (!err)
			err = check_whole(&rowv[i], &rig);
		if (err)
			fprintf(stderr, "row %zu: %s\n%s", i, rowv[i].why,
			        rig.notes);
		mem_deref(watch.web);
		rig_close(&rig);
	}

	return err;
}
