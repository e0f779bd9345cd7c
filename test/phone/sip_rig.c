/*
 * test/phone/sip_rig.c - two phones in one process that call each other
 */
#include <stdio.h>
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "sip_rig.h"

enum {
	LOOK_MS = 2,
	LOUD = 1000, /* of a sample */
};

/* --- running the loop ---------------------------------------------------- */

struct watch {
	struct tmr tmr;
	const unsigned *number;
	const _Atomic unsigned *atomic;
	unsigned n;
	uint64_t until_ms;
	bool is_reached;
};

static void watch_handler(void *arg)
{
	struct watch *watch = arg;

	if (watch->number)
		watch->is_reached = *watch->number >= watch->n;
	else if (watch->atomic)
		watch->is_reached = *watch->atomic >= watch->n;

	if (watch->is_reached || clock_ms() >= watch->until_ms)
		loop_stop();
	else
		tmr_start(&watch->tmr, LOOK_MS, watch_handler, watch);
}

static int watch_run(struct watch *watch, uint32_t limit_ms)
{
	watch->until_ms = clock_ms() + limit_ms;
	tmr_init(&watch->tmr);
	tmr_start(&watch->tmr, 0, watch_handler, watch);
	(void)loop_run();
	tmr_cancel(&watch->tmr);

	return watch->is_reached ? 0 : ETIMEDOUT;
}

int sip_rig_until(const unsigned *number, unsigned n)
{
	struct watch watch = {.number = number, .n = n};

	return watch_run(&watch, SIP_RIG_LIMIT_MS);
}

int sip_rig_until_atomic(const _Atomic unsigned *number, unsigned n)
{
	struct watch watch = {.atomic = number, .n = n};

	return watch_run(&watch, SIP_RIG_LIMIT_MS);
}

void sip_rig_run(uint32_t ms)
{
	struct watch watch = {.n = 0};

	(void)watch_run(&watch, ms);
}

/* --- a side -------------------------------------------------------------- */

static void tick_handler(struct phone_tick *tick, void *arg)
{
	struct sip_side *side = arg;

	for (size_t i = 0; i < tick->n; i++)
		tick->out[i] = (i / 10) % 2 ? 8000 : -8000;

	side->ticks++;
	if (!tick->in || tick->is_concealed)
		return;

	side->heard++;
	for (size_t i = 0; i < tick->n; i++) {
		if (tick->in[i] > LOUD)
			side->is_loud = true;
	}
}

static void detached_handler(void *arg)
{
	struct sip_side *side = arg;

	side->detached++;
}

static void ringing_handler(bool has_early_media, void *arg)
{
	struct sip_side *side = arg;

	side->ringing++;
	side->has_early_media = has_early_media;
}

static void answered_handler(void *arg)
{
	struct sip_side *side = arg;

	side->answered++;
}

static void key_handler(char key, uint32_t duration_ms, void *arg)
{
	struct sip_side *side = arg;

	(void)duration_ms;

	if (side->keyc + 1 < sizeof(side->keys))
		side->keys[side->keyc++] = key;
}

static void held_handler(bool is_held, void *arg)
{
	struct sip_side *side = arg;

	if (is_held)
		side->held++;
	else
		side->unheld++;
}

static void ended_handler(const struct phone_end *end, void *arg)
{
	struct sip_side *side = arg;

	side->ended++;
	side->end = *end;
	(void)snprintf(side->reason, sizeof(side->reason), "%s", end->reason);
	side->end.reason = side->reason;
	if (side->leg)
		phone_leg_stats(side->leg, &side->stats);
}

struct phone_leg_sink sip_side_sink(struct sip_side *side)
{
	const struct phone_leg_sink sink = {
		.ringing = ringing_handler,
		.answered = answered_handler,
		.key = key_handler,
		.held = held_handler,
		.ended = ended_handler,
		.arg = side,
	};

	return sink;
}

struct phone_audio sip_side_audio(struct sip_side *side)
{
	const struct phone_audio audio = {tick_handler, detached_handler, side};

	return audio;
}

/* --- both ---------------------------------------------------------------- */

static void incoming_handler(struct phone_leg *leg, struct phone_line *line,
                             const char *from, const char *to, void *arg)
{
	struct sip_rig *rig = arg;
	struct sip_side *side = &rig->in;
	const struct phone_leg_sink sink = sip_side_sink(side);
	const struct phone_audio audio = sip_side_audio(side);

	(void)line;

	rig->incoming++;
	mem_deref(side->leg);
	side->leg = leg;
	(void)snprintf(side->from, sizeof(side->from), "%s", from);
	(void)snprintf(side->to, sizeof(side->to), "%s", to);

	switch (rig->answer) {
	case SIP_ANSWER_EARLY:
	case SIP_RING:
		(void)phone_leg_ring(leg, rig->answer == SIP_ANSWER_EARLY,
		                     &audio);
		break;
	case SIP_ANSWER:
		(void)phone_leg_answer(leg, &audio, &sink);
		break;
	case SIP_REFUSE:
		(void)phone_leg_refuse(leg, rig->refuse_code, "Not Now", 0);
		break;
	case SIP_LET_GO:
		side->leg = mem_deref(leg);
		break;
	}
}

static int phone_open(struct phone **phonep, struct sip_rig *rig,
                      const struct sip_rig_prm *prm, const char *address)
{
	const struct phone_prm phone_prm = {
		.bind = address,
		.tls_cert = prm->tls_cert,
		.tls_ca = prm->tls_ca,
		.media_loops = 1,
		.incoming = incoming_handler,
		.arg = rig,
	};
	char fault[CFG_FAULT_SIZE];
	int err = phone_alloc(phonep, &phone_prm, fault);

	if (err)
		fprintf(stderr, "%s\n", fault);

	return err;
}

int sip_rig_line(struct sip_rig *rig, struct phone_line_prm *prm, uint16_t port)
{
	char server[64];

	(void)snprintf(server, sizeof(server), "127.0.0.1:%u", port);
	prm->server = server;

	return phone_line_add(&rig->line, rig->caller, prm);
}

int sip_rig_open(struct sip_rig *rig, const struct sip_rig_prm *prm)
{
	struct phone_line_prm line_prm = {
		.name = "main",
		.transport = prm->transport,
		.user = "100",
		.password = "secret",
		.caller_id = "+15550100",
		.session_s = prm->session_s,
		.calls_max = prm->calls_max,
	};
	int err;

	memset(rig, 0, sizeof(*rig));

	err = loop_init();
	if (err)
		return err;
	err = phone_open(&rig->callee, rig, prm, "127.0.0.1");
	if (err)
		return err;
	err = phone_open(&rig->caller, rig, prm,
	                 prm->bind ? prm->bind : "127.0.0.1");
	if (err)
		return err;

	return sip_rig_line(rig, &line_prm,
	                    prm->transport == PHONE_TLS
	                            ? phone_tls_port(rig->callee)
	                            : phone_sip_port(rig->callee));
}

int sip_rig_open_to(struct sip_rig *rig, struct fake *fake, fake_h *handler)
{
	static const struct sip_rig_prm prm = {.transport = PHONE_UDP};
	struct phone_line_prm line_prm = {
		.name = "main",
		.user = "100",
		.password = "secret",
		.caller_id = "+15550100",
	};
	int err;

	memset(rig, 0, sizeof(*rig));
	memset(fake, 0, sizeof(*fake));

	err = loop_init();
	if (err)
		return err;
	err = fake_open(fake, handler, NULL);
	if (err)
		return err;
	rig->fake = fake;
	err = phone_open(&rig->caller, rig, &prm, "127.0.0.1");
	if (err)
		return err;

	return sip_rig_line(rig, &line_prm, sa_port(&fake->addr));
}

static void closed_handler(void *arg)
{
	++*(unsigned *)arg;
}

void sip_rig_close_phones(struct sip_rig *rig)
{
	unsigned closed = 0, open = 0;

	rig->out.leg = mem_deref(rig->out.leg);
	rig->in.leg = mem_deref(rig->in.leg);
	if (rig->caller && ++open)
		phone_close(rig->caller, closed_handler, &closed);
	if (rig->callee && ++open)
		phone_close(rig->callee, closed_handler, &closed);
	(void)sip_rig_until(&closed, open);
	rig->caller = mem_deref(rig->caller);
	rig->callee = mem_deref(rig->callee);
}

void sip_rig_close(struct sip_rig *rig)
{
	sip_rig_close_phones(rig);
	if (rig->fake)
		fake_close(rig->fake);
	loop_close();
}

int sip_rig_dial(struct sip_rig *rig, const char *number, const char *call_id,
                 uint32_t ring_ms)
{
	const struct phone_leg_sink sink = sip_side_sink(&rig->out);
	const struct phone_audio audio = sip_side_audio(&rig->out);
	const struct phone_dial_prm prm = {
		.number = number,
		.call_id = call_id,
		.ring_ms = ring_ms,
		.audio = &audio,
	};

	return phone_dial(&rig->out.leg, rig->line, &prm, &sink);
}
