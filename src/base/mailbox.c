/*
 * base/mailbox.c - messages from any thread to the one that owns the box
 *
 * Two arrays change places: posters fill one under the lock while the owner
 * empties the other without it. Nothing is allocated once they have grown to
 * the traffic of the program; what a call sends fits from the beginning. Where
 * they cannot grow, letters that bring their own place wait in a list behind
 * the array, and until it is emptied no other comes in: the order stays that of
 * posting.
 */
#include <assert.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/mailbox.h"
#include "base/mem.h"

enum {
	FIRST_SIZE = 64,
};

struct message {
	mailbox_h *handler;
	void *arg;
};

struct pile {
	struct message *letterv;
	size_t letterc;
	size_t size;
};

struct mailbox {
	size_t limit;
	int fd;          /* -1: polled */
	struct pile out; /* the owner's */
	bool is_draining;

	pthread_mutex_t lock; /* guards what follows */
	struct pile in;
	struct list letterl; /* behind it */
};

static void destructor(void *arg)
{
	struct mailbox *box = arg;

	if (box->fd >= 0)
		(void)close(box->fd);
	(void)pthread_mutex_destroy(&box->lock);
	mem_deref(box->in.letterv);
	mem_deref(box->out.letterv);
	list_flush(&box->letterl);
}

static int pile_grow(struct pile *pile, size_t limit)
{
	size_t size = pile->size ? 2 * pile->size : FIRST_SIZE;
	struct message *letterv;

	if (pile->size >= limit)
		return ENOBUFS;
	if (size > limit)
		size = limit;

	letterv = mem_reallocarray(pile->letterv, size, sizeof(*letterv), NULL);
	if (!letterv)
		return ENOMEM;

	pile->letterv = letterv;
	pile->size = size;

	return 0;
}

int mailbox_alloc_polled(struct mailbox **boxp, size_t limit)
{
	struct mailbox *box;
	int err;

	assert(boxp && limit);

	box = mem_zalloc(sizeof(*box), destructor);
	if (!box)
		return ENOMEM;

	(void)pthread_mutex_init(&box->lock, NULL);
	box->limit = limit;
	box->fd = -1;
	err = pile_grow(&box->in, limit);
	if (!err)
		err = pile_grow(&box->out, limit);

	if (err)
		mem_deref(box);
	else
		*boxp = box;

	return err;
}

int mailbox_alloc(struct mailbox **boxp, size_t limit)
{
	struct mailbox *box;
	int err;

	err = mailbox_alloc_polled(&box, limit);
	if (err)
		return err;

	box->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (box->fd < 0) {
		err = errno;
		mem_deref(box);
		return err;
	}

	*boxp = box;

	return 0;
}

/* Under the lock. */
static int put(struct mailbox *box, mailbox_h *handler, void *arg)
{
	int err = 0;

	if (!list_isempty(&box->letterl))
		return ENOMEM;

	if (box->in.letterc == box->in.size)
		err = pile_grow(&box->in, box->limit);
	if (!err) {
		box->in.letterv[box->in.letterc++] = (struct message){
			.handler = handler,
			.arg = arg,
		};
	}

	return err;
}

static bool is_empty(const struct mailbox *box)
{
	return !box->in.letterc && list_isempty(&box->letterl);
}

/* The counter cannot overflow: it is written once per filling. */
static int ring(const struct mailbox *box)
{
	const uint64_t one = 1;

	return box->fd >= 0 && write(box->fd, &one, sizeof(one)) < 0 ? errno
	                                                             : 0;
}

int mailbox_post(struct mailbox *box, mailbox_h *handler, void *arg)
{
	bool was_empty;
	int err;

	assert(box && handler);

	(void)pthread_mutex_lock(&box->lock);
	was_empty = is_empty(box);
	err = put(box, handler, arg);
	(void)pthread_mutex_unlock(&box->lock);

	if (!err && was_empty)
		err = ring(box);

	return err;
}

void mailbox_post_letter(struct mailbox *box, struct mailbox_letter *letter)
{
	bool was_empty, is_put;

	assert(box && letter->handler);

	(void)pthread_mutex_lock(&box->lock);
	was_empty = is_empty(box);
	is_put = !put(box, letter->handler, letter->arg);
	if (!is_put)
		list_append(&box->letterl, &letter->le, letter);
	(void)pthread_mutex_unlock(&box->lock);

	if (was_empty)
		(void)ring(box);
	if (is_put)
		mem_deref(letter);
}

int mailbox_fd(const struct mailbox *box)
{
	return box->fd;
}

static void letters_read(struct list *letterl)
{
	struct le *le;

	while ((le = list_head(letterl))) {
		struct mailbox_letter *letter = le->data;

		list_unlink(le);
		letter->handler(letter->arg);
		mem_deref(letter);
	}
}

void mailbox_drain(struct mailbox *box)
{
	struct list letterl = LIST_INIT;
	struct pile pile;
	uint64_t count;

	/* A handler that drains would empty the pile under our feet. */
	assert(!box->is_draining);

	/* Before the exchange: a letter posted after it rings again. */
	if (box->fd >= 0 && read(box->fd, &count, sizeof(count)) < 0)
		return;

	(void)pthread_mutex_lock(&box->lock);
	pile = box->in;
	box->in = box->out;
	box->in.letterc = 0;
	while (!list_isempty(&box->letterl)) {
		struct le *le = list_head(&box->letterl);

		list_unlink(le);
		list_append(&letterl, le, le->data);
	}
	(void)pthread_mutex_unlock(&box->lock);

	/* A handler may drop the last reference to the box. */
	mem_ref(box);
	box->is_draining = true;
	for (size_t i = 0; i < pile.letterc; i++)
		pile.letterv[i].handler(pile.letterv[i].arg);
	letters_read(&letterl);
	box->is_draining = false;
	box->out = pile;
	mem_deref(box);
}
