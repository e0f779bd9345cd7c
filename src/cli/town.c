/*
 * cli/town.c - simulated people in a process of their own
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/mem.h"
#include "cli/town.h"

extern char **environ;

enum {
	LINE_SIZE = 512,
	WORDS_MAX = 16,
};

/* The child's end of each pipe becomes its standard input and output. */
static int spawn(struct town *town, const char *const argv[], int in, int out)
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

	err = posix_spawn(&town->pid, binary, &actions, &attr,
	                  (char *const *)argv, environ);
	if (err)
		town->pid = 0;

	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);

	return err;
}

static void option(const char *argv[WORDS_MAX], const char *name,
                   const char *value)
{
	size_t n = 0;

	if (!value)
		return;
	while (argv[n])
		n++;
	argv[n] = name;
	argv[n + 1] = value;
}

static int start(struct town *town, const struct town_prm *prm)
{
	const char *argv[WORDS_MAX] = {"dialwright", "people", "--attached",
	                               "--port", "0"};
	int life[2], out[2];
	int err;

	option(argv, "--data", prm->data);
	option(argv, "--people", prm->people);
	option(argv, "--write-list", prm->list);
	option(argv, "--tapes", prm->tapes);

	if (pipe2(life, O_CLOEXEC))
		return errno;
	town->life = life[1];
	if (pipe2(out, O_CLOEXEC)) {
		err = errno;
		(void)close(life[0]);
		return err;
	}

	err = spawn(town, argv, life[0], out[1]);
	(void)close(life[0]);
	(void)close(out[1]);
	town->out = fdopen(out[0], "r");

	return err;
}

/* Waits for the line that says where they answer. */
static int wait_ready(struct town *town)
{
	char line[LINE_SIZE];

	while (town->out && fgets(line, sizeof(line), town->out)) {
		const char *at = strstr(line, "127.0.0.1:");

		if (at && sscanf(at, "127.0.0.1:%u", &town->port) == 1) {
			fputs(line, stderr);
			return 0;
		}
	}

	return EIO;
}

/* They need no registration. */
static int line_set(struct env *env, unsigned port)
{
	char server[64];
	const struct {
		const char *key;
		const char *value;
	} rowv[] = {
		{"line.people.server", server},
		{"line.people.register", "no"},
		{"line.people.caller_id", "+15550100"},
		{"phone.bind", "127.0.0.1"},
		{"phone.public_addr", ""},
		{"phone.sip_port", "0"},
		{"phone.tls_cert", ""},
		{"phone.rtp_port_min", "0"},
	};

	(void)snprintf(server, sizeof(server), "127.0.0.1:%u", port);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int err = env_set(env, rowv[i].key, rowv[i].value);

		if (err)
			return err;
	}

	return 0;
}

int town_open(struct town *town, struct env *env, const struct town_prm *prm)
{
	int err;

	*town = (struct town){.life = -1};
	fputs("waking up the simulated people\n", stderr);
	err = start(town, prm);
	if (!err)
		err = wait_ready(town);
	if (err) {
		fputs("dialwright: the simulated people did not start\n",
		      stderr);
		return err;
	}

	return line_set(env, town->port);
}

void town_close(struct town *town)
{
	if (town->life >= 0)
		(void)close(town->life);
	if (town->pid)
		(void)waitpid(town->pid, NULL, 0);
	if (town->out)
		(void)fclose(town->out);
	*town = (struct town){.life = -1};
}
