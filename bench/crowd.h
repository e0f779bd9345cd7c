/*
 * bench/crowd.h - many callees at the other end of a robot's calls
 *
 * A program of its own, which shares no code with the telephone that it
 * measures: the least of a SIP server (crowd_sip.c) that answers every
 * INVITE, and the sound of all callees over one socket (crowd_rtp.c). Times
 * are those of the kernel, taken as a packet arrives, so that a busy crowd
 * does not falsify them. One thread.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CROWD_MAX = 4096,   /* callees */
	CROWD_SLOTS = 20,   /* moments within 20 ms at which they send */
	CROWD_ID_SIZE = 64, /* of a Call-ID */
};

enum crowd_manner {
	CROWD_POLITE, /* answers when the robot has finished */
	CROWD_RUDE,   /* speaks into the prompt */
	CROWD_SILENT,
};

struct callee {
	char id[CROWD_ID_SIZE];
	bool is_up;
	uint64_t ack_us;          /* of our answer, 0: not yet */
	struct sockaddr_in robot; /* where its RTP comes from and goes to */

	/* to the robot */
	uint32_t ssrc, ts;
	uint16_t seq;
	bool is_speaking;
	size_t spoken; /* samples of the phrase */
	uint64_t spoke_us;
	uint32_t wait_us; /* of a person, before they speak */
	bool is_barging;  /* since spoke_us, into a prompt */

	/* from the robot */
	bool has_begun;    /* that the robot speaks was told */
	bool has_heard;    /* something to answer */
	uint64_t begin_us; /* of what it says */
	uint64_t heard_us; /* the last sound */
	uint32_t first_ts;
	int64_t base_us; /* least of arrival less RTP time */
	unsigned basec;
	bool has_base;
};

struct crowd {
	enum crowd_manner manner;
	int sip_fd, rtp_fd, rtcp_fd;
	uint16_t sip_port, rtp_port;
	const uint8_t *phrase; /* A-law */
	size_t phrase_len;
	struct callee calleev[CROWD_MAX];
	unsigned calleec;
	uint16_t at_portv[65536]; /* callee + 1 by the robot's RTP port */

	/* since they were set to zero */
	uint64_t packets, late, sent, speech;
};

/* crowd_sip.c: takes what waits on the socket. */
void crowd_sip_receive(struct crowd *crowd);

/* crowd_rtp.c */
uint8_t crowd_rtp_encode(int16_t sample); /* A-law */
int crowd_rtp_open(struct crowd *crowd);
void crowd_rtp_zero(struct crowd *crowd); /* the counts */
void crowd_rtp_receive(struct crowd *crowd);
void crowd_rtp_send(struct crowd *crowd, unsigned slot);
void crowd_rtp_begin(struct crowd *crowd, struct callee *callee, uint16_t port);
void crowd_rtp_end(struct crowd *crowd, struct callee *callee);

/* Tells once how long after the ACK the robot was heard. */
void crowd_rtp_first(struct callee *callee);
