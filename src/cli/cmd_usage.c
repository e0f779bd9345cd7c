/*
 * cli/cmd_usage.c - dialwright usage: what speech services did, by day
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/jmem.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/env.h"

enum {
	DAYS = 31,
	DAY_CHARS = 10, /* "2026-11-21" */
};

static const int64_t day_ms = 86400000;

static const struct args_option optionv[] = {
	/* clang-format off */
	{"days", "N", "that many, today included (default: 31)", false},
	{"json", NULL, "print the result as JSON", false},
	/* clang-format on */
};

struct reading {
	struct env_answer answer;
	json_t *rows; /* NULL: a table is printed */
	size_t rowc;
};

static json_t *used_json(const struct store_used *used)
{
	return json_pack("{s:I, s:I, s:I}", "requests",
	                 (json_int_t)used->requests, "characters",
	                 (json_int_t)used->chars, "audio_ms",
	                 (json_int_t)used->audio_ms);
}

static void usage_handler(const struct store_usage *usage, void *arg)
{
	struct reading *reading = arg;
	char day[CLOCK_TEXT_SIZE];

	(void)clock_text(day, usage->day_ms);
	day[DAY_CHARS] = '\0';
	if (reading->rows) {
		(void)json_array_append_new(
			reading->rows,
			json_pack("{s:s, s:s, s:o, s:o}", "day", day, "service",
		                  usage->service, "all", used_json(&usage->all),
		                  "beside", used_json(&usage->beside)));
		return;
	}
	if (!reading->rowc++)
		printf("%-10s  %-20s %9s %11s %10s %10s\n", "day", "service",
		       "requests", "characters", "seconds", "beside");
	printf("%-10s  %-20s %9" PRIu64 " %11" PRIu64 " %10.1f %10.1f\n", day,
	       usage->service, usage->all.requests, usage->all.chars,
	       (double)usage->all.audio_ms / 1000,
	       (double)usage->beside.audio_ms / 1000);
}

static int show(struct env *env)
{
	struct reading reading = {.answer = {.env = env}};
	int64_t today_ms = clock_wall_ms() / day_ms * day_ms;
	long days;
	int err;

	err = args_number(env->args, "days", DAYS, &days);
	if (err)
		return err;
	if (days < 1) {
		fprintf(stderr, "dialwright usage: --days is 1 or more\n");
		return EINVAL;
	}

	jmem_forget();
	if (args_has(env->args, "json"))
		reading.rows = json_array();
	err = store_usages(env->store, today_ms - (days - 1) * day_ms,
	                   usage_handler, env_answered, &reading);
	err = env_await(&reading.answer, err);
	if (!err && args_has(env->args, "json")) {
		err = jmem_write(stdout, json_incref(reading.rows),
		                 JSON_COMPACT);
		putchar('\n');
	}
	else if (!err && !reading.rowc) {
		printf("no speech service was used in these days\n");
	}
	if (err)
		fprintf(stderr, "dialwright usage: %s\n", strerror(err));
	json_decref(reading.rows);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	return env_run(args, wire, env_open_store_reader, show);
}

const struct args_command usage_command = {
	.name = "usage",
	.words = "",
	.summary = "What speech services did, by day.",
	.help = "Requests, characters that were spoken and seconds of sound; "
		"\"beside\" is what of the\nseconds was outside of calls: "
		"prompts made ahead, trials, the speech-proxy. Days are those\n"
		"of UTC. What a single call used stands in the column services "
		"of its row.",
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
