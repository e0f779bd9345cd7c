/*
 * test/media/test_intake.c - each codec over networks that lose, delay and
 * disorder, and to people who fall silent
 *
 * A voice of a kind is encoded, its packets go over a made-up network to an
 * intake, and what comes out is compared with what went in by the envelope of
 * its loudness: buffers that grow and shrink move sounds by frames, so waves
 * cannot be laid over each other.
 */
#include <math.h>
#include "harness.h"
#include "media/intake.h"
#include "test_media.h"

enum {
	TICKS = 500, /* 10 s */
	TICK_US = 20000,
	FRAME_MAX = 320,
	PACKETS_MAX = TICKS,
	PAYLOAD_MAX = 320,
	PARTS = 2,             /* of a tick, in the envelope */
	SHIFT_MAX = 30,        /* of those parts: 300 ms */
	PT_COMFORT_LEVEL = 50, /* dB below full scale */
};

/* What a network does to packets. */
struct network {
	const char *why;
	unsigned loss_percent;
	unsigned jitter_ms;  /* each is late by up to so much */
	unsigned swap_every; /* so many packets change places with the next */
	double likeness_min;
};

struct sent {
	uint8_t payload[PAYLOAD_MAX];
	size_t len; /* 0: nothing was sent */
	uint16_t seq;
	uint32_t ts;
	uint64_t at_us;
	bool is_lost;
};

struct line {
	const struct codec *codec;
	size_t frame;
	void *encoder, *decoder;
	struct intake intake;
	struct sent sentv[PACKETS_MAX];
	unsigned lost, kindv[INTAKE_PAUSE + 1];
	uint32_t lots;
	int16_t saidv[TICKS * FRAME_MAX];
	int16_t heardv[TICKS * FRAME_MAX];
};

static struct line line;

static unsigned lot(unsigned of)
{
	line.lots = line.lots * 1664525 + 1013904223;

	return (line.lots >> 8) % of;
}

/* Harmonics of a gliding pitch in syllables of irregular length; is_pausing:
 * of each 2 s the second half is silent. */
static void voice_fill(bool is_pausing)
{
	double rate_hz = line.codec->rate_hz, phase = 0;

	for (size_t i = 0; i < TICKS * line.frame; i++) {
		double s = (double)i / rate_hz, sum = 0;
		double loud = fmax(0, sin(2 * M_PI * (2 * s + sin(s) / 3)));

		if (is_pausing && fmod(s, 2) >= 1)
			loud = 0;
		phase += 2 * M_PI * (140 + 30 * sin(2 * M_PI * s)) / rate_hz;
		for (int k = 1; loud > 0 && k <= 12; k++)
			sum += sin(phase * k) / k;
		line.saidv[i] = (int16_t)(4000 * sum * loud);
	}
}

static int line_open(const struct codec *codec, const struct codec_want *want)
{
	int err;

	memset(&line, 0, sizeof(line));
	line.codec = codec;
	line.frame = codec->rate_hz / 50;
	line.lots = 7;
	err = codec_encoder(&line.encoder, codec, want);
	if (!err)
		err = codec_decoder(&line.decoder, codec);
	if (!err)
		intake_init(&line.intake, codec, line.decoder);

	return err;
}

static void line_close(void)
{
	line.encoder = mem_deref(line.encoder);
	line.decoder = mem_deref(line.decoder);
}

/* Encodes all there is to say; is_suppressing: silent frames are not sent. */
static int speak(const struct network *network, bool is_suppressing)
{
	uint32_t step = line.codec->clock_hz / 50;
	bool is_pause, was_pause = false;
	uint16_t seq = 65500;
	int err = 0;

	for (size_t i = 0; i < TICKS; i++) {
		const int16_t *pcm = &line.saidv[i * line.frame];
		struct sent *sent = &line.sentv[i];
		bool is_silent = true;

		for (size_t k = 0; k < line.frame; k++)
			is_silent = is_silent && !pcm[k];
		sent->len = sizeof(sent->payload);
		CHECK_ERR(0, line.codec->encode(line.encoder, sent->payload,
		                                &sent->len, pcm, line.frame));
		if (is_suppressing && is_silent)
			sent->len = 0;
		is_pause = sent->len && line.codec->is_pause &&
		           line.codec->is_pause(sent->payload, sent->len);
		if (is_pause && was_pause)
			sent->len = 0;
		was_pause = is_pause;
		if (!sent->len)
			continue;
		sent->seq = seq++;
		sent->ts = 1000 + (uint32_t)i * step;
		sent->at_us = i * (uint64_t)TICK_US;
		if (network->jitter_ms)
			sent->at_us += lot(network->jitter_ms) * 1000u;
		if (network->swap_every && i % network->swap_every == 0)
			sent->at_us += 25000;
		sent->is_lost = network->loss_percent &&
		                lot(100) < network->loss_percent;
		line.lost += sent->is_lost;
	}

out:
	return err;
}

static void arrive(const struct sent *sent)
{
	struct packet packet = {
		.seq = sent->seq,
		.ts = sent->ts,
		.ssrc = 1,
		.payload = sent->payload,
		.len = sent->len,
	};

	(void)jitter_put(&line.intake.jitter, &packet, sent->at_us);
}

/* Whatever arrived in the tick before, then a frame out. */
static void listen(void)
{
	for (uint64_t tick = 0; tick < TICKS; tick++) {
		uint64_t now_us = tick * TICK_US + TICK_US / 2;
		size_t first = tick > 20 ? tick - 20 : 0;

		for (size_t i = first; i <= tick; i++) {
			const struct sent *sent = &line.sentv[i];

			if (sent->len && !sent->is_lost &&
			    sent->at_us <= now_us &&
			    (!tick || sent->at_us + TICK_US > now_us))
				arrive(sent);
		}
		line.kindv[intake_frame(&line.intake,
		                        &line.heardv[tick * line.frame],
		                        line.frame)]++;
	}
}

static double loudness(const int16_t *pcm, size_t part)
{
	size_t n = line.frame / PARTS;
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += fabs((double)pcm[part * n + i]);

	return sum;
}

/* The correlation of the envelopes, over the delays a buffer may have. */
static double likeness(void)
{
	static double saidv[TICKS * PARTS], heardv[TICKS * PARTS];
	double best = 0;

	for (size_t i = 0; i < TICKS * PARTS; i++) {
		saidv[i] = loudness(line.saidv, i);
		heardv[i] = loudness(line.heardv, i);
	}
	for (size_t shift = 0; shift < SHIFT_MAX; shift++) {
		double ab = 0, aa = 1, bb = 1;

		for (size_t i = 0; i + SHIFT_MAX < TICKS * PARTS; i++) {
			ab += saidv[i] * heardv[i + shift];
			aa += saidv[i] * saidv[i];
			bb += heardv[i + shift] * heardv[i + shift];
		}
		best = fmax(best, ab / sqrt(aa * bb));
	}

	return best;
}

int test_intake_bad_network(void)
{
	static const struct network rowv[] = {
		/* clang-format off */
		{.why = "nothing happens", .likeness_min = 0.98},
		{.why = "1 % is lost", .loss_percent = 1,
		 .likeness_min = 0.97},
		{.why = "5 % are lost", .loss_percent = 5,
		 .likeness_min = 0.95},
		{.why = "15 % are lost", .loss_percent = 15,
		 .likeness_min = 0.90},
		{.why = "30 ms of jitter", .jitter_ms = 30,
		 .likeness_min = 0.96},
		{.why = "80 ms of jitter and 2 % lost", .jitter_ms = 80,
		 .loss_percent = 2, .likeness_min = 0.85},
		{.why = "every fifth comes behind the next", .swap_every = 5,
		 .likeness_min = 0.96},
		/* clang-format on */
	};
	const struct codec_want want = {0};
	const struct codec *codec;
	int err = 0;

	for (size_t k = 0; (codec = codec_at(k)); k++) {
		for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
			struct jitter_counts counts;
			double found;

			err = line_open(codec, &want);
			CHECK_ERR(0, err);
			voice_fill(false);
			err = speak(&rowv[i], false);
			CHECK_ERR(0, err);
			listen();
			found = likeness();
			jitter_counts(&line.intake.jitter, &counts);
			if (found < rowv[i].likeness_min)
				CHECK_FAIL("%s, %s: %.3f", codec->name,
				           rowv[i].why, found);
			/* The last ones may still be on their way. */
			if (counts.lost > line.lost + 5 ||
			    counts.lost + 5 < line.lost ||
			    (!rowv[i].jitter_ms &&
			     line.intake.concealed + line.intake.repaired + 5 <
			             line.lost) ||
			    line.intake.concealed >
			            line.lost + rowv[i].jitter_ms)
				CHECK_FAIL("%s, %s: lost %u, counted %u, "
				           "concealed %u",
				           codec->name, rowv[i].why, line.lost,
				           (unsigned)counts.lost,
				           (unsigned)line.intake.concealed);
			line_close();
		}
	}

out:
	line_close();

	return err;
}

/* In-band FEC: single losses come back out of the packet behind. */
int test_intake_opus_repairs(void)
{
	static const struct network network = {.loss_percent = 10};
	const struct codec *codec = codec_find("opus", 48000);
	double with, without;
	int err;

	err = line_open(codec, &(struct codec_want){.has_fec = true});
	CHECK_ERR(0, err);
	voice_fill(false);
	err = speak(&network, false);
	CHECK_ERR(0, err);
	listen();
	with = likeness();
	CHECK(line.intake.repaired * 10 >= line.lost * 7);
	CHECK(line.intake.concealed * 10 <= line.lost * 4);
	line_close();

	err = line_open(codec, &(struct codec_want){0});
	CHECK_ERR(0, err);
	voice_fill(false);
	err = speak(&network, false);
	CHECK_ERR(0, err);
	listen();
	without = likeness();
	if (with <= without)
		CHECK_FAIL("with %.4f, without %.4f", with, without);

out:
	line_close();

	return err;
}

/* Who sends nothing while they are silent loses nothing. */
int test_intake_pauses(void)
{
	static const struct network network = {0};
	const struct codec *codec;
	int err = 0;

	for (size_t k = 0; (codec = codec_at(k)); k++) {
		const struct codec_want want = {.has_dtx = true};
		bool has_dtx = codec->is_pause != NULL;
		struct jitter_counts counts;
		unsigned sent = 0;

		err = line_open(codec, &want);
		CHECK_ERR(0, err);
		voice_fill(true);
		err = speak(&network, !has_dtx);
		CHECK_ERR(0, err);
		for (size_t i = 0; i < TICKS; i++)
			sent += line.sentv[i].len > 0;
		CHECK(sent < TICKS * 4 / 5);
		listen();

		jitter_counts(&line.intake.jitter, &counts);
		CHECK_U64(0, counts.lost);
		/* G.722's decoder has to find its step again. */
		if (line.intake.concealed > 5 || likeness() < 0.9)
			CHECK_FAIL("%s: %u concealed, %.3f", codec->name,
			           (unsigned)line.intake.concealed, likeness());
		CHECK(!has_dtx || line.kindv[INTAKE_PAUSE] > 100);
		line_close();
	}

out:
	line_close();

	return err;
}

int test_intake_comfort_noise(void)
{
	const struct codec *codec = codec_find("PCMU", 8000);
	uint8_t level = PT_COMFORT_LEVEL;
	struct packet packet = {
		.seq = (65500 + 50) % 65536, .ssrc = 1, .len = 1};
	static const struct network network = {0};
	double sum = 0, db;
	int err;

	err = line_open(codec, &(struct codec_want){0});
	CHECK_ERR(0, err);
	voice_fill(false);
	err = speak(&network, false);
	CHECK_ERR(0, err);
	for (size_t i = 0; i < 100; i++) {
		if (i < 50)
			arrive(&line.sentv[i]);
		if (i == 49) {
			packet.payload = &level;
			intake_comfort(&line.intake, &packet);
		}
		line.kindv[intake_frame(&line.intake, line.heardv,
		                        line.frame)]++;
	}
	CHECK(line.kindv[INTAKE_PAUSE] >= 40);
	CHECK_U64(0, line.kindv[INTAKE_MADE_UP]);
	for (size_t i = 0; i < line.frame; i++)
		sum += (double)line.heardv[i] * line.heardv[i];
	db = 10 * log10(sum / (double)line.frame / 32768 / 32768);
	CHECK(fabs(db + PT_COMFORT_LEVEL) < 2);

	/* Whatever a stranger says, it is noise and no thunder. */
	level = 0;
	intake_comfort(&line.intake, &packet);
	(void)intake_frame(&line.intake, line.heardv, line.frame);
	for (size_t i = 0; i < line.frame; i++)
		CHECK(line.heardv[i] < 1000 && line.heardv[i] > -1000);

	/* Speech again: what is lost of it is a loss. */
	for (size_t i = 0; i < 10; i++) {
		line.sentv[100 + i].seq++;
		if (i != 5)
			arrive(&line.sentv[100 + i]);
	}
	for (size_t i = 0; i < 20; i++)
		line.kindv[intake_frame(&line.intake, line.heardv,
		                        line.frame)]++;
	CHECK(line.kindv[INTAKE_MADE_UP] >= 1);

out:
	line_close();

	return err;
}
