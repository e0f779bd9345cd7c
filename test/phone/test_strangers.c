/*
 * test/phone/test_strangers.c - what comes over a network that is not ours
 *
 * The other side is a bare socket here: it loses, repeats and mixes up its
 * packets, sits behind a NAT, or is somebody else.
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include <math.h>
#include <unistd.h>
#include "base/clock.h"
#include "media/packet.h"
#include "phone/latch.h"
#include "phone/media_loop.h"
#include "stream_rig.h"
#include "test_phone.h"

enum {
	N = 160, /* samples of 20 ms */
	TICK_US = 20000,
	STALL_US = 400000,
	AMPLITUDE = 8000,
	TAIL = 30,
};

struct sender {
	int fd;
	uint16_t port;
	uint32_t ssrc;
	double hz;
};

static int sender_open(struct sender *sender, double hz)
{
	struct sa sa;

	*sender = (struct sender){.ssrc = (uint32_t)hz, .hz = hz};
	sender->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	sa_set_in(&sa, INADDR_LOOPBACK, 0);
	if (sender->fd < 0 || bind(sender->fd, &sa.u.sa, sa.len) ||
	    getsockname(sender->fd, &sa.u.sa, &sa.len))
		return errno;
	sender->port = sa_port(&sa);

	return 0;
}

static void sender_close(struct sender *sender)
{
	if (sender->fd > 0)
		(void)close(sender->fd);
}

/* Packet number seq of a tone. */
static void send_tone(const struct sender *sender, uint16_t port, uint16_t seq)
{
	uint8_t bytes[PACKET_HEADER_SIZE + N];
	struct packet packet = {
		.pt = 8,
		.seq = seq,
		.ts = (uint32_t)seq * N,
		.ssrc = sender->ssrc,
	};
	int16_t pcm[N];
	size_t len = N;
	struct sa to;

	for (size_t i = 0; i < N; i++) {
		double t = (double)(seq * N + i) / 8000;

		pcm[i] = (int16_t)(AMPLITUDE * sin(2 * M_PI * sender->hz * t));
	}
	packet_build(bytes, &packet);
	(void)codec_by_pt(8)->encode(NULL, &bytes[PACKET_HEADER_SIZE], &len,
	                             pcm, N);
	sa_set_in(&to, INADDR_LOOPBACK, port);
	(void)sendto(sender->fd, bytes, sizeof(bytes), 0, &to.u.sa, to.len);
}

int test_stream_loss_and_disorder(void)
{
	struct sender sender = {.fd = -1};
	struct phone_leg_stats stats;
	struct rig_end *end = NULL;
	unsigned lost = 0;
	uint64_t start_us;
	struct rig rig;
	uint16_t port;
	int err;

	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = sender_open(&sender, 500);
	CHECK_ERR(0, err);
	err = rig_end_open(&end, &rig, 0);
	CHECK_ERR(0, err);
	port = stream_port(end->stream);
	err = rig_remote(end, sender.port, codec_by_pt(8));
	CHECK_ERR(0, err);

	/* Across the wrap of the sequence: of each ten one is lost, one comes
	 * twice, and two change places. Then whole ones, so that even a long
	 * buffer of a busy machine comes to the last gap. */
	start_us = clock_us();
	for (unsigned i = 0; i < 100 + TAIL; i++) {
		uint16_t seq = (uint16_t)(65500 + i);

		clock_wait_until_us(start_us + i * TICK_US);
		switch (i < 100 ? i % 10 : 0) {
		case 3:
			lost++;
			break;
		case 5:
			send_tone(&sender, port, (uint16_t)(seq + 1));
			break;
		case 6:
			send_tone(&sender, port, (uint16_t)(seq - 1));
			break;
		case 8:
			send_tone(&sender, port, seq);
			send_tone(&sender, port, seq);
			break;
		default:
			send_tone(&sender, port, seq);
			break;
		}
	}
	err = rig_ticks(&rig, end, 5);
	CHECK_ERR(0, err);
	stream_stats(end->stream, &stats);
	CHECK_U64(110 + TAIL - lost, stats.packets_in);
	CHECK_U64(lost, stats.lost);
	CHECK(stats.concealed >= lost);
	CHECK_U64(0, stats.refused);
	err = rig_end_close(&rig, end);
	CHECK_ERR(0, err);

	/* The tone goes on through the gaps. */
	CHECK(rig_share(end, 20 * N, 20 * N, 500) > 0.5);

out:
	(void)rig_end_close(&rig, end);
	rig_close(&rig);
	sender_close(&sender);
	mem_deref(end);

	return err;
}

struct refused_goal {
	const struct rig_end *end;
	uint64_t refused;
};

static bool is_refused(void *arg)
{
	const struct refused_goal *goal = arg;
	struct phone_leg_stats stats;

	stream_stats(goal->end->stream, &stats);

	return stats.refused >= goal->refused;
}

int test_stream_attacker(void)
{
	struct sender real = {.fd = -1}, attacker = {.fd = -1};
	struct refused_goal goal = {.refused = 6};
	struct rig_end *end = NULL;
	const uint8_t junk[] = "INVITE sip:x SIP/2.0";
	struct phone_leg_stats stats;
	uint64_t start_us;
	struct rig rig;
	uint16_t port;
	struct sa to;
	int err;

	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = sender_open(&real, 500);
	CHECK_ERR(0, err);
	err = sender_open(&attacker, 1500);
	CHECK_ERR(0, err);
	err = rig_end_open(&end, &rig, 0);
	CHECK_ERR(0, err);
	port = stream_port(end->stream);
	err = rig_remote(end, real.port, codec_by_pt(8));
	CHECK_ERR(0, err);
	err = rig_ticks(&rig, end, 2);
	CHECK_ERR(0, err);

	/* Before the real side speaks: not in sequence, or no RTP at all. */
	for (uint16_t i = 0; i < 5; i++)
		send_tone(&attacker, port, (uint16_t)(i * 10));
	sa_set_in(&to, INADDR_LOOPBACK, port);
	(void)sendto(attacker.fd, junk, sizeof(junk), 0, &to.u.sa, to.len);
	goal.end = end;
	err = rig_until(&rig, is_refused, &goal);
	CHECK_ERR(0, err);
	CHECK_U64(0, end->heardc);

	/* While it speaks: everything the attacker can think of. */
	start_us = clock_us();
	for (uint16_t i = 0; i < 60; i++) {
		clock_wait_until_us(start_us + (uint64_t)i * TICK_US);
		send_tone(&real, port, i);
		for (uint16_t k = 0; k < 5; k++)
			send_tone(&attacker, port, (uint16_t)(i + k));
	}
	err = rig_ticks(&rig, end, 2);
	CHECK_ERR(0, err);
	stream_stats(end->stream, &stats);
	CHECK_U64(60, stats.packets_in);
	err = rig_end_close(&rig, end);
	CHECK_ERR(0, err);
	CHECK(end->heardc > 40 * N);
	CHECK(rig_share(end, 10 * N, 30 * N, 500) > 0.5);
	CHECK(rig_share(end, 10 * N, 30 * N, 1500) < 0.01);

out:
	(void)rig_end_close(&rig, end);
	rig_close(&rig);
	sender_close(&real);
	sender_close(&attacker);
	mem_deref(end);

	return err;
}

static bool has_packet(void *arg)
{
	const struct sender *sender = arg;
	uint8_t bytes[PACKET_SIZE_MAX];

	return recv(sender->fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0;
}

struct packets_goal {
	const struct rig_end *end;
	uint64_t packets;
};

static bool has_packets(void *arg)
{
	const struct packets_goal *goal = arg;
	struct phone_leg_stats stats;

	stream_stats(goal->end->stream, &stats);

	return stats.packets_in >= goal->packets;
}

int test_stream_behind_nat(void)
{
	struct sender said = {.fd = -1}, real = {.fd = -1}, next = {.fd = -1};
	struct packets_goal goal = {.packets = 3};
	struct rig_end *end = NULL;
	struct rig rig;
	uint16_t port;
	int err;

	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = sender_open(&said, 500);
	CHECK_ERR(0, err);
	err = sender_open(&real, 800);
	CHECK_ERR(0, err);
	err = sender_open(&next, 1100);
	CHECK_ERR(0, err);
	err = rig_end_open(&end, &rig, 440);
	CHECK_ERR(0, err);
	port = stream_port(end->stream);

	/* Until we know better we speak to the address that was said. */
	err = rig_remote(end, said.port, codec_by_pt(8));
	CHECK_ERR(0, err);
	err = rig_until(&rig, has_packet, &said);
	CHECK_ERR(0, err);

	/* From another port, in sequence: that is where the NAT is. */
	for (uint16_t i = 0; i < LATCH_PACKETS + 2; i++)
		send_tone(&real, port, i);
	goal.end = end;
	err = rig_until(&rig, has_packets, &goal);
	CHECK_ERR(0, err);
	err = rig_until(&rig, has_packet, &real);
	CHECK_ERR(0, err);

	/* Now nothing moves it, not even the address that was said... */
	for (uint16_t i = 0; i < LATCH_PACKETS + 2; i++) {
		send_tone(&said, port, i);
		send_tone(&next, port, i);
	}
	err = rig_ticks(&rig, end, 5);
	CHECK_ERR(0, err);
	goal.packets = 4;
	CHECK(!has_packets(&goal));

	/* ... but a new SDP. */
	err = rig_remote(end, next.port, codec_by_pt(8));
	CHECK_ERR(0, err);
	err = rig_until(&rig, has_packet, &next);
	CHECK_ERR(0, err);
	send_tone(&next, port, 100);
	err = rig_until(&rig, has_packets, &goal);
	CHECK_ERR(0, err);

out:
	(void)rig_end_close(&rig, end);
	rig_close(&rig);
	sender_close(&said);
	sender_close(&real);
	sender_close(&next);
	mem_deref(end);

	return err;
}

static bool is_silent(void *arg)
{
	const struct rig_end *end = arg;

	return end->silent > 0;
}

int test_stream_silent(void)
{
	struct phone_leg_stats stats;
	struct sender sender = {.fd = -1};
	struct rig_end *end = NULL;
	struct rig rig;
	int err;

	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = sender_open(&sender, 500);
	CHECK_ERR(0, err);
	err = rig_end_open(&end, &rig, 0);
	CHECK_ERR(0, err);
	err = rig_remote(end, sender.port, codec_by_pt(8));
	CHECK_ERR(0, err);
	err = rig_until(&rig, is_silent, end);
	CHECK_ERR(0, err);
	err = rig_ticks(&rig, end, 10);
	CHECK_ERR(0, err);
	CHECK_U64(1, end->silent);
	stream_stats(end->stream, &stats);
	CHECK(stats.way == PHONE_DEAF);
	CHECK(!(stats.mos > 0));

out:
	(void)rig_end_close(&rig, end);
	rig_close(&rig);
	sender_close(&sender);
	mem_deref(end);

	return err;
}

static void stall(void *arg)
{
	(void)arg;
	clock_wait_until_us(clock_us() + STALL_US);
}

/* What waits on the socket: the longest step between two packets, in samples.
 * Returns EPROTO where time passed without a mark, or packets are missing. */
static int steps_read(const struct sender *sender, struct packet *last,
                      uint32_t *longestp)
{
	uint8_t bytes[PACKET_SIZE_MAX];
	ssize_t n;

	while ((n = recv(sender->fd, bytes, sizeof(bytes), 0)) > 0) {
		struct packet packet;
		uint32_t step;

		if (packet_parse(&packet, bytes, (size_t)n))
			return EPROTO;
		step = packet.ts - last->ts;
		if (last->len && packet.seq != (uint16_t)(last->seq + 1))
			return EPROTO;
		if (last->len && (step % N || packet.has_marker != (step > N)))
			return EPROTO;
		if (last->len && step > *longestp)
			*longestp = step;
		*last = packet;
	}

	return 0;
}

/* A frozen machine: the other side hears of the time that passed. */
int test_stream_stalled(void)
{
	struct sender sender = {.fd = -1};
	struct packet last = {.len = 0};
	struct media_loop *loop = NULL;
	struct rig_end *end = NULL;
	uint32_t longest = 0;
	struct rig rig;
	int err;

	err = rig_open(&rig, 1);
	CHECK_ERR(0, err);
	err = sender_open(&sender, 500);
	CHECK_ERR(0, err);
	err = rig_end_open(&end, &rig, 440);
	CHECK_ERR(0, err);
	err = rig_remote(end, sender.port, codec_by_pt(8));
	CHECK_ERR(0, err);
	err = rig_ticks(&rig, end, 10);
	CHECK_ERR(0, err);

	loop = media_loop_take(rig.loops);
	err = media_loop_post(loop, stall, NULL);
	CHECK_ERR(0, err);
	err = rig_ticks(&rig, end, 20);
	CHECK_ERR(0, err);
	err = rig_end_close(&rig, end);
	CHECK_ERR(0, err);
	err = steps_read(&sender, &last, &longest);
	CHECK_ERR(0, err);
	CHECK(last.len > 0);
	CHECK(longest >= STALL_US / TICK_US / 2 * N);

out:
	if (loop)
		media_loop_give(loop);
	(void)rig_end_close(&rig, end);
	rig_close(&rig);
	sender_close(&sender);
	mem_deref(end);

	return err;
}

int test_latch_table(void)
{
	enum {
		FOUR = LATCH_PACKETS
	};
	static const struct {
		const char *why;
		const char *sdp;
		const char *source;
		uint16_t port; /* of the source; the SDP says 4000 */
		unsigned packets;
		uint64_t at_ms;
		bool is_locked;
	} rowv[] = {
		/* clang-format off */
		{"the SDP's address at once", "203.0.113.5", "203.0.113.5",
		 4000, 1, 0, true},
		{"and at any time", "203.0.113.5", "203.0.113.5", 4000, 1,
		 99999, true},
		{"another port needs four", "203.0.113.5", "203.0.113.5", 4001,
		 FOUR - 1, 0, false},
		{"another port has four", "203.0.113.5", "203.0.113.5", 4001,
		 FOUR, 0, true},
		{"a neighbour", "203.0.113.5", "203.0.113.77", 4000, FOUR, 0,
		 true},
		{"no stranger beside a public address", "203.0.113.5",
		 "198.51.100.1", 4000, 50, 0, false},
		{"behind a NAT anyone", "192.168.1.20", "198.51.100.1", 4000,
		 FOUR, 0, true},
		{"behind a carrier's NAT", "100.64.3.4", "198.51.100.1", 4000,
		 FOUR, 0, true},
		{"but not for ever", "192.168.1.20", "198.51.100.1", 4000, 50,
		 LATCH_OPEN_MS, false},
		{"172.32 is public", "172.32.0.1", "198.51.100.1", 4000, 50, 0,
		 false},
		{"the host that sent the SDP", "203.0.113.9", "198.51.100.77",
		 4000, FOUR, 0, true},
		{"a neighbour in IPv6", "2001:db8::1", "2001:db8::2", 4000,
		 FOUR, 0, true},
		{"no stranger in IPv6", "2001:db8::1", "2001:db8:1::2", 4000,
		 50, 0, false},
		{"unique local addresses", "fd00::1", "2001:db8:1::2", 4000,
		 FOUR, 0, true},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct latch latch = {.is_locked = false};
		struct sa sdp, peer, source;

		CHECK_ERR(0, sa_set_str(&sdp, rowv[i].sdp, 4000));
		CHECK_ERR(0, sa_set_str(&source, rowv[i].source, rowv[i].port));
		CHECK_ERR(0, sa_set_str(&peer, "198.51.100.77", 5060));
		(void)latch_open(&latch, &sdp, &peer, 0);
		for (unsigned k = 0; k < rowv[i].packets; k++)
			(void)latch_judge(&latch, &source, 7,
			                  (uint16_t)(65534 + k), rowv[i].at_ms);
		if (latch.is_locked != rowv[i].is_locked)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(latch.is_locked == rowv[i].is_locked);
	}

out:
	return err;
}
