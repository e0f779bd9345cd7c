/*
 * base/mailbox.h - messages from any thread to the one that owns the box
 *
 * A message is a handler and its argument. The handler runs on the owner's
 * thread, in the order of posting, when the owner drains the box; ownership
 * of the argument travels with the message. The box is the only way in which
 * threads of this program talk to each other.
 */
#pragma once

#include <stddef.h>
#include "base/mem.h"

struct mailbox;

typedef void(mailbox_h)(void *arg);

/* A message with a place of its own; embedded as the first member. */
struct mailbox_letter {
	struct le le;
	mailbox_h *handler;
	void *arg;
};

/* A box that holds at most limit messages at a time. Free with mem_deref();
 * messages still in it are dropped with their arguments, so drain first.
 * Returns ENOMEM or the errno of eventfd(). */
int mailbox_alloc(struct mailbox **boxp, size_t limit);

/* The same without a descriptor, for an owner that looks in by itself. */
int mailbox_alloc_polled(struct mailbox **boxp, size_t limit);

/* Puts a message in. Any thread. Returns ENOBUFS when the box is full, ENOMEM
 * when it cannot grow: the argument stays the caller's. */
int mailbox_post(struct mailbox *box, mailbox_h *handler, void *arg);

/* The same for a message that must not get lost: it comes however full the box
 * is. The box takes the letter, which is in no list, and lets go of it. */
void mailbox_post_letter(struct mailbox *box, struct mailbox_letter *letter);

/* A descriptor that is readable while messages wait; -1 where it is polled. */
int mailbox_fd(const struct mailbox *box);

/* Runs the handlers of all messages that wait now; what they post waits for
 * the next time. The owner's thread, never from a handler. */
void mailbox_drain(struct mailbox *box);
