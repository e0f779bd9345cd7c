/*
 * cli/cmd_demo.c - dialwright demo: the whole product in one minute
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/run.h"
#include "cli/town.h"

static const struct args_option optionv[] = {
	/* clang-format off */
	{"script", "FILE", "the conversation (default: "
	 "examples/appointment.json)", false},
	{"people", "FILE", "who is called (default: the built-in people)",
	 false},
	{"calls", "N", "calls at once (default: 8)", false},
	{"asr", "NAMES", "who listens: services of the configuration, as "
	 "`recogniser` of [program] names them", false},
	{"tts", "NAMES", "who speaks, as `voices` of [voice] names them",
	 false},
	{"quiet", NULL, "do not print the conversations", false},
	/* clang-format on */
};

static void where_next(const struct env *env)
{
	const char *me = program_invocation_name;

	printf("\nrecordings  %s (left channel the callee, right the robot)\n"
	       "database    %s (table conversation: a row for "
	       "every step)\n\n"
	       "next:\n"
	       "  %s people --show\n"
	       "      who was called and what they do\n"
	       "  %s talk examples/appointment.json\n"
	       "      the same script in the terminal: you type the callee's "
	       "part\n"
	       "  %s doctor\n"
	       "      is this machine ready for a real line?\n"
	       "  %s run LIST.csv --script SCRIPT.json\n"
	       "      call real people over your SIP account (README.md)\n",
	       env->recordings, env->database, me, me, me, me);
}

/* Who listens and speaks, where that is asked for. */
static int speech_set(struct env *env)
{
	const char *asr = args_text(env->args, "asr", NULL);
	const char *tts = args_text(env->args, "tts", NULL);
	int err = 0;

	if (asr)
		err = env_set(env, "program.recogniser", asr);
	if (!err && tts)
		err = env_set(env, "voice.voices", tts);

	return err;
}

static int demo_run(struct town *town, struct env *env)
{
	char campaign[64], text[CLOCK_TEXT_SIZE];
	char data[ENV_PATH_SIZE], list[ENV_PATH_SIZE + 32];
	const struct town_prm people = {
		.data = data,
		.people = args_text(env->args, "people", NULL),
		.list = list,
	};
	struct run_prm prm = {
		.list = list,
		.script = args_text(env->args, "script",
	                            "examples/appointment.json"),
		.campaign = campaign,
		.is_watched = !args_has(env->args, "quiet"),
		.is_scored = true,
	};
	int err;

	err = args_number(env->args, "calls", 8, &prm.calls_max);
	if (err)
		return err;

	/* A folder for each demo: who said stop in the last one is called
	 * again in this one. The people keep their sounds outside of it. */
	(void)snprintf(data, sizeof(data), "%s", env->data);
	clock_text(text, clock_wall_ms());
	(void)snprintf(campaign, sizeof(campaign), "demo-%.10s-%.2s%.2s%.2s",
	               text, text + 11, text + 14, text + 17);
	err = env_move(env, campaign);
	if (err)
		return err;
	(void)snprintf(list, sizeof(list), "%s/people.csv", env->data);

	err = town_open(town, env, &people);
	if (!err)
		err = speech_set(env);
	if (!err)
		err = env_set(env, "campaign.ring_s", "15");
	if (!err)
		err = env_open_store(env);
	if (!err)
		err = run_list(env, &prm);
	if (!err || err == EBADMSG)
		where_next(env);

	return err;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	struct town town = {.life = -1};
	struct env env;
	int err;

	err = env_open(&env, args, wire);
	if (!err)
		err = demo_run(&town, &env);
	env_close(&env);
	town_close(&town);

	return env_status(err);
}

const struct args_command demo_command = {
	.name = "demo",
	.words = "",
	.summary = "Call some thirty simulated people and show how it went.",
	.help = "Real SIP, RTP, speech and recognition on 127.0.0.1, nothing "
		"else needed. Every\nperson knows how a good robot's call "
		"with them ends; the score counts those.",
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
