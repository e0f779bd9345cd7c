/*
 * bench/crowd_child.c - the crowd as a child process of a bench
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "crowd_child.h"
#include <re_main.h>

extern char **environ;

enum {
	TEXT_SIZE = 1 << 16,
	PATH_SIZE = 1024,
};

struct crowd_child {
	pid_t pid;
	int in, out;
	uint16_t port;
	void (*heard)(const char *what, const char *id, uint64_t us, void *arg);
	void *arg;
	struct robot_crowd *counts;
	void (*counted)(void *arg);
	void *counted_arg;
	size_t len;
	char text[TEXT_SIZE]; /* not yet a whole line */
};

static void destructor(void *arg)
{
	struct crowd_child *child = arg;

	if (child->out >= 0) {
		fd_close(child->out);
		(void)close(child->out);
	}
	if (child->in >= 0)
		(void)close(child->in);
	if (child->pid > 0)
		(void)waitpid(child->pid, NULL, 0);
}

static void counts_take(struct crowd_child *child, const char *line)
{
	unsigned long long packets, late, sent, speech;
	double cpu_s;

	if (!child->counts ||
	    sscanf(line, "counts %llu %llu %llu %llu %lf", &packets, &late,
	           &sent, &speech, &cpu_s) != 5)
		return;

	*child->counts =
		(struct robot_crowd){packets, late, sent, speech, cpu_s};
	child->counted(child->counted_arg);
}

static void line_take(struct crowd_child *child, const char *line)
{
	char what[16], id[64];
	unsigned long long us;

	if (!strncmp(line, "counts ", 7))
		counts_take(child, line);
	else if (sscanf(line, "%15s %63s %llu", what, id, &us) == 3)
		child->heard(what, id, us, child->arg);
}

static void read_handler(int flags, void *arg)
{
	struct crowd_child *child = arg;
	char *line = child->text, *end;
	ssize_t n;

	(void)flags;

	n = read(child->out, child->text + child->len,
	         TEXT_SIZE - 1 - child->len);
	if (n <= 0) {
		if (!n)
			fd_close(child->out);
		return;
	}

	child->len += (size_t)n;
	child->text[child->len] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		line_take(child, line);
		line = end + 1;
	}
	child->len = strlen(line);
	memmove(child->text, line, child->len + 1);
}

/* build/bench/bench_* stands beside build/bench/crowd. */
static int program_path(char path[PATH_SIZE])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_SIZE - 8);
	char *slash;

	if (n < 0)
		return errno;
	path[n] = '\0';
	slash = strrchr(path, '/');
	memcpy(slash + 1, "crowd", 6);

	return 0;
}

static int start(struct crowd_child *child, const char *phrase,
                 const char *manner)
{
	char path[PATH_SIZE];
	const char *const argv[] = {path, phrase, manner, NULL};
	posix_spawn_file_actions_t actions;
	int in[2], out[2];
	int err;

	err = program_path(path);
	if (err)
		return err;
	if (pipe2(in, O_CLOEXEC))
		return errno;
	if (pipe2(out, O_CLOEXEC)) {
		err = errno;
		(void)close(in[0]);
		(void)close(in[1]);
		return err;
	}

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	(void)posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	err = posix_spawn(&child->pid, path, &actions, NULL,
	                  (char *const *)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(in[0]);
	(void)close(out[1]);
	child->in = in[1];
	child->out = out[0];

	return err;
}

/* The first line, the only one that is waited for. */
static int port_read(struct crowd_child *child)
{
	unsigned port;
	char line[64];
	size_t n = 0;

	while (n < sizeof(line) - 1 && read(child->out, line + n, 1) == 1) {
		if (line[n++] == '\n')
			break;
	}
	line[n] = '\0';
	if (sscanf(line, "sip %u", &port) != 1)
		return EPROTO;
	child->port = (uint16_t)port;

	return 0;
}

int crowd_child_start(struct crowd_child **childp, const char *phrase,
                      const char *manner,
                      void (*heard)(const char *what, const char *id,
                                    uint64_t us, void *arg),
                      void *arg)
{
	struct crowd_child *child = mem_zalloc(sizeof(*child), destructor);
	int err;

	if (!child)
		return ENOMEM;

	child->in = child->out = -1;
	child->heard = heard;
	child->arg = arg;
	err = start(child, phrase, manner);
	if (!err)
		err = port_read(child);
	if (!err)
		err = fd_listen(child->out, FD_READ, read_handler, child);

	if (err)
		mem_deref(child);
	else
		*childp = child;

	return err;
}

uint16_t crowd_child_port(const struct crowd_child *child)
{
	return child->port;
}

void crowd_child_write(struct crowd_child *child, const char *command)
{
	if (write(child->in, command, strlen(command)) < 0)
		fprintf(stderr, "bench: the crowd is gone: %s\n",
		        strerror(errno));
}

void crowd_child_count(struct crowd_child *child, struct robot_crowd *counts,
                       void (*done)(void *arg), void *arg)
{
	child->counts = counts;
	child->counted = done;
	child->counted_arg = arg;
	if (counts)
		crowd_child_write(child, "p\n");
}
