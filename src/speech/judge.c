/*
 * speech/judge.c - pure: how sure it is that a phrase was said
 *
 * A logistic regression over what tells a phrase from a look-alike. Its
 * weights were fitted by tools/fit_judge.py on the tuning voices of
 * bench/bench_asr.c alone (docs/recognition.md): the percent are the share of
 * right answers among those with such evidence there, not more.
 */
#include <assert.h>
#include <math.h>
#include <string.h>
#include "speech/judge.h"

enum {
	MARGIN_FRAMES = JUDGE_MARGIN_MS * SPHINX_FRAMES_PER_S / 1000,
	PHONE_FRAMES = 8, /* a phone of plain speech */
	SAID_MAX = 256,   /* phones that are compared */
};

/* How sure it would be without any evidence, and what each figure adds. */
static const double base_of_english = 4.362;
static const double base_of_others = 5.314;
static const double weightv[JUDGE_FIGURES] = {
	[JUDGE_MARGIN] = -0.0034539, [JUDGE_HASTE] = -2.7794,
	[JUDGE_COVER] = 7.8776,      [JUDGE_FIT] = 0.11322,
	[JUDGE_WORST] = -0.0047015,  [JUDGE_UNLIKE] = -2.5165,
	[JUDGE_LENGTH] = 1.1942,
};

/* What of the phrase was measured. */
struct sum {
	double frames; /* of its words */
	double phones;
	double score;
	double margin; /* by how much bare sounds fit its words better */
	double worst;  /* the same of the word where it is most, per phone */
	double total;  /* frames of all that was said */
	uint8_t phonev[SAID_MAX];
	size_t phonec;
	unsigned begin, end; /* frames: from its first word to its last */
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

static size_t copy_phones(uint8_t *to, size_t room,
                          const struct sphinx_path *path,
                          const struct sphinx_seg *seg)
{
	size_t n = seg->phonec < room ? seg->phonec : room;

	if (n)
		memcpy(to, path->phonev + seg->phone_at, n);

	return n;
}

static void collect(struct sum *sum, const struct judge_case *c)
{
	*sum = (struct sum){0};
	for (size_t i = 0; i < c->phrase->segc; i++) {
		const struct sphinx_seg *seg = &c->phrase->segv[i];
		double margin;

		sum->total = seg->end;
		if (!seg->is_word || seg->end <= seg->begin)
			continue;

		margin = span_score(c->sounds, seg->begin, seg->end) -
		         seg->score;
		if (!sum->frames)
			sum->begin = seg->begin;
		sum->end = seg->end;
		sum->frames += seg->end - seg->begin;
		sum->phones += seg->phonec;
		sum->score += seg->score;
		sum->margin += margin;
		sum->worst = fmax(sum->worst, margin / fmax(1, seg->phonec));
		sum->phonec +=
			copy_phones(sum->phonev + sum->phonec,
		                    SAID_MAX - sum->phonec, c->phrase, seg);
	}
	sum->total = fmax(1, sum->total - 2 * MARGIN_FRAMES);
}

/* How many phones must change to make the one from the other. */
static size_t distance(const uint8_t *av, size_t an, const uint8_t *bv,
                       size_t bn)
{
	size_t rowv[SAID_MAX + 1];

	for (size_t k = 0; k <= bn; k++)
		rowv[k] = k;
	for (size_t i = 0; i < an; i++) {
		size_t diagonal = rowv[0];

		rowv[0] = i + 1;
		for (size_t k = 0; k < bn; k++) {
			size_t best = diagonal + (av[i] != bv[k]);

			diagonal = rowv[k + 1];
			if (diagonal + 1 < best)
				best = diagonal + 1;
			if (rowv[k] + 1 < best)
				best = rowv[k] + 1;
			rowv[k + 1] = best;
		}
	}

	return rowv[bn];
}

/* How much of the phrase bare sounds do not hear there. */
static double unlike(const struct sum *sum, const struct sphinx_path *sounds)
{
	uint8_t heardv[SAID_MAX];
	size_t heardc = 0;

	for (size_t i = 0; i < sounds->segc; i++) {
		const struct sphinx_seg *seg = &sounds->segv[i];
		unsigned middle = (seg->begin + seg->end) / 2;

		if (middle >= sum->begin && middle < sum->end)
			heardc += copy_phones(heardv + heardc,
			                      SAID_MAX - heardc, sounds, seg);
	}
	if (!sum->phonec)
		return 1;

	return fmin(1,
	            (double)distance(sum->phonev, sum->phonec, heardv, heardc) /
	                    (double)sum->phonec);
}

void judge_measure(struct judge_evidence *ev, const struct judge_case *c)
{
	struct sum sum;

	assert(c->phrase && c->sounds);

	collect(&sum, c);
	*ev = (struct judge_evidence){
		.phones = (unsigned)sum.phones,
		.is_foreign = c->is_foreign,
	};
	if (!ev->phones)
		return;

	ev->figurev[JUDGE_MARGIN] = sum.margin / sum.phones;
	ev->figurev[JUDGE_HASTE] =
		fmax(0, log(PHONE_FRAMES * sum.phones / sum.frames));
	/* Of an open phrase the words are a part, but not a small one. */
	ev->figurev[JUDGE_COVER] = fmin(1, sum.frames / sum.total);
	if (c->is_open)
		ev->figurev[JUDGE_COVER] = (1 + ev->figurev[JUDGE_COVER]) / 2;
	ev->figurev[JUDGE_FIT] = sum.score / sum.frames;
	ev->figurev[JUDGE_WORST] = sum.worst;
	ev->figurev[JUDGE_UNLIKE] = unlike(&sum, c->sounds);
	ev->figurev[JUDGE_LENGTH] = log(sum.phones);
}

unsigned judge_score(const struct judge_evidence *ev)
{
	double sure = ev->is_foreign ? base_of_others : base_of_english;

	if (!ev->phones)
		return 0;
	for (size_t i = 0; i < JUDGE_FIGURES; i++)
		sure += weightv[i] * ev->figurev[i];

	/* Nothing that was heard is certain. */
	return (unsigned)fmin(99, lrint(100 / (1 + exp(-sure))));
}
