/*
 * base/mailbox.c - messages from any thread to the one that owns the box
 *
 * Two arrays change places: posters fill one under the lock while the owner
 * empties the other without it. Nothing is allocated once they have grown to
 * the traffic of the program.
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

struct letter {
	mailbox_h *handler;
	void *arg;
};

struct pile {
	struct letter *letterv;
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
};

static void destructor(void *arg)
{
	struct mailbox *box = arg;

	if (box->fd >= 0)
		(void)close(box->fd);
	(void)pthread_mutex_destroy(&box->lock);
	mem_deref(box->in.letterv);
	mem_deref(box->out.letterv);
}

int mailbox_alloc_polled(struct mailbox **boxp, size_t limit)
{
	struct mailbox *box;

	assert(boxp && limit);

	box = mem_zalloc(sizeof(*box), destructor);
	if (!box)
		return ENOMEM;

	(void)pthread_mutex_init(&box->lock, NULL);
	box->limit = limit;
	box->fd = -1;
	*boxp = box;

	return 0;
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

static int pile_grow(struct pile *pile, size_t limit)
{
	size_t size = pile->size ? 2 * pile->size : FIRST_SIZE;
	struct letter *letterv;

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

int mailbox_post(struct mailbox *box, mailbox_h *handler, void *arg)
{
	const uint64_t one = 1;
	bool was_empty;
	int err = 0;

	assert(box && handler);

	(void)pthread_mutex_lock(&box->lock);

	was_empty = !box->in.letterc;
	if (box->in.letterc == box->in.size)
		err = pile_grow(&box->in, box->limit);
	if (!err) {
		box->in.letterv[box->in.letterc++] = (struct letter){
			.handler = handler,
			.arg = arg,
		};
	}

	(void)pthread_mutex_unlock(&box->lock);

	/* The counter cannot overflow: it is written once per filling. */
	if (!err && was_empty && box->fd >= 0 &&
	    write(box->fd, &one, sizeof(one)) < 0)
		err = errno;

	return err;
}

int mailbox_fd(const struct mailbox *box)
{
	return box->fd;
}

void mailbox_drain(struct mailbox *box)
{
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
	(void)pthread_mutex_unlock(&box->lock);

	/* A handler may drop the last reference to the box. */
	mem_ref(box);
	box->is_draining = true;
	for (size_t i = 0; i < pile.letterc; i++)
		pile.letterv[i].handler(pile.letterv[i].arg);
	box->is_draining = false;
	box->out = pile;
	mem_deref(box);
}
