/*
 * test/phone/test_reports.c - reports of sound (RTCP) between streams
 *
 * Two pairs at the same time, because reports take seconds: one with ports of
 * their own, one with those of the audio.
 */
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include "harness.h"
#include "media/report.h"
#include "stream_rig.h"
#include "test_phone.h"

enum {
	PAIRS = 2,
	RTP_HEADER = 12,
};

struct pairs {
	struct rig rig;
	struct rig_end *av[PAIRS], *bv[PAIRS];
};

static int pairs_open(struct pairs *pairs)
{
	const struct codec *codec = codec_by_pt(9);
	int err;

	memset(pairs, 0, sizeof(*pairs));
	err = rig_open(&pairs->rig, 1);
	for (int i = 0; !err && i < PAIRS; i++) {
		err = rig_end_open(&pairs->av[i], &pairs->rig, 440);
		if (!err)
			err = rig_end_open(&pairs->bv[i], &pairs->rig, 1000);
		if (!err)
			err = rig_remote_mux(pairs->av[i],
			                     stream_port(pairs->bv[i]->stream),
			                     codec, i == 1);
		if (!err)
			err = rig_remote_mux(pairs->bv[i],
			                     stream_port(pairs->av[i]->stream),
			                     codec, i == 1);
	}

	return err;
}

static void pairs_close(struct pairs *pairs)
{
	for (int i = 0; i < PAIRS; i++) {
		(void)rig_end_close(&pairs->rig, pairs->av[i]);
		(void)rig_end_close(&pairs->rig, pairs->bv[i]);
	}
	rig_close(&pairs->rig);
	for (int i = 0; i < PAIRS; i++) {
		mem_deref(pairs->av[i]);
		mem_deref(pairs->bv[i]);
	}
}

static bool has_reports(const struct rig_end *end)
{
	struct phone_leg_stats stats;

	stream_stats(end->stream, &stats);

	return stats.reports_in > 0;
}

/* Each has heard from the other, one end of each pair knows the way, and it is
 * that of this machine: reports go by the wall clock, so one that was under way
 * while the machine stood still tells of a long way, until the next. */
static bool are_reported(void *arg)
{
	const struct pairs *pairs = arg;

	for (int i = 0; i < PAIRS; i++) {
		struct phone_leg_stats a, b;

		stream_stats(pairs->av[i]->stream, &a);
		stream_stats(pairs->bv[i]->stream, &b);
		if (!has_reports(pairs->av[i]) || !has_reports(pairs->bv[i]) ||
		    (!a.rtt_us && !b.rtt_us) || a.mos < 4.0F)
			return false;
	}

	return true;
}

int test_reports_both_ways(void)
{
	struct phone_leg_stats stats;
	struct pairs pairs;
	int err;

	err = pairs_open(&pairs);
	CHECK_ERR(0, err);
	err = rig_until(&pairs.rig, are_reported, &pairs);
	CHECK_ERR(0, err);

	for (int i = 0; i < PAIRS; i++) {
		stream_stats(pairs.av[i]->stream, &stats);
		CHECK_U64(0, stats.refused);
		CHECK_U64(0, stats.their_lost);
		CHECK(stats.rtt_us < 2000000);
		CHECK(stats.way == PHONE_BOTH_WAYS);
		CHECK(stats.mos > 4.0F && stats.mos < 4.5F);
		CHECK_U64(16000, stats.rate_hz);
	}

out:
	pairs_close(&pairs);

	return err;
}

static int report_send(uint16_t port, const void *bytes, size_t size,
                       const char *host)
{
	struct sa from, to;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), err = 0;

	if (fd < 0)
		return errno;
	(void)sa_set_str(&from, host, 0);
	(void)sa_set_str(&to, "127.0.0.1", port);
	if (bind(fd, &from.u.sa, from.len) ||
	    sendto(fd, bytes, size, 0, &to.u.sa, to.len) < 0)
		err = errno;
	(void)close(fd);

	return err;
}

/* Nonsense and strangers are counted, and change nothing. */
int test_reports_of_strangers(void)
{
	static const struct report report = {.ssrc = 5, .is_bye = true};
	static const uint8_t nonsense[] = {0x9f, 201, 0, 1, 1, 2, 3, 4};
	struct phone_leg_stats stats;
	uint8_t bytes[REPORT_SIZE_MAX];
	struct pairs pairs;
	uint16_t port;
	size_t size;
	int err;

	err = pairs_open(&pairs);
	CHECK_ERR(0, err);
	port = stream_port(pairs.av[0]->stream) + 1;
	size = report_build(bytes, &report, "stranger");
	err = report_send(port, nonsense, sizeof(nonsense), "127.0.0.1");
	CHECK_ERR(0, err);
	err = report_send(port, bytes, size, "127.0.0.9");
	CHECK_ERR(0, err);
	err = rig_until(&pairs.rig, are_reported, &pairs);
	CHECK_ERR(0, err);

	stream_stats(pairs.av[0]->stream, &stats);
	CHECK_U64(2, stats.refused);
	err = rig_ticks(&pairs.rig, pairs.av[0], 5);
	CHECK_ERR(0, err);

out:
	pairs_close(&pairs);

	return err;
}

/* --- what a report changes ------------------------------------------------ */

static _Atomic int lost_told = -1;

static void network_told(void *state, uint8_t lost)
{
	(void)state;
	atomic_store(&lost_told, lost);
}

/* Another telephone, bare: it speaks, so that it is believed, and says what it
 * loses of what it hears. */
struct peer {
	int fd;
	struct sa to;
	uint8_t lost; /* in 1/256 */
};

static int peer_open(struct peer *peer, uint16_t *portp)
{
	struct sa own;

	*peer = (struct peer){.fd = socket(AF_INET, SOCK_DGRAM, 0)};
	if (peer->fd < 0)
		return errno;

	(void)sa_set_str(&own, "127.0.0.1", 0);
	if (bind(peer->fd, &own.u.sa, own.len) ||
	    getsockname(peer->fd, &own.u.sa, &own.len))
		return errno;
	*portp = sa_port(&own);

	return 0;
}

static void peer_send(const struct peer *peer, const void *bytes, size_t size)
{
	(void)sendto(peer->fd, bytes, size, 0, &peer->to.u.sa, peer->to.len);
}

static bool is_told(void *arg)
{
	const struct peer *peer = arg;
	struct report report = {
		.ssrc = 7,
		.has_block = true,
		.block = {.fraction = peer->lost},
	};
	uint8_t packet[RTP_HEADER + 1] = {0x80, RIG_DYNAMIC_PT, [11] = 7};
	uint8_t bytes[1500];
	uint32_t ssrc;

	if (recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > RTP_HEADER &&
	    (bytes[1] & 0x7f) == RIG_DYNAMIC_PT) {
		memcpy(&ssrc, &bytes[8], sizeof(ssrc));
		report.block.ssrc = ntohl(ssrc);
		peer_send(peer, packet, sizeof(packet));
		peer_send(peer, bytes, report_build(bytes, &report, "peer"));
	}

	return atomic_load(&lost_told) == peer->lost;
}

/* How much of what we say is lost is told to the codec, which may speak more
 * narrowly then (media/test_codec.c). */
int test_reports_reach_the_codec(void)
{
	static const uint8_t lostv[] = {60, 0};
	struct codec codec = *codec_find("opus", 48000);
	struct rig_end *end = NULL;
	struct peer peer = {.fd = -1};
	struct rig rig;
	uint16_t port = 0;
	int err;

	codec.network = network_told;
	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = peer_open(&peer, &port);
	CHECK_ERR(0, err);
	err = rig_end_open(&end, &rig, 440);
	CHECK_ERR(0, err);
	(void)sa_set_str(&peer.to, "127.0.0.1", stream_port(end->stream));
	err = rig_remote_mux(end, port, &codec, true);
	CHECK_ERR(0, err);

	for (size_t i = 0; i < ARRAY_COUNT(lostv); i++) {
		peer.lost = lostv[i];
		err = rig_until(&rig, is_told, &peer);
		CHECK_ERR(0, err);
	}

out:
	if (peer.fd >= 0)
		(void)close(peer.fd);
	(void)rig_end_close(&rig, end);
	rig_close(&rig);
	mem_deref(end);

	return err;
}
