/*
 * test/media/test_tones.c - beeps, SIT, cadences and fax on a bad line
 */
#include <math.h>
#include "channel.h"
#include "harness.h"
#include "media/tones.h"
#include "test_media.h"

enum {
	SECONDS_MAX = 20,
	SAMPLES_MAX = SECONDS_MAX * CHANNEL_RATE_HZ,
	SEEN_MAX = 16,
	LINES = 6,
};

static const double TONE_DB = -24;

/* From clean to bad: with noise 15 dB below the tone, frequencies 1 % off,
 * G.711 and 1 % of the packets lost. */
static const struct line {
	double factor;
	double noise_db;
	bool has_g711;
	double loss;
} linev[LINES] = {
	{1, 0, false, 0},
	{1.01, 0, true, 0},
	{0.99, 0, true, 0.01},
	{1, TONE_DB - 15, true, 0.01},
	{1.01, TONE_DB - 15, true, 0.01},
	{0.99, TONE_DB - 15, true, 0.01},
};

#define END                                                                    \
	{                                                                      \
		0, 0, 0                                                        \
	}

struct part {
	double hz, hz2; /* 0: silence */
	unsigned ms;
};

static int16_t pcmv[SAMPLES_MAX];

static size_t render(const struct part *partv, unsigned times,
                     const struct line *line, uint32_t seed)
{
	const struct channel_prm prm = {line->noise_db, line->has_g711,
	                                line->loss, seed};
	size_t at = CHANNEL_RATE_HZ / 2;

	memset(pcmv, 0, sizeof(pcmv));
	for (unsigned i = 0; i < times; i++) {
		for (const struct part *part = partv; part->ms; part++) {
			size_t n = part->ms * (CHANNEL_RATE_HZ / 1000);

			if (at + n > SAMPLES_MAX)
				break;
			if (part->hz > 0)
				channel_sine(pcmv + at, n,
				             part->hz * line->factor, TONE_DB);
			if (part->hz2 > 0)
				channel_sine(pcmv + at, n,
				             part->hz2 * line->factor, TONE_DB);
			at += n;
		}
	}
	at += CHANNEL_RATE_HZ / 2;
	at = at < SAMPLES_MAX ? at : SAMPLES_MAX;
	channel_pass(pcmv, at, &prm);

	return at;
}

struct seen {
	struct tones_event eventv[SEEN_MAX];
	size_t eventc;
};

static int hear(struct seen *seen, size_t n, const char *countries)
{
	struct tones_event eventv[TONES_EVENTS_MAX];
	struct tones *tones;
	int err;

	memset(seen, 0, sizeof(*seen));
	err = tones_alloc(&tones, countries);
	if (err)
		return err;

	for (size_t i = 0; i + CHANNEL_FRAME <= n; i += CHANNEL_FRAME) {
		size_t c = tones_feed(tones, pcmv + i, CHANNEL_FRAME, eventv);

		for (size_t k = 0; k < c && seen->eventc < SEEN_MAX; k++)
			seen->eventv[seen->eventc++] = eventv[k];
	}
	mem_deref(tones);

	return 0;
}

static bool has(const struct seen *seen, enum tones_kind kind)
{
	for (size_t i = 0; i < seen->eventc; i++) {
		if (seen->eventv[i].kind == kind)
			return true;
	}

	return false;
}

static const struct row {
	const char *why;
	struct part partv[7];
	unsigned times;
	enum tones_kind kind;
	const char *countries;
} rowv[] = {
	/* clang-format off */
	{"SIT IC: the number was changed",
	 {{914, 0, 274}, {1371, 0, 274}, {1777, 0, 380}, END}, 1,
	 TONES_SIT_INTERCEPT, ""},
	{"SIT VC: there is no such number",
	 {{985, 0, 380}, {1371, 0, 274}, {1777, 0, 380}, END}, 1,
	 TONES_SIT_VACANT, ""},
	{"SIT RO: the exchange is full",
	 {{914, 0, 274}, {1428, 0, 380}, {1777, 0, 380}, END}, 1,
	 TONES_SIT_REORDER, ""},
	{"SIT NC: the way there is full",
	 {{985, 0, 380}, {1428, 0, 380}, {1777, 0, 380}, END}, 1,
	 TONES_SIT_NO_CIRCUIT, ""},
	{"SIT as the ITU has it, with gaps",
	 {{950, 0, 330}, {0, 0, 30}, {1400, 0, 330}, {0, 0, 30},
	  {1800, 0, 330}, END}, 1, TONES_SIT_OTHER, ""},
	{"cn busy", {{450, 0, 350}, {0, 0, 350}, END}, 4, TONES_BUSY, "cn"},
	{"cn congestion", {{450, 0, 700}, {0, 0, 700}, END}, 4,
	 TONES_CONGESTION, "cn"},
	{"cn rings", {{450, 0, 1000}, {0, 0, 4000}, END}, 2,
	 TONES_RINGING, "cn"},
	{"ru busy", {{425, 0, 350}, {0, 0, 350}, END}, 4, TONES_BUSY, "ru"},
	{"ru congestion", {{425, 0, 175}, {0, 0, 175}, END}, 5,
	 TONES_CONGESTION, "ru"},
	{"de busy", {{425, 0, 480}, {0, 0, 480}, END}, 4, TONES_BUSY, "de"},
	{"de congestion", {{425, 0, 240}, {0, 0, 240}, END}, 4,
	 TONES_CONGESTION, "de"},
	{"uk rings", {{400, 450, 400}, {0, 0, 200}, {400, 450, 400},
	 {0, 0, 2000}, END}, 2, TONES_RINGING, "uk"},
	{"uk busy", {{400, 0, 375}, {0, 0, 375}, END}, 4, TONES_BUSY, "uk"},
	{"uk congestion", {{400, 0, 400}, {0, 0, 350}, {400, 0, 225},
	 {0, 0, 525}, END}, 3, TONES_CONGESTION, "uk"},
	{"us rings", {{440, 480, 2000}, {0, 0, 4000}, END}, 2,
	 TONES_RINGING, "us"},
	{"us busy", {{480, 620, 500}, {0, 0, 500}, END}, 4, TONES_BUSY, "us"},
	{"us reorder", {{480, 620, 250}, {0, 0, 250}, END}, 4,
	 TONES_CONGESTION, "us"},
	{"busy, of any country", {{425, 0, 480}, {0, 0, 480}, END}, 4,
	 TONES_BUSY, ""},
	{"congestion, of any country", {{450, 0, 700}, {0, 0, 700}, END}, 4,
	 TONES_CONGESTION, ""},
	{"a fax answers", {{2100, 0, 3000}, END}, 1, TONES_FAX, ""},
	{"a fax calls", {{1100, 0, 500}, {0, 0, 3000}, END}, 2,
	 TONES_FAX_CALL, ""},
	{"a modem of Bell", {{2225, 0, 3000}, END}, 1, TONES_MODEM, ""},
	/* clang-format on */
};

/* One form of SIT, one meaning of a cadence. */
static int row_check(const struct row *row, size_t line, uint32_t seed)
{
	size_t n = render(row->partv, row->times, &linev[line], seed);
	struct seen seen;
	int err = 0;

	CHECK_ERR(0, hear(&seen, n, row->countries));
	if (!has(&seen, row->kind))
		CHECK_FAIL("%s: not heard over line %zu", row->why, line);
	for (size_t i = 0; i < seen.eventc; i++) {
		enum tones_kind kind = seen.eventv[i].kind;

		if (kind != TONES_BEEP && kind != row->kind)
			CHECK_FAIL("%s: also %s over line %zu", row->why,
			           tones_name(kind), line);
	}

out:
	return err;
}

int test_tones_table(void)
{
	struct seen seen;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		for (size_t k = 0; k < LINES; k++)
			CHECK_ERR(0, row_check(&rowv[i], k,
			                       (uint32_t)(i * 7 + k + 1)));
	}

	CHECK_ERR(EINVAL, hear(&seen, 0, "cn,xx"));

out:
	return err;
}

/* Requirement 23: 440 to 2000 Hz, 100 ms or more, noise at 10 dB. */
int test_tones_beeps(void)
{
	enum {
		BEEPS = 200
	};
	unsigned missed = 0, late = 0;
	uint32_t seed = 12345;
	struct seen seen;
	int err = 0;

	for (int i = 0; i < BEEPS; i++) {
		double hz = 440 + 1560 * channel_draw(&seed);
		unsigned ms = 100 + (unsigned)(400 * channel_draw(&seed));
		const struct part partv[] = {{hz, 0, ms}, END};
		const struct line line = {1, TONE_DB - 10, i & 1,
		                          i & 2 ? 0.01 : 0};
		size_t n = render(partv, 1, &line, (uint32_t)i + 1);
		const struct tones_event *event = &seen.eventv[0];

		CHECK_ERR(0, hear(&seen, n, ""));
		if (!has(&seen, TONES_BEEP) && !has(&seen, TONES_FAX_CALL))
			missed++;
		else if (event->at_ms > 500 + ms + 100)
			late++;
	}
	printf("beeps: %u of %d missed, %u late\n", missed, BEEPS, late);
	CHECK(missed * 100 <= BEEPS);
	CHECK(!late);

out:
	return err;
}

/* What is no tone of a network: noise, a steady hum, hands on keys. */
int test_tones_silent(void)
{
	static const struct part nonev[] = {{0, 0, 4000}, END};
	static const struct part keyv[] = {{697, 1209, 100},
	                                   {0, 0, 100},
	                                   {941, 1477, 100},
	                                   {0, 0, 60},
	                                   END};
	const struct line noisy = {1, -30, true, 0.02};
	struct seen seen;
	int err = 0;

	CHECK_ERR(0, hear(&seen, render(nonev, 1, &noisy, 3), ""));
	CHECK_U64(0, seen.eventc);
	CHECK_ERR(0, hear(&seen, render(keyv, 8, &linev[2], 4), ""));
	CHECK_U64(0, seen.eventc);

out:
	return err;
}
