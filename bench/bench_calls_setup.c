/*
 * bench/bench_calls_setup.c - calls set up and ended per second on one core
 *
 * Two phones in one process on one core call each other over the loopback:
 * each call is INVITE, 200, ACK, one tick of audio and BYE, with socket,
 * stream and session timer as in life. Both ends are in the figure, so one
 * side alone does about twice as many. Processor time is what is divided by:
 * on a machine that does other things too, the clock would measure those.
 *
 * usage: bench_calls_setup [SECONDS]
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "phone/phone.h"
#include <re_tmr.h>

enum {
	CALLS_AT_ONCE = 20,
	SECONDS = 10, /* long enough for transactions to pile up */
	LIMIT_PER_S = 300,
};

struct call {
	struct bench *bench;
	struct phone_leg *leg;
	struct tmr tmr;
};

struct bench {
	struct phone *caller;
	struct phone *callee;
	struct phone_line *line;
	struct call callv[CALLS_AT_ONCE];
	struct tmr tmr;
	double cpu_s; /* used by all threads while calls were made */
	unsigned done;
	unsigned failed;
	unsigned closed;
	bool is_over;
};

/* --- the callee ---------------------------------------------------------- */

struct guest {
	struct phone_leg *leg;
};

static void guest_ended(const struct phone_end *end, void *arg)
{
	struct guest *guest = arg;

	(void)end;

	mem_deref(guest->leg);
	mem_deref(guest);
}

static void guest_answered(void *arg)
{
	(void)arg;
}

static void tick_handler(struct phone_tick *tick, void *arg)
{
	(void)tick;
	(void)arg;
}

static const struct phone_audio audio = {.tick = tick_handler};

static void incoming_handler(struct phone_leg *leg, struct phone_line *line,
                             const char *from, const char *to, void *arg)
{
	struct guest *guest = mem_zalloc(sizeof(*guest), NULL);
	const struct phone_leg_sink sink = {
		.answered = guest_answered,
		.ended = guest_ended,
		.arg = guest,
	};

	(void)line;
	(void)from;
	(void)to;
	(void)arg;

	if (!guest) {
		mem_deref(leg);
		return;
	}
	guest->leg = leg;
	if (phone_leg_answer(leg, &audio, &sink)) {
		mem_deref(leg);
		mem_deref(guest);
	}
}

/* --- the caller ---------------------------------------------------------- */

static void dial_handler(void *arg);

static void call_answered(void *arg)
{
	struct call *call = arg;

	phone_leg_hangup(call->leg);
}

static void call_ended(const struct phone_end *end, void *arg)
{
	struct call *call = arg;

	if (end->outcome == OUTCOME_ANSWERED)
		call->bench->done++;
	else if (!call->bench->is_over)
		call->bench->failed++;
	tmr_start(&call->tmr, 0, dial_handler, call);
}

static void dial_handler(void *arg)
{
	struct call *call = arg;
	const struct phone_dial_prm prm = {.number = "+15550101",
	                                   .audio = &audio};
	const struct phone_leg_sink sink = {
		.answered = call_answered,
		.ended = call_ended,
		.arg = call,
	};

	call->leg = mem_deref(call->leg);
	if (call->bench->is_over)
		return;
	if (phone_dial(&call->leg, call->bench->line, &prm, &sink)) {
		call->bench->failed++;
		tmr_start(&call->tmr, 10, dial_handler, call);
	}
}

/* --- running ------------------------------------------------------------- */

static void close_handler(void *arg)
{
	struct bench *bench = arg;

	if (++bench->closed == 2)
		loop_stop();
}

static double cpu_s(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);

	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void over_handler(void *arg)
{
	struct bench *bench = arg;

	bench->is_over = true;
	bench->cpu_s = cpu_s() - bench->cpu_s;
	phone_close(bench->caller, close_handler, bench);
	phone_close(bench->callee, close_handler, bench);
}

static int bench_open(struct bench *bench)
{
	const struct phone_prm prm = {
		.bind = "127.0.0.1",
		.media_loops = 1,
		.incoming = incoming_handler,
	};
	char fault[CFG_FAULT_SIZE], server[32];
	struct phone_line_prm line_prm = {
		.name = "bench",
		.server = server,
		.user = "100",
		.password = "secret",
	};
	int err;

	err = phone_alloc(&bench->callee, &prm, fault);
	if (!err)
		err = phone_alloc(&bench->caller, &prm, fault);
	if (err) {
		fprintf(stderr, "%s\n", fault);
		return err;
	}

	(void)snprintf(server, sizeof(server), "127.0.0.1:%u",
	               phone_sip_port(bench->callee));

	return phone_line_add(&bench->line, bench->caller, &line_prm);
}

int main(int argc, char *argv[])
{
	const long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : SECONDS;
	struct bench bench = {0};
	cpu_set_t one;
	double per_s;
	int err;

	/* Before any thread starts: all of them share the core. */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
	log_set_level(LOG_WARNING);

	err = loop_init();
	if (!err)
		err = bench_open(&bench);
	if (err)
		return 1;

	bench.cpu_s = cpu_s();
	for (size_t i = 0; i < ARRAY_COUNT(bench.callv); i++) {
		bench.callv[i].bench = &bench;
		tmr_init(&bench.callv[i].tmr);
		tmr_start(&bench.callv[i].tmr, i, dial_handler,
		          &bench.callv[i]);
	}
	tmr_init(&bench.tmr);
	tmr_start(&bench.tmr, (uint64_t)seconds * 1000, over_handler, &bench);
	(void)loop_run();

	per_s = bench.done / bench.cpu_s;
	printf("calls.setup_per_s %.0f calls/s\n", per_s);
	printf("calls.setup_limit_per_s %u calls/s\n", LIMIT_PER_S);
	printf("calls.failed %u calls\n", bench.failed);

	for (size_t i = 0; i < ARRAY_COUNT(bench.callv); i++) {
		tmr_cancel(&bench.callv[i].tmr);
		mem_deref(bench.callv[i].leg);
	}
	mem_deref(bench.caller);
	mem_deref(bench.callee);
	loop_close();

	return bench.failed || per_s < LIMIT_PER_S;
}
