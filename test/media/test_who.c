/*
 * test/media/test_who.c - who answered, in sounds made by rule
 *
 * A voice here is noise that swells and fades like syllables; bench/bench_amd
 * has real ones.
 */
#include <math.h>
#include "channel.h"
#include "harness.h"
#include "media/who.h"
#include "test_media.h"

enum {
	CALL_MS = 12000,
	CALL_SAMPLES = CALL_MS * (CHANNEL_RATE_HZ / 1000),
};

#define END                                                                    \
	{                                                                      \
		0, 0                                                           \
	}

/* hz: 0 silence, 1 voice, else a tone. */
struct part {
	double hz;
	unsigned ms;
};

static int16_t pcmv[CALL_SAMPLES], outv[WHO_FRAME];

static void voice_add(int16_t *pcm, size_t n, uint32_t *seed)
{
	for (size_t i = 0; i < n; i++) {
		double swell = 0.3 + 0.7 * fabs(sin((double)i / 400));

		pcm[i] = (int16_t)(12000 * swell * (channel_draw(seed) - 0.5));
	}
}

static void render(const struct part *part, bool is_bad)
{
	const struct channel_prm prm = {is_bad ? -50 : 0, true,
	                                is_bad ? 0.01 : 0, 7};
	uint32_t seed = 5;
	size_t at = 0;

	memset(pcmv, 0, sizeof(pcmv));
	for (; part->ms && at < CALL_SAMPLES; part++) {
		size_t n = part->ms * (CHANNEL_RATE_HZ / 1000);

		n = n < CALL_SAMPLES - at ? n : CALL_SAMPLES - at;
		if (part->hz > 1)
			channel_sine(pcmv + at, n, part->hz, -22);
		else if (part->hz > 0)
			voice_add(pcmv + at, n, &seed);
		at += n;
	}
	channel_pass(pcmv, CALL_SAMPLES, &prm);
}

struct seen {
	struct who_features features;
	uint32_t ready_ms; /* 0: never */
};

/* words: a class that is understood at that time, 0: none. */
static int decide(struct seen *seen, bool is_early, uint32_t words_ms,
                  enum who_class words)
{
	struct who *who;
	int err;

	memset(seen, 0, sizeof(*seen));
	err = who_alloc(&who, &who_defaults, is_early);
	if (err)
		return err;

	for (uint32_t ms = 0; ms < CALL_MS; ms += WHO_FRAME_MS) {
		size_t at = ms * (CHANNEL_RATE_HZ / 1000);
		unsigned news = who_feed(who, &pcmv[at], outv);

		if (words_ms && ms == words_ms)
			news |= who_words(who, words);
		if (news & WHO_READY && !seen->ready_ms)
			seen->ready_ms = ms + WHO_FRAME_MS;
	}
	seen->features = *who_features(who);
	mem_deref(who);

	return 0;
}

static const struct row {
	const char *why;
	struct part partv[8];
	bool is_early;
	uint32_t words_ms;
	enum who_class words;

	enum who_class class;
	const char *cause;
	uint32_t decide_ms; /* within 200 ms */
	uint32_t ready_ms;  /* the same; 0: never */
} rowv[] = {
	/* clang-format off */
	{"hello and silence", {{0, 500}, {1, 500}, END}, false, 0, 0,
	 WHO_HUMAN, "silence after greeting", 1800, 0},
	{"silence: people listen first", {END}, false, 0, 0,
	 WHO_UNSURE, "nothing said", 5000, 0},
	{"a greeting and its beep",
	 {{0, 500}, {1, 4000}, {0, 500}, {1000, 300}, END}, false, 0, 0,
	 WHO_MACHINE, "greeting", 2700, 5400},
	{"a greeting without a beep", {{0, 500}, {1, 4000}, END},
	 false, 0, 0, WHO_MACHINE, "greeting", 2700, 6500},
	{"a short greeting, known by its beep",
	 {{0, 500}, {1, 1000}, {0, 1500}, {800, 200}, END}, false, 0, 0,
	 WHO_MACHINE, "beep", 3300, 3300},
	{"a beep in the middle of a talk is nothing",
	 {{0, 500}, {1, 500}, {0, 6000}, {800, 200}, END}, false, 0, 0,
	 WHO_HUMAN, "silence after greeting", 1800, 0},
	{"a fax", {{0, 400}, {2100, 3000}, END}, false, 0, 0,
	 WHO_FAX, "fax answering", 950, 0},
	{"SIT behind the answer",
	 {{0, 300}, {985, 380}, {1371, 274}, {1777, 380}, {1, 4000}, END},
	 false, 0, 0, WHO_ANNOUNCEMENT, "SIT vacant code", 1400, 0},
	{"SIT before the answer",
	 {{0, 300}, {985, 380}, {1371, 274}, {1777, 380}, {1, 4000}, END},
	 true, 0, 0, WHO_ANNOUNCEMENT, "SIT vacant code", 1400, 0},
	{"words before the answer", {{1, 4000}, END}, true, 4600,
	 WHO_ANNOUNCEMENT, WHO_ANNOUNCEMENT, "words", 4600, 0},
	{"music before the answer says nothing", {{1, 9000}, END}, true, 0, 0,
	 WHO_UNKNOWN, "", 0, 0},
	{"a machine by its words, before its beep",
	 {{0, 300}, {1, 1200}, {0, 1500}, {900, 300}, END}, false, 2000,
	 WHO_MACHINE, WHO_MACHINE, "words", 2000, 3400},
	{"an assistant that asks who calls", {{0, 300}, {1, 3500}, END},
	 false, 4400, WHO_SCREENING, WHO_SCREENING, "words", 4400, 0},
	/* clang-format on */
};

static bool is_near(uint32_t due_ms, uint32_t ms)
{
	if (!due_ms)
		return !ms;

	return ms + 100 >= due_ms && ms <= due_ms + 200;
}

static int row_check(const struct row *row, bool is_bad)
{
	const struct who_features *f;
	struct seen seen, again;
	int err = 0;

	render(row->partv, is_bad);
	CHECK_ERR(0, decide(&seen, row->is_early, row->words_ms, row->words));
	f = &seen.features;
	if (f->class != row->class || strcmp(f->cause, row->cause) ||
	    !is_near(row->decide_ms, f->decide_ms) ||
	    !is_near(row->ready_ms, seen.ready_ms))
		CHECK_FAIL("%s%s: %s by \"%s\" at %u ms, ready at %u", row->why,
		           is_bad ? " (bad line)" : "", who_name(f->class),
		           f->cause, f->decide_ms, seen.ready_ms);

	/* The same sound gives the same decision, bit for bit. */
	CHECK_ERR(0, decide(&again, row->is_early, row->words_ms, row->words));
	CHECK(!memcmp(&seen, &again, sizeof(seen)));

out:
	return err;
}

int test_who_table(void)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		CHECK_ERR(0, row_check(&rowv[i], false));
		CHECK_ERR(0, row_check(&rowv[i], true));
	}

out:
	return err;
}

/* Requirement 22: without a packet it gives up in time all the same. */
int test_who_no_packets(void)
{
	struct who *who = NULL;
	int err;

	err = who_alloc(&who, &who_defaults, false);
	CHECK_ERR(0, err);
	for (uint32_t ms = 20; ms < 5000; ms += WHO_FRAME_MS)
		CHECK_U64(WHO_NO_NEWS, who_feed(who, NULL, outv));
	CHECK_U64(WHO_DECIDED, who_feed(who, NULL, outv));
	CHECK_STR("unsure", who_name(who_features(who)->class));

out:
	mem_deref(who);

	return err;
}
