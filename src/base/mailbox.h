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

struct mailbox;

typedef void(mailbox_h)(void *arg);

/* A box that holds at most limit messages at a time. Free with mem_deref();
 * messages still in it are dropped with their arguments, so drain first.
 * Returns ENOMEM or the errno of eventfd(). */
int mailbox_alloc(struct mailbox **boxp, size_t limit);

/* The same without a descriptor, for an owner that looks in by itself. */
int mailbox_alloc_polled(struct mailbox **boxp, size_t limit);

/* Puts a message in. Any thread. Returns ENOBUFS when the box is full: the
 * argument stays the caller's. */
int mailbox_post(struct mailbox *box, mailbox_h *handler, void *arg);

/* A descriptor that is readable while messages wait; -1 where it is polled. */
int mailbox_fd(const struct mailbox *box);

/* Runs the handlers of all messages that wait now; what they post waits for
 * the next time. The owner's thread, never from a handler. */
void mailbox_drain(struct mailbox *box);
