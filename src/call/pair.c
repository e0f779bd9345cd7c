/*
 * call/pair.c - a call between two people, one of ours first
 *
 * The attempt is written as "in_doubt" before the first packet leaves, and
 * again with its outcome after the last: a crash in between leaves it as it is.
 * Whoever hangs up ends it for both. The pair ends when both parties are gone
 * and the row is written; until then it belongs to itself.
 */
#include <assert.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "call/endings.h"
#include "call/live.h"
#include "call/pair.h"

enum {
	SOUND_MAX_MS = 15000, /* of why nobody is there */
};

static void destructor(void *arg)
{
	struct call_pair *pair = arg;

	tmr_cancel(&pair->tmr);
	list_unlink(&pair->le);
	party_clear(&pair->first.party);
	party_clear(&pair->second.party);
	mem_deref(pair->bridge);
	mem_deref(pair->will);
}

static void tell(struct call_pair *pair, enum call_pair_moment moment)
{
	pair->sink.moment(moment, pair->sink.arg);
}

/* --- the end ----------------------------------------------------------------
 */

static void stored_handler(int err, void *arg)
{
	struct call_pair *pair = arg;
	const struct call_pair_result result = {
		.err = pair->err,
		.first = &pair->first.party.end,
		.second = pair->second.is_dialled ? &pair->second.party.end
	                                          : NULL,
		.talk_ms = pair->answer_ms
	                           ? (uint64_t)(pair->end_ms - pair->answer_ms)
	                           : 0,
		.recording = pair->recording,
		.start_ms = pair->start_ms,
		.answer_ms = pair->answer_ms,
		.end_ms = pair->end_ms,
	};

	if (err)
		log_error("call", "call %s: its result is not stored: %s",
		          pair->id, strerror(err));
	list_unlink(&pair->le);
	live_over(pair->calls, pair->id);
	pair->sink.ended(&result, pair->sink.arg);
	mem_deref(pair);
}

static void gone_handler(void *arg)
{
	struct call_pair *pair = arg;
	const struct recorder *recorder = pair->second.party.audio.recorder;
	int err;

	if (++pair->gone < 2)
		return;

	tmr_cancel(&pair->tmr);
	pair->end_ms = clock_wall_ms();
	if (!recorder || !recorder_has_file(recorder))
		pair->recording[0] = '\0';
	if (pair->second.is_dialled)
		endings_count(pair_outcome(pair), pair->answer_ms != 0,
		              &pair->second.party.end);
	err = pair->calls->prm.store ? pair_keep(pair, stored_handler) : 0;
	if (err || !pair->calls->prm.store)
		stored_handler(err, pair);
}

void call_pair_hangup(struct call_pair *pair)
{
	party_hangup(&pair->first.party);
	party_hangup(&pair->second.party);
}

static void first_ended(void *arg)
{
	struct call_pair *pair = arg;

	party_hangup(&pair->second.party);
}

static void listened_timer(void *arg)
{
	struct call_pair *pair = arg;

	party_hangup(&pair->first.party);
}

static const char *sound_of(const struct call_pair *pair, enum outcome outcome)
{
	switch (outcome) {

	case OUTCOME_BUSY:
	case OUTCOME_DECLINED:
	case OUTCOME_REJECTED:
	case OUTCOME_UNWANTED:
	case OUTCOME_BLOCKED:
		return pair->busy_sound;
	default:
		return pair->missed_sound;
	}
}

/* The second is not there: the first hears why, if somebody is there. */
static void second_missed(struct call_pair *pair)
{
	struct party *first = &pair->first.party;
	const char *sound = sound_of(pair, pair->second.party.end.outcome);

	if (!first->leg)
		return;

	if (*sound) {
		tmr_start(&pair->tmr, SOUND_MAX_MS, listened_timer, pair);
		party_say(first, sound, false);
	}
	else {
		party_hangup(first);
	}
	if (pair->sink.missed)
		pair->sink.missed(&pair->second.party.end, pair->sink.arg);
}

static void second_ended(void *arg)
{
	struct call_pair *pair = arg;

	if (pair->answer_ms)
		party_hangup(&pair->first.party);
	else
		second_missed(pair);
}

static void said_handler(void *arg)
{
	struct call_pair *pair = arg;

	if (pair->second.party.is_over)
		party_hangup(&pair->first.party);
}

/* --- while it lives ---------------------------------------------------------
 */

static int dial(struct call_pair *pair, struct side *side, const char *call_id)
{
	const struct phone_dial_prm prm = {
		.number = side->number,
		.caller_id = *side->caller_id ? side->caller_id : NULL,
		.call_id = call_id,
		.ring_ms = side->ring_ms,
	};
	int err;

	err = party_dial(&side->party, side->line, &prm);
	if (!err)
		pair_leg_keep(pair, side);

	return err;
}

static void first_sent(void *arg)
{
	const struct call_pair *pair = arg;

	pair_leg_keep(pair, &pair->first);
}

static void second_sent(void *arg)
{
	const struct call_pair *pair = arg;

	pair_leg_keep(pair, &pair->second);
}

static void first_ringing(bool has_early_media, void *arg)
{
	(void)has_early_media;
	tell(arg, CALL_PAIR_FIRST_RINGING);
}

static enum outcome outcome_of_errno(int err)
{
	switch (err) {

	case EBUSY:
		return OUTCOME_LINE_CONGESTED;
	case EINVAL:
		return OUTCOME_BAD_NUMBER;
	default:
		return OUTCOME_LINE_FAILED;
	}
}

static void first_answered(void *arg)
{
	struct call_pair *pair = arg;
	struct side *second = &pair->second;
	int err;

	pair_leg_keep(pair, &pair->first);
	party_join(&pair->first.party, pair->bridge, BRIDGE_FIRST);
	tell(pair, CALL_PAIR_FIRST_ANSWERED);
	if (second->party.is_over)
		return;

	second->is_dialled = true;
	err = dial(pair, second, pair->id);
	if (err) {
		party_fail(&second->party, outcome_of_errno(err),
		           strerror(err));
		second_missed(pair);
	}
}

/* Sound of the network comes through the bridge and takes the place of our own
 * ringing. */
static void second_ringing(bool has_early_media, void *arg)
{
	struct call_pair *pair = arg;
	struct party *first = &pair->first.party;
	bool was_ringing = pair->is_ringing;

	if (has_early_media)
		party_join(&pair->second.party, pair->bridge, BRIDGE_SECOND);
	if (was_ringing || !first->leg)
		return;

	pair->is_ringing = true;
	if (*pair->ring_sound)
		party_say(first, pair->ring_sound, true);
	pair_notice(pair, "call.ringing");
	tell(pair, CALL_PAIR_RINGING);
}

static void second_answered(void *arg)
{
	struct call_pair *pair = arg;
	struct party *second = &pair->second.party;

	pair_leg_keep(pair, &pair->second);

	/* It crossed the hang-up of the first. */
	if (!pair->first.party.leg)
		return;

	party_hush(&pair->first.party);
	party_join(second, pair->bridge, BRIDGE_SECOND);
	if (second->audio.recorder)
		(void)recorder_start(second->audio.recorder);
	pair->answer_ms = clock_wall_ms();
	pair_notice(pair, "call.answered");
	tell(pair, CALL_PAIR_ANSWERED);
}

/* What cannot be sent is lost, as on any telephone without keys. */
static void key_pass(struct call_pair *pair, struct party *to, char key)
{
	const char keys[] = {key, '\0'};

	if (pair->answer_ms && to->leg)
		(void)phone_leg_send_keys(to->leg, keys);
}

static void first_key(char key, void *arg)
{
	struct call_pair *pair = arg;

	key_pass(pair, &pair->second.party, key);
}

static void second_key(char key, void *arg)
{
	struct call_pair *pair = arg;

	key_pass(pair, &pair->first.party, key);
}

/* --- how it begins -----------------------------------------------------------
 */

static void begin(struct call_pair *pair, int err)
{
	char id[ID_SIZE];

	/* Hung up in the meantime. */
	if (pair->first.party.is_over)
		return;

	if (!err)
		err = dial(pair, &pair->first, id_make(id));
	pair->err = err;
	if (err) {
		party_fail(&pair->first.party, outcome_of_errno(err),
		           strerror(err));
		party_hangup(&pair->second.party);
		return;
	}

	tell(pair, CALL_PAIR_DIALLED);
}

/* The store may answer when the pair is over. */
static void begun_handler(int err, void *arg)
{
	begin(arg, err);
	mem_deref(arg);
}

static void begin_timer(void *arg)
{
	begin(arg, 0);
}

static int begin_later(struct call_pair *pair)
{
	int err;

	if (!pair->calls->prm.store) {
		tmr_start(&pair->tmr, 0, begin_timer, pair);
		return 0;
	}

	/* Whoever is to be told hears of it whatever happens from now on. */
	pair_leg_keep(pair, &pair->first);
	err = pair_keep(pair, begun_handler);
	if (!err)
		(void)mem_ref(pair);

	return err;
}

static void recording_failed(const char *words, void *arg)
{
	const struct call_pair *pair = arg;

	log_warning("call", "call %s: %s", pair->id, words);
}

static int recorder_make(struct call_pair *pair)
{
	struct audio *audio = &pair->second.party.audio;
	const struct tape_prm prm = {
		.box = audio->box,
		.callid = pair->id,
		.number = pair->second.number,
		.start_ms = pair->start_ms,
		.failed = recording_failed,
		.arg = pair,
	};

	return tape_make(&audio->recorder, pair->calls, &prm, pair->recording,
	                 pair->person);
}

static void side_take(struct side *side, const struct call_person *prm)
{
	side->line = prm->line;
	side->ring_ms = prm->ring_ms;
	(void)text_copy(side->number, sizeof(side->number), prm->number);
	(void)text_copy(side->caller_id, sizeof(side->caller_id),
	                prm->caller_id ? prm->caller_id : "");
}

static int parties_make(struct call_pair *pair, const char *language)
{
	const struct party_sink first = {
		.sent = first_sent,
		.ringing = first_ringing,
		.answered = first_answered,
		.key = first_key,
		.said = said_handler,
		.ended = first_ended,
		.gone = gone_handler,
		.arg = pair,
	};
	const struct party_sink second = {
		.sent = second_sent,
		.ringing = second_ringing,
		.answered = second_answered,
		.key = second_key,
		.said = said_handler,
		.ended = second_ended,
		.gone = gone_handler,
		.arg = pair,
	};
	int err;

	pair->bridge = mem_zalloc(sizeof(*pair->bridge), NULL);
	if (!pair->bridge)
		return ENOMEM;

	bridge_init(pair->bridge);
	err = party_init(&pair->first.party, pair->calls, language, &first);
	if (!err)
		err = party_init(&pair->second.party, pair->calls, language,
		                 &second);

	return err ? err : recorder_make(pair);
}

int call_pair_place(struct call_pair **pairp, struct calls *calls,
                    const struct call_pair_prm *prm,
                    const struct call_pair_sink *sink)
{
	struct call_pair *pair;
	char id[ID_SIZE];
	int err = 0;

	assert(pairp && calls && prm->first.line && prm->second.line &&
	       prm->first.number && prm->second.number && sink->moment &&
	       sink->ended);

	pair = mem_zalloc(sizeof(*pair), destructor);
	if (!pair)
		return ENOMEM;

	tmr_init(&pair->tmr);
	pair->calls = calls;
	pair->sink = *sink;
	pair->start_ms = clock_wall_ms();
	pair->ring_sound = prm->ring_sound;
	pair->busy_sound = prm->busy_sound;
	pair->missed_sound = prm->missed_sound;
	(void)text_copy(pair->id, sizeof(pair->id),
	                prm->callid ? prm->callid : id_make(id));
	side_take(&pair->first, &prm->first);
	side_take(&pair->second, &prm->second);
	if (prm->will)
		err = str_dup(&pair->will, prm->will);
	if (!err)
		err = parties_make(pair, prm->language);
	if (!err)
		err = begin_later(pair);
	if (err) {
		mem_deref(pair);
		return err;
	}

	list_append(&calls->pairl, &pair->le, pair);
	*pairp = pair;

	return 0;
}
