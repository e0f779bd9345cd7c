/*
 * campaign/foresight.c - what would happen if the campaign went on now
 *
 * Contacts are counted by the zones that their hours are judged in and by the
 * quarter of an hour from which they may be called: a few hundred sorts of
 * people, however long the list is. The end is then found by walking through
 * the coming days, quarter by quarter.
 */
#include <assert.h>
#include "base/mem.h"
#include "campaign/campaign.h"
#include "campaign/rules.h"

#define SLOT_MS INT64_C(900000)

enum {
	COUNTS_MAX = 32,
	SORTS_MAX = 4096,
	SLOTS_MAX = 366 * 96,
};

struct sort {
	const struct zone *zonev[WINDOW_ZONES_MAX];
	size_t zonec; /* 0: hours do not matter */
	int64_t from_ms;
	uint64_t n;
};

struct foresight {
	struct rules *rules;
	struct foresight_count countv[STORE_HOLD + 1][COUNTS_MAX];
	size_t countc[STORE_HOLD + 1];
	uint64_t over;
	struct sort sortv[SORTS_MAX];
	double *leftv; /* of each sort, while a round is walked through */
	size_t sortc;
	store_done_h *done;
	void *arg;
};

static void destructor(void *arg)
{
	struct foresight *foresight = arg;

	mem_deref(foresight->rules);
	mem_deref(foresight->leftv);
}

static void count(struct foresight *foresight,
                  const struct store_verdict *verdict)
{
	const char *rule = verdict->rule ? verdict->rule : "";
	struct foresight_count *countv = foresight->countv[verdict->answer];
	size_t *countc = &foresight->countc[verdict->answer];
	size_t i = 0;

	while (i < *countc && strcmp(countv[i].rule, rule) != 0)
		i++;
	if (i == COUNTS_MAX)
		i = COUNTS_MAX - 1;
	if (i == *countc)
		countv[(*countc)++] = (struct foresight_count){
			.rule = rule,
			.first_ms = verdict->next_ms,
		};

	countv[i].n++;
	if (verdict->next_ms < countv[i].first_ms)
		countv[i].first_ms = verdict->next_ms;
}

static bool is_of_sort(const struct sort *sort, const struct sort *like)
{
	return sort->from_ms == like->from_ms && sort->zonec == like->zonec &&
	       !memcmp(sort->zonev, like->zonev,
	               sort->zonec * sizeof(sort->zonev[0]));
}

static void sort_in(struct foresight *foresight,
                    const struct store_contact *contact, int64_t from_ms)
{
	struct sort like = {.from_ms = from_ms / SLOT_MS * SLOT_MS};
	size_t i = 0;

	if (rules_have_hours(foresight->rules))
		like.zonec = rules_zones(foresight->rules, contact, like.zonev);

	while (i < foresight->sortc && !is_of_sort(&foresight->sortv[i], &like))
		i++;

	/* Too many sorts: the last one stands for the rest. */
	if (i == SORTS_MAX)
		i = SORTS_MAX - 1;
	if (i == foresight->sortc)
		foresight->sortv[foresight->sortc++] = like;
	foresight->sortv[i].n++;
}

static void contact_handler(const struct store_contact *contact,
                            const struct store_verdict *verdict, void *arg)
{
	struct foresight *foresight = arg;

	if (!verdict) {
		foresight->over++;
		return;
	}

	count(foresight, verdict);
	if (verdict->answer != STORE_NEVER)
		sort_in(foresight, contact, verdict->next_ms);
}

static void done_handler(int err, void *arg)
{
	struct foresight *foresight = arg;

	foresight->done(err, foresight->arg);
}

int foresight_start(struct foresight **foresightp, struct store *store,
                    const char *campaign, struct rules *rules,
                    store_done_h *done, void *arg)
{
	struct foresight *foresight;
	struct store_gate gate;
	int err;

	assert(foresightp && store && campaign && rules && done);

	foresight = mem_zalloc(sizeof(*foresight), destructor);
	if (!foresight)
		return ENOMEM;

	foresight->rules = mem_ref(rules);
	foresight->leftv = mem_zalloc(sizeof(double) * SORTS_MAX, NULL);
	if (!foresight->leftv) {
		mem_deref(foresight);
		return ENOMEM;
	}

	foresight->done = done;
	foresight->arg = arg;
	rules_gate(&gate, rules);
	err = store_foresee(store, campaign, &gate, contact_handler,
	                    done_handler, foresight);
	if (err)
		mem_deref(foresight);
	else
		*foresightp = foresight;

	return err;
}

bool foresight_count(const struct foresight *foresight,
                     enum store_answer answer, size_t i,
                     struct foresight_count *count)
{
	if (i >= foresight->countc[answer])
		return false;

	*count = foresight->countv[answer][i];

	return true;
}

uint64_t foresight_over(const struct foresight *foresight)
{
	return foresight->over;
}

/* --- the end ------------------------------------------------------------- */

static double rate_per_ms(const struct foresight_pace *pace)
{
	double by_lines = (double)pace->calls_max / pace->call_ms;
	double by_pace = pace->calls_per_s / 1000;

	return by_pace > 0 && by_pace < by_lines ? by_pace : by_lines;
}

static bool is_open(const struct foresight *foresight, const struct sort *sort,
                    int64_t at_ms)
{
	const struct rules *rules = foresight->rules;

	if (sort->from_ms > at_ms)
		return false;

	return !sort->zonec ||
	       rules_are_open(rules, sort->zonev, sort->zonec, at_ms / 1000);
}

/* Calls so many as there is room for; returns how many. */
static double slot_walk(const struct foresight *foresight, int64_t at_ms,
                        double room)
{
	double *leftv = foresight->leftv;
	double called = 0;

	for (size_t i = 0; i < foresight->sortc && called < room; i++) {
		double n = leftv[i];

		if (n <= 0 || !is_open(foresight, &foresight->sortv[i], at_ms))
			continue;
		if (n > room - called)
			n = room - called;
		leftv[i] -= n;
		called += n;
	}

	return called;
}

unsigned foresight_rounds(const struct foresight *foresight)
{
	return rules_rounds(foresight->rules);
}

/* Everybody is called once from from_ms on. */
static int64_t round_walk(const struct foresight *foresight,
                          const struct foresight_pace *pace, int64_t from_ms,
                          uint64_t *leftp)
{
	const struct rules *rules = foresight->rules;
	double rate = rate_per_ms(pace), left = 0;
	int64_t end_ms = 0;

	for (size_t i = 0; i < foresight->sortc; i++) {
		foresight->leftv[i] = (double)foresight->sortv[i].n;
		left += foresight->leftv[i];
	}

	for (int slot = 0; slot < SLOTS_MAX && left > 0.5; slot++) {
		int64_t at_ms = from_ms + slot * SLOT_MS;
		double called;

		if (rules->start_ms && at_ms < rules->start_ms)
			continue;
		if (rules->stop_ms && at_ms >= rules->stop_ms)
			break;
		called = slot_walk(foresight, at_ms, rate * (double)SLOT_MS);
		left -= called;
		if (called > 0)
			end_ms = at_ms + (int64_t)(called / rate) +
			         pace->call_ms;
	}
	*leftp = left > 0.5 ? (uint64_t)(left + 0.5) : 0;

	return end_ms;
}

/* Rounds follow each other in the order of the first one: nobody is due again
 * before the delay is over that follows their own last call. */
int64_t foresight_end_ms(const struct foresight *foresight,
                         const struct foresight_pace *pace, int64_t now_ms,
                         uint64_t *leftp)
{
	int64_t end_ms = 0, from_ms = now_ms;

	*leftp = 0;
	for (unsigned round = 1; round <= pace->rounds || round == 1; round++) {
		int64_t next_ms = from_ms + pace->call_ms +
		                  rules_round_ms(foresight->rules, round);
		int64_t round_ms = round_walk(foresight, pace, from_ms, leftp);

		if (!round_ms)
			break;
		end_ms = round_ms;
		from_ms = round_ms > next_ms ? round_ms : next_ms;
	}

	return end_ms;
}
