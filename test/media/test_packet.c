/*
 * test/media/test_packet.c - RTP packets and telephone events, byte by byte
 */
#include "harness.h"
#include "media/keys.h"
#include "media/packet.h"
#include "test_media.h"

enum {
	BYTES_MAX = 32,
	STEP = 160,
};

int test_packet_table(void)
{
	static const struct {
		const char *why;
		int err;
		size_t payload; /* where it begins */
		size_t len;
		size_t size;
		uint8_t bytes[BYTES_MAX];
	} rowv[] = {
		/* clang-format off */
		{"plain", 0, 12, 4, 16, {0x80, 8, [12] = 1, 2, 3, 4}},
		{"no payload", 0, 12, 0, 12, {0x80, 8}},
		{"a byte short", EBADMSG, 0, 0, 11, {0x80, 8}},
		{"nothing", EBADMSG, 0, 0, 0, {0}},
		{"version 1", EBADMSG, 0, 0, 16, {0x40, 8}},
		{"a letter", EBADMSG, 0, 0, 16, {'I', 'N'}},
		{"two sources", 0, 20, 4, 24, {0x82, 8}},
		{"sources that are not there", EBADMSG, 0, 0, 24, {0x8f, 8}},
		{"extension of one word", 0, 20, 4, 24, {0x90, 8, [15] = 1}},
		{"extension too long", EBADMSG, 0, 0, 24, {0x90, 8, [15] = 3}},
		{"longest extension",
		 EBADMSG, 0, 0, 24, {0x90, 8, [14] = 255, 255}},
		{"extension cut off", EBADMSG, 0, 0, 14, {0x90, 8}},
		{"padding of three", 0, 12, 5, 20, {0xa0, 8, [19] = 3}},
		{"padding of nothing", EBADMSG, 0, 0, 20, {0xa0, 8}},
		{"padding into the header",
		 EBADMSG, 0, 0, 20, {0xa0, 8, [19] = 9}},
		{"padding beyond the packet",
		 EBADMSG, 0, 0, 20, {0xa0, 8, [19] = 99}},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct packet packet = {.ssrc = 42};
		int got = packet_parse(&packet, rowv[i].bytes, rowv[i].size);

		if (got != rowv[i].err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(rowv[i].err, got);
		if (got) {
			CHECK_U64(42, packet.ssrc);
			continue;
		}
		CHECK_U64(rowv[i].len, packet.len);
		CHECK(packet.payload == rowv[i].bytes + rowv[i].payload);
		CHECK_U64(8, packet.pt);
	}

out:
	return err;
}

int test_packet_build_parse(void)
{
	const struct packet packet = {
		.pt = 101,
		.has_marker = true,
		.seq = 0xfffe,
		.ts = 0x80000001,
		.ssrc = 0xdeadbeef,
	};
	uint8_t bytes[PACKET_HEADER_SIZE];
	struct packet again;
	int err;

	packet_build(bytes, &packet);
	err = packet_parse(&again, bytes, sizeof(bytes));
	CHECK_ERR(0, err);
	CHECK_U64(packet.pt, again.pt);
	CHECK(again.has_marker);
	CHECK_U64(packet.seq, again.seq);
	CHECK_U64(packet.ts, again.ts);
	CHECK_U64(packet.ssrc, again.ssrc);

out:
	return err;
}

int test_keys_sender_table(void)
{
	/* One key: what each tick sends. Duration 0: nothing. */
	static const struct {
		uint16_t duration;
		bool is_end;
	} rowv[] = {
		{160, false}, {320, false}, {480, false}, {640, false},
		{800, true},  {800, true},  {800, true},  {0, false},
	};
	struct keys_sender sender = {.queuec = 0};
	uint32_t ts = 0xffffff00;
	int err = 0;

	CHECK(keys_are_valid("0123456789*#ABCDabcd"));
	CHECK(!keys_are_valid("12E"));
	CHECK_ERR(0, keys_send(&sender, "5#"));

	for (size_t i = 0; i < 2 * ARRAY_COUNT(rowv); i++, ts += STEP) {
		size_t k = i % ARRAY_COUNT(rowv);
		uint32_t begin = ts - (uint32_t)k * STEP;
		struct keys_packet packet;
		struct keys_event event;

		CHECK(keys_send_tick(&sender, ts, STEP, &packet) ==
		      !!rowv[k].duration);
		if (!rowv[k].duration)
			continue;
		CHECK_ERR(0, keys_parse(&event, packet.payload,
		                        sizeof(packet.payload)));
		CHECK_U64(i < ARRAY_COUNT(rowv) ? 5 : 11, event.code);
		CHECK_U64(rowv[k].duration, event.duration);
		CHECK(event.is_end == rowv[k].is_end);
		CHECK_U64(begin, packet.ts);
		CHECK(packet.has_marker == !k);
	}
	CHECK_U64(0, sender.queuec);

out:
	return err;
}

int test_keys_receiver_table(void)
{
	struct step {
		uint32_t ts;
		uint8_t code;
		uint16_t duration; /* 0: time passes, no packet */
		bool is_end;
	};
	static const struct {
		const char *why;
		const char *keys;
		uint32_t last_ms;
		struct step stepv[8];
	} rowv[] = {
		/* clang-format off */
		{"one key, its end told three times", "1", 100,
		 {{1000, 1, 160, 0}, {1000, 1, 640, 0}, {1000, 1, 800, 1},
		  {1000, 1, 800, 1}, {1000, 1, 800, 1}}},
		{"only the last end came", "#", 100, {{1000, 11, 800, 1}}},
		{"the same key twice", "55", 80,
		 {{1000, 5, 640, 1}, {1000, 5, 640, 1}, {3000, 5, 640, 1}}},
		{"no end came, but the next key", "12", 60,
		 {{1000, 1, 480, 0}, {3000, 2, 480, 1}}},
		{"no end came at all",
		 "D", 60, {{1000, 15, 480, 0}, {0, 0, 0, 0}}},
		{"an old packet after the next key's first", "12", 40,
		 {{1000, 1, 160, 1}, {3000, 2, 160, 0}, {1000, 1, 800, 1},
		  {3000, 2, 320, 1}}},
		{"an update after the end",
		 "1", 50, {{1000, 1, 400, 1}, {1000, 1, 320, 0}}},
		{"held for ten seconds, in two events", "7", 10191,
		 {{1000, 7, 65535, 0}, {66535, 7, 8000, 0},
		  {66535, 7, 16000, 1}}},
		{"a flash hook is no key", "", 0, {{1000, 16, 160, 1}}},
		{"the clock began anew",
		 "12", 20, {{0x70000000, 1, 160, 1}, {1000, 2, 160, 1}}},
		{"the clock wraps",
		 "12", 20, {{0xffffff00, 1, 160, 1}, {1000, 2, 160, 1}}},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct keys_receiver receiver;
		struct keys_press pressv[KEYS_PRESSES_MAX] = {{0}};
		char keys[16] = "";
		uint32_t last_ms = 0;
		uint64_t now_ms = 1000;

		keys_receiver_init(&receiver, 8000);
		for (size_t k = 0; k < 8; k++, now_ms += 1000) {
			const struct step *step = &rowv[i].stepv[k];
			const struct keys_event event = {
				.code = step->code,
				.duration = step->duration,
				.is_end = step->is_end,
			};
			size_t n =
				step->duration
					? keys_receive(&receiver, step->ts,
			                               &event, now_ms, pressv)
					: keys_receive_tick(&receiver, now_ms,
			                                    pressv);

			for (size_t j = 0; j < n; j++) {
				keys[strlen(keys)] = pressv[j].key;
				last_ms = pressv[j].duration_ms;
			}
		}
		if (strcmp(keys, rowv[i].keys) || last_ms != rowv[i].last_ms)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].keys, keys);
		CHECK_U64(rowv[i].last_ms, last_ms);
	}

out:
	return err;
}
