/*
 * cli/lines.c - the lines that a command calls over
 */
#include <errno.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/mem.h"
#include <re_tmr.h>
#include "cli/lines.h"

enum {
	WAIT_MS = 6000, /* for a registration before the first call */
	POLL_MS = 50,
};

static void wake_timer(void *arg)
{
	env_wake(arg);
}

/* Whether one may be called over; *is_openp: one of them may become so. */
static bool one_is_ready(const struct dialer_group *lines,
                         const struct env *env, bool *is_openp)
{
	*is_openp = false;
	for (size_t i = 0; i < lines->linec; i++) {
		enum phone_line_state state = phone_line_state(
			phone_line_find(env->phone, lines->linev[i].name),
			NULL);

		if (state == PHONE_LINE_READY)
			return true;
		*is_openp = *is_openp || state == PHONE_LINE_REGISTERING;
	}

	return false;
}

static void say_states(const struct dialer_group *lines, const struct env *env)
{
	for (size_t i = 0; i < lines->linec; i++) {
		const char *name = lines->linev[i].name, *reason = "";

		(void)phone_line_state(phone_line_find(env->phone, name),
		                       &reason);
		fprintf(stderr, "dialwright: line %s is not ready: %s\n", name,
		        reason && *reason ? reason
		                          : "the server does not answer");
	}
}

static int lines_wait(const struct dialer_group *lines, struct env *env)
{
	uint64_t end_ms = clock_ms() + WAIT_MS;
	bool is_ready, is_open;
	struct tmr timer;
	int err = 0;

	tmr_init(&timer);
	is_ready = one_is_ready(lines, env, &is_open);
	while (!is_ready && is_open && !err && clock_ms() < end_ms) {
		tmr_start(&timer, POLL_MS, wake_timer, env);
		err = env_wait(env);
		is_ready = one_is_ready(lines, env, &is_open);
	}
	tmr_cancel(&timer);
	if (!err && !is_ready) {
		say_states(lines, env);
		err = ENOENT;
	}

	return err;
}

int lines_open(struct dialer_group *lines, struct env *env, const char *group,
               const char *text)
{
	char fault[CFG_FAULT_SIZE];
	int err;

	err = dialer_group_make(lines, env->cfg, env->phone, group, text,
	                        fault);
	if (err) {
		fprintf(stderr, "dialwright: %s%s%s\n", fault,
		        *env->config ? " in " : "", env->config);
		return err;
	}

	return lines_wait(lines, env);
}
