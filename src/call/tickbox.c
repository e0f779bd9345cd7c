/*
 * call/tickbox.c - between the two halves of a call
 */
#include <assert.h>
#include <stdatomic.h>
#include "base/loop.h"
#include "base/mem.h"
#include "call/tickbox.h"

enum {
	LETTERS_MAX = 1024, /* waiting for one tick */
};

struct tickbox {
	struct mailbox *box;
	atomic_bool has_mail;
	struct mailbox_letter *last; /* had from the beginning */
};

static void destructor(void *arg)
{
	struct tickbox *box = arg;

	mem_deref(box->box);
	mem_deref(box->last);
}

int tickbox_alloc(struct tickbox **boxp)
{
	struct tickbox *box;
	int err;

	box = mem_zalloc(sizeof(*box), destructor);
	if (!box)
		return ENOMEM;

	atomic_init(&box->has_mail, false);
	box->last = mem_zalloc(sizeof(*box->last), NULL);
	err = box->last ? mailbox_alloc_polled(&box->box, LETTERS_MAX) : ENOMEM;

	if (err)
		mem_deref(box);
	else
		*boxp = box;

	return err;
}

int tickbox_send(struct tickbox *box, mailbox_h *handler, void *arg)
{
	int err;

	err = mailbox_post(box->box, handler, arg);
	if (err)
		return err;

	/* After the letter: a tick that sees the flag finds the letter. */
	atomic_store_explicit(&box->has_mail, true, memory_order_release);

	return 0;
}

void tickbox_drain(struct tickbox *box)
{
	if (!atomic_load_explicit(&box->has_mail, memory_order_relaxed))
		return;

	/* Before the letters: one that comes meanwhile sets it again. */
	(void)atomic_exchange_explicit(&box->has_mail, false,
	                               memory_order_acquire);
	mailbox_drain(box->box);
}

int tickbox_report(mailbox_h *handler, void *arg)
{
	return mailbox_post(loop_mailbox(), handler, arg);
}

void tickbox_report_last(struct tickbox *box, mailbox_h *handler, void *arg)
{
	struct mailbox_letter *last = box->last;

	box->last = NULL;
	last->handler = handler;
	last->arg = arg;
	mailbox_post_letter(loop_mailbox(), last);
}
