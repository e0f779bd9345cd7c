/*
 * test/cli/test_talk.c - golden conversations: files of test/talk, line by
 * line, and the examples of docs/script.md (between ```talk and ```)
 *
 * A file holds cases. In a case:
 *
 *     case what must be so         the name of the case
 *     script {…}                   the script, up to the next line that starts
 *                                  with one of these words
 *     var name=value               a variable of the call
 *     > {"at":1,"text":"Fyes"}     a line of input
 *     < {"do":"play"}              the next line of output: what stands here
 *                                  must stand there, more may
 *     ...                          lines of output that do not matter
 *     ! {"path":"start"}           a line of standard error, likewise
 *     exit 1                       the exit status, where it is not 0
 *     check                        not a talk: what the check says
 *
 * or, as an author would write down a conversation:
 *
 *     file examples/survey.json    the script
 *     robot Hello.                 the next thing that the robot says
 *     says Yes, please.            what the person says; each of these
 *     dials 1                      comes some seconds after the one before
 *     waits                        has said all, and was not understood
 *     is silent
 *     is not heard                 the recogniser fails
 *     hangs up
 *     label content                how the call is labelled in the end
 */
#include <ctype.h>
#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include "cli/check.h"
#include "cli/talk.h"
#include "harness.h"

enum {
	VARS_MAX = 8,
	LINE_MAX = 64 * 1024,
	PAGE_CASES_MIN = 20,
	STEP_MS = 4000, /* between two things that a person does */
};

struct golden {
	const char *file;
	char name[256];
	FILE *script, *in, *expect;
	struct flow_var varv[VARS_MAX];
	size_t varc;
	int status;
	long at_ms; /* of the last thing that the person did */
	bool is_open, is_check;
};

static const char *path_of(const char *name)
{
	static char path[4][512];
	static int turn;

	turn = (turn + 1) % 4;
	(void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", test_dir(),
	               name);

	return path[turn];
}

/* Whether everything in a stands in b. */
static bool is_within(json_t *a, json_t *b)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_object(a) && json_is_object(b)) {
		json_object_foreach(
			a, key,
			value) if (!is_within(value,
		                              json_object_get(
						      b, key))) return false;
		return true;
	}
	if (json_is_array(a) && json_is_array(b)) {
		if (json_array_size(a) != json_array_size(b))
			return false;
		json_array_foreach(
			a, i,
			value) if (!is_within(value,
		                              json_array_get(b,
		                                             i))) return false;
		return true;
	}

	return json_equal(a, b);
}

/* What the robot says by a line of output, in text; false: nothing. */
static bool is_said(const char *line, char *text, size_t size)
{
	json_t *root = json_loads(line, 0, NULL);
	json_t *itemv = json_object_get(root, "playbacks"), *item;
	size_t i, len = 0;

	text[0] = '\0';
	json_array_foreach(itemv, i, item)
	{
		if (len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s",
			                        i ? " " : "",
			                        json_string_value(item));
	}
	json_decref(root);

	return len;
}

/* The words of an expected line "robot …", else NULL. */
static const char *robot_words(const char *expected)
{
	return strncmp(expected, "robot ", 6) ? NULL : expected + 6;
}

static bool line_fits(const char *expected, const char *actual)
{
	json_t *a, *b;
	bool is_fit;

	expected += strspn(expected, " ");
	if (robot_words(expected)) {
		char said[4096];

		return is_said(actual, said, sizeof(said)) &&
		       !strcmp(robot_words(expected), said);
	}
	if (*expected != '{')
		return !strcmp(expected, actual);

	a = json_loads(expected, 0, NULL);
	b = json_loads(actual, 0, NULL);
	is_fit = a && b && is_within(a, b);

	json_decref(a);
	json_decref(b);

	return is_fit;
}

/* The robot must not say anything else meanwhile. */
static bool may_pass(const char *expected, const char *actual)
{
	char said[4096];

	return !robot_words(expected) || !is_said(actual, said, sizeof(said));
}

static bool line_read(char line[LINE_MAX], FILE *file)
{
	if (!fgets(line, LINE_MAX, file))
		return false;
	line[strcspn(line, "\n")] = '\0';

	return true;
}

/* Compares output with the lines that start with mark. */
static int compare(const struct golden *golden, char mark, const char *name)
{
	static char expected[LINE_MAX], actual[LINE_MAX];
	FILE *out = fopen(path_of(name), "r");
	bool is_loose = false, was_robot = false;
	int err = 0;

	CHECK(out);
	rewind(golden->expect);
	while (line_read(expected, golden->expect)) {
		bool is_fit = false;

		if (mark == '<' && !strncmp(expected, "...", 3)) {
			is_loose = true;
			continue;
		}
		if (expected[0] != mark)
			continue;

		while (!is_fit) {
			if (!line_read(actual, out))
				CHECK_FAIL("%s: %s: expected %s, got the end",
				           golden->file, golden->name,
				           expected);
			is_fit = line_fits(expected + 1, actual);
			if (!is_fit &&
			    (!is_loose || !may_pass(expected + 2, actual)))
				CHECK_FAIL("%s: %s:\nexpected %s\ngot      %s",
				           golden->file, golden->name,
				           expected + 2, actual);
		}
		is_loose = false;
		was_robot = robot_words(expected + 2) != NULL;
	}
	/* Behind its last words the robot says no more. */
	while (was_robot && line_read(actual, out))
		if (!may_pass("robot ", actual))
			CHECK_FAIL("%s: %s: unexpected %s", golden->file,
			           golden->name, actual);
	if (!is_loose && line_read(actual, out))
		CHECK_FAIL("%s: %s: unexpected %s", golden->file, golden->name,
		           actual);

out:
	if (out)
		(void)fclose(out);

	return err;
}

static void golden_close(struct golden *golden)
{
	if (golden->script)
		(void)fclose(golden->script);
	if (golden->in)
		(void)fclose(golden->in);
	if (golden->expect)
		(void)fclose(golden->expect);
	for (size_t i = 0; i < golden->varc; i++)
		mem_deref((void *)golden->varv[i].name);
	*golden = (struct golden){.file = golden->file};
}

static int golden_run(struct golden *golden)
{
	struct talk_prm prm = {
		.path = path_of("t.json"),
		.is_json = true,
		.varv = golden->varv,
		.varc = golden->varc,
		.callid = "c1",
	};
	FILE *out = fopen(path_of("out"), "w");
	FILE *errors = fopen(path_of("err"), "w");
	int err = 0, status;

	CHECK(out && errors);
	(void)fflush(golden->script);
	rewind(golden->in);
	status = golden->is_check
	                 ? check_run(out, &(struct check_prm){.path = prm.path,
	                                                      .is_json = true})
	                 : talk_run(golden->in, out, errors, &prm);
	(void)fclose(out);
	(void)fclose(errors);
	out = errors = NULL;

	err = compare(golden, '<', "out");
	if (!err)
		err = compare(golden, '!', "err");
	if (err)
		goto out;
	if (status != golden->status)
		CHECK_FAIL("%s: %s: exit %d, not %d", golden->file,
		           golden->name, status, golden->status);

out:
	if (out)
		(void)fclose(out);
	if (errors)
		(void)fclose(errors);

	return err;
}

static int golden_open(struct golden *golden, const char *name)
{
	(void)snprintf(golden->name, sizeof(golden->name), "%s", name);
	golden->script = fopen(path_of("t.json"), "w");
	golden->in = fopen(path_of("in"), "w+");
	golden->expect = fopen(path_of("expect"), "w+");
	golden->is_open = true;

	return golden->script && golden->in && golden->expect ? 0 : EIO;
}

static int var_take(struct golden *golden, const char *text)
{
	const char *equals = strchr(text, '=');
	char *copy = mem_zalloc(strlen(text) + 1, NULL);

	if (!copy || !equals || golden->varc == VARS_MAX) {
		mem_deref(copy);
		return EINVAL;
	}
	memcpy(copy, text, strlen(text));
	copy[equals - text] = '\0';
	golden->varv[golden->varc++] =
		(struct flow_var){copy, copy + (equals - text) + 1};

	return 0;
}

static void input_put(struct golden *golden, const char *kind, const char *mark,
                      const char *words)
{
	char text[4096];
	json_t *line;

	(void)snprintf(text, sizeof(text), "%s%s", mark, words);
	golden->at_ms += STEP_MS;
	line = json_pack("{s:I, s:s}", "at", (json_int_t)golden->at_ms, kind,
	                 text);
	(void)json_dumpf(line, golden->in, JSON_COMPACT);
	(void)fputc('\n', golden->in);
	json_decref(line);
}

static int file_take(struct golden *golden, const char *name)
{
	FILE *file = fopen(test_source(name), "r");
	int c;

	if (!file)
		return ENOENT;

	while ((c = fgetc(file)) != EOF)
		(void)fputc(c, golden->script);
	(void)fclose(file);

	return 0;
}

/* One line of a conversation as an author would write it. */
static int spoken_take(struct golden *golden, const char *line)
{
	if (!strncmp(line, "file ", 5))
		return file_take(golden, line + 5);

	if (!strncmp(line, "says ", 5))
		input_put(golden, "text", "F", line + 5);
	else if (!strncmp(line, "dials ", 6))
		input_put(golden, "dtmf", "D", line + 6);
	else if (!strcmp(line, "is silent"))
		input_put(golden, "complete", "", "TIMEOUT()");
	else if (!strcmp(line, "is not heard"))
		input_put(golden, "complete", "", "ERROR()");
	else if (!strcmp(line, "waits"))
		input_put(golden, "complete", "", "DONE()");
	else if (!strcmp(line, "hangs up"))
		input_put(golden, "complete", "", "HANGUP()");
	else if (robot_words(line))
		(void)fprintf(golden->expect, "...\n< %s\n", line);
	else if (!strncmp(line, "label ", 6))
		(void)fprintf(golden->expect,
		              "...\n< {\"result\":{\"label\":\"%s\"}}\n",
		              line + 6);

	return 0;
}

/* Whether a line is of a conversation: no script begins so. */
static bool is_spoken(const char *line)
{
	static const char *const wordv[] = {
		"robot ",       "says ", "dials ",   "is silent",
		"is not heard", "waits", "hangs up", "label ",
	};

	for (size_t i = 0; i < ARRAY_COUNT(wordv); i++)
		if (!strncmp(line, wordv[i], strlen(wordv[i])))
			return true;

	return false;
}

/* One line of the file. */
static int line_take(struct golden *golden, const char *line, bool *in_scriptp)
{
	bool is_script = *in_scriptp;

	*in_scriptp = false;
	if (!strncmp(line, "case ", 5))
		return golden_open(golden, line + 5);
	if (!golden->is_open)
		return 0;

	if (!strncmp(line, "var ", 4))
		return var_take(golden, line + 4);
	if (line[0] == '>')
		(void)fprintf(golden->in, "%s\n", line + 2);
	else if (line[0] == '<' || line[0] == '!' || !strcmp(line, "..."))
		(void)fprintf(golden->expect, "%s\n", line);
	else if (!strcmp(line, "check"))
		golden->is_check = true;
	else if (!strncmp(line, "exit ", 5))
		golden->status = (int)strtol(line + 5, NULL, 10);
	else if (!strncmp(line, "script ", 7) ||
	         (is_script && !is_spoken(line))) {
		(void)fprintf(golden->script, "%s\n",
		              is_script ? line : line + 7);
		*in_scriptp = true;
	}
	else {
		return spoken_take(golden, line);
	}

	return 0;
}

static bool is_talk(const char *name)
{
	const char *end = strrchr(name, '.');

	return end && !strcmp(end, ".talk");
}

static int file_run(const char *name, unsigned *casesp)
{
	static char line[LINE_MAX];
	struct golden golden = {.file = strrchr(name, '/') + 1};
	FILE *file = fopen(test_source(name), "r");
	bool in_script = false, is_page = !is_talk(name);
	bool is_inside = !is_page;
	int err = 0, failed = 0;

	CHECK(file);
	for (;;) {
		bool is_line = line_read(line, file);
		bool is_fence = is_page && !strncmp(line, "```", 3);

		if (golden.is_open &&
		    (!is_line || is_fence || !strncmp(line, "case ", 5))) {
			++*casesp;
			if (golden_run(&golden))
				failed = EPROTO;
			golden_close(&golden);
		}
		if (!is_line)
			break;
		if (is_fence) {
			is_inside = !strcmp(line, "```talk");
			in_script = false;
		}
		if (is_fence || !is_inside)
			continue;
		err = line_take(&golden, line, &in_script);
		CHECK_ERR(0, err);
	}
	err = failed;

out:
	golden_close(&golden);
	if (file)
		(void)fclose(file);

	return err;
}

static int test_talk_golden(void)
{
	DIR *dir = opendir(test_source("test/talk"));
	unsigned cases = 0;
	struct dirent *entry;
	int err = 0, failed = 0;

	CHECK(dir);
	while ((entry = readdir(dir))) {
		char name[512];

		if (!is_talk(entry->d_name))
			continue;
		(void)snprintf(name, sizeof(name), "test/talk/%s",
		               entry->d_name);
		if (file_run(name, &cases))
			failed = EPROTO;
	}
	CHECK(cases > 0);
	err = failed;

out:
	if (dir)
		(void)closedir(dir);

	return err;
}

/* What the page for authors shows is what happens. */
static int test_talk_page(void)
{
	unsigned cases = 0;
	int err = file_run("docs/script.md", &cases);

	CHECK_ERR(0, err);
	CHECK(cases >= PAGE_CASES_MIN);

out:
	return err;
}

const struct test testv[] = {
	TEST(test_talk_golden),
	TEST(test_talk_page),
};
const size_t testc = ARRAY_COUNT(testv);
