/*
 * phone/feed.h - the half of a stream that lives on its media loop
 *
 * Private to phone/. Control makes a feed, hands it to a loop, and gets it
 * back in its last letter. In between it may read the figures and set
 * is_closing, and reaches everything else by media_loop_post().
 */
#pragma once

#include <stdatomic.h>
#include "media/intake.h"
#include "media/keys.h"
#include "phone/feed_report.h"
#include "phone/latch.h"
#include "phone/media_loop.h"
#include "phone/stream.h"

/* One writer, the loop. */
struct feed_figures {
	_Atomic uint64_t packets_in;
	_Atomic uint64_t packets_out;
	_Atomic uint64_t lost;
	_Atomic uint64_t late;
	_Atomic uint64_t concealed;
	_Atomic uint64_t repaired;
	_Atomic uint64_t depth_ms;
	_Atomic uint64_t refused;
	_Atomic uint64_t jitter_us;
	_Atomic uint64_t keys_sent;

	/* by reports */
	_Atomic uint64_t reports_in;
	_Atomic uint64_t rtt_us;
	_Atomic uint64_t their_reports; /* on us; 0: none yet */
	_Atomic uint64_t their_lost;
	_Atomic uint64_t their_jitter_us;
};

struct feed {
	struct media_task task;
	struct media_letter gone; /* the last one */
	mailbox_h *news;          /* handler of feed_news */
	struct media_loop *loop;
	struct media_loops *loops; /* referenced */
	void *owner;               /* control's: NULL, nobody listens */
	atomic_bool is_closing;    /* set by control */
	int fd;

	/* the other side */
	bool has_remote;
	struct stream_remote remote;
	struct latch latch;
	bool is_connected; /* to the latch's source */
	bool is_judging;   /* each packet's source is looked at */

	/* to it */
	void *encoder; /* the codec's state, may be NULL */
	uint32_t ssrc;
	uint32_t ts;
	uint16_t seq;
	bool has_pause;  /* nothing was sent last: the next has a marker */
	bool is_pausing; /* DTX: the other side was told so */
	struct keys_sender sender;
	size_t keys_waiting;

	/* from it */
	void *decoder;
	bool has_heard;
	bool is_silence_told;
	uint32_t ssrc_in;
	uint64_t heard_us; /* last packet, or since when one is due */
	uint64_t refused;
	uint64_t packets_in;
	uint64_t packets_out;
	struct jitter_counts before; /* of codecs that were changed */
	uint64_t concealed_before;
	uint64_t repaired_before;
	struct keys_receiver receiver;

	struct feed_report report;

	/* the ears and the mouth */
	bool has_audio;
	struct phone_audio audio;
	uint64_t at_ms;

	struct feed_figures figures;

	struct intake intake; /* large, therefore last */
};

/* A letter about what came. */
struct feed_news {
	struct media_letter letter;
	struct feed *feed;
	enum feed_news_kind {
		FEED_KEY,
		FEED_SILENT,
	} kind;
	char key;
	uint32_t ms; /* of the key or the silence */
};

/* Whose last letter this is. */
static inline struct feed *feed_of_gone(struct media_letter *letter)
{
	return (struct feed *)(void *)((char *)letter -
	                               offsetof(struct feed, gone));
}

/* Takes the descriptors, report_fd being that of the reports or -1. gone and
 * news run at home. */
int feed_alloc(struct feed **feedp, struct media_loops *loops, int fd,
               int report_fd, mailbox_h *gone, mailbox_h *news);

/* On the loop: the codec's states are handed over. */
void feed_remote_set(struct feed *feed, const struct stream_remote *remote,
                     void *encoder, void *decoder);

/* On the loop: puts its audio in and returns what was there before. */
bool feed_audio_swap(struct feed *feed, struct phone_audio *audio);

/* On the loop. */
void feed_keys_send(struct feed *feed, const char *keys);
