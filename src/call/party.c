/*
 * call/party.c - one of several people in a call: a leg, what it hears
 */
#include <assert.h>
#include "base/log.h"
#include "base/text.h"
#include "call/party.h"

/* --- the end -------------------------------------------------------------- */

static void closed_handler(void *arg)
{
	struct party *party = arg;

	party->sink.gone(party->sink.arg);
}

static void end_keep(struct party *party, const struct phone_end *end)
{
	party->end = *end;
	(void)text_copy(party->reason, sizeof(party->reason),
	                end->reason ? end->reason : "");
	party->end.reason = party->reason;

	/* However a talk ended, somebody was reached. */
	if (party->is_up)
		party->end.outcome = OUTCOME_ANSWERED;
	party->is_over = true;
}

static void detached_handler(void *arg)
{
	struct party *party = arg;

	party->has_audio = false;
	if (party->is_over)
		audio_close(&party->audio, closed_handler, party);
}

static void ended_handler(const struct phone_end *end, void *arg)
{
	struct party *party = arg;

	phone_leg_stats(party->leg, &party->stats);
	end_keep(party, end);
	party_hush(party);
	party->leg = mem_deref(party->leg);
	party->sink.ended(party->sink.arg);
	if (!party->has_audio)
		audio_close(&party->audio, closed_handler, party);
}

void party_fail(struct party *party, enum outcome outcome, const char *reason)
{
	const struct phone_end end = {.outcome = outcome, .reason = reason};

	end_keep(party, &end);
	audio_close(&party->audio, closed_handler, party);
}

void party_hangup(struct party *party)
{
	if (party->leg)
		phone_leg_hangup(party->leg);
	else if (!party->is_over)
		party_fail(party, OUTCOME_CANCELLED, "");
}

/* --- while it lives --------------------------------------------------------
 */

static void ringing_handler(bool has_early_media, void *arg)
{
	struct party *party = arg;

	/* Each 18x comes here. */
	if (party->is_ringing && party->has_early_media >= has_early_media)
		return;

	party->is_ringing = true;
	party->has_early_media = has_early_media;
	party->sink.ringing(has_early_media, party->sink.arg);
}

static void sent_handler(void *arg)
{
	struct party *party = arg;

	party->sink.sent(party->sink.arg);
}

static void answered_handler(void *arg)
{
	struct party *party = arg;

	party->is_up = true;
	party->sink.answered(party->sink.arg);
}

static void key_handler(char key, uint32_t duration_ms, void *arg)
{
	struct party *party = arg;

	(void)duration_ms;

	party->sink.key(key, party->sink.arg);
}

static void tick_handler(struct phone_tick *tick, void *arg)
{
	struct party *party = arg;

	audio_tick(tick, &party->audio);
}

static void rate_take(struct party *party)
{
	if (party->rate_hz)
		return;

	party->rate_hz = audio_rate_for(phone_leg_rate_hz(party->leg));
	(void)audio_rate_set(&party->audio, party->rate_hz);
}

void party_join(struct party *party, struct bridge *bridge, enum bridge_end end)
{
	rate_take(party);
	if (!party->audio.bridge)
		(void)audio_join(&party->audio, bridge, end);
}

int party_dial(struct party *party, struct phone_line *line,
               const struct phone_dial_prm *dial)
{
	const struct phone_audio audio = {tick_handler, detached_handler,
	                                  party};
	const struct phone_leg_sink sink = {
		.sent = sent_handler,
		.ringing = ringing_handler,
		.answered = answered_handler,
		.key = key_handler,
		.ended = ended_handler,
		.arg = party,
	};
	struct phone_dial_prm prm = *dial;
	int err;

	assert(!party->leg && !party->is_over);

	prm.audio = &audio;
	err = phone_dial(&party->leg, line, &prm, &sink);
	if (!err)
		party->has_audio = true;

	return err;
}

/* --- what is said to it -----------------------------------------------------
 */

static void say(struct party *party);

static void sound_handler(struct voice_sound *sound, void *arg)
{
	struct party *party = arg;

	/* Its end is not played then. */
	(void)mouth_add(party->audio.mouth, sound);
}

static void said(struct party *party)
{
	party->item = NULL;
	party->sink.said(party->sink.arg);
}

static void fetched_handler(const char *fault, void *arg)
{
	struct party *party = arg;

	party->prompt = mem_deref(party->prompt);
	if (!fault && !mouth_close(party->audio.mouth))
		return;

	log_warning("call", "a sound for whoever waits is not played: %s",
	            fault ? fault : "out of memory");
	mouth_cut(party->audio.mouth);
	said(party);
}

static void finished_handler(void *arg)
{
	struct party *party = arg;

	if (!party->item)
		return;
	if (party->is_repeating)
		say(party);
	else
		said(party);
}

static void started_handler(uint64_t clock_ms, void *arg)
{
	(void)clock_ms;
	(void)arg;
}

static void say(struct party *party)
{
	const struct calls *calls = party->calls;
	const struct prompt_sink sink = {sound_handler, fetched_handler, party};
	const struct prompt_prm prm = {
		.voices = calls->prm.voices,
		.clips = calls->clips,
		.web = calls->web,
		.recordings = "",
		.rate_hz = party->rate_hz,
		.voice = &party->voice,
		.voice_ms = calls->voice_ms,
	};
	int err;

	err = mouth_begin(party->audio.mouth);
	if (!err)
		err = prompt_fetch(&party->prompt, &prm, &party->item, 1,
		                   &sink);
	if (err)
		fetched_handler(strerror(err), party);
}

void party_say(struct party *party, const char *item, bool is_repeating)
{
	assert(party->leg);

	party_hush(party);
	rate_take(party);
	party->item = item;
	party->is_repeating = is_repeating;
	say(party);
}

void party_hush(struct party *party)
{
	party->item = NULL;
	party->prompt = mem_deref(party->prompt);
	mouth_cut(party->audio.mouth);
}

/* --- life --------------------------------------------------------------------
 */

int party_init(struct party *party, struct calls *calls, const char *lang,
               const struct party_sink *sink)
{
	const struct mouth_sink mouth_sink = {started_handler, finished_handler,
	                                      party};
	int err;

	party->calls = calls;
	party->sink = *sink;
	party->voice = (struct voice_prm){
		.text = "",
		.lang = lang,
		.name = "",
		.config = "",
		.engine = "",
	};
	err = tickbox_alloc(&party->audio.box);
	if (err)
		return err;

	return mouth_alloc(&party->audio.mouth, party->audio.box,
	                   calls->fade_ms, &mouth_sink);
}

void party_clear(struct party *party)
{
	mem_deref(party->leg);
	mem_deref(party->prompt);
	audio_free(&party->audio);
}
