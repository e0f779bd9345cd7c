/*
 * test/media/test_jitter.c - packets that come in any order and at any time
 *
 * A simulated network delivers packets, a simulated clock ticks each 20 ms;
 * a payload's bytes name its packet, so what is heard tells the order.
 */
#include "harness.h"
#include "media/intake.h"
#include "test_media.h"

enum {
	ALAW_SILENCE = 0xd5,
	TICK_US = 20000,
	N = 160,
	CLOCK_HZ = 8000,
	FIRST_SEQ = 65530, /* every run goes over the wrap */
	ON_LINE = 64,      /* packets on their way */
};

/* The network: what was sent and did not arrive yet. */
struct line {
	struct {
		uint64_t at_us; /* of arrival, 0: free */
		uint32_t number;
	} packetv[ON_LINE];
};

struct run {
	struct jitter jitter;
	struct line line;
	uint32_t ssrc;
	uint64_t now_us;
	uint32_t next; /* number that should be played next */
	unsigned gaps;
	unsigned backwards; /* played out of order */
	unsigned depth_max_ms;
};

static void run_init(struct run *run)
{
	memset(run, 0, sizeof(*run));
	jitter_init(&run->jitter, CLOCK_HZ);
	run->ssrc = 1;
}

static void run_send(struct run *run, uint32_t number, uint64_t at_us)
{
	for (size_t i = 0; i < ON_LINE; i++) {
		if (run->line.packetv[i].at_us)
			continue;
		run->line.packetv[i].at_us = at_us ? at_us : 1;
		run->line.packetv[i].number = number;
		return;
	}
}

static void run_arrive(struct run *run, uint32_t number, uint64_t at_us)
{
	uint8_t payload[N];
	struct packet packet = {
		.seq = (uint16_t)(FIRST_SEQ + number),
		.ts = 0xfffffff0 + number * N,
		.ssrc = run->ssrc,
		.payload = payload,
		.len = N,
	};

	memset(payload, (int)(number & 0xff), sizeof(payload));
	(void)jitter_put(&run->jitter, &packet, at_us);
}

static void run_tick(struct run *run)
{
	struct jitter_frame frame;

	for (size_t i = 0; i < ON_LINE; i++) {
		uint64_t at_us = run->line.packetv[i].at_us;

		if (!at_us || at_us > run->now_us)
			continue;
		run->line.packetv[i].at_us = 0;
		run_arrive(run, run->line.packetv[i].number, at_us);
	}

	switch (jitter_get(&run->jitter, &frame, N)) {
	case JITTER_NOTHING:
		break;
	case JITTER_GAP:
		run->gaps++;
		break;
	case JITTER_FRAME:
		if ((int8_t)(frame.payload[0] - (uint8_t)run->next) < 0)
			run->backwards++;
		run->next += (uint8_t)(frame.payload[0] - run->next) + 1u;
		break;
	}
	if (jitter_depth_ms(&run->jitter) > run->depth_max_ms)
		run->depth_max_ms = jitter_depth_ms(&run->jitter);
	run->now_us += TICK_US;
}

/* Sends count packets, each as `delay_us` says (0: lost), and plays all. */
static void run_all(struct run *run, unsigned count,
                    uint64_t (*delay_us)(uint32_t number))
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t delay = delay_us(i);

		if (delay)
			run_send(run, i, run->now_us + delay);
		run_tick(run);
	}
	for (unsigned i = 0; i < 20; i++)
		run_tick(run);
}

static uint64_t steady(uint32_t number)
{
	(void)number;

	return 5000;
}

static uint64_t tenth_lost(uint32_t number)
{
	return number % 10 == 7 ? 0 : 5000;
}

static uint64_t pairs_swapped(uint32_t number)
{
	return number % 2 ? 5000 : 35000;
}

static uint64_t one_stall(uint32_t number)
{
	/* For 100 ms nothing comes, then all at once. */
	return number >= 50 && number < 55 ? 5000 + (55 - number) * TICK_US
	                                   : 5000;
}

static uint64_t long_stall(uint32_t number)
{
	return number >= 50 && number < 100 ? 5000 + (100 - number) * TICK_US
	                                    : 5000;
}

static uint64_t rough(uint32_t number)
{
	/* 5 % lost, up to 60 ms late, by a fixed dice. */
	uint32_t dice = number * 2654435761u >> 8;

	return dice % 20 == 0 ? 0 : 1000 + dice % 60000;
}

int test_jitter_table(void)
{
	static const struct {
		const char *why;
		uint64_t (*delay_us)(uint32_t number);
		unsigned lost;
		unsigned gaps_min, gaps_max; /* at most 20 at the end */
		unsigned depth_max_ms;
	} rowv[] = {
		/* clang-format off */
		{"steady: all is heard, 40 ms deep", steady, 0, 0, 20, 40},
		{"each lost packet is one gap", tenth_lost, 50, 50, 70, 60},
		{"swapped neighbours need no gap", pairs_swapped, 0, 0, 22, 80},
		{"after a stall all is heard, later", one_stall, 0, 3, 26, 160},
		{"after a long stall only the newest",
		 long_stall, 0, 40, 70, 200},
		{"a bad line stays within its limits", rough, 25, 25, 90, 200},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct jitter_counts counts;
		struct run run;

		run_init(&run);
		run_all(&run, 500, rowv[i].delay_us);
		jitter_counts(&run.jitter, &counts);
		if (counts.lost != rowv[i].lost ||
		    run.gaps < rowv[i].gaps_min ||
		    run.gaps > rowv[i].gaps_max ||
		    run.depth_max_ms > rowv[i].depth_max_ms)
			fprintf(stderr,
			        "row %zu: %s: %u lost, %u gaps, %u ms\n", i,
			        rowv[i].why, (unsigned)counts.lost, run.gaps,
			        run.depth_max_ms);
		CHECK_U64(rowv[i].lost, counts.lost);
		CHECK(run.gaps >= rowv[i].gaps_min);
		CHECK(run.gaps <= rowv[i].gaps_max);
		CHECK(run.depth_max_ms <= rowv[i].depth_max_ms);
		CHECK_U64(0, run.backwards);
		CHECK_U64(500, run.next);
		CHECK_U64(0, counts.duplicates);
	}

out:
	return err;
}

int test_jitter_counts(void)
{
	struct jitter_counts counts;
	struct run run;
	int err = 0;

	run_init(&run);
	for (uint32_t i = 0; i < 50; i++) {
		run_arrive(&run, i, run.now_us);
		run_arrive(&run, i, run.now_us);
		run_tick(&run);
	}
	/* From before what was played: seen before, or given up long ago. */
	run_arrive(&run, 20, run.now_us);
	jitter_counts(&run.jitter, &counts);
	CHECK_U64(50, counts.received);
	CHECK_U64(51, counts.duplicates);
	CHECK_U64(0, counts.lost);

	run_arrive(&run, 52, run.now_us);
	run_tick(&run);
	run_tick(&run);
	run_tick(&run);
	run_tick(&run);
	run_arrive(&run, 51, run.now_us);
	jitter_counts(&run.jitter, &counts);
	CHECK_U64(1, counts.late);
	CHECK_U64(1, counts.lost);

	/* Another source begins: no packet of it is old, none is lost. */
	run.ssrc = 2;
	for (uint32_t i = 7000; i < 7020; i++) {
		run_arrive(&run, i, run.now_us);
		run_tick(&run);
	}
	jitter_counts(&run.jitter, &counts);
	CHECK_U64(1, counts.resets);
	CHECK_U64(1, counts.lost);

	/* The same source jumps: one such packet is odd, two begin anew. */
	run_arrive(&run, 30000, run.now_us);
	run_arrive(&run, 30001, run.now_us);
	jitter_counts(&run.jitter, &counts);
	CHECK_U64(2, counts.resets);

out:
	return err;
}

int test_jitter_estimate(void)
{
	struct run run;
	int err = 0;

	run_init(&run);
	run_all(&run, 300, steady);
	CHECK_U64(0, jitter_us(&run.jitter));

	/* RFC 3550 A.8: every second packet 30 ms later: differences of
	 * 30 ms, whose mean is that. */
	run_init(&run);
	for (uint32_t i = 0; i < 300; i++) {
		run_arrive(&run, i,
		           (uint64_t)i * TICK_US + (i % 2 ? 30000 : 0));
		run_tick(&run);
	}
	CHECK(jitter_us(&run.jitter) > 28000);
	CHECK(jitter_us(&run.jitter) <= 30000);

out:
	return err;
}

/* An hour of a quiet talk whose sender's clock is wrong. */
static int check_drift(int ppm)
{
	const struct codec *codec = codec_by_pt(8);
	static struct intake intake;
	uint8_t payload[N];
	uint32_t number = 0;
	int16_t pcm[N];
	unsigned depth_max_ms = 0;
	int err = 0;

	memset(payload, ALAW_SILENCE, sizeof(payload));
	intake_init(&intake, codec, NULL);
	for (uint64_t tick = 0; tick < 50 * 3600; tick++) {
		uint64_t now_us = tick * TICK_US;

		while (true) {
			uint64_t at_us =
				number *
				(uint64_t)(TICK_US - TICK_US * ppm / 1000000);
			struct packet packet = {
				.seq = (uint16_t)number,
				.ts = number * N,
				.ssrc = 1,
				.payload = payload,
				.len = N,
			};

			if (at_us > now_us)
				break;
			(void)jitter_put(&intake.jitter, &packet, at_us);
			number++;
		}
		(void)intake_frame(&intake, pcm, N);
		if (jitter_depth_ms(&intake.jitter) > depth_max_ms)
			depth_max_ms = jitter_depth_ms(&intake.jitter);
	}
	CHECK(depth_max_ms <= 100);
	/* 200 ppm of an hour are 36 frames. */
	CHECK(intake.concealed <= 50);

out:
	return err;
}

int test_jitter_drift(void)
{
	int err;

	err = check_drift(0);
	CHECK_ERR(0, err);
	err = check_drift(200);
	CHECK_ERR(0, err);
	err = check_drift(-200);
	CHECK_ERR(0, err);

out:
	return err;
}

/* Packets come five at a time, so each loss is known long before its turn: made
 * up for it is all the same, and has to be counted. */
int test_intake_known_gap(void)
{
	enum {
		BURST = 5,
		BEGUN = 200, /* by then the buffer is deep enough */
		TICKS = 1200,
		LOST_EACH = 20,
		LOST_AT = 12, /* in the middle of a burst */
	};
	uint64_t before = 0, lost = 0;
	static struct intake intake;
	uint8_t payload[N];
	int16_t pcm[N];
	int err = 0;

	memset(payload, ALAW_SILENCE, sizeof(payload));
	intake_init(&intake, codec_by_pt(8), NULL);
	for (uint32_t tick = 0; tick < TICKS; tick++) {
		for (uint32_t i = 0; i < BURST && tick % BURST == 0; i++) {
			const struct packet packet = {
				.seq = (uint16_t)(FIRST_SEQ + tick + i),
				.ts = (tick + i) * N,
				.ssrc = 1,
				.payload = payload,
				.len = N,
			};

			if ((tick + i) % LOST_EACH == LOST_AT)
				lost += tick >= BEGUN;
			else
				(void)jitter_put(&intake.jitter, &packet,
				                 tick * TICK_US);
		}
		(void)intake_frame(&intake, pcm, N);
		if (tick == BEGUN)
			before = intake.concealed;
	}
	/* The last may still lie before us. */
	CHECK(intake.concealed - before + 1 >= lost);
	CHECK(intake.concealed - before <= lost + 1);

out:
	return err;
}

int test_intake_packet_lengths(void)
{
	static const unsigned msv[] = {10, 20, 30, 40, 60, 80};
	const struct codec *codec = codec_by_pt(0);
	static struct intake intake;
	uint8_t payload[JITTER_BYTES_MAX];
	int16_t pcm[N];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(msv); i++) {
		size_t n = msv[i] * 8;
		uint32_t number = 0;
		unsigned heard = 0, made_up = 0;

		intake_init(&intake, codec, NULL);
		CHECK(intake_frame(&intake, pcm, N) == INTAKE_NOTHING);
		for (unsigned ms = 0; ms < 2000; ms += 20) {
			while (number * msv[i] <= ms) {
				struct packet packet = {
					.seq = (uint16_t)number,
					.ts = number * (uint32_t)n,
					.ssrc = 1,
					.payload = payload,
					.len = n,
				};

				memset(payload, 0x80, n);
				(void)jitter_put(&intake.jitter, &packet,
				                 number * msv[i] * 1000u);
				number++;
			}
			switch (intake_frame(&intake, pcm, N)) {
			case INTAKE_HEARD:
				CHECK_I64(32124, pcm[0]);
				CHECK_I64(32124, pcm[N - 1]);
				heard++;
				break;
			case INTAKE_MADE_UP:
			case INTAKE_PAUSE:
				made_up++;
				break;
			case INTAKE_NOTHING:
				break;
			}
		}
		if (heard < 90 || made_up)
			fprintf(stderr, "%u ms: heard %u, made up %u\n", msv[i],
			        heard, made_up);
		CHECK(heard >= 90);
		CHECK_U64(0, made_up);
	}

out:
	return err;
}
