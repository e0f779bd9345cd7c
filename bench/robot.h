/*
 * bench/robot.h - a robot that holds many whole conversations, measured
 *
 * The robot is the product but for the command line: phone, calls, a script,
 * voices, recogniser, store, recordings in a folder below $TMPDIR. It runs on
 * the first core; the crowd that it calls is a process on the last one.
 *
 * Threads: everything on the control loop.
 */
#pragma once

#include "base/mem.h"
#include "call/call.h"

struct robot;

struct robot_prm {
	const char *manner; /* of the crowd: "polite", "rude", "silent" */
	unsigned spares;    /* connections to the recogniser that are kept, 0:
	                     * a new one for each phrase */
	const char *script; /* JSON; may play tone.wav, a long tone */

	/* What the robot's calls tell, may be NULL. */
	void (*moment)(unsigned call, const struct call_moment *moment,
	               void *arg);
	/* "answer", "first" or "barge" of crowd.c, may be NULL. */
	void (*heard)(const char *what, unsigned call, uint64_t us, void *arg);
	void *arg;
};

/* What was used up to now. */
struct robot_usage {
	uint64_t at_us, cpu_us;
	size_t rss_bytes;
	unsigned fds;
	uint64_t ticks, late_ticks;
};

/* What the crowd counted since robot_crowd_zero(). */
struct robot_crowd {
	uint64_t packets, late, sent, speech;
	double cpu_s; /* since its start */
};

/* Pins the process to the first core; before any thread starts. */
int robot_open(struct robot **robotp, const struct robot_prm *prm);

/* Hangs up, waits for the ends and removes the folder. */
void robot_close(struct robot *robot);

/* Calls until n are talking; returns an errno when they are not within
 * limit_ms. From then on a call that ends is replaced by another. */
int robot_fill(struct robot *robot, unsigned n, unsigned per_s,
               uint32_t limit_ms);

/* Hangs all up and waits for their ends. */
int robot_empty(struct robot *robot);

void robot_run_ms(struct robot *robot, uint32_t ms);
void robot_usage(const struct robot *robot, struct robot_usage *usage);

/* What it is made of, for those who look at it from outside. */
struct robot_parts {
	struct store *store;
	struct work_pool *pool;
	struct httpc *http;
	struct phone *phone;
	struct calls *calls;
	const char *dir;
};
void robot_parts(const struct robot *robot, struct robot_parts *parts);
void robot_crowd_zero(struct robot *robot);
int robot_crowd_count(struct robot *robot, struct robot_crowd *crowd);

/* Calls so far, and those of them that were not answered. */
unsigned robot_placed(const struct robot *robot);
unsigned robot_failed(const struct robot *robot);

/* Processor time by thread, to stderr. */
void robot_print_threads(void);
