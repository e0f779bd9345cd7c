/*
 * fuzz/fuzz_rtp.c - a line on which anybody sends anything as RTP
 *
 * The input is a row of packets: a byte of milliseconds until it comes, a
 * byte of length, and so many bytes. They go the way of a stream's packets:
 * parser, keys or jitter buffer, decoder, a tick each 20 ms.
 */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "media/intake.h"
#include "media/keys.h"
#include "media/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CODECS = 4,
	/* Each packet may be held for 200 ms where timestamps are wild. */
	DRAIN_TICKS = (JITTER_SLOTS + 1) * 11,
	EVENT_PT = 101,
	TICK_MS = 20,
	SAMPLES = 320, /* of 20 ms of G.722 */
};

struct line {
	struct intake intake;
	struct keys_receiver keys;
	uint64_t now_ms;
	uint64_t tick_ms;
};

static struct line line;

/* Guards what callers rely on. */
static void check(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_presses(const struct keys_press *pressv, size_t pressc)
{
	check(pressc <= KEYS_PRESSES_MAX);
	for (size_t i = 0; i < pressc; i++)
		check(pressv[i].key &&
		      strchr("0123456789*#ABCD", pressv[i].key));
}

static void tick(void)
{
	size_t n = line.intake.codec->rate_hz * TICK_MS / 1000;
	struct keys_press press;
	int16_t pcm[SAMPLES];

	(void)intake_frame(&line.intake, pcm, n);
	check(line.intake.restc <= INTAKE_REST_MAX);
	check(line.intake.jitter.used <= JITTER_SLOTS);
	if (keys_receive_tick(&line.keys, line.tick_ms, &press))
		check_presses(&press, 1);
}

static void arrive(const uint8_t *bytes, size_t size)
{
	struct keys_press pressv[KEYS_PRESSES_MAX];
	struct keys_event event;
	struct packet packet;

	if (packet_parse(&packet, bytes, size))
		return;
	check(packet.payload >= bytes + PACKET_HEADER_SIZE &&
	      packet.payload + packet.len <= bytes + size);

	if (packet.pt != EVENT_PT) {
		(void)jitter_put(&line.intake.jitter, &packet,
		                 line.now_ms * 1000);
		return;
	}
	jitter_skip(&line.intake.jitter, &packet);
	if (!keys_parse(&event, packet.payload, packet.len))
		check_presses(pressv,
		              keys_receive(&line.keys, packet.ts, &event,
		                           line.now_ms, pressv));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jitter_counts counts;
	const struct codec *codec;
	void *state;

	if (!size)
		return 0;

	codec = codec_at(data[0] % CODECS);
	if (codec_decoder(&state, codec))
		return 0;
	memset(&line, 0, sizeof(line));
	intake_init(&line.intake, codec, state);
	keys_receiver_init(&line.keys, codec->clock_hz);
	data++;
	size--;

	while (size > 2) {
		size_t len = data[1] < size - 2 ? data[1] : size - 2;

		line.now_ms += data[0];
		for (; line.tick_ms <= line.now_ms; line.tick_ms += TICK_MS)
			tick();
		arrive(data + 2, len);
		data += 2 + len;
		size -= 2 + len;
	}
	for (unsigned i = 0; i < DRAIN_TICKS; i++)
		tick();

	/* Nothing stays behind. */
	jitter_counts(&line.intake.jitter, &counts);
	check(!line.intake.jitter.used);
	check(counts.late <= counts.received);
	mem_deref(state);

	return 0;
}
