/*
 * speech/judge.c - pure: how sure it is that a phrase was said
 *
 * A logistic regression over what tells a phrase from a look-alike. Its
 * weights were fitted on the tuning voices of bench/bench_asr.c alone
 * (docs/recognition.md): the percent are the share of right answers among
 * those with such evidence there, not more.
 */
#include <assert.h>
#include <math.h>
#include "speech/judge.h"

enum {
	MARGIN_FRAMES = JUDGE_MARGIN_MS * SPHINX_FRAMES_PER_S / 1000,
	PHONE_FRAMES = 8, /* a phone of plain speech */
};

/* What of the phrase was measured. */
struct evidence {
	double frames; /* of its words */
	double phones;
	double score;
	double margin; /* by how much bare sounds fit its words better */
	double total;  /* frames of all that was said */
};

static double span_score(const struct sphinx_path *path, double begin,
                         double end)
{
	double sum = 0;

	for (size_t i = 0; i < path->segc; i++) {
		const struct sphinx_seg *seg = &path->segv[i];
		double from = fmax(begin, seg->begin);
		double to = fmin(end, seg->end);

		if (to > from)
			sum += seg->score * (to - from) /
			       (seg->end - seg->begin);
	}

	return sum;
}

static void collect(struct evidence *ev, const struct judge_case *c)
{
	*ev = (struct evidence){0};
	for (size_t i = 0; i < c->phrase->segc; i++) {
		const struct sphinx_seg *seg = &c->phrase->segv[i];

		ev->total = seg->end;
		if (!seg->is_word || seg->end <= seg->begin)
			continue;

		ev->frames += seg->end - seg->begin;
		ev->phones += seg->phonec;
		ev->score += seg->score;
		ev->margin += span_score(c->sounds, seg->begin, seg->end) -
		              seg->score;
	}
	ev->total = fmax(1, ev->total - 2 * MARGIN_FRAMES);
}

unsigned judge_score(const struct judge_case *c)
{
	struct evidence ev;
	double haste, cover, doubt;

	assert(c->phrase && c->sounds);

	collect(&ev, c);
	if (ev.phones <= 0)
		return 0;

	/* How much faster than plain speech. */
	haste = fmax(0, log(PHONE_FRAMES * ev.phones / ev.frames));
	cover = c->is_open ? 1 : fmin(1, ev.frames / ev.total);

	doubt = -6.604;
	doubt += 0.01447 * ev.margin / ev.phones;
	doubt += 8.875 * haste;
	doubt -= 8.770 * cover;
	doubt -= 0.13838 * ev.score / ev.frames;

	return (unsigned)lrint(100 / (1 + exp(doubt)));
}
