/*
 * call/tickbox.h - between the two halves of a call
 *
 * The control half sends letters that the tick half reads at the start of its
 * next tick; the tick half reports through the control loop's mailbox. The
 * tick looks at one atomic word: no system call while there is no mail.
 *
 * Threads: tickbox_send() on the control loop, tickbox_drain() and
 * tickbox_report() in the tick; after the last tick the control loop may
 * drain.
 */
#pragma once

#include "base/mailbox.h"

struct tickbox;

enum {
	/* A conversation is held at one of two rates (call/audio.h). */
	AUDIO_NARROW_HZ = 8000,
	AUDIO_WIDE_HZ = 16000,
	AUDIO_TICKS_S = 50,
	AUDIO_FRAME_MAX = AUDIO_WIDE_HZ / AUDIO_TICKS_S,
};

int tickbox_alloc(struct tickbox **boxp);

/* Whatever arg is, it must live until the handler has run in the tick. */
int tickbox_send(struct tickbox *box, mailbox_h *handler, void *arg);

void tickbox_drain(struct tickbox *box);

/* Runs handler(arg) on the control loop. */
int tickbox_report(mailbox_h *handler, void *arg);

/* The last report, once, behind all others: it needs no memory. */
void tickbox_report_last(struct tickbox *box, mailbox_h *handler, void *arg);
