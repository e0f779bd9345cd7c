/*
 * bench/bench_start.c - how soon the binary is ready, what it costs idle
 *
 * Starts `dialwright people` (SIP sockets, media loops, voices, pool) twice:
 * the first start fills the prompt cache, the second is measured until it
 * says that it answers, then watched while nobody calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"

extern char **environ;

enum {
	IDLE_US = 5000000,
	STARTS = 5,
};

struct child {
	pid_t pid;
	int life;
	FILE *out;
};

static int start(struct child *child, const char *binary, const char *data)
{
	const char *const argv[] = {binary,   "people", "--port",     "0",
	                            "--data", data,     "--attached", NULL};
	posix_spawn_file_actions_t actions;
	int life[2], out[2];
	int err;

	if (pipe2(life, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return errno;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, life[0], 0);
	(void)posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	err = posix_spawn(&child->pid, binary, &actions, NULL,
	                  (char *const *)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(life[0]);
	(void)close(out[1]);
	child->life = life[1];
	child->out = fdopen(out[0], "r");

	return err;
}

static void end(struct child *child)
{
	(void)close(child->life);
	(void)waitpid(child->pid, NULL, 0);
	(void)fclose(child->out);
}

/* Milliseconds until it says that it answers; -1: it never did. */
static double ready_ms(struct child *child, uint64_t begin_us)
{
	char line[512];

	while (fgets(line, sizeof(line), child->out)) {
		if (strstr(line, "answer at"))
			return (double)(clock_us() - begin_us) / 1000;
	}

	return -1;
}

/* CPU so far in ms and resident memory in MB of a process. */
static int usage(pid_t pid, double *cpu_msp, double *rss_mbp)
{
	unsigned long user, system, pages;
	char path[64], text[1024];
	const char *rest;
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return errno;
	n = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	text[n] = '\0';

	rest = strrchr(text, ')');
	if (!rest ||
	    sscanf(rest,
	           ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu "
	           "%*d %*d %*d %*d %*d %*d %*u %*u %lu",
	           &user, &system, &pages) != 3)
		return EPROTO;

	*cpu_msp =
		(double)(user + system) * 1000 / (double)sysconf(_SC_CLK_TCK);
	*rss_mbp = (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;

	return 0;
}

static int measure(const char *binary, const char *data)
{
	double best_ms = -1, before_ms = 0, after_ms = 0, rss_mb = 0;
	struct child child;

	for (int i = 0; i <= STARTS; i++) {
		uint64_t begin_us = clock_us();
		double took_ms;

		if (start(&child, binary, data))
			return 1;
		took_ms = ready_ms(&child, begin_us);
		if (took_ms < 0)
			return 1;
		/* The first one synthesises. */
		if (i && (best_ms < 0 || took_ms < best_ms))
			best_ms = took_ms;
		if (i < STARTS)
			end(&child);
	}

	if (usage(child.pid, &before_ms, &rss_mb))
		return 1;
	clock_wait_until_us(clock_us() + IDLE_US);
	if (usage(child.pid, &after_ms, &rss_mb))
		return 1;
	end(&child);

	printf("start.ready_ms %.1f ms\n", best_ms);
	printf("limit start.ready_ms 300 ms\n");
	printf("idle.core_pct %.2f %%\n",
	       (after_ms - before_ms) * 100000 / IDLE_US);
	printf("limit idle.core_pct 1 %%\n");
	printf("idle.rss_mb %.1f MB\n", rss_mb);
	printf("limit idle.rss_mb 60 MB\n");

	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type,
                        struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;

	return remove(path);
}

int main(int argc, char *argv[])
{
	char dir[] = "/tmp/dialwright-bench-XXXXXX";
	char binary[1024];
	ssize_t n;
	int status;

	(void)argc;
	(void)argv;

	/* build/bench/bench_start stands beside build/dialwright. */
	n = readlink("/proc/self/exe", binary, sizeof(binary) - 16);
	if (n < 0 || !mkdtemp(dir))
		return 1;
	binary[n] = '\0';
	*strstr(binary, "/bench/bench_start") = '\0';
	(void)strncat(binary, "/dialwright", 16);

	status = measure(binary, dir);
	(void)nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	if (status)
		fprintf(stderr, "bench: %s did not get ready\n", binary);

	return status;
}
