/*
 * cli/cmd_people.c - dialwright people: simulated people to call
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/env.h"
#include "media/codec.h"
#include "rehearse/rehearse.h"
#include <re_main.h>

enum {
	NARROW_HZ = 8000,
};

static const struct args_option optionv[] = {
	/* clang-format off */
	{"people", "FILE", "who they are (default: the built-in ones)", false},
	{"port", "N", "SIP port on 127.0.0.1 (default 5070; 0: any free)",
	 false},
	{"codecs", "LIST",
	 "of pcma, pcmu, g722, opus, in order (default: all, 8 kHz)", false},
	{"write-list", "FILE", "write the list that calls them all as CSV",
	 false},
	{"show", NULL, "print who they are and exit", false},
	{"tapes", "DIR", "keep what each says and hears as "
	 "DIR/CALL-ID.said.wav and .heard.wav", false},
	{"attached", NULL, "end when standard input is closed", false},
	/* clang-format on */
};

struct town {
	struct env *env;
	struct people *people;
	int err;
};

static void prepared(const char *fault, void *arg)
{
	struct town *town = arg;

	if (fault) {
		fprintf(stderr, "dialwright: %s\n", fault);
		town->err = EIO;
	}
	env_wake(town->env);
}

static void show(const struct people *people)
{
	for (size_t i = 0; i < people_count(people); i++) {
		struct person_info info;

		people_info(people, i, &info);
		printf("%-14s %-16s %-12s %-12s %s\n", info.number, info.name,
		       info.outcome, *info.truth ? info.truth : "-",
		       info.about);
	}
}

static int list_write(const struct people *people, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		fprintf(stderr, "dialwright: cannot write %s: %s\n", path,
		        strerror(errno));
		return errno;
	}
	people_write_list(people, file);
	if (fclose(file)) {
		fprintf(stderr, "dialwright: cannot write %s: %s\n", path,
		        strerror(errno));
		return errno;
	}

	return 0;
}

/* Whoever started us closed the pipe or is gone. */
static void stdin_handler(int flags, void *arg)
{
	struct town *town = arg;
	char bytes[64];

	(void)flags;
	if (read(STDIN_FILENO, bytes, sizeof(bytes)) <= 0) {
		fd_close(STDIN_FILENO);
		env_wake(town->env);
	}
}

/* Of their speech: at 16 kHz where a codec was asked for that carries it. A
 * list that is wrong is refused by their phone. */
static uint32_t rate_hz_of(const char *codecs)
{
	const struct codec *codecv[CODECS_MAX];
	uint32_t rate_hz = NARROW_HZ;
	size_t codecc;

	if (!*codecs || codec_list(codecv, &codecc, codecs))
		return rate_hz;

	for (size_t i = 0; i < codecc; i++) {
		if (codecv[i]->rate_hz > rate_hz)
			rate_hz = codecv[i]->rate_hz;
	}

	return rate_hz;
}

static int serve(struct town *town, long port)
{
	struct env *env = town->env;
	const char *codecs = args_text(env->args, "codecs", "");
	uint32_t live, held;
	char text[16];
	int err;

	/* Lines of the configuration are the robot's. */
	cfg_forget(env->cfg, "line");
	(void)snprintf(text, sizeof(text), "%ld", port);
	err = env_set(env, "phone.bind", "127.0.0.1");
	if (!err)
		err = env_set(env, "phone.sip_port", text);
	if (!err)
		err = env_set(env, "phone.codecs", codecs);
	if (!err)
		err = people_prepare(town->people, rate_hz_of(codecs), prepared,
		                     town);
	if (!err)
		err = env_wait(env);
	if (!err)
		err = town->err;
	if (!err)
		err = env_open_phone(env, people_incoming, town->people);
	if (!err && args_has(env->args, "attached"))
		err = fd_listen(STDIN_FILENO, FD_READ, stdin_handler, town);
	if (err)
		return err;

	printf("%zu people answer at 127.0.0.1:%u (Ctrl-C ends)\n",
	       people_count(town->people), phone_sip_port(env->phone));
	(void)fflush(stdout);

	/* Ctrl-C, SIGTERM or the end of the pipe ends this wait. */
	(void)env_wait(env);

	/* The end of the pipe behind Ctrl-C is no reason to leave people in
	 * the middle of their talks. */
	if (args_has(env->args, "attached"))
		fd_close(STDIN_FILENO);
	people_figures(town->people, &live, &held);
	printf("%u conversations held\n", held);

	return 0;
}

static int run(const struct args *args, const struct cli_wire *wire)
{
	const char *list = args_text(args, "write-list", NULL);
	char fault[CFG_FAULT_SIZE];
	struct env env;
	struct town town = {.env = &env};
	long port;
	int err;

	err = args_number(args, "port", 5070, &port);
	if (err)
		return CLI_MISUSED;

	err = env_open(&env, args, wire);
	if (!err)
		err = env_open_voices(&env);
	if (err)
		goto out;

	err = people_alloc(&town.people, args_text(args, "people", NULL),
	                   env.voices, fault);
	if (err) {
		fprintf(stderr, "dialwright: %s\n", fault);
		goto out;
	}

	people_tape(town.people, args_text(args, "tapes", NULL));
	if (list)
		err = list_write(town.people, list);
	if (!err && args_has(args, "show"))
		show(town.people);
	else if (!err)
		err = serve(&town, port);

out:
	env_close_phone(&env);
	mem_deref(town.people);
	env_close(&env);

	return env_status(err);
}

const struct args_command people_command = {
	.name = "people",
	.words = "",
	.summary = "Simulated people who answer the telephone, to try scripts "
		   "on.",
	.help = "They live on 127.0.0.1 and are called by real SIP and RTP: "
		"put a line with\nserver = 127.0.0.1:5070 and register = no "
		"into the configuration.",
	.optionv = optionv,
	.optionc = ARRAY_COUNT(optionv),
	.run = run,
};
