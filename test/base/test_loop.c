/*
 * test/base/test_loop.c - the control loop and who may reach it
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include "base/loop.h"
#include "harness.h"
#include "test_base.h"

static pthread_t home;
static unsigned letters, signals;
static int last_signal;

static void stop(void *arg)
{
	(void)arg;

	letters += pthread_equal(home, pthread_self()) != 0;
	loop_stop();
}

static void *post_stop(void *arg)
{
	return mailbox_post(loop_mailbox(), stop, NULL) ? arg : NULL;
}

int test_loop_mailbox(void)
{
	void *refused = NULL;
	pthread_t thread;
	int err;

	home = pthread_self();
	letters = 0;

	err = loop_init();
	CHECK_ERR(0, err);
	err = pthread_create(&thread, NULL, post_stop, &home);
	CHECK_ERR(0, err);

	/* Comes back because the message did, on this thread. */
	err = loop_run();
	(void)pthread_join(thread, &refused);
	CHECK_ERR(0, err);
	CHECK(!refused);
	CHECK_U64(1, letters);

	/* What is posted when the loop has ended is still delivered. */
	err = mailbox_post(loop_mailbox(), stop, NULL);
	CHECK_ERR(0, err);

out:
	loop_close();
	if (!err && letters != 2)
		err = EPROTO;

	return err;
}

static void on_signal(int signum)
{
	last_signal = signum;
	signals++;
	loop_stop();
}

int test_loop_signal(void)
{
	static const int signumv[] = {SIGTERM, SIGINT};
	sigset_t before;
	int err;

	signals = 0;
	(void)sigprocmask(SIG_BLOCK, NULL, &before);

	err = loop_init();
	CHECK_ERR(0, err);
	err = loop_on_signal(on_signal);
	CHECK_ERR(0, err);

	for (unsigned i = 0; i < ARRAY_COUNT(signumv); i++) {
		CHECK(!kill(getpid(), signumv[i]));
		err = loop_run();
		CHECK_ERR(0, err);
		CHECK_U64(i + 1, signals);
		CHECK_I64(signumv[i], last_signal);
	}

out:
	loop_close();
	(void)sigprocmask(SIG_SETMASK, &before, NULL);

	return err;
}
