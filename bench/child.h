/*
 * bench/child.h - a program of the build that serves a bench
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: none */
	int in;    /* its input: it may end with it */
	int out;   /* what it says */
	uint16_t port;
};

/* Starts it on the last core and reads the port from its first line, "WORD
 * PORT". program is relative to the folder of the bench; argv[0] is filled
 * in. Returns an errno; child_end() is due in either case. */
int child_start(struct child *child, const char *program, const char *argv[]);

/* Ends it by the end of its input and SIGTERM, and waits for it. */
void child_end(struct child *child);
