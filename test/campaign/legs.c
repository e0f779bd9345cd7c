/*
 * test/campaign/legs.c - a dialer's calls as bare legs of a telephone line
 */
#include "base/mem.h"
#include "campaign/legs.h"

/* One call: a leg, and whom to tell. */
struct ring {
	struct phone_leg *leg;
	void (*ended)(const struct dialer_end *end, void *arg);
	void *arg;
};

static void ring_destructor(void *arg)
{
	struct ring *ring = arg;

	mem_deref(ring->leg);
}

static void leg_ended(const struct phone_end *end, void *arg)
{
	const struct dialer_end told = {.end = *end};
	struct ring *ring = arg;

	ring->ended(&told, ring->arg);
	mem_deref(ring);
}

static void leg_answered(void *arg)
{
	struct ring *ring = arg;

	phone_leg_hangup(ring->leg);
}

static int place(const struct dialer_call *call,
                 void (*ended)(const struct dialer_end *end, void *arg),
                 void *ended_arg, void *arg)
{
	const struct phone_dial_prm prm = {
		.number = call->contact->number,
		.call_id = call->call_id,
	};
	struct phone_leg_sink sink = {
		.answered = leg_answered,
		.ended = leg_ended,
	};
	struct ring *ring;
	int err;

	ring = mem_zalloc(sizeof(*ring), ring_destructor);
	if (!ring)
		return ENOMEM;

	ring->ended = ended;
	ring->arg = ended_arg;
	sink.arg = ring;
	err = phone_dial(&ring->leg, arg, &prm, &sink);
	if (err)
		mem_deref(ring);

	return err;
}

static void hangup_all(void *arg)
{
	(void)arg;
}

struct dialer_port legs_port(struct phone_line *line)
{
	return (struct dialer_port){
		.place = place,
		.hangup_all = hangup_all,
		.arg = line,
	};
}
