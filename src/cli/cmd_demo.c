/*
 * cli/cmd_demo.c - dialwright demo: the whole product in one minute
 *
 * The people run in a process of their own (this binary again), so that the
 * calls between them and the robot are what calls are: SIP and RTP packets.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/run.h"

extern char **environ;

enum {
	LINE_SIZE = 512,
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"script", "FILE", "the conversation (default: "
	 "examples/appointment.json)", false},
	{"people", "FILE", "who is called (default: the built-in people)",
	 false},
	{"calls", "N", "calls at once (default: 8)", false},
	{"quiet", NULL, "do not print the conversations", false},
	/* clang-format on */
};

struct demo {
	pid_t pid;                /* of the people, 0 = none */
	FILE *out;                /* what they print */
	int life;                 /* they end when we close it or are gone */
	char data[ENV_PATH_SIZE]; /* theirs: only the sounds they say */
	char list[ENV_PATH_SIZE + 32];
	unsigned port;
};

/* The child's end of each pipe becomes its standard input and output. */
static int spawn(struct demo *demo, const char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char binary[ENV_PATH_SIZE];
	ssize_t n;
	int err;

	n = readlink("/proc/self/exe", binary, sizeof(binary) - 1);
	if (n < 0)
		return errno;
	binary[n] = '\0';

	/* A group of its own: Ctrl-C is for us, talks still need their
	 * people. */
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);

	err = posix_spawn(&demo->pid, binary, &actions, &attr,
	                  (char *const *)argv, environ);
	if (err)
		demo->pid = 0;

	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);

	return err;
}

static int people_spawn(struct demo *demo, const struct env *env)
{
	const char *people = args_text(env->args, "people", NULL);
	const char *argv[12] = {
		"dialwright", "people",       "--port",
		"0",          "--attached",   "--data",
		demo->data,   "--write-list", demo->list,
	};
	int life[2], out[2];
	int err;

	if (people) {
		argv[9] = "--people";
		argv[10] = people;
	}

	if (pipe2(life, O_CLOEXEC))
		return errno;
	demo->life = life[1];
	if (pipe2(out, O_CLOEXEC)) {
		err = errno;
		(void)close(life[0]);
		return err;
	}

	err = spawn(demo, argv, life[0], out[1]);
	(void)close(life[0]);
	(void)close(out[1]);
	demo->out = fdopen(out[0], "r");

	return err;
}

/* Waits for the line that says where they answer. */
static int people_ready(struct demo *demo)
{
	char line[LINE_SIZE];

	while (fgets(line, sizeof(line), demo->out)) {
		const char *at = strstr(line, "127.0.0.1:");

		if (at && sscanf(at, "127.0.0.1:%u", &demo->port) == 1) {
			fputs(line, stderr);
			return 0;
		}
	}

	return EIO;
}

static void people_end(struct demo *demo)
{
	if (demo->life >= 0)
		(void)close(demo->life);
	if (demo->pid)
		(void)waitpid(demo->pid, NULL, 0);
	if (demo->out)
		(void)fclose(demo->out);
}

/* A line to the people: they need no registration. */
static int line_set(struct env *env, unsigned port)
{
	char server[64];
	int err;

	(void)snprintf(server, sizeof(server), "127.0.0.1:%u", port);
	err = env_set(env, "line.people.server", server);
	if (!err)
		err = env_set(env, "line.people.register", "no");
	if (!err)
		err = env_set(env, "line.people.caller_id", "+15550100");
	if (!err)
		err = env_set(env, "phone.bind", "127.0.0.1");
	if (!err)
		err = env_set(env, "phone.sip_port", "0");
	if (!err)
		err = env_set(env, "campaign.ring_s", "15");

	return err;
}

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

static int demo_run(struct demo *demo, struct env *env)
{
	char campaign[64], text[CLOCK_TEXT_SIZE];
	struct run_prm prm = {
		.list = demo->list,
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
	 * again in this one. */
	(void)snprintf(demo->data, sizeof(demo->data), "%s", env->data);
	clock_text(text, clock_wall_ms());
	(void)snprintf(campaign, sizeof(campaign), "demo-%.10s-%.2s%.2s%.2s",
	               text, text + 11, text + 14, text + 17);
	err = env_move(env, campaign);
	if (err)
		return err;
	(void)snprintf(demo->list, sizeof(demo->list), "%s/people.csv",
	               env->data);

	fputs("waking up the simulated people\n", stderr);
	err = people_spawn(demo, env);
	if (!err)
		err = people_ready(demo);
	if (err) {
		fputs("dialwright: the simulated people did not start\n",
		      stderr);
		return err;
	}

	err = line_set(env, demo->port);
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
	struct demo demo = {.life = -1};
	struct env env;
	int err;

	err = env_open(&env, args, wire);
	if (!err)
		err = demo_run(&demo, &env);
	env_close(&env);
	people_end(&demo);

	return err ? CLI_FAILED : CLI_DONE;
}

const struct args_command demo_command = {
	.name = "demo",
	.words = "",
	.summary = "Call a dozen simulated people and show how it went.",
	.help = "Real SIP, RTP, speech and recognition on 127.0.0.1, nothing "
		"else needed. Every\nperson knows how a good robot's call "
		"with them ends; the score counts those.",
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
