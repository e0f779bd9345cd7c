/*
 * test/base/test_mailbox.c - messages between threads
 */
#include <poll.h>
#include <pthread.h>
#include "base/mailbox.h"
#include "harness.h"
#include "test_base.h"

enum {
	POSTERS = 4,
	LETTERS = 5000, /* of each poster */
	WAIT_MS = 60000,
};

struct poster {
	struct mailbox *box;
	pthread_t thread;
	unsigned letterv[LETTERS]; /* 0, 1, 2, … are the arguments */
	unsigned arrived;
	bool is_disordered;
};

static struct poster posterv[POSTERS];

static void arrive(void *arg)
{
	unsigned *letter = arg;

	for (unsigned i = 0; i < POSTERS; i++) {
		struct poster *poster = &posterv[i];

		if (letter < poster->letterv ||
		    letter >= poster->letterv + LETTERS)
			continue;
		if (*letter != poster->arrived)
			poster->is_disordered = true;
		poster->arrived++;
	}
}

static void *post_all(void *arg)
{
	struct poster *poster = arg;

	for (unsigned i = 0; i < LETTERS; i++) {
		poster->letterv[i] = i;
		if (mailbox_post(poster->box, arrive, &poster->letterv[i]))
			return arg;
	}

	return NULL;
}

static bool is_all_there(void)
{
	for (unsigned i = 0; i < POSTERS; i++) {
		if (posterv[i].arrived != LETTERS)
			return false;
	}

	return true;
}

/* Drains whenever the box rings, until all have arrived or it is silent for
 * too long: a lost ring would show as silence. */
static int drain_all(struct mailbox *box)
{
	struct pollfd ring = {.fd = mailbox_fd(box), .events = POLLIN};

	while (!is_all_there()) {
		if (poll(&ring, 1, WAIT_MS) != 1)
			return ETIMEDOUT;
		mailbox_drain(box);
	}

	return 0;
}

int test_mailbox_order(void)
{
	struct mailbox *box = NULL;
	unsigned started = 0;
	bool is_refused = false;
	int err;

	memset(posterv, 0, sizeof(posterv));
	err = mailbox_alloc(&box, POSTERS * LETTERS);
	CHECK_ERR(0, err);

	while (started < POSTERS) {
		struct poster *poster = &posterv[started];

		poster->box = box;
		err = pthread_create(&poster->thread, NULL, post_all, poster);
		CHECK_ERR(0, err);
		started++;
	}
	err = drain_all(box);
	CHECK_ERR(0, err);

	for (unsigned i = 0; i < POSTERS; i++)
		CHECK(!posterv[i].is_disordered);

out:
	while (started--) {
		void *refused;

		(void)pthread_join(posterv[started].thread, &refused);
		is_refused |= refused != NULL;
	}
	if (!err && is_refused)
		err = ENOBUFS;
	mem_deref(box);

	return err;
}

static void count_up(void *arg)
{
	++*(unsigned *)arg;
}

static int fill_and_empty(int (*alloc)(struct mailbox **boxp, size_t limit))
{
	enum {
		LIMIT = 100
	};
	struct mailbox *box = NULL;
	unsigned count = 0;
	int err;

	err = alloc(&box, LIMIT);
	CHECK_ERR(0, err);

	/* Full means full, and full again after it was emptied. */
	for (unsigned round = 1; round <= 3; round++) {
		for (unsigned i = 0; i < LIMIT; i++) {
			err = mailbox_post(box, count_up, &count);
			CHECK_ERR(0, err);
		}
		err = mailbox_post(box, count_up, &count);
		CHECK(err == ENOBUFS);

		mailbox_drain(box);
		CHECK_U64(round * LIMIT, count);
		err = 0;
	}

	/* Nothing there: returns at once. */
	mailbox_drain(box);
	CHECK_U64(3 * LIMIT, count);

out:
	mem_deref(box);

	return err;
}

int test_mailbox_full(void)
{
	return fill_and_empty(mailbox_alloc);
}

int test_mailbox_polled(void)
{
	return fill_and_empty(mailbox_alloc_polled);
}

struct echo {
	struct mailbox *box;
	unsigned count;
	int err;
};

static void answer(void *arg)
{
	struct echo *echo = arg;

	echo->count++;
	if (echo->count < 3)
		echo->err = mailbox_post(echo->box, answer, echo);
}

/* What a handler posts waits for the next drain: a chatty handler cannot keep
 * the loop from its sockets. */
int test_mailbox_post_from_handler(void)
{
	struct echo echo = {.box = NULL};
	int err;

	err = mailbox_alloc(&echo.box, 10);
	CHECK_ERR(0, err);
	err = mailbox_post(echo.box, answer, &echo);
	CHECK_ERR(0, err);

	for (unsigned i = 1; i <= 3; i++) {
		mailbox_drain(echo.box);
		CHECK_ERR(0, echo.err);
		CHECK_U64(i, echo.count);
	}
	mailbox_drain(echo.box);
	CHECK_U64(3, echo.count);

out:
	mem_deref(echo.box);

	return err;
}

static void let_go(void *arg)
{
	mem_deref(arg);
}

/* The owner may end with a message of its own box. */
int test_mailbox_freed_by_handler(void)
{
	struct mailbox *box = NULL;
	unsigned count = 0;
	int err;

	err = mailbox_alloc(&box, 10);
	CHECK_ERR(0, err);
	err = mailbox_post(box, let_go, box);
	CHECK_ERR(0, err);
	err = mailbox_post(box, count_up, &count);
	CHECK_ERR(0, err);

	mailbox_drain(box);
	box = NULL;
	CHECK_U64(1, count);

out:
	mem_deref(box);

	return err;
}
