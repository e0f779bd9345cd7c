/*
 * bench/crowd_rtp.c - what all callees say and hear, over one socket
 *
 * A callee is known by the port that the robot's packets come from. A packet
 * counts as late when it arrives more than 5 ms after the best of its first
 * ones, by the clock of its RTP timestamps.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "crowd.h"

enum {
	FRAME = 160, /* bytes of 20 ms */
	HEADER = 12,
	BATCH = 64,
	ROUNDS = 32, /* batches taken before the next slot is looked at */
	PT_PCMA = 8,
	SILENCE = 0xD5, /* A-law */
	LOUD = 200,     /* of 32768: what is below is not heard */
	GAP_US = 300000,
	LATE_US = 5000,
	BASE_PACKETS = 50, /* whose best is the base of lateness */
	PATIENCE_US = 6000000,
	BUFFER_BYTES = 8 << 20,
};

struct arrival {
	uint8_t bytes[HEADER + 2 * FRAME];
	_Alignas(struct cmsghdr)
		uint8_t control[CMSG_SPACE(sizeof(struct timespec))];
	struct sockaddr_in from;
	struct iovec iov;
};

static struct arrival arrivalv[BATCH];
static struct mmsghdr inv[BATCH];
static uint8_t silence[FRAME];
static bool is_loudv[256];

/* ITU-T G.711: how far an A-law byte is from zero. */
static int alaw_size(uint8_t byte)
{
	int mantissa, exponent;

	byte ^= 0x55;
	mantissa = (byte & 0x0F) << 4;
	exponent = (byte & 0x70) >> 4;
	if (!exponent)
		return mantissa + 8;

	return (mantissa + 0x108) << (exponent - 1);
}

uint8_t crowd_rtp_encode(int16_t sample)
{
	int size = sample < 0 ? -(sample + 1) : sample;
	int exponent = 7;
	uint8_t byte;

	while (exponent && size < 0x80 << exponent)
		exponent--;
	byte = (uint8_t)(exponent << 4 |
	                 (size >> (exponent ? exponent + 3 : 4) & 0x0F));

	return (uint8_t)((byte | (sample < 0 ? 0 : 0x80)) ^ 0x55);
}

static int bind_rtp(int *fdp, uint16_t *portp)
{
	const int on = 1, size = BUFFER_BYTES;
	struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(*portp),
	};
	socklen_t len = sizeof(own);

	*fdp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (*fdp < 0)
		return errno;
	(void)setsockopt(*fdp, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (setsockopt(*fdp, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(*fdp, SOL_SOCKET, SO_RCVBUF, &size,
		                 sizeof(size));
	if (bind(*fdp, (struct sockaddr *)&own, len) ||
	    getsockname(*fdp, (struct sockaddr *)&own, &len)) {
		int err = errno;

		(void)close(*fdp);
		return err;
	}
	*portp = ntohs(own.sin_port);

	return 0;
}

/* An even port and the odd one above it, where RTCP goes unheard. */
static int bind_pair(struct crowd *crowd)
{
	for (unsigned i = 0; i < 64; i++) {
		uint16_t port = 0;
		int err = bind_rtp(&crowd->rtp_fd, &port);

		if (err)
			return err;
		crowd->rtp_port = port++;
		if (!(crowd->rtp_port & 1) && !bind_rtp(&crowd->rtcp_fd, &port))
			return 0;
		(void)close(crowd->rtp_fd);
	}

	return EADDRINUSE;
}

int crowd_rtp_open(struct crowd *crowd)
{
	memset(silence, SILENCE, sizeof(silence));
	for (unsigned i = 0; i < 256; i++)
		is_loudv[i] = alaw_size((uint8_t)i) > LOUD;
	for (unsigned i = 0; i < BATCH; i++) {
		struct arrival *arrival = &arrivalv[i];

		arrival->iov.iov_base = arrival->bytes;
		arrival->iov.iov_len = sizeof(arrival->bytes);
		inv[i].msg_hdr = (struct msghdr){
			.msg_name = &arrival->from,
			.msg_iov = &arrival->iov,
			.msg_iovlen = 1,
			.msg_control = arrival->control,
		};
	}

	return bind_pair(crowd);
}

/* --- a callee ------------------------------------------------------------ */

static uint32_t chance(uint32_t below)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;

	return (state >> 8) % below;
}

static void turn_begin(const struct crowd *crowd, struct callee *callee)
{
	callee->is_speaking = false;
	callee->has_heard = false;
	callee->wait_us = crowd->manner == CROWD_RUDE
	                          ? 1000000 + chance(1000000)
	                          : 400000 + chance(600000);
}

void crowd_rtp_begin(struct crowd *crowd, struct callee *callee, uint16_t port)
{
	callee->robot = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port),
	};
	callee->ssrc = chance(UINT32_MAX);
	callee->seq = (uint16_t)chance(65536);
	callee->is_up = true;
	callee->heard_us = callee->spoke_us = (uint64_t)clock_wall_us();
	turn_begin(crowd, callee);
	crowd->at_portv[port] = (uint16_t)(callee - crowd->calleev) + 1;
}

void crowd_rtp_end(struct crowd *crowd, struct callee *callee)
{
	if (callee->is_up)
		crowd->at_portv[ntohs(callee->robot.sin_port)] = 0;
	callee->is_up = false;
}

/* Whether this is the moment to open one's mouth. */
static bool wants_to_speak(const struct crowd *crowd,
                           const struct callee *callee, uint64_t now_us)
{
	uint64_t quiet_us =
		now_us > callee->heard_us ? now_us - callee->heard_us : 0;

	switch (crowd->manner) {
	case CROWD_POLITE:
		if (callee->has_heard)
			return quiet_us > callee->wait_us;
		return quiet_us > PATIENCE_US &&
		       now_us - callee->spoke_us > PATIENCE_US;
	case CROWD_RUDE:
		return callee->has_heard && quiet_us < GAP_US &&
		       now_us - callee->begin_us > callee->wait_us;
	case CROWD_SILENT:
		break;
	}

	return false;
}

static const uint8_t *next_frame(struct crowd *crowd, struct callee *callee,
                                 uint64_t now_us)
{
	const uint8_t *frame;

	if (!callee->is_speaking) {
		if (!wants_to_speak(crowd, callee, now_us))
			return silence;
		callee->is_speaking = true;
		callee->is_barging = crowd->manner == CROWD_RUDE;
		callee->spoken = 0;
		callee->spoke_us = now_us;
	}

	frame = crowd->phrase + callee->spoken;
	callee->spoken += FRAME;
	crowd->speech++;
	if (callee->spoken + FRAME > crowd->phrase_len) {
		callee->spoke_us = now_us;
		turn_begin(crowd, callee);
	}

	return frame;
}

/* --- sending ------------------------------------------------------------- */

static void header_write(struct callee *callee, uint8_t bytes[HEADER])
{
	uint16_t seq = htons(callee->seq++);
	uint32_t ts = htonl(callee->ts), ssrc = htonl(callee->ssrc);

	bytes[0] = 0x80;
	bytes[1] = PT_PCMA;
	memcpy(bytes + 2, &seq, sizeof(seq));
	memcpy(bytes + 4, &ts, sizeof(ts));
	memcpy(bytes + 8, &ssrc, sizeof(ssrc));
	callee->ts += FRAME;
}

void crowd_rtp_send(struct crowd *crowd, unsigned slot)
{
	static uint8_t headerv[BATCH][HEADER];
	static struct iovec iovv[BATCH][2];
	static struct mmsghdr outv[BATCH];
	uint64_t now_us = (uint64_t)clock_wall_us();
	unsigned n = 0;

	for (unsigned i = slot; i < crowd->calleec; i += CROWD_SLOTS) {
		struct callee *callee = &crowd->calleev[i];

		if (callee->is_up) {
			header_write(callee, headerv[n]);
			iovv[n][0] = (struct iovec){headerv[n], HEADER};
			iovv[n][1] =
				(struct iovec){(void *)(uintptr_t)next_frame(
						       crowd, callee, now_us),
			                       FRAME};
			outv[n].msg_hdr = (struct msghdr){
				.msg_name = &callee->robot,
				.msg_namelen = sizeof(callee->robot),
				.msg_iov = iovv[n],
				.msg_iovlen = 2,
			};
			n++;
		}
		if (n == BATCH || (n && i + CROWD_SLOTS >= crowd->calleec)) {
			(void)sendmmsg(crowd->rtp_fd, outv, n, 0);
			crowd->sent += n;
			n = 0;
		}
	}
}

/* --- hearing ------------------------------------------------------------- */

static bool is_loud(const uint8_t *payload, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_loudv[payload[i]])
			return true;
	}

	return false;
}

static void lateness_note(struct crowd *crowd, struct callee *callee,
                          uint32_t ts, uint64_t at_us)
{
	int64_t off_us;

	if (!callee->has_base) {
		callee->has_base = true;
		callee->first_ts = ts;
		callee->base_us = INT64_MAX;
	}
	off_us = (int64_t)at_us - (int64_t)(ts - callee->first_ts) * 125;
	if (callee->basec < BASE_PACKETS) {
		callee->basec++;
		if (off_us < callee->base_us)
			callee->base_us = off_us;
		return;
	}

	crowd->packets++;
	if (off_us - callee->base_us > LATE_US)
		crowd->late++;
}

/* Their sound may be here before their ACK is read. */
void crowd_rtp_first(struct callee *callee)
{
	if (callee->has_begun || !callee->ack_us || !callee->begin_us)
		return;

	callee->has_begun = true;
	printf("first %s %llu\n", callee->id,
	       (unsigned long long)(callee->begin_us > callee->ack_us
	                                    ? callee->begin_us - callee->ack_us
	                                    : 0));
}

static void hear(struct callee *callee, bool is_sound, uint64_t at_us)
{
	if (is_sound) {
		if (at_us > callee->heard_us + GAP_US || !callee->begin_us) {
			callee->begin_us = at_us;
			callee->has_heard = true;
			printf("answer %s %llu\n", callee->id,
			       (unsigned long long)at_us);
			crowd_rtp_first(callee);
		}
		callee->heard_us = at_us;
	}
	else if (callee->is_barging) {
		callee->is_barging = false;
		printf("barge %s %llu\n", callee->id,
		       (unsigned long long)(at_us - callee->spoke_us));
	}
}

static uint64_t arrival_us(struct msghdr *header)
{
	const struct cmsghdr *control = CMSG_FIRSTHDR(header);
	struct timespec at;

	if (!control || control->cmsg_type != SCM_TIMESTAMPNS)
		return (uint64_t)clock_wall_us();
	memcpy(&at, CMSG_DATA(control), sizeof(at));

	return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

static void take(struct crowd *crowd, unsigned i)
{
	const struct arrival *arrival = &arrivalv[i];
	unsigned at = crowd->at_portv[ntohs(arrival->from.sin_port)];
	size_t len = inv[i].msg_len;
	uint64_t at_us;
	uint32_t ts;

	if (!at || len <= HEADER || (arrival->bytes[1] & 0x7F) != PT_PCMA)
		return;

	at_us = arrival_us(&inv[i].msg_hdr);
	memcpy(&ts, arrival->bytes + 4, sizeof(ts));
	lateness_note(crowd, &crowd->calleev[at - 1], ntohl(ts), at_us);
	hear(&crowd->calleev[at - 1],
	     is_loud(arrival->bytes + HEADER, len - HEADER), at_us);
}

/* What is late is found out anew: a robot that had to leave ticks out has gone
 * on by another base. */
void crowd_rtp_zero(struct crowd *crowd)
{
	crowd->packets = crowd->late = crowd->sent = crowd->speech = 0;
	for (unsigned i = 0; i < crowd->calleec; i++) {
		crowd->calleev[i].has_base = false;
		crowd->calleev[i].basec = 0;
	}
}

void crowd_rtp_receive(struct crowd *crowd)
{
	uint8_t unheard[256];
	int n = BATCH;

	for (unsigned round = 0; round < ROUNDS && n == BATCH; round++) {
		for (unsigned i = 0; i < BATCH; i++) {
			inv[i].msg_hdr.msg_namelen = sizeof(arrivalv[i].from);
			inv[i].msg_hdr.msg_controllen =
				sizeof(arrivalv[i].control);
		}
		n = recvmmsg(crowd->rtp_fd, inv, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			take(crowd, (unsigned)i);
	}
	while (recv(crowd->rtcp_fd, unheard, sizeof(unheard), MSG_DONTWAIT) >=
	       0)
		;
}
