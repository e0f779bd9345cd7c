/*
 * bench/child.c - a program of the build that serves a bench
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child.h"

extern char **environ;

enum {
	PATH_SIZE = 1024,
	NAME_SIZE = 64,
	NICE = -10,
};

static int program_path(char path[PATH_SIZE], const char *program)
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_SIZE - NAME_SIZE);
	char *slash;

	if (n < 0)
		return errno;
	path[n] = '\0';
	slash = strrchr(path, '/');
	(void)snprintf(slash + 1, NAME_SIZE - 1, "%s", program);

	return 0;
}

static int spawn(struct child *child, const char *path, const char *argv[])
{
	posix_spawn_file_actions_t actions;
	int in[2], out[2];
	int err;

	if (pipe2(in, O_CLOEXEC))
		return errno;
	if (pipe2(out, O_CLOEXEC)) {
		err = errno;
		(void)close(in[0]);
		(void)close(in[1]);
		return err;
	}

	argv[0] = path;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	(void)posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	err = posix_spawn(&child->pid, path, &actions, NULL,
	                  (char *const *)(uintptr_t)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(in[0]);
	(void)close(out[1]);
	child->in = in[1];
	child->out = out[0];

	return err;
}

/* The first core is what is measured. */
static void pin_last(pid_t pid)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1, &one);
	(void)sched_setaffinity(pid, sizeof(one), &one);

	/* Where the system lets us: what disturbs it would be measured. */
	(void)setpriority(PRIO_PROCESS, (id_t)pid, NICE);
}

static int port_read(struct child *child)
{
	char line[64];
	unsigned port;
	size_t n = 0;

	while (n < sizeof(line) - 1 && read(child->out, line + n, 1) == 1) {
		if (line[n++] == '\n')
			break;
	}
	line[n] = '\0';
	if (sscanf(line, "%*s %u", &port) != 1)
		return EPROTO;
	child->port = (uint16_t)port;

	return 0;
}

int child_start(struct child *child, const char *program, const char *argv[])
{
	char path[PATH_SIZE];
	int err;

	*child = (struct child){.in = -1, .out = -1};
	err = program_path(path, program);
	if (!err)
		err = spawn(child, path, argv);
	if (err)
		return err;

	pin_last(child->pid);

	return port_read(child);
}

void child_end(struct child *child)
{
	if (child->in >= 0)
		(void)close(child->in);
	if (child->out >= 0)
		(void)close(child->out);
	if (child->pid > 0) {
		(void)kill(child->pid, SIGTERM);
		(void)waitpid(child->pid, NULL, 0);
	}
	*child = (struct child){.in = -1, .out = -1};
}
