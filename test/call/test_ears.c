/*
 * test/call/test_ears.c - settings and situations, in real audio
 *
 * Each row is a whole call over loopback RTP: a robot whose prompt is a tone
 * of two seconds, a person with a course (crowd.h), a recogniser that hears
 * what the row says. What came of it is what the script heard, and the parts
 * of the prompt that reached the person's ear, where no click may be heard.
 * docs/listening.md shows the rows; test_ears_page() holds it to them.
 */
#include <stddef.h>
#include <stdlib.h>
#include "crowd.h"
#include "harness.h"
#include "tests.h"

enum {
	AT_ONCE = 16,
	SLACK_MS = 160,       /* of a part: packets, ticks, a busy machine */
	TONE_STEP_MAX = 3200, /* of 440 Hz at -13 dB: 2530; of a cut: 7300 */
	PAGE_SIZE = 65536,
	LINE_SIZE = 512,
};

struct row {
	const char *why;
	const char *settings; /* of the script's asr, and of the node */
	const char *course;
	const char *log;
	const char *parts; /* ms, "700+1300": held and resumed */
};

/* The recogniser hears "yes", "well" or "noise" as the person says it, where
 * asr_params says nothing else; 1 s is waited behind the prompt, 300 ms of
 * silence end a sentence. */
static const struct row rowv[] = {
	/* clang-format off */
	{"silence", "", "", "TIMEOUT()", "2000"},
	{"a keyword leads on", "", "yes@600-1000", "Fyes", "1340"},
	{"it leads on behind the prompt too", "", "yes@2300-2700", "Fyes",
	 "2000"},
	{"mode 0: nobody listens", "mode 0", "yes@600-1000", "DONE()", "2000"},
	{"mode 2: not while it plays", "mode 2", "yes@600-1000", "TIMEOUT()",
	 "2000"},
	{"mode 2: behind it", "mode 2", "yes@2300-2700", "Fyes", "2000"},
	{"speech over the prompt's end is not lost", "", "yes@1800-2400",
	 "Fyes", "2000"},
	{"nor with mode 2, from before its end", "mode 2", "yes@1800-2500",
	 "Fyes", "2000"},
	{"0: other words do not stop it", "interrupt 0", "well@600-1000",
	 "Fwell TIMEOUT(F:well)", "2000"},
	{"32: nor are more waited for", "interrupt 32", "well@600-1000",
	 "Fwell DONE(F:well)", "2000"},
	{"16: one sentence behind it is enough", "interrupt 16",
	 "well@2300-2700", "Fwell DONE(F:well)", "2000"},
	{"without flags another may come", "interrupt 0",
	 "well@2300-2600 yes@3100-3500", "Fwell Fyes", "2000"},
	{"64: a sound holds it, other words resume it", "interrupt 64",
	 "well@600-1000", "Fwell TIMEOUT(F:well)", "760+1240"},
	{"64: a cough resumes it", "interrupt 64, asr_params -",
	 "well@600-1000", "F TIMEOUT()", "760+1240"},
	{"64: a keyword leads on", "interrupt 64", "yes@600-1000", "Fyes",
	 "760"},
	{"64: a recogniser that fails resumes it", "interrupt 64, asr_params !",
	 "well@600-1000", "EInput/output error TIMEOUT()", "760+1240"},
	{"96: both", "interrupt 96", "well@600-1000", "Fwell DONE(F:well)",
	 "760+1240"},
	{"128: what was refused is tried again",
	 "interrupt 128, disablebreak -1", "yes@600-1000", "Fyes Pyes", "2000"},
	{"without it, it was in vain", "interrupt 0, disablebreak -1",
	 "yes@600-1000", "Fyes TIMEOUT(F:yes)", "2000"},
	{"256: what was unmatched is tried again",
	 "interrupt 256, text ^Pwell", "well@600-1000", "Fwell Pwell", "2000"},
	{"384: either", "interrupt 384, disablebreak -1", "yes@600-1000",
	 "Fyes Pyes", "2000"},
	{"1: any sound cuts", "interrupt 17", "well@600-1000",
	 "Fwell DONE(F:well)", "760"},
	{"1: a cough too", "interrupt 17, asr_params -", "well@600-1000",
	 "F DONE()", "760"},
	{"1: not before the prompt may be interrupted",
	 "interrupt 1, disablebreak 1000", "well@600-900",
	 "Fwell TIMEOUT(F:well)", "2000"},
	{"1: behind that it does", "interrupt 17, disablebreak 1000",
	 "well@1100-1500", "Fwell DONE(F:well)", "1260"},
	{"1: or where it never may", "interrupt 1, disablebreak -1",
	 "well@600-900", "Fwell TIMEOUT(F:well)", "2000"},
	{"1: other people do not", "interrupt 1", "hiss", "TIMEOUT()", "2000"},
	{"1: nor with the noise filter", "interrupt 1, vad_filter 0.8", "hiss",
	 "TIMEOUT()", "2000"},
	{"1: our own echo does not", "interrupt 1", "echo", "TIMEOUT()",
	 "2000"},
	{"1: talk over the echo does", "interrupt 17, asr_params well",
	 "echo well@900-1300", "Fwell DONE(F:well)", "1060"},
	{"1: talk over noise does", "interrupt 17, asr_params well",
	 "hiss well@900-1300", "Fwell DONE(F:well)", "1060"},
	{"2: words cut, before the sentence ends",
	 "interrupt 18, asr_params 200:we/well", "well@600-1200",
	 "Fwell DONE(F:well)", "940"},
	{"3: they do not", "interrupt 19, asr_params 200:we/well",
	 "well@600-1000", "Fwell DONE(F:well)", "1340"},
	{"3: what is not understood does not", "interrupt 3, asr_params -",
	 "well@600-1000", "F TIMEOUT()", "2000"},
	{"quickresponse: a part leads on",
	 "quickresponse 1, asr_params 200:yes/yes", "well@600-1200", "Syes",
	 "940"},
	{"without it a part is nothing", "asr_params 200:yes/yes",
	 "well@600-1000", "Fyes", "1340"},
	{"the beginning of a word is not clipped",
	 "quickresponse 1, asr_params 380:yes/well", "well@600-1000", "Syes",
	 "1180"},
	{"disablebreak holds parts back too",
	 "quickresponse 1, disablebreak 1500, asr_params 200:yes/well",
	 "well@600-1000", "Syes Fwell TIMEOUT(F:well)", "2000"},
	{"vad_mode 0: we find the end", "asr_params 300=well/yes",
	 "well@600-1500", "Fwell yes DONE(F:well yes)", "2000"},
	{"vad_mode 2: the recogniser does", "vad_mode 2, asr_params 300=yes/-",
	 "well@600-1500", "Fyes", "980"},
	{"vad_mode 1: and the beginning", "vad_mode 1, asr_params 300=yes/-",
	 "well@600-1500", "Fyes", "980"},
	{"vad_mode 1: its first words cut",
	 "vad_mode 1, interrupt 17, asr_params 200:we/400=well",
	 "well@600-1100", "Fwell DONE(F:well)", "860"},
	{"vad_mode 2: it never finds the end, and never answers",
	 "vad_mode 2, asr_params ?", "well@2200-2500",
	 "EConnection timed out ERROR()", "2000"},
	{"vad_mode 2: it never finds the end, but answers when asked",
	 "vad_mode 2, interrupt 16, asr_params well", "well@2200-2500",
	 "Fwell DONE(F:well)", "2000"},
	{"vad_mode 1: it never says a word",
	 "vad_mode 1, asr_params ?",
	 "well@600-900", "EConnection timed out ERROR()", "2000"},
	{"vad_mode 1: it never ends what it began",
	 "vad_mode 1, interrupt 16, asr_params 100:we/well",
	 "well@2200-2500", "Fwell DONE(F:well)", "2000"},
	{"vad_min_active_time_ms: a click is no speech",
	 "interrupt 1, vad_min_active_time_ms 300", "well@600-760",
	 "TIMEOUT()", "2000"},
	{"a longer one cuts later", "interrupt 17, vad_min_active_time_ms 300",
	 "well@600-1200", "Fwell DONE(F:well)", "940"},
	{"vad_max_end_silence_time_ms: a pause ends the sentence",
	 "interrupt 0", "well@2200-2500 yes@2900-3300", "Fwell Fyes", "2000"},
	{"a longer one bridges it",
	 "interrupt 16, vad_max_end_silence_time_ms 600",
	 "well@2200-2500 yes@2900-3300", "Fwell DONE(F:well)", "2000"},
	{"max_speech_time_ms: long talk is cut",
	 "max_speech_time_ms 800", "well@2200-4000", "Fwell TIMEOUT(S:well)",
	 "2000"},
	{"noise neither ends nor prolongs the waiting", "noiserule noise",
	 "noise@2200-2500", "Fnoise TIMEOUT()", "2000"},
	{"the recogniser fails behind the prompt", "asr_params !",
	 "well@2200-2500", "EInput/output error ERROR()", "2000"},
	{"and in the middle of a sentence", "asr_params 100!",
	 "well@2200-2500", "EInput/output error ERROR()", "2000"},
	{"it never answers", "asr_params ?", "well@2200-2500",
	 "EConnection timed out ERROR()", "2000"},
	{"it is late", "asr_params +700well", "well@2200-2500",
	 "Fwell DONE(F:well)", "2000"},
	{"keys: one is enough", "dtmf any", "1@600", "D1", "760"},
	{"a number and its end", "dtmf #", "4@600 2@900 #@1200", "D42 DONE()",
	 "1360"},
	{"so many digits", "dtmf max=2", "4@600 2@900", "D42 DONE()", "1060"},
	{"keys as tones in the sound", "dtmf #", "~4@600 ~2@900 ~#@1200",
	 "D42 DONE()", "1260"},
	{"tones and messages: each key once", "dtmf max=3",
	 "~4@600 4@600 ~2@1100 2@1100 3@1500", "D423 DONE()", "1660"},
	{"tones are no speech", "interrupt 1, dtmf #", "~4@600-1100 #@1400",
	 "D4 DONE()", "1560"},
	{"512: the first key cuts", "interrupt 512, dtmf #", "4@600 #@1200",
	 "D4 DONE()", "760"},
	{"a number without its end", "interrupt 512, dtmf #", "4@600",
	 "d4 DONE()", "760"},
	{"no keys are asked for", "", "1@600", "TIMEOUT()", "2000"},
	{"mode 0 waits for keys", "mode 0, dtmf any", "1@2500", "D1", "2000"},
	{"keys and speech: the key comes first", "dtmf any",
	 "well@600-1400 1@800", "D1", "960"},
	{"keys and speech: the word comes first", "dtmf #",
	 "4@500 yes@600-900", "Fyes", "1240"},
	/* clang-format on */
};

/* --- the script of a row -------------------------------------------------- */

enum {
	JSON_SIZE = 1024,
};

struct script {
	char asr[JSON_SIZE], node[JSON_SIZE], child[JSON_SIZE];
};

/* What is neither here nor there is a number of the script's asr. */
static const struct {
	const char *name, *form;
	size_t at;
} formv[] = {
	/* clang-format off */
	{"asr_params", "\"asr_params\":\"%s\",",
	 offsetof(struct script, asr)},
	{"disablebreak", "\"disablebreak\":%s,",
	 offsetof(struct script, node)},
	{"quickresponse", "\"quickresponse\":%s,",
	 offsetof(struct script, node)},
	{"dtmf", "\"filter\":{\"dtmf\":\"%s\"},",
	 offsetof(struct script, node)},
	{"noiserule", "\"noiserule\":\"%s\",",
	 offsetof(struct script, node)},
	{"text", "{\"flow\":\"b\",\"condition\":{\"text\":\"%s\"}},",
	 offsetof(struct script, child)},
	/* clang-format on */
};

static void add(char *to, const char *form, const char *value)
{
	const char *at = strstr(form, "%s");
	size_t n = strlen(to);

	(void)snprintf(to + n, JSON_SIZE - n, "%.*s%s%s", (int)(at - form),
	               form, value, at + 2);
}

static void setting_add(struct script *script, const char *name,
                        const char *value)
{
	char form[64];

	for (size_t i = 0; i < ARRAY_COUNT(formv); i++) {
		if (strcmp(formv[i].name, name))
			continue;
		add((char *)script + formv[i].at, formv[i].form, value);
		return;
	}
	(void)snprintf(form, sizeof(form), "\"%s\":%%s,", name);
	add(script->asr, form, value);
}

/* "name value, name value"; '/' stands for the bar between the mock's steps,
 * which would end a column of the page. */
static void settings_add(struct script *script, const char *settings)
{
	while (*settings) {
		char name[64], value[64];
		size_t n = strcspn(settings, ","), blank;

		blank = strcspn(settings, " ");
		(void)snprintf(name, sizeof(name), "%.*s", (int)blank,
		               settings);
		(void)snprintf(value, sizeof(value), "%.*s",
		               (int)(n - blank - 1), settings + blank + 1);
		for (char *p = value; *p; p++)
			*p = *p == '/' ? '|' : *p;
		setting_add(script, name, value);
		settings += n;
		settings += strspn(settings, ", ");
	}
}

static void script_make(char *json, size_t size, const struct row *row)
{
	static const char *const defaultv[][2] = {
		{"asr_params", "asr_params yes;well;noise"},
		{"vad_max_end", "vad_max_end_silence_time_ms 300"},
	};
	struct script script = {.asr = ""};

	settings_add(&script, row->settings);
	for (size_t i = 0; i < ARRAY_COUNT(defaultv); i++) {
		if (!strstr(row->settings, defaultv[i][0]))
			settings_add(&script, defaultv[i][1]);
	}
	(void)snprintf(
		json, size,
		"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
		"\"asr\":{%s\"wait_speech_timeout_ms\":1000},\"flow\":[{"
		"\"id\":\"a\",\"action\":\"playback\",\"playbacks\":["
		"\"tone_stream://%%(2000,0,440)\"],%s\"children\":[%s{\"flow\":"
		"\"b\",\"condition\":{\"text\":\"^.yes$\",\"dtmf\":\"^D1$\"}}"
		",{\"flow\":\"b\",\"condition\":{\"complete\":\"ANY\"}}]},"
		"{\"id\":\"b\",\"action\":\"hangup\"}]}",
		script.asr, script.node, script.child);
}

/* --- what came of it ------------------------------------------------------ */

static bool are_parts(const char *expected, const struct crowd_talk *talk)
{
	for (size_t i = 0; i < talk->partc; i++) {
		char *end;
		long ms = strtol(expected, &end, 10);

		if (end == expected ||
		    labs(ms - (long)talk->partv[i]) > SLACK_MS)
			return false;
		expected = end + (*end == '+');
	}

	return !*expected;
}

/* Cut, held or resumed: the prompt fades. Packets that a busy machine lost are
 * not its fault. */
static bool has_click(const struct crowd_talk *talk)
{
	return talk->jump > TONE_STEP_MAX && !talk->has_made_up;
}

static bool is_row_right(const struct row *row, const struct crowd_talk *talk)
{
	if (!strcmp(row->log, talk->log) && are_parts(row->parts, talk) &&
	    !has_click(talk))
		return true;

	fprintf(stderr, "%s:\n  expected %s, prompt %s\n  got      %s, prompt",
	        row->why, row->log, row->parts, talk->log);
	for (size_t i = 0; i < talk->partc; i++)
		fprintf(stderr, "%s%u", i ? "+" : " ", talk->partv[i]);
	fprintf(stderr, ", largest step %d\n", talk->jump);

	return false;
}

/* n rows, each a call, all at once, so that they take no longer than the
 * longest. */
static int rows_run(struct rig *rig, const struct row *const *runv, size_t n,
                    unsigned *wrongp)
{
	static struct crowd_talk talkv[AT_ONCE];
	int err;

	memset(talkv, 0, sizeof(talkv));
	for (size_t i = 0; i < n; i++) {
		script_make(talkv[i].script, sizeof(talkv[i].script), runv[i]);
		talkv[i].course = runv[i]->course;
	}
	err = crowd_run(rig, talkv, n);
	for (size_t i = 0; i < n && !err; i++)
		*wrongp += !is_row_right(runv[i], &talkv[i]);

	return err;
}

/* Every so many of the rows, from the first one. */
static int rows_check(struct rig *rig, size_t step)
{
	const struct row *runv[AT_ONCE];
	unsigned wrong = 0;
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv) && !err; i += step) {
		runv[n++] = &rowv[i];
		if (n == AT_ONCE || i + step >= ARRAY_COUNT(rowv)) {
			err = rows_run(rig, runv, n, &wrong);
			n = 0;
		}
	}
	if (!err && wrong)
		err = EPROTO;

	return err;
}

int test_ears_table(void)
{
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rows_check(&rig, 1);
	CHECK_ERR(0, err);

out:
	rig_close(&rig);

	return err;
}

/* The same ears at 16 kHz. */
int test_ears_wide(void)
{
	struct rig rig;
	int err;

	err = rig_open(&rig, NULL);
	CHECK_ERR(0, err);
	err = rig_line(&rig, "wide", "g722");
	CHECK_ERR(0, err);
	err = rows_check(&rig, 5);
	CHECK_ERR(0, err);

out:
	rig_close(&rig);

	return err;
}

/* --- the page ------------------------------------------------------------- */

static void line_of(char line[LINE_SIZE], const struct row *row)
{
	(void)snprintf(line, LINE_SIZE, "| %s | %s | %s%s%s | `%s` | %s |\n",
	               row->why, row->settings, *row->course ? "`" : "",
	               *row->course ? row->course : "nothing",
	               *row->course ? "`" : "", row->log, row->parts);
}

/* The page tells of every row, in this order; what it should say is printed. */
int test_ears_page(void)
{
	static char page[PAGE_SIZE];
	char line[LINE_SIZE];
	const char *at = page;
	FILE *file;
	int err = 0;

	file = fopen(test_source("docs/listening.md"), "r");
	CHECK(file);
	page[fread(page, 1, PAGE_SIZE - 1, file)] = '\0';
	(void)fclose(file);

	for (size_t i = 0; at && i < ARRAY_COUNT(rowv); i++) {
		line_of(line, &rowv[i]);
		at = strstr(at, line);
	}
	if (at)
		return 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		line_of(line, &rowv[i]);
		fputs(line, stderr);
	}
	CHECK_FAIL("docs/listening.md does not hold these %zu rows",
	           ARRAY_COUNT(rowv));

out:
	return err;
}
