/*
 * test/speech/test_judge.c - which evidence makes a phrase likelier
 */
#include "base/mem.h"
#include "harness.h"
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

	judge_measure(&ev, &(struct judge_case){&phrase, &sounds, is_open});

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
		 {{false, 90, 0, 0, 700, -63000}, {true, 6, 0, 700, 748, -4320}},
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
