/*
 * bench/crowd_child.c - the crowd as a child process of a bench
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "child.h"
#include "crowd_child.h"
#include <re_main.h>

enum {
	TEXT_SIZE = 1 << 16,
};

struct crowd_child {
	struct child process;
	bool is_read;
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

	if (child->is_read)
		fd_close(child->process.out);
	child_end(&child->process);
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

	n = read(child->process.out, child->text + child->len,
	         TEXT_SIZE - 1 - child->len);
	if (n <= 0) {
		if (!n)
			fd_close(child->process.out);
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

int crowd_child_start(struct crowd_child **childp, const char *phrase,
                      const char *manner,
                      void (*heard)(const char *what, const char *id,
                                    uint64_t us, void *arg),
                      void *arg)
{
	const char *argv[] = {NULL, phrase, manner, NULL};
	struct crowd_child *child = mem_zalloc(sizeof(*child), destructor);
	int err;

	if (!child)
		return ENOMEM;

	child->heard = heard;
	child->arg = arg;
	err = child_start(&child->process, "crowd", argv);
	if (!err)
		err = fd_listen(child->process.out, FD_READ, read_handler,
		                child);
	child->is_read = !err;

	if (err)
		mem_deref(child);
	else
		*childp = child;

	return err;
}

uint16_t crowd_child_port(const struct crowd_child *child)
{
	return child->process.port;
}

void crowd_child_write(struct crowd_child *child, const char *command)
{
	if (write(child->process.in, command, strlen(command)) < 0)
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
