/*
 * test/phone/stream_rig.h - ends of streams that sound and listen, for tests
 *
 * An end is a stream with an audio that sends a tone and remembers what it
 * heard. The test's thread plays the control loop.
 */
#pragma once

#include <stdatomic.h>
#include "phone/stream.h"

enum {
	RIG_HEARD_MAX = 8000 * 10, /* samples an end remembers */
	RIG_LIMIT_MS = 60000,      /* for anything to happen */
	RIG_DYNAMIC_PT = 96,       /* of codecs without a number */
};

struct rig {
	struct mailbox *home;
	struct media_loops *loops;
};

struct rig_end {
	struct stream *stream;
	const struct codec *codec;
	bool is_done;

	/* the audio's; read after it was detached or what heardc covers */
	double hz; /* of the tone, 0: silence */
	double phase;
	_Atomic size_t heardc;
	_Atomic unsigned ticks;
	_Atomic unsigned late_ticks; /* after `detached` */
	unsigned detached;
	bool has_gap; /* ticks were not 20 ms apart */
	uint64_t next_ms;
	int16_t heardv[RIG_HEARD_MAX];

	/* the sink's */
	char keys[64];
	uint32_t key_ms;
	unsigned silent;
};

int rig_open(struct rig *rig, unsigned loops);
void rig_close(struct rig *rig);

/* An end on 127.0.0.1; mem_deref() after rig_end_close(). */
int rig_end_open(struct rig_end **endp, struct rig *rig, double hz);

/* Waits until the stream is gone. */
int rig_end_close(struct rig *rig, struct rig_end *end);

/* Tells an end its other side, with telephone-event 101. */
int rig_remote(struct rig_end *end, uint16_t port, const struct codec *codec);

/* The same with reports on the audio's ports (rtcp-mux). */
int rig_remote_mux(struct rig_end *end, uint16_t port,
                   const struct codec *codec, bool has_mux);

/* Runs the control loop until is_true(arg), or ETIMEDOUT. */
int rig_until(struct rig *rig, bool (*is_true)(void *arg), void *arg);

/* Runs it until the last stream is gone. */
int rig_settle(struct rig *rig);

/* Runs it until the end's audio had that many ticks more. */
int rig_ticks(struct rig *rig, struct rig_end *end, unsigned ticks);

/* The share of a frequency in the n samples heard from `from` on, 0 to 1. */
double rig_share(const struct rig_end *end, size_t from, size_t n, double hz);
