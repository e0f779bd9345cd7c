/*
 * test/call/test_pair.c - calls between two people: an operator and a client
 */
#include "harness.h"
#include "pair_rig.h"
#include "tests.h"

/* --- tests -------------------------------------------------------------------
 */

int test_pair_codecs(void)
{
	static const struct {
		const char *why;
		const char *firstv, *secondv;
	} rowv[] = {
		{"the same on both sides", "pcma", "pcma"},
		{"G.711 to Opus", "pcma", "opus"},
		{"Opus to G.722", "opus", "g722"},
		{"G.722 to G.711", "g722", "pcmu"},
	};
	struct pair_rig prig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct folk *first, *second;

		err = pair_rig_open(&prig, rowv[i].firstv, rowv[i].secondv);
		first = &prig.folkv[WHO_OPERATOR];
		second = &prig.folkv[WHO_CLIENT];
		CHECK_ERR(0, err);
		err = pair_rig_place(&prig, 0);
		CHECK_ERR(0, err);
		err = folk_heard(first, WHO_CLIENT);
		if (!err)
			err = folk_heard(second, WHO_OPERATOR);
		if (err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(0, err);

		/* Nobody hears themselves. */
		CHECK_U64(0, first->heardv[WHO_OPERATOR]);
		CHECK_U64(0, second->heardv[WHO_CLIENT]);
		CHECK_U64(0, second->heardv[WHO_RING]);

		phone_leg_hangup(second->leg);
		err = rig_until(&prig.ended, 1);
		CHECK_ERR(0, err);
		CHECK_U64(OUTCOME_ANSWERED, prig.first);
		CHECK_U64(OUTCOME_ANSWERED, prig.second);
		CHECK(prig.talk_ms >= (uint64_t)ENOUGH * PHONE_TICK_MS);
		CHECK(pair_rig_track_share(prig.recording, 0, WHO_CLIENT) >
		      0.6);
		CHECK(pair_rig_track_share(prig.recording, 1, WHO_OPERATOR) >
		      0.6);
		CHECK(pair_rig_track_share(prig.recording, 0, WHO_OPERATOR) <
		      0.01);
		pair_rig_close(&prig);
	}

	return 0;

out:
	pair_rig_close(&prig);

	return err;
}

int test_pair_keys(void)
{
	struct pair_rig prig;
	int err;

	err = pair_rig_open(&prig, NULL, NULL);
	CHECK_ERR(0, err);
	err = pair_rig_place(&prig, 0);
	CHECK_ERR(0, err);
	err = folk_heard(&prig.folkv[WHO_CLIENT], WHO_OPERATOR);
	CHECK_ERR(0, err);
	err = phone_leg_send_keys(prig.folkv[WHO_OPERATOR].leg, "42#");
	CHECK_ERR(0, err);
	err = phone_leg_send_keys(prig.folkv[WHO_CLIENT].leg, "7");
	CHECK_ERR(0, err);
	err = folk_heard(&prig.folkv[WHO_CLIENT], WHO_OPERATOR);
	CHECK_ERR(0, err);
	CHECK_STR("42#", prig.folkv[WHO_CLIENT].keys);
	CHECK_STR("7", prig.folkv[WHO_OPERATOR].keys);

out:
	if (prig.pair)
		call_pair_hangup(prig.pair);
	pair_rig_close(&prig);

	return err;
}

/* Whoever hangs up ends it for the other; both at a time do no harm. */
int test_pair_hangup(void)
{
	static const struct {
		const char *why;
		bool is_first, is_second, is_ours;
	} rowv[] = {
		{"the operator hangs up", true, false, false},
		{"the client hangs up", false, true, false},
		{"both at once", true, true, false},
		{"both, and we", true, true, true},
	};
	struct pair_rig prig;
	char outcome[32];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = pair_rig_open(&prig, "pcmu", "pcmu");
		CHECK_ERR(0, err);
		err = pair_rig_place(&prig, 0);
		CHECK_ERR(0, err);
		err = rig_until(&prig.momentv[CALL_PAIR_ANSWERED], 1);
		CHECK_ERR(0, err);
		if (rowv[i].is_first)
			phone_leg_hangup(prig.folkv[WHO_OPERATOR].leg);
		if (rowv[i].is_second)
			phone_leg_hangup(prig.folkv[WHO_CLIENT].leg);
		if (rowv[i].is_ours)
			call_pair_hangup(prig.pair);
		err = rig_until(&prig.ended, 1);
		if (!err)
			err = rig_until(&prig.folkv[WHO_OPERATOR].ended, 1);
		if (!err)
			err = rig_until(&prig.folkv[WHO_CLIENT].ended, 1);
		if (err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(0, err);
		CHECK_U64(OUTCOME_ANSWERED, prig.second);
		err = pair_rig_outcome(outcome);
		CHECK_ERR(0, err);
		CHECK_STR("answered", outcome);
		pair_rig_close(&prig);
	}

	return 0;

out:
	pair_rig_close(&prig);

	return err;
}

/* The operator is not there: nobody outside is disturbed. */
int test_pair_operator_missed(void)
{
	static const struct {
		const char *why;
		struct habit habit;
		enum outcome outcome;
	} rowv[] = {
		{"busy", {.refuse_code = 486}, OUTCOME_BUSY},
		{"declines", {.refuse_code = 603}, OUTCOME_DECLINED},
		{"unknown extension", {.refuse_code = 404}, OUTCOME_BAD_NUMBER},
		{"does not answer", {.is_ringing = true}, OUTCOME_NO_ANSWER},
	};
	struct pair_rig prig;
	char outcome[32];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = pair_rig_open(&prig, NULL, NULL);
		CHECK_ERR(0, err);
		prig.folkv[WHO_OPERATOR].habit = rowv[i].habit;
		err = pair_rig_place(&prig, 600);
		CHECK_ERR(0, err);
		err = rig_until(&prig.ended, 1);
		if (err || prig.first != rowv[i].outcome)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(0, err);
		CHECK_U64(rowv[i].outcome, prig.first);
		CHECK(!prig.has_second && !prig.recording[0]);
		CHECK_U64(0, prig.folkv[WHO_CLIENT].called);
		CHECK_U64(1, prig.folkv[WHO_OPERATOR].called);
		CHECK_I64(1, prig.folkv[WHO_OPERATOR].rows);
		err = pair_rig_outcome(outcome);
		CHECK_ERR(0, err);
		CHECK_STR("cancelled", outcome);
		pair_rig_close(&prig);
	}

	return 0;

out:
	pair_rig_close(&prig);

	return err;
}

/* The client is not there: the operator hears it, then is hung up. */
int test_pair_client_missed(void)
{
	static const struct {
		const char *why;
		struct habit habit;
		enum outcome outcome;
		unsigned tone_ticks; /* heard, about */
	} rowv[] = {
		{"busy", {.refuse_code = 486}, OUTCOME_BUSY, 30},
		{"unknown", {.refuse_code = 404}, OUTCOME_BAD_NUMBER, 30},
		{"our line failed: nobody was called",
	         {.refuse_code = 500},
	         OUTCOME_LINE_FAILED,
	         30},
		{"does not answer: ringing, then a tone",
	         {.is_ringing = true},
	         OUTCOME_NO_ANSWER,
	         60},
	};
	struct pair_rig prig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		unsigned tone;

		err = pair_rig_open(&prig, NULL, "g722");
		CHECK_ERR(0, err);
		prig.folkv[WHO_CLIENT].habit = rowv[i].habit;
		err = pair_rig_place(&prig, 1000);
		CHECK_ERR(0, err);
		err = rig_until(&prig.ended, 1);
		if (!err)
			err = rig_until(&prig.folkv[WHO_OPERATOR].ended, 1);
		CHECK_ERR(0, err);
		tone = prig.folkv[WHO_OPERATOR].heardv[WHO_RING];
		if (prig.second != rowv[i].outcome ||
		    tone < rowv[i].tone_ticks * 2 / 3)
			fprintf(stderr, "row %zu: %s: %u ticks of tone\n", i,
			        rowv[i].why, tone);
		CHECK(prig.has_second);
		CHECK_U64(rowv[i].outcome, prig.second);
		CHECK_U64(OUTCOME_ANSWERED, prig.first);
		CHECK_U64(1, prig.missed);
		CHECK_U64(rowv[i].outcome, prig.missed_outcome);
		CHECK(tone >= rowv[i].tone_ticks * 2 / 3);
		CHECK(!prig.recording[0] && !prig.talk_ms);
		CHECK_I64(rowv[i].outcome != OUTCOME_LINE_FAILED,
		          rig_number("select is_used from calls order by "
		                     "start_ms desc limit 1"));
		pair_rig_close(&prig);
	}

	return 0;

out:
	pair_rig_close(&prig);

	return err;
}

/* A text is spoken; what cannot be played ends it as well. */
int test_pair_words(void)
{
	static const struct {
		const char *why, *sound;
		unsigned least, most; /* ticks with sound */
	} rowv[] = {
		{"a text", "the line is busy", 20, 200},
		{"a file that is not there", "nowhere.wav", 0, 0},
		{"nothing", "", 0, 0},
	};
	struct pair_rig prig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		unsigned loud;

		err = pair_rig_open(&prig, "opus", NULL);
		CHECK_ERR(0, err);
		prig.busy_sound = rowv[i].sound;
		prig.folkv[WHO_CLIENT].habit.refuse_code = 486;
		err = pair_rig_place(&prig, 0);
		CHECK_ERR(0, err);
		err = rig_until(&prig.ended, 1);
		CHECK_ERR(0, err);
		loud = prig.folkv[WHO_OPERATOR].loud;
		if (loud < rowv[i].least || loud > rowv[i].most)
			fprintf(stderr, "row %zu: %s: %u ticks\n", i,
			        rowv[i].why, loud);
		CHECK(loud >= rowv[i].least && loud <= rowv[i].most);
		CHECK_U64(OUTCOME_BUSY, prig.missed_outcome);
		pair_rig_close(&prig);
	}

	return 0;

out:
	pair_rig_close(&prig);

	return err;
}

/* The client's telephone stops ringing when the operator has gone. */
int test_pair_operator_gives_up(void)
{
	struct pair_rig prig;
	int err;

	err = pair_rig_open(&prig, NULL, NULL);
	CHECK_ERR(0, err);
	prig.folkv[WHO_CLIENT].habit.is_ringing = true;
	err = pair_rig_place(&prig, 0);
	CHECK_ERR(0, err);
	err = folk_heard(&prig.folkv[WHO_OPERATOR], WHO_RING);
	CHECK_ERR(0, err);
	phone_leg_hangup(prig.folkv[WHO_OPERATOR].leg);
	err = rig_until(&prig.folkv[WHO_CLIENT].ended, 1);
	CHECK_ERR(0, err);
	CHECK(prig.folkv[WHO_CLIENT].is_cancelled);
	err = rig_until(&prig.ended, 1);
	CHECK_ERR(0, err);
	CHECK_U64(OUTCOME_CANCELLED, prig.second);
	CHECK_U64(0, prig.missed);

out:
	pair_rig_close(&prig);

	return err;
}

/* The client answers in the moment in which the operator gives up. */
int test_pair_glare(void)
{
	static const struct {
		const char *why;
		bool is_answer_first;
	} rowv[] = {
		{"the answer meets our CANCEL", false},
		{"the answer is a little earlier", true},
	};
	struct pair_rig prig;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		struct folk *first, *second;

		err = pair_rig_open(&prig, NULL, NULL);
		first = &prig.folkv[WHO_OPERATOR];
		second = &prig.folkv[WHO_CLIENT];
		CHECK_ERR(0, err);
		second->habit.is_ringing = true;
		err = pair_rig_place(&prig, 0);
		CHECK_ERR(0, err);
		err = rig_until(&prig.momentv[CALL_PAIR_RINGING], 1);
		CHECK_ERR(0, err);
		tmr_cancel(&second->tmr);
		if (rowv[i].is_answer_first)
			folk_answer(second);
		phone_leg_hangup(first->leg);
		if (!rowv[i].is_answer_first)
			folk_answer(second);

		err = rig_until(&prig.ended, 1);
		if (!err)
			err = rig_until(&second->ended, 1);
		if (!err)
			err = rig_until(&first->ended, 1);
		if (err)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_ERR(0, err);
		CHECK(prig.second == OUTCOME_CANCELLED ||
		      rowv[i].is_answer_first);
		CHECK_U64(0, prig.missed);
		pair_rig_close(&prig);
		CHECK_U64(1, prig.ended);
	}

	return 0;

out:
	pair_rig_close(&prig);

	return err;
}

/* What the network says before the answer is heard in place of our ringing. */
int test_pair_early_media(void)
{
	struct pair_rig prig;
	struct folk *folk = &prig.folkv[WHO_OPERATOR];
	unsigned tone;
	int err;

	err = pair_rig_open(&prig, "pcma", "g722");
	CHECK_ERR(0, err);
	prig.folkv[WHO_CLIENT].habit.is_ringing = true;
	prig.folkv[WHO_CLIENT].habit.has_early = true;
	err = pair_rig_place(&prig, 0);
	CHECK_ERR(0, err);
	err = folk_heard(folk, WHO_CLIENT);
	CHECK_ERR(0, err);
	tone = folk->heardv[WHO_RING];
	err = folk_heard(folk, WHO_CLIENT);
	CHECK_ERR(0, err);
	CHECK_U64(tone, folk->heardv[WHO_RING]);
	CHECK_U64(0, prig.momentv[CALL_PAIR_ANSWERED]);

out:
	if (prig.pair)
		call_pair_hangup(prig.pair);
	pair_rig_close(&prig);

	return err;
}

/* Hung up from outside at any moment: it ends once, and nobody is left. */
int test_pair_hung_up_at_any_moment(void)
{
	struct pair_rig prig;
	int err = 0;

	for (int at = -1; at <= PAIR_MISSED; at++) {
		err = pair_rig_open(&prig, NULL, NULL);
		CHECK_ERR(0, err);
		prig.hangup_at = at;
		if (at == PAIR_MISSED)
			prig.folkv[WHO_CLIENT].habit.refuse_code = 486;
		err = pair_rig_place(&prig, 0);
		CHECK_ERR(0, err);
		if (at < 0)
			call_pair_hangup(prig.pair);
		err = rig_until(&prig.ended, 1);
		if (err)
			fprintf(stderr, "hung up at moment %d\n", at);
		CHECK_ERR(0, err);
		CHECK_I64(0, rig_number("select count(*) from calls "
		                        "where end_ms = 0"));
		CHECK_I64(at + 2, rig_number("select count(*) from calls"));
		pair_rig_close(&prig);
		CHECK_U64(1, prig.ended);
	}

	return 0;

out:
	pair_rig_close(&prig);

	return err;
}

static void view_handler(const struct call_view *view, void *arg)
{
	struct call_view *last = arg;

	*last = *view;
}

/* Where the operator's line is not to be had, that is said and kept. */
int test_pair_no_line(void)
{
	struct phone_line_prm line = {.name = "full", .calls_max = 1};
	struct call_view view = {0};
	struct pair_rig prig;
	char server[64];
	int err;

	err = pair_rig_open(&prig, NULL, NULL);
	CHECK_ERR(0, err);
	(void)snprintf(server, sizeof(server), "127.0.0.1:%u",
	               phone_sip_port(prig.rig.phone));
	line.server = server;
	err = phone_line_add(&prig.linev[0], prig.rig.robot, &line);
	CHECK_ERR(0, err);
	prig.folkv[WHO_OPERATOR].habit.is_ringing = true;
	err = pair_rig_place(&prig, 0);
	CHECK_ERR(0, err);
	err = rig_until(&prig.momentv[CALL_PAIR_FIRST_RINGING], 1);
	CHECK_ERR(0, err);

	err = pair_rig_place(&prig, 0);
	CHECK_ERR(0, err);
	err = rig_until(&prig.ended, 1);
	CHECK_ERR(0, err);
	CHECK_ERR(EBUSY, prig.err);
	CHECK_U64(1, prig.momentv[CALL_PAIR_DIALLED]);
	calls_each(prig.rig.calls, view_handler, &view);
	CHECK_ERR(0, calls_hangup(prig.rig.calls, view.id));
	err = rig_until(&prig.ended, 2);
	CHECK_ERR(0, err);

out:
	pair_rig_close(&prig);

	return err;
}

/* It is among the calls under way, with its state, and can be hung up there. */
int test_pair_looked_on(void)
{
	struct call_view view = {0};
	struct pair_rig prig;
	char id[64];
	int err;

	err = pair_rig_open(&prig, NULL, NULL);
	CHECK_ERR(0, err);
	err = pair_rig_place(&prig, 0);
	CHECK_ERR(0, err);
	err = rig_until(&prig.momentv[CALL_PAIR_DIALLED], 1);
	CHECK_ERR(0, err);
	calls_each(prig.rig.calls, view_handler, &view);
	CHECK_STR("+15550101", view.number);
	CHECK_STR("client", view.line);
	CHECK_STR("dialling", view.state);
	CHECK_STR("", view.script);
	(void)snprintf(id, sizeof(id), "%s", view.id);

	err = rig_until(&prig.momentv[CALL_PAIR_ANSWERED], 1);
	CHECK_ERR(0, err);
	CHECK(calls_look(prig.rig.calls, id, &view));
	CHECK_STR("talking", view.state);
	CHECK_ERR(ENOENT, calls_hangup(prig.rig.calls, "another"));
	CHECK_ERR(0, calls_hangup(prig.rig.calls, id));
	err = rig_until(&prig.ended, 1);
	CHECK_ERR(0, err);
	CHECK(!calls_has(prig.rig.calls, id));

out:
	pair_rig_close(&prig);

	return err;
}
