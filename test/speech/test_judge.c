/*
 * test/speech/test_judge.c - which evidence makes a phrase likelier
 */
#include "base/mem.h"
#include "harness.h"
#include "speech/bands.h"
#include "speech/judge.h"
#include "speech_tests.h"

enum {
	SEGS_MAX = 4,
};

static unsigned score_of(const struct sphinx_seg *segv, double sounds_score,
                         bool is_open)
{
	struct sphinx_seg phrasev[SEGS_MAX] = {0};
	struct sphinx_seg soundsv[1] = {{.phonec = 1}};
	static uint8_t phonev[100];
	struct sphinx_path phrase = {.segv = phrasev, .phonev = phonev};
	struct sphinx_path sounds = {
		.segv = soundsv, .segc = 1, .phonev = phonev};
	struct judge_evidence ev;

	while (phrase.segc < SEGS_MAX && segv[phrase.segc].end) {
		phrasev[phrase.segc] = segv[phrase.segc];
		soundsv[0].end = segv[phrase.segc].end;
		phrase.segc++;
	}
	soundsv[0].score = sounds_score * soundsv[0].end;

	judge_measure(&ev, &(struct judge_case){.phrase = &phrase,
	                                        .sounds = &sounds,
	                                        .is_open = is_open});

	return judge_score(&ev);
}

int test_judge_table(void)
{
	/* Six phones in 40 frames between 4 of pad, -90 per frame. */
	static const struct sphinx_seg plainv[SEGS_MAX] = {
		{true, 6, 0, 0, 48, -4320},
	};
	static const struct {
		const char *why;
		struct sphinx_seg segv[SEGS_MAX];
		double sounds_score; /* per frame; plain: -90 */
		bool is_open;
		bool is_better; /* than the plain phrase */
	} rowv[] = {
		/* clang-format off */
		{"sounds alone fit far better",
		 {{true, 6, 0, 0, 48, -4320}}, -70, false, false},
		{"sounds alone fit worse",
		 {{true, 6, 0, 0, 48, -4320}}, -100, false, true},
		{"one word in a long monologue",
		 {{false, 90, 0, 0, 700, -63000},
		  {true, 6, 0, 700, 748, -4320}},
		 -90, false, false},
		{"faster than a tongue can",
		 {{true, 16, 0, 0, 48, -4320}}, -90, false, false},
		{"nothing of the phrase at all",
		 {{false, 6, 0, 0, 48, -4320}}, -90, false, false},
		/* clang-format on */
	};
	unsigned plain = score_of(plainv, -90, false);
	int err = 0;

	CHECK(plain > 50 && plain <= 100);
	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		unsigned score = score_of(rowv[i].segv, rowv[i].sounds_score,
		                          rowv[i].is_open);

		if (rowv[i].is_better ? score < plain : score >= plain)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(rowv[i].is_better ? score >= plain : score < plain);
		CHECK(score <= 100);
	}

out:
	return err;
}

int test_bands_table(void)
{
	static const struct {
		const char *why;
		const char *params;
		unsigned score;
		enum band band;
	} rowv[] = {
		/* clang-format off */
		{"sure enough",              "", 67, BAND_ACCEPTED},
		{"not sure enough",          "", 66, BAND_REJECTED},
		{"no parameters at all",     NULL, 70, BAND_ACCEPTED},
		{"a node may ask for more", "{\"accept\":90}", 80,
		 BAND_REJECTED},
		{"between: ask back", "{\"accept\":90,\"confirm\":50}", 80,
		 BAND_CONFIRM},
		{"at its lower edge", "{\"accept\":90,\"confirm\":50}", 50,
		 BAND_CONFIRM},
		{"below both", "{\"accept\":90,\"confirm\":50}", 49,
		 BAND_REJECTED},
		{"only the lower edge", "{\"confirm\":40}", 50, BAND_CONFIRM},
		{"a group of a service", "{\"group\":\"default\"}", 67,
		 BAND_ACCEPTED},
		{"not JSON", "default", 67, BAND_ACCEPTED},
		{"no percent", "{\"accept\":\"x\"}", 67, BAND_ACCEPTED},
		{"out of range", "{\"accept\":200}", 67, BAND_ACCEPTED},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct bands bands;

		bands_read(&bands, rowv[i].params, 67);
		if (bands_of(&bands, rowv[i].score) != rowv[i].band)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK(bands_of(&bands, rowv[i].score) == rowv[i].band);
	}

out:
	return err;
}
