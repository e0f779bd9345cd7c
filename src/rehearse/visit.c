/*
 * rehearse/visit.c - one call to a person
 */
#include <assert.h>
#include <stdatomic.h>
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "rehearse/tape.h"
#include "rehearse/visit.h"
#include <re_tmr.h>

enum {
	/* A telephone that nobody answers rings no longer than that, as in a
	 * real exchange; callers usually give up before. */
	NEVER_MS = 180000,

	/* Key presses on their way to the control loop. They take turns: more
	 * of them would have to be pressed than the loop could be late. */
	ERRANDS = 8,
};

/* Something the tick wants from the control loop. */
struct errand {
	struct visit *visit;
	const char *keys;
};

struct visit {
	struct le le; /* host->visitl */
	struct visit_host *host;
	struct phone_leg *leg; /* NULL: ended */
	const struct person *person;
	struct tmr ring;
	bool has_answered;
	bool is_attached;       /* what follows belongs to the tick */
	atomic_bool is_picking; /* up: the tick shall see it */

	bool is_early; /* still */
	struct handset handset;
	struct tape *tape; /* NULL: none */
	char *tape_path;   /* but what it is of */
	struct errand errandv[ERRANDS];
	size_t errandc;
};

static void visit_destructor(void *arg)
{
	struct visit *visit = arg;

	assert(!visit->is_attached);

	list_unlink(&visit->le);
	tmr_cancel(&visit->ring);
	mem_deref(visit->leg);
	mem_deref(visit->tape);
	mem_deref(visit->tape_path);
}

/* --- the end ------------------------------------------------------------- */

static void tape_keep(const struct visit *visit)
{
	int err;

	if (!visit->tape)
		return;

	err = tape_write(visit->tape, visit->tape_path);
	if (err)
		log_warning("rehearse", "cannot write %s: %s", visit->tape_path,
		            strerror(err));
}

/* The leg's end and the audio's come in either order. */
static void end_check(struct visit *visit)
{
	if (visit->leg || visit->is_attached)
		return;

	if (visit->has_answered) {
		tape_keep(visit);
		visit->host->sink.ended(visit->host->sink.arg);
	}
	mem_deref(visit);
}

static void leg_ended(const struct phone_end *end, void *arg)
{
	struct visit *visit = arg;

	(void)end;
	visit->leg = mem_deref(visit->leg);
	end_check(visit);
}

static void audio_detached(void *arg)
{
	struct visit *visit = arg;

	visit->is_attached = false;
	end_check(visit);
}

/* --- the tick, and what it asks the control loop for --------------------- */

/* Errands come through the same mailbox as audio_detached() and before it,
 * so the visit is still there; its leg may have gone. */
static void press_keys(void *arg)
{
	const struct errand *errand = arg;
	int err;

	if (!errand->visit->leg)
		return;

	err = phone_leg_send_keys(errand->visit->leg, errand->keys);
	if (err) {
		log_warning("rehearse",
		            "%s could not press \"%s\": %s; the call goes on",
		            errand->visit->person->name, errand->keys,
		            strerror(err));
	}
}

static void hang_up(void *arg)
{
	struct visit *visit = arg;

	if (visit->leg)
		phone_leg_hangup(visit->leg);
}

static enum behaviour_act listen_and_speak(struct visit *visit,
                                           struct phone_tick *tick)
{
	enum behaviour_act act = handset_tick(&visit->handset, tick);

	if (visit->tape && !visit->is_early)
		tape_add(visit->tape, tick->out, tick->in, tick->n);

	return act;
}

static void audio_tick(struct phone_tick *tick, void *arg)
{
	struct visit *visit = arg;
	struct errand *errand;

	if (visit->is_early && atomic_load(&visit->is_picking)) {
		visit->is_early = false;
		handset_answer(&visit->handset);
	}

	/* A full mailbox loses a key or a hang-up: the program as a whole is
	 * in worse trouble then, and the robot will end the call. */
	switch (listen_and_speak(visit, tick)) {

	case BEHAVIOUR_KEYS:
		errand = &visit->errandv[visit->errandc++ % ERRANDS];
		errand->visit = visit;
		errand->keys = visit->handset.behaviour.move->keys;
		(void)mailbox_post(loop_mailbox(), press_keys, errand);
		break;

	case BEHAVIOUR_HANGUP:
		(void)mailbox_post(loop_mailbox(), hang_up, visit);
		break;

	default:
		break;
	}
}

/* --- the beginning ------------------------------------------------------- */

static int answer(struct visit *visit)
{
	const struct phone_audio audio = {audio_tick, audio_detached, visit};
	const struct phone_leg_sink sink = {.ended = leg_ended, .arg = visit};
	bool was_attached = visit->is_attached;
	int err;

	visit->is_attached = true;
	atomic_store(&visit->is_picking, true);
	err = phone_leg_answer(visit->leg, &audio, &sink);
	if (err) {
		visit->is_attached = was_attached;
		return err;
	}

	visit->has_answered = true;
	visit->host->sink.answered(visit->host->sink.arg);

	return 0;
}

static const char *reason_of(unsigned code)
{
	switch (code) {

	case 404:
		return "Not Found";
	case 486:
		return "Busy Here";
	case 503:
		return "Service Unavailable";
	case 603:
		return "Decline";
	default:
		return "Refused";
	}
}

static void ring_over(void *arg)
{
	struct visit *visit = arg;
	const struct person *person = visit->person;
	int err;

	if (!person->refuse && !person->is_never_answering) {
		err = answer(visit);
		if (!err)
			return;
		/* Usually they hung up while it was ringing. */
		log_debug("rehearse", "%s could not answer: %s", person->name,
		          strerror(err));
	}
	else if (person->refuse) {
		(void)phone_leg_refuse(visit->leg, person->refuse,
		                       reason_of(person->refuse),
		                       person->retry_after_s);
	}

	/* What they sounded while it rang may still be attached. */
	visit->leg = mem_deref(visit->leg);
	end_check(visit);
}

/* 183 with what they sound before the answer. */
static int ring_early(struct visit *visit)
{
	const struct phone_audio audio = {audio_tick, audio_detached, visit};
	int err;

	visit->is_early = visit->is_attached = true;
	err = phone_leg_ring(visit->leg, true, &audio);
	if (err)
		visit->is_attached = false;

	return err;
}

static int tape_make(struct visit *visit)
{
	int err;

	if (!visit->host->tapes)
		return 0;

	err = re_sdprintf(&visit->tape_path, "%s/%s", visit->host->tapes,
	                  phone_leg_call_id(visit->leg));

	return err ? err : tape_alloc(&visit->tape);
}

int visit_begin(struct visit_host *host, struct phone_leg *leg,
                const struct person *person, size_t noise_at)
{
	struct visit *visit;
	uint32_t ring_ms;
	int err = 0;

	assert(host && leg && person);

	visit = mem_zalloc(sizeof(*visit), visit_destructor);
	if (!visit) {
		mem_deref(leg);
		return ENOMEM;
	}

	visit->host = host;
	visit->leg = leg;
	visit->person = person;
	tmr_init(&visit->ring);
	list_append(&host->visitl, &visit->le, visit);
	handset_init(&visit->handset, person, host->sounds, noise_at);
	err = tape_make(visit);
	if (err)
		goto out;

	ring_ms = person->is_never_answering ? NEVER_MS : person->ring_ms;
	if (person->early)
		err = ring_early(visit);
	else if (ring_ms)
		err = phone_leg_ring(leg, false, NULL);
	if (err)
		goto out;

	tmr_start(&visit->ring, ring_ms, ring_over, visit);

out:
	if (err)
		mem_deref(visit);

	return err;
}
