/*
 * cli/cmd_drill.c - dialwright drill: break recognisers and voices on purpose
 */
#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/drill.h"
#include "cli/ink.h"
#include "cli/town.h"

enum {
	FDS_MAX = 16, /* of nftw() */
	LIST_SIZE = 512,
};

/* Who is called. "Yes" alone would be over before anything can break in the
 * middle of it. */
static const char people[] =
	"{\"people\":[{\"number\":\"+15550101\",\"name\":\"Drill\",\"voice\":"
	"\"flite:slt\",\"ring_ms\":100,\"moves\":[{\"say\":\"%s\"}],"
	"\"repeats_last\":true}]}\n";

static const struct args_option optionv[] = {
	/* clang-format off */
	{"script", "FILE", "the conversation (default: a question of its own)",
	 false},
	{"say", "TEXT", "what the person answers (default: Yes I will come.)",
	 false},
	{"only", "NAME", "only the rows with that in their name", true},
	{"list", NULL, "print the rows and exit", false},
	{"json", NULL, "print the results as JSON", false},
	{"keep", NULL, "keep the database, the recordings and what the person "
	 "heard", false},
	/* clang-format on */
};

struct tally {
	size_t rows, passed;
	uint32_t longest_ms;
	json_t *json; /* NULL: a table */
};

/* --- rows ----------------------------------------------------------------- */

static bool is_wanted(const struct args *args, const struct drill_row *row)
{
	const char *only;

	for (size_t i = 0; (only = args_at(args, "only", i)); i++) {
		if (strstr(row->name, only))
			return true;
	}

	return !args_has(args, "only");
}

static const char *or_dash(const char *text)
{
	return *text ? text : "-";
}

static void row_print(const struct drill_row *row,
                      const struct drill_result *result)
{
	bool has_passed = !*result->fault;

	printf("%-34s %-15s %-14s %-15s %5.2f s  %s%s%s%s%s", row->name,
	       or_dash(result->heard_by), or_dash(result->spoken_by),
	       or_dash(result->label), result->silence.longest_ms / 1000.0,
	       has_passed ? "" : ink(stdout, INK_BAD),
	       has_passed ? "ok" : "FAILED", has_passed ? "" : ": ",
	       result->fault, has_passed ? "" : ink(stdout, INK_PLAIN));
	if (result->tries > 1)
		printf(" (call %u: this machine was late before)",
		       result->tries);
	putchar('\n');
	(void)fflush(stdout);
}

static void row_add(json_t *rows, const struct drill_row *row,
                    const struct drill_result *result)
{
	(void)json_array_append_new(
		rows,
		json_pack("{ss sb ss ss ss ss sI sI sI sI sI ss}", "name",
	                  row->name, "passed", !*result->fault, "heard_by",
	                  result->heard_by, "spoken_by", result->spoken_by,
	                  "label", result->label, "trouble", result->trouble,
	                  "silence_ms", (json_int_t)result->silence.longest_ms,
	                  "silence_at_ms", (json_int_t)result->silence.at_ms,
	                  "robot_ms", (json_int_t)result->silence.robot_ms,
	                  "talk_ms", (json_int_t)result->talk_ms, "tries",
	                  (json_int_t)result->tries, "fault", result->fault));
}

static void result_take(struct tally *tally, const struct drill_row *row,
                        const struct drill_result *result)
{
	tally->rows++;
	tally->passed += !*result->fault;
	if (tally->longest_ms < result->silence.longest_ms)
		tally->longest_ms = result->silence.longest_ms;
	if (tally->json)
		row_add(tally->json, row, result);
	else
		row_print(row, result);
}

static void summary(struct tally *tally)
{
	json_t *json;

	if (!tally->json) {
		printf("\n%zu of %zu passed; the longest silence was %.2f s\n",
		       tally->passed, tally->rows, tally->longest_ms / 1000.0);
		return;
	}

	json = json_pack("{sI sI sI so}", "rows_run", (json_int_t)tally->rows,
	                 "rows_passed", (json_int_t)tally->passed,
	                 "longest_silence_ms", (json_int_t)tally->longest_ms,
	                 "rows", tally->json);
	(void)json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

static int rows_run(struct drill *drill, const struct drill_rows *rows)
{
	struct tally tally = {.rows = 0};
	int err = 0;

	if (args_has(drill->env->args, "json"))
		tally.json = json_array();
	else
		printf("%-34s %-15s %-14s %-15s %s\n", "what is broken",
		       "heard by", "spoken by", "how it ended",
		       "longest silence");

	for (size_t i = 0; !err && i < rows->rowc; i++) {
		const struct drill_row *row = &rows->rowv[i];
		struct drill_result result;

		if (!is_wanted(drill->env->args, row))
			continue;
		err = drill_call(&result, drill, row);
		if (!err)
			result_take(&tally, row, &result);
	}
	summary(&tally);

	return !err && tally.passed < tally.rows ? EBADMSG : err;
}

/* --- getting ready ---------------------------------------------------------
 */

/* Where one recogniser listens, a stand-in for a service goes before it, so
 * that falling back to it is tried. */
static int stand_in(struct env *env)
{
	char names[LIST_SIZE];
	const char *listed = cfg_text(env->cfg, "program", "recogniser");
	const char *first = listed + strspn(listed, "* ");

	if (strpbrk(first, ", "))
		return 0;

	(void)snprintf(names, sizeof(names), "*%s,%s", asr_broken_refuse.name,
	               first);

	return env_set(env, "program.recogniser", names);
}

static int scripts_open(struct drill *drill)
{
	const char *path = args_text(drill->env->args, "script", NULL);
	int err = 0;

	for (int i = 0; !err && i < DRILL_WORDS; i++) {
		if (!path)
			err = drill_script_make(&drill->scriptv[i],
			                        (enum drill_words)i);
		else if (i)
			drill->scriptv[i] = mem_ref(drill->scriptv[0]);
		else
			drill->scriptv[i] = env_script(path);
		if (!drill->scriptv[i])
			err = EINVAL;
		if (!err && (!i || !path))
			err = env_prepare(drill->env, drill->scriptv[i],
			                  "people");
	}

	return err;
}

static int people_write(const struct env *env, const char *path)
{
	const char *text = args_text(env->args, "say", "Yes I will come.");
	FILE *file;

	if (strpbrk(text, "\"\\\n")) {
		fputs("dialwright: --say takes words alone\n", stderr);
		return EINVAL;
	}
	file = fopen(path, "w");
	if (!file)
		return errno;
	fprintf(file, people, text);

	return fclose(file) ? errno : 0;
}

/* People to call, and a telephone. */
static int drill_open(struct drill *drill, struct town *town)
{
	struct env *env = drill->env;
	char file[ENV_PATH_SIZE + 32];
	const struct town_prm prm = {
		.data = env->data,
		.people = file,
		.tapes = drill->tapes,
	};
	int err;

	(void)snprintf(file, sizeof(file), "%s/people.json", env->data);
	(void)snprintf(drill->tapes, sizeof(drill->tapes), "%.*s/tapes",
	               ENV_PATH_SIZE - 16, env->data);
	if (mkdir(drill->tapes, 0750))
		return errno;

	err = people_write(env, file);
	if (!err)
		err = town_open(town, env, &prm);
	if (!err)
		err = env_open_phone(env, NULL, NULL);
	if (err)
		return err;

	drill->line = phone_line_find(env->phone, "people");

	return drill->line ? scripts_open(drill) : ENOENT;
}

static int remove_one(const char *path, const struct stat *info, int kind,
                      struct FTW *place)
{
	(void)info;
	(void)kind;
	(void)place;
	(void)remove(path);

	return 0;
}

static size_t wanted_count(const struct drill_rows *rows,
                           const struct args *args)
{
	size_t count = 0;

	for (size_t i = 0; i < rows->rowc; i++)
		count += is_wanted(args, &rows->rowv[i]);

	return count;
}

static void list_print(const struct drill_rows *rows, const struct args *args)
{
	for (size_t i = 0; i < rows->rowc; i++) {
		if (is_wanted(args, &rows->rowv[i]))
			puts(rows->rowv[i].name);
	}
}

/* Everything is of this drill alone: database, sounds, ports, people. What is
 * asked for is known before anybody is started. */
static int drill_run(struct drill *drill, struct town *town)
{
	const struct args *args = drill->env->args;
	static struct drill_rows rows;
	int err;

	err = stand_in(drill->env);
	if (!err && !args_has(args, "list"))
		err = env_open_store(drill->env);
	if (!err)
		err = env_open_speech(drill->env);
	if (err)
		return err;

	drill_rows_make(&rows, drill->env->asr, drill->env->voices,
	                args_has(args, "script"));
	if (args_has(args, "list")) {
		list_print(&rows, args);
		return 0;
	}
	if (!wanted_count(&rows, args)) {
		fputs("dialwright drill: no row has that in its name: --list "
		      "prints them\n",
		      stderr);
		return ENOENT;
	}

	err = drill_open(drill, town);

	return err ? err : rows_run(drill, &rows);
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	struct town town = {.life = -1};
	char text[CLOCK_TEXT_SIZE], folder[64], data[ENV_PATH_SIZE] = "";
	struct env env;
	struct drill drill = {.env = &env};
	int err;

	err = env_open(&env, args, wire);
	if (err)
		goto out;

	/* What breaks is expected, and in the table. */
	if (!args_has(args, "log"))
		log_set_level(LOG_ERROR);
	clock_text(text, clock_wall_ms());
	(void)snprintf(folder, sizeof(folder), "drill-%.10s-%.2s%.2s%.2s-%d",
	               text, text + 11, text + 14, text + 17, (int)getpid());
	err = env_move(&env, folder);
	if (err)
		goto out;

	(void)text_copy(data, sizeof(data), env.data);
	(void)snprintf(env.prompts, sizeof(env.prompts), "%.*s/prompts",
	               ENV_PATH_SIZE - 16, data);
	err = drill_run(&drill, &town);

out:
	env_close(&env);
	for (size_t i = 0; i < DRILL_WORDS; i++)
		mem_deref(drill.scriptv[i]);
	town_close(&town);
	if (args_has(args, "keep"))
		fprintf(stderr, "kept in %s\n", data);
	else if (*data)
		(void)nftw(data, remove_one, FDS_MAX, FTW_DEPTH | FTW_PHYS);

	return env_status(err);
}

const struct args_command drill_command = {
	.name = "drill",
	.words = "",
	.summary = "Break recognisers and voices on purpose and show what a "
		   "callee hears.",
	.help = "Each of the configuration in turn stalls, errors, dies in "
		"the middle of a phrase\nor refuses; then all of them. Every "
		"row is a whole call with a simulated person on\n127.0.0.1, "
		"with a database and ports of its own: nobody else is called, "
		"and a run\nbeside it is not touched. The longest silence is "
		"measured in what the person\nheard; more than 2 s fails. A "
		"call that was only late is made again, at most twice:\nthe "
		"machine may have other work. \"service-before\" stands for "
		"a service that is not\nconfigured.",
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
