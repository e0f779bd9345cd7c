/*
 * phone/stream.h - one leg's RTP, carried by a media loop
 *
 * Private to phone/. Signalling (phone/sip) makes a stream, puts its address
 * into SDP, tells it the other side's, and ends it. The stream lives on one
 * media loop from start to end: socket, jitter buffer, codec and the tick of
 * its phone_audio. Control and loop talk by mailboxes only.
 *
 * Threads: all functions on the control loop; handlers of the sink too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/mailbox.h"
#include "media/codec.h"
#include "phone/phone.h"
#include <re_sa.h>

struct media_loops;
struct stream;

/* Starts n loops (0: one per core), a thread each; they post to home. */
int media_loops_alloc(struct media_loops **loopsp, unsigned n,
                      struct mailbox *home);
void media_loops_load(const struct media_loops *loops, struct phone_load *load);

/* What a stream tells, on the control loop. */
struct stream_sink {
	void (*key)(char key, uint32_t duration_ms, void *arg);
	/* Nothing came from the other side for that long (5 s; once per
	 * gap, and only while we may receive). */
	void (*silent)(uint32_t silent_ms, void *arg);
	void *arg;
};

/* Opens an RTP socket (even port) on addr within the port range (0, 0: any)
 * on the loop with the fewest streams. Returns EADDRINUSE when the range is
 * used up. */
int stream_alloc(struct stream **streamp, struct media_loops *loops,
                 const char *addr, uint16_t port_min, uint16_t port_max,
                 const struct stream_sink *sink);

uint16_t stream_port(const struct stream *stream);

/* Of the codec's samples; 0: no remote side yet. */
uint32_t stream_rate_hz(const struct stream *stream);

/* Where the other side is and how it is spoken to, after every SDP answer;
 * may be called again (re-INVITE), and should be at the 200 even where the
 * SDP is that of the 183. Packets from other sources are refused: counted
 * until the stream has locked onto its source, then by the kernel. Where the
 * first packets come from another address than the SDP's (a NAT), it may be
 * locked onto once, by the rules of phone/latch.h. */
struct stream_remote {
	struct sa addr;
	struct sa peer; /* who sent the SDP */
	const struct codec *codec;
	uint8_t pt;             /* payload type to send for the codec */
	uint8_t pt_in;          /* that the other side sends it with */
	int pt_event;           /* telephone-event, both ways; -1: none */
	uint32_t event_hz;      /* its clock; 0: as the codec's */
	struct codec_want want; /* of what we send */
	bool has_mux;           /* reports share the audio's ports (RFC 5761) */
	struct sa report_addr;  /* where reports go; unset: one port above */
	bool may_send;          /* a=sendrecv, sendonly seen from us */
	bool may_receive;
};
int stream_remote_set(struct stream *stream,
                      const struct stream_remote *remote);

/* Gives the stream its audio (copied); the ticks start when the remote side
 * is known. */
int stream_audio_set(struct stream *stream, const struct phone_audio *audio);

/* Sends keys as RFC 4733 events, 100 ms each and 60 ms between; they replace
 * the audio meanwhile. Returns ENOTSUP where telephone-event was not
 * negotiated. */
int stream_send_keys(struct stream *stream, const char *keys);

void stream_stats(const struct stream *stream, struct phone_leg_stats *stats);

/* Ends it: after the loop's last tick phone_audio.detached is called on the
 * control loop, then done (may be NULL), then the stream is freed. Silent
 * otherwise. This is the only way to free a stream that was given audio. */
void stream_close(struct stream *stream, void (*done)(void *arg), void *arg);
