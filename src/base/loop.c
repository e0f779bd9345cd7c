/*
 * base/loop.c - the control loop: SIP, sessions, dialling
 */
#include <assert.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "base/loop.h"
#include "base/mem.h"
#include "base/timers.h"
#include <re_tmr.h>
#include <re_main.h>
#include <re_sys.h>
/* Its header insists on both, for macros that are not used here. */
#define DEBUG_MODULE "base"
#define DEBUG_LEVEL  0
#include <re_dbg.h>

enum {
	HOME_LIMIT = 1 << 20, /* messages: above all queues together */
	FD_LIMIT = 65536,
};

static struct {
	struct mailbox *home;
	int signal_fd;
	void (*signal_handler)(int signum);
} loop = {.signal_fd = -1};

static void home_handler(int flags, void *arg)
{
	(void)flags;
	(void)arg;

	mailbox_drain(loop.home);
}

static unsigned fd_limit_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 1024;

	limit.rlim_cur = limit.rlim_max < FD_LIMIT ? limit.rlim_max : FD_LIMIT;
	(void)setrlimit(RLIMIT_NOFILE, &limit);

	return (unsigned)limit.rlim_cur;
}

int loop_init(void)
{
	int err;

	/* What libre would print of failed connections comes to us as errors,
	 * and is told where it matters. */
	dbg_init(DBG_CRIT, DBG_NONE);
	timers_use();
	err = libre_init();
	if (err)
		return err;

	err = fd_setsize((int)fd_limit_raise());
	if (err)
		goto out;

	err = mailbox_alloc(&loop.home, HOME_LIMIT);
	if (err)
		goto out;

	err = fd_listen(mailbox_fd(loop.home), FD_READ, home_handler, NULL);

out:
	if (err)
		loop_close();

	return err;
}

int loop_run(void)
{
	return re_main(NULL);
}

void loop_stop(void)
{
	re_cancel();
}

struct mailbox *loop_mailbox(void)
{
	assert(loop.home);

	return loop.home;
}

static void signal_ready(int flags, void *arg)
{
	struct signalfd_siginfo info;

	(void)flags;
	(void)arg;

	while (read(loop.signal_fd, &info, sizeof(info)) == sizeof(info))
		loop.signal_handler((int)info.ssi_signo);
}

int loop_on_signal(void (*handler)(int signum))
{
	sigset_t set;

	assert(handler && loop.signal_fd < 0);

	/* Blocked before any thread starts, so that all inherit it. */
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return errno;

	loop.signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (loop.signal_fd < 0)
		return errno;
	loop.signal_handler = handler;

	return fd_listen(loop.signal_fd, FD_READ, signal_ready, NULL);
}

void loop_close(void)
{
	if (loop.signal_fd >= 0) {
		fd_close(loop.signal_fd);
		(void)close(loop.signal_fd);
		loop.signal_fd = -1;
	}
	if (loop.home) {
		mailbox_drain(loop.home);
		fd_close(mailbox_fd(loop.home));
		loop.home = mem_deref(loop.home);
	}

	libre_close();
}
