/*
 * test/call/test_headroom.c - how many calls at a time are understood in time
 *
 * A story has a letter for each period of ten seconds, on a clock that is set.
 */
#include <stdlib.h>
#include "base/id.h"
#include "base/text.h"
#include "call/calls.h"
#include "call/headroom.h"
#include "crowd.h"
#include "harness.h"
#include "tests.h"

enum {
	PERIOD_MS = 10000,
	TEXTS = 4, /* of a period in which people speak */
	TICKS = 500,
	TOLD_SIZE = 128,
	CROWD = 4,
	ROUND_MS = 1000,
	PERIODS = 400,
	WANTED = 40,
};

static void texts(struct headroom *room, unsigned late, unsigned in_time)
{
	for (unsigned i = 0; i < late; i++)
		headroom_text(room, true);
	for (unsigned i = 0; i < in_time; i++)
		headroom_text(room, false);
}

/* l: all late, h: one of five, 1: the only one, t: all in time, k: late
 * ticks, - and e: nothing is said. */
static void period_play(struct headroom *room, char letter)
{
	switch (letter) {
	case 'l':
		texts(room, TEXTS, 0);
		break;
	case 'h':
		texts(room, 1, TEXTS);
		break;
	case '1':
		texts(room, 1, 0);
		break;
	case 't':
		texts(room, 0, TEXTS);
		break;
	case 'k':
		headroom_ticks(room, room->ticks + TICKS,
		               room->late_ticks + TICKS);
		return;
	default:
		break;
	}
	headroom_ticks(room, room->ticks + TICKS, room->late_ticks);
}

/* The limit behind each period. */
static void story_play(char told[TOLD_SIZE], const char *story, unsigned live,
                       bool is_followed)
{
	struct headroom room;
	uint64_t now_ms = PERIOD_MS;
	size_t n = 0;

	headroom_init(&room, PERIOD_MS);
	(void)headroom_look(&room, live, now_ms);
	told[0] = '\0';
	for (; *story; story++) {
		unsigned there = live;

		if (is_followed && room.limit && room.limit < live)
			there = room.limit;
		if (*story == 'e')
			there = 0;
		period_play(&room, *story);
		(void)headroom_look(&room, there, now_ms + PERIOD_MS / 2);
		now_ms += PERIOD_MS;
		(void)headroom_look(&room, there, now_ms);
		n += (size_t)snprintf(told + n, TOLD_SIZE - n, "%s%u",
		                      n ? " " : "", room.limit);
	}
}

int test_headroom_table(void)
{
	static const struct {
		const char *why;
		unsigned live;
		bool is_followed; /* calls end, and no more than allowed begin
		                   */
		const char *story;
		const char *limits;
	} rowv[] = {
		/* clang-format off */
		{"nobody is late", 8, true, "tttt", "0 0 0 0"},
		{"one late text is nothing", 8, true, "1---t", "0 0 0 0 0"},
		{"nor are some, now and then", 8, true, "1t1t1t1t",
		 "0 0 0 0 0 0 0 0"},
		{"nor one of five, for long", 8, true, "hhhhhhhh",
		 "0 0 0 0 0 0 0 0"},
		{"a machine that stands still for a moment", 8, true, "llttt",
		 "0 0 0 0 0"},
		{"again and again, with time between", 8, true, "lltlltllt",
		 "0 0 0 0 0 0 0 0 0"},
		{"long lateness halves", 8, true, "lll", "0 0 4"},
		{"late ticks do", 8, true, "kkk", "0 0 4"},
		{"some late ticks do not", 8, true, "ktktkt", "0 0 0 0 0 0"},
		{"few texts have to be late for longer", 8, true, "111111",
		 "0 0 0 0 0 4"},
		{"nobody speaking is no excuse", 8, true, "l-l-l",
		 "0 0 0 0 4"},
		{"nobody calling is", 8, true, "lleell", "0 0 0 0 0 0"},
		{"it halves until one is left", 8, true, "llllllllllllll",
		 "0 0 4 4 4 2 2 2 1 1 1 1 1 1"},
		{"not while those in hand are too many", 8, false, "llllllll",
		 "0 0 4 4 4 4 4 4"},
		{"in time, one more by one", 8, true, "llltttttt",
		 "0 0 4 4 4 5 6 7 0"},
		{"of many some", 64, true, "llltttttttttttt",
		 "0 0 32 32 32 35 38 41 44 47 50 54 58 62 0"},
		{"and late again", 8, true, "llltttlll",
		 "0 0 4 4 4 5 5 5 2"},
		{"nobody speaking proves nothing", 8, true, "lll--l",
		 "0 0 4 4 4 4"},
		{"unless it goes on", 8, true, "lll----", "0 0 4 4 4 5 6"},
		{"nobody calling proves that there is room", 8, true,
		 "llleeeeee", "0 0 4 4 4 5 6 7 0"},
		{"who talks alone is not helped", 1, true, "llllll",
		 "0 0 0 0 0 0"},
		{"of two one may go on", 2, true, "llllll", "0 0 1 1 1 1"},
		/* clang-format on */
	};
	char told[TOLD_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		story_play(told, rowv[i].story, rowv[i].live,
		           rowv[i].is_followed);
		if (strcmp(told, rowv[i].limits))
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_STR(rowv[i].limits, told);
	}

out:
	return err;
}

/* A machine that can listen to so many people at a time, and a campaign that
 * would call more: most are understood, and it is used. */
int test_headroom_settles(void)
{
	int err = 0;

	for (unsigned can = 1; can <= WANTED; can++) {
		struct headroom room;
		unsigned late = 0, calls = 0;

		headroom_init(&room, PERIOD_MS);
		for (uint64_t i = 0; i < PERIODS; i++) {
			unsigned live = room.limit && room.limit < WANTED
			                        ? room.limit
			                        : WANTED;
			bool is_late = live > can;

			texts(&room, is_late ? TEXTS : 0, is_late ? 0 : TEXTS);
			(void)headroom_look(&room, live, i * PERIOD_MS);
			late += is_late;
			calls += live;
		}
		if (late * 10 > PERIODS * 6 || calls < PERIODS * can / 2)
			fprintf(stderr, "of %u: %u late, %u calls\n", can, late,
			        calls);
		CHECK(late * 10 <= PERIODS * 6);
		CHECK(calls >= PERIODS * can / 2);
	}

out:
	return err;
}

/* --- whole calls ---------------------------------------------------------- */

static struct {
	struct calls *calls;
	unsigned refused, heard, at_least;
	char idv[CROWD][ID_SIZE];
	size_t idc;
	struct tmr tmr;
	unsigned back;
} watch;

static int try(void)
{
	int err = calls_reserve(watch.calls);

	if (!err)
		calls_release(watch.calls);

	return err;
}

static void hangup_handler(void *arg)
{
	(void)arg;

	for (size_t i = 0; i < watch.idc; i++)
		(void)calls_hangup(watch.calls, watch.idv[i]);
}

/* Seen is that no more are begun, and after that that somebody is heard. */
static void moment_handler(const char *id, const struct call_moment *moment,
                           void *arg)
{
	(void)arg;

	if (moment->kind == CALL_DIALLING && watch.idc < CROWD)
		(void)text_copy(watch.idv[watch.idc++], ID_SIZE, id);
	if (moment->kind != CALL_STEP)
		return;

	if (watch.refused && moment->step->input_args[0] == 'F' &&
	    !watch.heard++)
		tmr_start(&watch.tmr, 0, hangup_handler, NULL);
	watch.refused += try() == EAGAIN;
	if (!watch.at_least || (calls_limit(watch.calls) &&
	                        calls_limit(watch.calls) < watch.at_least))
		watch.at_least = calls_limit(watch.calls);
}

static void over_handler(const char *id, void *arg)
{
	(void)id;
	(void)arg;
}

static void back_handler(void *arg)
{
	watch.back = !calls_limit(watch.calls);
	if (!watch.back)
		tmr_start(&watch.tmr, 20, back_handler, arg);
}

/* People say "yes" each second, which is understood half a second late, until
 * they are hung up on. */
static int late_crowd(struct rig *rig)
{
	static const char script[] =
		"{\"version\":\"1\",\"start\":\"a\",\"language\":\"en\","
		"\"asr\":{\"asr_params\":\"+500yes\",\"interrupt\":0,"
		"\"vad_max_end_silence_time_ms\":200,"
		"\"wait_speech_timeout_ms\":15000},\"flow\":[{\"id\":\"a\","
		"\"action\":\"playback\",\"playbacks\":["
		"\"tone_stream://%(100,0,440)\"],\"children\":[{\"flow\":\"a\","
		"\"condition\":{\"text\":\"yes\"}},{\"flow\":\"a\","
		"\"condition\":{\"complete\":\"ANY\"}}]}]}";
	static struct crowd_talk talkv[CROWD];

	memset(talkv, 0, sizeof(talkv));
	for (size_t i = 0; i < CROWD; i++) {
		(void)snprintf(talkv[i].script, sizeof(talkv[i].script), "%s",
		               script);
		talkv[i].course = "yes@300-500 yes@1500-1700 yes@2700-2900 "
				  "yes@3900-4100 yes@5100-5300 yes@6300-6500 "
				  "yes@7500-7700 yes@8700-8900";
	}

	return crowd_run(rig, talkv, CROWD);
}

/* The same services, other settings. */
static int calls_again(struct rig *rig)
{
	struct calls_prm prm = rig->calls->prm;
	char web[512], recordings[512];
	int err;

	(void)snprintf(web, sizeof(web), "%s/web", test_dir());
	(void)snprintf(recordings, sizeof(recordings), "%s/recordings",
	               test_dir());
	prm.web_sounds = web;
	prm.recordings = recordings;
	/* None fails by time, and each is later than 200 ms. */
	err = cfg_set(rig->cfg, "talk.answer_ms", "20000", rig->fault);
	if (!err)
		err = cfg_set(rig->cfg, "talk.late_percent", "1", rig->fault);
	if (!err)
		err = cfg_set(rig->cfg, "talk.late_s", "2", rig->fault);
	if (err)
		return err;
	rig->calls = mem_deref(rig->calls);

	return calls_alloc(&rig->calls, &prm);
}

/* While all texts are late fewer calls are begun, those in hand go on, and when
 * nobody is late any more there is no limit. */
int test_headroom_calls(void)
{
	const struct call_watch onlooker = {.moment = moment_handler,
	                                    .over = over_handler};
	struct rig rig;
	int err;

	memset(&watch, 0, sizeof(watch));
	tmr_init(&watch.tmr);
	err = rig_open(&rig, NULL);
	if (!err)
		err = calls_again(&rig);
	CHECK_ERR(0, err);
	watch.calls = rig.calls;
	calls_watch(rig.calls, &onlooker);
	CHECK_ERR(0, try());

	err = late_crowd(&rig);
	CHECK_ERR(0, err);
	CHECK(watch.refused > 0);
	CHECK(watch.heard > 0);
	CHECK_U64(CROWD / 2, watch.at_least);

	back_handler(NULL);
	CHECK_ERR(0, rig_until(&watch.back, 1));
	CHECK_ERR(0, try());

out:
	tmr_cancel(&watch.tmr);
	rig_close(&rig);

	return err;
}
