/*
 * test/call/crowd.c - many people at once, each with a course of their own
 */
#include <math.h>
#include <stdlib.h>
#include "base/loop.h"
#include "crowd.h"
#include "harness.h"
#include "media/level.h"

enum {
	GAP_MS = 100, /* a longer silence divides two parts */
	KEY_TONE_MS = 100,
	TONE_PEAK = 4000,  /* of each of a key's two */
	SOUND_PEAK = 2300, /* -26 dB, as people are */
	HISS_PEAK = 500,   /* uniform: 15 dB below */
	ECHO_PART = 10,
};

static const float LOUD_DB = -40.0F;

static struct {
	struct crowd_talk *talkv;
	size_t talkc;
	unsigned over; /* calls; some end when nobody waits any more */
	unsigned gone; /* people whose audio is detached */
} crowd;

/* --- the person's tick ---------------------------------------------------- */

/* A click is a step that no tone makes. */
static void steps_measure(struct crowd_talk *talk,
                          const struct phone_tick *tick)
{
	talk->has_made_up |= tick->is_concealed;
	for (size_t i = 0; i < tick->n; i++) {
		int step = abs(tick->in[i] - talk->last);

		talk->jump = step > talk->jump ? step : talk->jump;
		talk->last = tick->in[i];
	}
}

static void hear(struct crowd_talk *talk, const struct phone_tick *tick)
{
	bool is_loud = tick->in && level_db(tick->in, tick->n) > LOUD_DB;

	if (tick->in)
		steps_measure(talk, tick);
	if (!is_loud) {
		talk->quiet_ms += PHONE_TICK_MS;
		return;
	}
	if ((!talk->has_begun || talk->quiet_ms >= GAP_MS) &&
	    talk->partc < CROWD_PARTS)
		talk->partv[talk->partc++] = 0;
	else
		talk->partv[talk->partc - 1] += talk->quiet_ms;
	talk->partv[talk->partc - 1] += PHONE_TICK_MS;
	talk->quiet_ms = 0;
	talk->has_begun = true;
}

static void tone_add(struct phone_tick *tick, uint32_t ms, double hz, int peak)
{
	for (size_t i = 0; i < tick->n; i++) {
		double at = ms / 1000.0 + (double)i / tick->rate_hz;

		tick->out[i] = (int16_t)(tick->out[i] +
		                         peak * sin(6.2831853 * hz * at));
	}
}

static void key_tones(struct phone_tick *tick, uint32_t ms, char key)
{
	static const char keys[] = "123A456B789C*0#D";
	static const double low_hzv[] = {697, 770, 852, 941};
	static const double high_hzv[] = {1209, 1336, 1477, 1633};
	size_t i = (size_t)(strchr(keys, key) - keys);

	tone_add(tick, ms, low_hzv[i / 4], TONE_PEAK);
	tone_add(tick, ms, high_hzv[i % 4], TONE_PEAK);
}

static void key_send(void *arg)
{
	struct crowd_event *event = arg;
	const char keys[] = {event->key, '\0'};

	for (size_t i = 0; i < crowd.talkc; i++) {
		struct crowd_talk *talk = &crowd.talkv[i];

		if (event >= talk->eventv &&
		    event < talk->eventv + CROWD_EVENTS && talk->leg)
			(void)phone_leg_send_keys(talk->leg, keys);
	}
}

static void event_do(struct crowd_talk *talk, struct crowd_event *event,
                     struct phone_tick *tick)
{
	if (talk->ms < event->from_ms || talk->ms >= event->until_ms)
		return;

	if (!event->key)
		tone_add(tick, talk->ms, event->hz, SOUND_PEAK);
	else if (event->is_in_band)
		key_tones(tick, talk->ms, event->key);
	else if (!event->is_sent)
		(void)mailbox_post(loop_mailbox(), key_send, event);
	event->is_sent = true;
}

static void room(struct crowd_talk *talk, struct phone_tick *tick)
{
	int16_t *past = talk->pastv[talk->past];

	/* The ring is three ticks long: what went in 60 ms ago. */
	for (size_t i = 0; talk->has_echo && i < tick->n; i++)
		tick->out[i] = (int16_t)(tick->out[i] + past[i] / ECHO_PART);
	if (tick->in)
		memcpy(past, tick->in, tick->n * sizeof(*past));
	talk->past = (talk->past + 1) % 3;

	for (size_t i = 0; talk->has_hiss && i < tick->n; i++) {
		talk->noise = talk->noise * 1664525 + 1013904223;
		tick->out[i] = (int16_t)(tick->out[i] +
		                         (int32_t)(talk->noise >> 16) *
		                                 HISS_PEAK / 32768 -
		                         HISS_PEAK);
	}
}

static void tick_handler(struct phone_tick *tick, void *arg)
{
	struct crowd_talk *talk = arg;

	hear(talk, tick);
	room(talk, tick);
	if (!talk->has_begun)
		return;

	for (size_t i = 0; i < talk->eventc; i++)
		event_do(talk, &talk->eventv[i], tick);
	talk->ms += PHONE_TICK_MS;
}

/* --- the person's telephone ----------------------------------------------- */

static void detached_handler(void *arg)
{
	(void)arg;

	crowd.gone++;
}

static void answered_handler(void *arg)
{
	(void)arg;
}

static void gone_handler(const struct phone_end *end, void *arg)
{
	struct crowd_talk *talk = arg;

	(void)end;

	talk->leg = mem_deref(talk->leg);
}

static void incoming(struct phone_leg *leg, struct phone_line *line,
                     const char *from, const char *to, void *arg)
{
	size_t i = strtoul(to + strlen(to) - 2, NULL, 10);
	const struct phone_audio audio = {tick_handler, detached_handler,
	                                  &crowd.talkv[i]};
	const struct phone_leg_sink sink = {
		.answered = answered_handler,
		.ended = gone_handler,
		.arg = &crowd.talkv[i],
	};

	(void)line;
	(void)from;
	(void)arg;

	crowd.talkv[i].leg = leg;
	if (phone_leg_answer(leg, &audio, &sink))
		crowd.talkv[i].leg = mem_deref(leg);
}

/* --- the robot ------------------------------------------------------------ */

static void moment(const struct call_moment *moment, void *arg)
{
	struct crowd_talk *talk = arg;
	const struct store_step *step = moment->step;
	size_t len = strlen(talk->log);

	if (moment->kind != CALL_STEP || strcmp(step->current_flowid, "a") ||
	    !strcmp(step->input_args, "HANGUP()"))
		return;

	(void)snprintf(talk->log + len, sizeof(talk->log) - len, "%s%s",
	               len ? " " : "", step->input_args);
}

static void ended(const struct call_result *result, void *arg)
{
	(void)result;
	(void)arg;

	crowd.over++;
}

/* --- the course ----------------------------------------------------------- */

static void event_parse(struct crowd_talk *talk, const char *word)
{
	struct crowd_event *event = &talk->eventv[talk->eventc++];
	const char *at = strchr(word, '@') + 1;
	char *end;

	*event = (struct crowd_event){.is_in_band = *word == '~'};
	event->from_ms = (uint32_t)strtoul(at, &end, 10);
	event->until_ms = event->from_ms + KEY_TONE_MS;
	if (*end == '-')
		event->until_ms = (uint32_t)strtoul(end + 1, NULL, 10);

	if (!strncmp(word, "yes@", 4))
		event->hz = 400;
	else if (!strncmp(word, "well@", 5))
		event->hz = 800;
	else if (!strncmp(word, "noise@", 6))
		event->hz = 1200;
	else
		event->key = at[-2];
}

static void course_parse(struct crowd_talk *talk)
{
	const char *word = talk->course;

	talk->noise = 1;
	while (*word) {
		if (!strncmp(word, "hiss", 4))
			talk->has_hiss = true;
		else if (!strncmp(word, "echo", 4))
			talk->has_echo = true;
		else if (talk->eventc < CROWD_EVENTS)
			event_parse(talk, word);
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
}

/* --- all of them ---------------------------------------------------------- */

static int talk_begin(struct rig *rig, struct crowd_talk *talk, size_t i)
{
	const struct call_sink sink = {moment, ended, talk};
	char number[32];
	struct call_prm prm = {.number = number, .line = rig->line};
	struct call *call;
	int err;

	course_parse(talk);
	err = rig_script(&talk->loaded, talk->script);
	if (err)
		return err;

	(void)snprintf(number, sizeof(number), "+155501%02zu", i);
	prm.script = talk->loaded;

	return call_place(&call, rig->calls, &prm, &sink);
}

int crowd_run(struct rig *rig, struct crowd_talk *talkv, size_t talkc)
{
	unsigned begun = 0;
	int err = 0;

	crowd.talkv = talkv;
	crowd.talkc = talkc;
	crowd.over = crowd.gone = 0;
	rig->incoming = incoming;
	for (size_t i = 0; i < talkc && !err; i++) {
		err = talk_begin(rig, &talkv[i], i);
		begun += !err;
	}
	if (!err)
		err = rig_until(&crowd.over, begun);
	if (!err)
		err = rig_until(&crowd.gone, begun);
	for (size_t i = 0; i < talkc; i++)
		talkv[i].loaded = mem_deref(talkv[i].loaded);

	return err;
}
