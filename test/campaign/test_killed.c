/*
 * test/campaign/test_killed.c - a dialer killed with -9, again and again
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "campaign/line.h"
#include "campaign/tests.h"

enum {
	PEOPLE = 40,
	RUNS_MAX = 300,
	DOUBLE_RUNS = 30, /* longer lives, for slow machines */
	LIFE_MAX_US = 30000,
};

static void child_main(int fd)
{
	static struct line line;
	struct fixture fx;

	line = (struct line){
		.fx = &fx,
		.prm = {.line = "main", .calls_max = 8},
		.end = {.outcome = OUTCOME_ANSWERED, .reason = ""},
		.pipe_fd = fd,
	};
	if (fixture_init(&fx) || fixture_open(&fx) ||
	    fixture_list(&fx, "people") || fixture_campaign(&fx, "calls") ||
	    line_run(&line))
		_exit(1);
	_exit(0);
}

static int live(unsigned countv[PEOPLE], uint32_t life_us, bool *is_overp)
{
	char message[LINE_MESSAGE_SIZE];
	int fdv[2], status = 0;
	pid_t pid;

	if (pipe(fdv))
		return errno;

	pid = fork();
	if (!pid)
		child_main(fdv[1]);
	(void)close(fdv[1]);

	clock_wait_until_us(clock_us() + life_us);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	*is_overp = WIFEXITED(status) && !WEXITSTATUS(status);

	while (read(fdv[0], message, sizeof(message)) == sizeof(message)) {
		unsigned long i = strtoul(message + strlen("+1555"), NULL, 10);

		if (i >= 100 && i < 100 + PEOPLE)
			countv[i - 100]++;
	}
	(void)close(fdv[0]);

	return 0;
}

int test_killed_nobody_twice(void)
{
	unsigned countv[PEOPLE] = {0}, called = 0;
	uint32_t lot = test_seed();
	bool is_over = false;
	static struct line line;
	struct fixture fx;
	int err, runs = 0;

	err = line_init(&line, &fx, PEOPLE);
	CHECK_ERR(0, err);
	fixture_end(&fx);

	while (!is_over && runs++ < RUNS_MAX) {
		uint32_t life_us;

		lot = lot * 1664525 + 1013904223;
		life_us = (lot >> 8) % (LIFE_MAX_US << (runs / DOUBLE_RUNS));
		CHECK_ERR(0, live(countv, life_us, &is_over));
	}
	CHECK(is_over);

	for (size_t i = 0; i < PEOPLE; i++) {
		CHECK(countv[i] <= 1);
		called += countv[i];
	}
	CHECK(called > 0);

	err = fixture_start(&fx);
	CHECK_ERR(0, err);
	CHECK_ERR(0, fixture_list(&fx, "people"));
	CHECK_ERR(0, fixture_campaign(&fx, "calls"));
	CHECK_U64(PEOPLE, fx.campaign.done);

out:
	fixture_end(&fx);

	return err;
}
