/*
 * rehearse/behaviour.c - pure: what a person does when
 *
 * While a move is under way the robot is not listened to: what it says then
 * belongs to the turn before. If it still speaks afterwards (it did not let
 * itself be interrupted), that is a new prompt, and its end the next turn.
 */
#include <assert.h>
#include <string.h>
#include "phone/phone.h"
#include "rehearse/behaviour.h"

enum {
	/* Shorter sounds are clicks of the line and start no prompt. */
	VOICED_MIN_MS = 60,
};

enum stage {
	STAGE_WAIT,
	STAGE_NOISE,
	STAGE_TONE,
	STAGE_SAY,
	STAGE_BEEP,
	STAGE_KEYS,
	STAGE_HANGUP,
	STAGE_DONE,
};

static void prompt_forget(struct behaviour *behaviour)
{
	behaviour->prompt_ms = 0;
	behaviour->voiced_ms = 0;
}

static void move_begin(struct behaviour *behaviour, const struct move *move)
{
	behaviour->move = move;
	behaviour->stage = STAGE_WAIT;
	behaviour->moved_ms = 0;
	behaviour->talked_ms = 0;
}

static void move_end(struct behaviour *behaviour)
{
	behaviour->move = NULL;
	prompt_forget(behaviour);
}

static void hear(struct behaviour *behaviour, bool is_robot_speaking)
{
	if (is_robot_speaking) {
		behaviour->voiced_ms += PHONE_TICK_MS;
		behaviour->quiet_ms = 0;
	}
	else {
		behaviour->quiet_ms += PHONE_TICK_MS;
	}

	if (behaviour->voiced_ms)
		behaviour->prompt_ms += PHONE_TICK_MS;

	/* A click long ago must not make the next prompt look old. */
	if (behaviour->voiced_ms < VOICED_MIN_MS &&
	    behaviour->quiet_ms > VOICED_MIN_MS)
		prompt_forget(behaviour);
}

/* The move of the next turn; NULL: silent from here on. */
static const struct move *move_next(const struct behaviour *behaviour)
{
	const struct person *person = behaviour->person;

	if (behaviour->next < person->movec)
		return &person->movev[behaviour->next];
	if (person->is_repeating && person->movec)
		return &person->movev[person->movec - 1];

	return NULL;
}

static bool is_turn(const struct behaviour *behaviour, const struct move *move)
{
	if (behaviour->voiced_ms < VOICED_MIN_MS)
		return false;
	if (move->has_interrupt && behaviour->prompt_ms >= move->interrupt_ms)
		return true;

	return behaviour->quiet_ms >= behaviour->person->turn_ms;
}

static enum behaviour_act listen(struct behaviour *behaviour)
{
	const struct move *move = move_next(behaviour);

	if (behaviour->quiet_ms >= BEHAVIOUR_PATIENCE_MS)
		return BEHAVIOUR_HANGUP;

	if (move && is_turn(behaviour, move)) {
		behaviour->next++;
		move_begin(behaviour, move);
	}

	return BEHAVIOUR_NOTHING;
}

/* What the stage asks for; moves on to the next stage unless this one has to
 * last. */
static enum behaviour_act stage_do(struct behaviour *behaviour)
{
	const struct move *move = behaviour->move;

	switch (behaviour->stage) {

	case STAGE_WAIT:
		if (behaviour->moved_ms >= move->wait_ms)
			behaviour->stage++;
		return BEHAVIOUR_NOTHING;

	case STAGE_SAY:
		/* Said at least once, and again until talk_ms are over. */
		if (move->say && (!behaviour->talked_ms ||
		                  behaviour->talked_ms < move->talk_ms)) {
			behaviour->talked_ms += PHONE_TICK_MS;
			return BEHAVIOUR_SAY;
		}
		behaviour->stage++;
		return BEHAVIOUR_NOTHING;

	case STAGE_NOISE:
		behaviour->stage++;
		return move->has_noise ? BEHAVIOUR_NOISE : BEHAVIOUR_NOTHING;

	case STAGE_TONE:
		behaviour->stage++;
		return move->tone ? BEHAVIOUR_TONE : BEHAVIOUR_NOTHING;

	case STAGE_BEEP:
		behaviour->stage++;
		return move->has_beep ? BEHAVIOUR_BEEP : BEHAVIOUR_NOTHING;

	case STAGE_KEYS:
		behaviour->stage++;
		return move->keys ? BEHAVIOUR_KEYS : BEHAVIOUR_NOTHING;

	default:
		behaviour->stage++;
		return move->has_hangup ? BEHAVIOUR_HANGUP : BEHAVIOUR_NOTHING;
	}
}

/* Goes through the stages up to the next act. */
static enum behaviour_act move_do(struct behaviour *behaviour)
{
	while (behaviour->stage < STAGE_DONE) {
		int stage = behaviour->stage;
		enum behaviour_act act = stage_do(behaviour);

		if (act != BEHAVIOUR_NOTHING || behaviour->stage == stage)
			return act;
	}

	move_end(behaviour);

	return BEHAVIOUR_NOTHING;
}

void behaviour_init(struct behaviour *behaviour, const struct person *person)
{
	assert(behaviour && person);

	memset(behaviour, 0, sizeof(*behaviour));
	behaviour->person = person;
	behaviour->is_ringing = person->early != NULL;
	if (person->early)
		move_begin(behaviour, person->early);
	else if (person->pickup)
		move_begin(behaviour, person->pickup);
}

void behaviour_answer(struct behaviour *behaviour)
{
	behaviour->is_ringing = false;
	move_end(behaviour);
	if (behaviour->person->pickup)
		move_begin(behaviour, behaviour->person->pickup);
}

enum behaviour_act behaviour_step(struct behaviour *behaviour,
                                  bool is_robot_speaking, bool is_busy)
{
	enum behaviour_act act = BEHAVIOUR_NOTHING;

	if (behaviour->is_ringing && !behaviour->move)
		return BEHAVIOUR_NOTHING;

	hear(behaviour, is_robot_speaking);
	if (!behaviour->move) {
		act = listen(behaviour);
		if (!behaviour->move)
			return act;
	}

	if (!is_busy)
		act = move_do(behaviour);
	else if (behaviour->talked_ms)
		behaviour->talked_ms += PHONE_TICK_MS;
	behaviour->moved_ms += PHONE_TICK_MS;

	return act;
}
