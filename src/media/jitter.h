/*
 * media/jitter.h - packets in any order in, one after another out
 *
 * Pure. A ring of copied packets; time is counted in units of the RTP clock
 * that the caller plays. Depth adapts by what really happens: a packet that
 * comes too late to be played in time is played late, which deepens the
 * buffer by what was made up meanwhile; when for two seconds there was more
 * in it than the measured jitter asks for, jitter_spare() says so and the
 * caller leaves out a quiet frame. Clock drift is followed by the same means.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "media/packet.h"

enum {
	JITTER_SLOTS = 16,      /* packets; a power of two */
	JITTER_BYTES_MAX = 640, /* of a payload: 80 ms of G.711 */
	JITTER_DEPTH_MAX_MS = 200,
};

struct jitter_counts {
	uint64_t received;   /* packets of this source, each once */
	uint64_t lost;       /* never came, or not yet */
	uint64_t duplicates; /* came again */
	uint64_t late;       /* after their place was played or given up */
	uint64_t discarded;  /* too many at once, too long, or out of line */
	uint64_t resets;     /* the source changed or began anew */
};

struct jitter_slot {
	uint32_t ts;
	uint16_t seq;
	uint16_t len;
	bool is_used;
	uint64_t lost; /* in all, when it came */
	uint8_t payload[JITTER_BYTES_MAX];
};

struct jitter {
	uint32_t clock_hz;
	bool has_source;
	bool is_filling; /* waits for its first depth */
	uint32_t ssrc;

	/* playing */
	uint16_t next_seq;  /* the earliest that can still be played */
	uint16_t used;      /* slots */
	uint32_t next_ts;   /* of the sample after the last one played */
	uint32_t made_up;   /* since then, by the caller */
	uint32_t held_back; /* while something was there to play */
	uint32_t played_ts; /* of the last frame */
	uint32_t frame;     /* length of a packet */

	/* depth */
	uint32_t window;     /* played in this window */
	uint32_t window_min; /* the least that was buffered in it */
	uint32_t spare;      /* more than needed, by the last window */

	/* RFC 3550 appendix A.1, A.3 and A.8 */
	uint16_t max_seq;
	uint16_t cycles;  /* times that it began anew at 0 */
	uint16_t odd_seq; /* out of line: if its successor comes, restart */
	bool has_odd_seq;
	bool has_transit;
	uint32_t transit;
	uint32_t jitter_16; /* times 16 */
	uint64_t expected;
	uint64_t seen; /* bit n: max_seq - n came */

	struct jitter_counts counts;
	struct jitter_slot slotv[JITTER_SLOTS];
};

/* A packet to play; valid until the next put. */
struct jitter_frame {
	const uint8_t *payload; /* with JITTER_GAP: of the packet that follows
	                         * right behind what is to be made up, NULL
	                         * where that is not known */
	size_t len;
	uint16_t seq;
	uint32_t skipped; /* what its timestamp says was not sent or lost */
	uint64_t lost;    /* in all, as was known when it came */
};

enum jitter_next {
	JITTER_NOTHING, /* it has not begun: play silence */
	JITTER_FRAME,   /* play this */
	JITTER_GAP,     /* make something up for the time asked for */
};

void jitter_init(struct jitter *jitter, uint32_t clock_hz);

/* Takes a packet that came at an instant of any steady clock. Returns whether
 * it can still be played. */
bool jitter_put(struct jitter *jitter, const struct packet *packet,
                uint64_t at_us);

/* Counts a packet of the source that holds no sound (keys, comfort noise). */
void jitter_skip(struct jitter *jitter, const struct packet *packet);

/* Asks the processor for the memory that the next put and get will touch;
 * thousands of buffers do not stay in its cache from one tick to the next. */
void jitter_prefetch(const struct jitter *jitter);

/* The next to play, where wanted is how much the caller will make up if there
 * is nothing, in units of the RTP clock. */
enum jitter_next jitter_get(struct jitter *jitter, struct jitter_frame *frame,
                            uint32_t wanted);

/* How long the frame was that jitter_get() gave, once it is decoded; without
 * it 20 ms are assumed. */
void jitter_played(struct jitter *jitter, uint32_t length);

/* How much more is buffered than needed, in ms, by the last whole window;
 * jitter_shorten() says that a frame was left out because of it. */
unsigned jitter_spare_ms(const struct jitter *jitter);
void jitter_shorten(struct jitter *jitter);

/* Now in the buffer. */
unsigned jitter_depth_ms(const struct jitter *jitter);

/* The length of the source's packets. */
unsigned jitter_frame_ms(const struct jitter *jitter);

/* Interarrival jitter, RFC 3550 section 6.4.1; the same in units of the RTP
 * clock. */
uint32_t jitter_us(const struct jitter *jitter);
uint32_t jitter_units(const struct jitter *jitter);

/* The highest sequence number, with its cycles (A.1). */
uint32_t jitter_highest(const struct jitter *jitter);

void jitter_counts(const struct jitter *jitter, struct jitter_counts *counts);
