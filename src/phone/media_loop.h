/*
 * phone/media_loop.h - threads that tick every 20 ms for many streams
 *
 * Private to phone/. Each loop spreads its tasks over MEDIA_SLOTS moments
 * within the 20 ms, so that the load is even and nobody waits for all others.
 * Control gives a loop something to do by media_loop_post(); a loop answers
 * with letters, which never get lost: what does not fit into the home mailbox
 * is kept and tried again.
 *
 * Loops come before the program's other threads where the system allows it
 * (nice -10, CAP_SYS_NICE), so that a burst of calls or jobs delays no sound.
 * Not real-time: a thread that spins on a fault would take the machine with it.
 */
#pragma once

#include "base/mailbox.h"
#include "base/mem.h"
#include "phone/phone.h"

struct media_loops;
struct media_loop;

enum {
	MEDIA_SLOTS = 10,
	MEDIA_BUCKET_US = 100, /* of lateness */
	MEDIA_BUCKETS = 256,   /* the last is open */
};

/* How late ticks were, counted since the start. */
struct media_lateness {
	uint64_t countv[MEDIA_BUCKETS];
};

/* What a loop ticks; part of a larger object. */
struct media_task {
	struct le le;
	unsigned slot;
	uint64_t seen; /* the loop's */

	/* Ticks left out in front of this one: the loop was stalled. */
	uint64_t missed;

	/* Each 20 ms, on the loop. false: this was the last time. */
	bool (*tick)(struct media_task *task, uint64_t now_us);

	/* On the loop, after the last tick and after everything that was
	 * posted for the task before it asked to end. The loop does not
	 * know it any more. */
	void (*left)(struct media_task *task);
};

/* A message to control; the beginning of a larger object. */
struct media_letter {
	struct le le;
	mailbox_h *handler; /* gets the letter */
};

/* --- control's side ------------------------------------------------------ */

/* The loop with the fewest streams, which has one more then. */
struct media_loop *media_loop_take(struct media_loops *loops);
void media_loop_give(struct media_loop *loop);

/* Counts through the RTP ports; control's, as it binds them. */
unsigned *media_loops_port_turn(struct media_loops *loops);

int media_loop_post(struct media_loop *loop, mailbox_h *handler, void *arg);

void media_loops_lateness(const struct media_loops *loops,
                          struct media_lateness *lateness);

/* The end of the bucket below which 99 % are; 0 where nothing was counted. */
uint32_t media_lateness_p99_us(const struct media_lateness *lateness);

/* --- the loop's side ----------------------------------------------------- */

void media_loop_attach(struct media_loop *loop, struct media_task *task);
void media_loop_tell(struct media_loop *loop, struct media_letter *letter);
