/*
 * test/phone/sip_tool.c - the phone as a program, for tests with other agents
 *
 * usage: sip_tool dial SERVER NUMBER [OPTION VALUE]...
 *        sip_tool answer SERVER [OPTION VALUE]...
 *        sip_tool register SERVER [OPTION VALUE]...
 *
 * Options: transport, user, password, ring_ms, talk_ms, keys, codecs. Prints
 * an event per line; "dial" ends with the call, the others with SIGTERM, after
 * which lines unregister. SERVER is where the line leads; "answer" takes calls
 * from there.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "sip_rig.h"

enum {
	LOOK_MS = 50,
	TALK_MS = 500,
};

struct tool {
	struct phone *phone;
	struct phone_line *line;
	struct phone_leg *leg;
	struct phone_dial_prm dial;
	const char *keys;
	uint32_t talk_ms;
	bool is_dialling;
	bool is_closing;
	enum phone_line_state state;
	struct sip_side side; /* hears */
	struct tmr tmr;
};

static struct tool tool;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vprintf(format, ap);
	va_end(ap);
	(void)putchar('\n');
	(void)fflush(stdout);
}

static void closed_handler(void *arg)
{
	(void)arg;

	loop_stop();
}

static void close_now(int signum)
{
	(void)signum;

	if (tool.is_closing)
		return;

	tool.is_closing = true;
	tmr_cancel(&tool.tmr);
	tool.leg = mem_deref(tool.leg);
	phone_close(tool.phone, closed_handler, NULL);
}

/* --- a call -------------------------------------------------------------- */

static void hangup_handler(void *arg)
{
	(void)arg;

	phone_leg_hangup(tool.leg);
}

static void ringing_handler(bool has_early_media, void *arg)
{
	(void)arg;

	say("ringing early=%d", has_early_media);
}

static void answered_handler(void *arg)
{
	(void)arg;

	say("answered");
	if (tool.keys)
		say("keys %d", phone_leg_send_keys(tool.leg, tool.keys));
	tmr_start(&tool.tmr, tool.talk_ms, hangup_handler, NULL);
}

static void key_handler(char key, uint32_t duration_ms, void *arg)
{
	(void)duration_ms;
	(void)arg;

	say("key %c", key);
}

static void held_handler(bool is_held, void *arg)
{
	(void)arg;

	say("held %d", is_held);
}

static void ended_handler(const struct phone_end *end, void *arg)
{
	struct phone_leg_stats stats;

	(void)arg;

	tmr_cancel(&tool.tmr);
	phone_leg_stats(tool.leg, &stats);
	say("audio in=%" PRIu64 " out=%" PRIu64 " refused=%" PRIu64
	    " codec=%s rate=%u",
	    stats.packets_in, stats.packets_out, stats.refused, stats.codec,
	    (unsigned)stats.rate_hz);
	say("ended outcome=%s code=%u q850=%u retry=%u them=%d heard=%d",
	    outcome_name(end->outcome), end->sip_code, end->q850,
	    (unsigned)end->retry_after_s, end->is_by_them, tool.side.is_loud);
	if (tool.is_dialling)
		close_now(0);
	else
		tool.leg = mem_deref(tool.leg);
}

static const struct phone_leg_sink sink = {
	.ringing = ringing_handler,
	.answered = answered_handler,
	.key = key_handler,
	.held = held_handler,
	.ended = ended_handler,
};

static void incoming_handler(struct phone_leg *leg, struct phone_line *line,
                             const char *from, const char *to, void *arg)
{
	const struct phone_audio audio = sip_side_audio(&tool.side);

	(void)line;
	(void)arg;

	say("incoming from=%s to=%s", from, to);
	mem_deref(tool.leg);
	tool.leg = leg;
	if (phone_leg_answer(leg, &audio, &sink))
		say("cannot answer");
}

/* --- a line -------------------------------------------------------------- */

static void look_handler(void *arg)
{
	const char *words;
	const enum phone_line_state state = phone_line_state(tool.line, &words);

	(void)arg;

	if (state != tool.state)
		say("line %d %s", state, words);
	tool.state = state;
	tmr_start(&tool.tmr, LOOK_MS, look_handler, NULL);
}

static bool option_take(struct phone_line_prm *line, const char *name,
                        const char *value)
{
	if (!strcmp(name, "user"))
		line->user = value;
	else if (!strcmp(name, "password"))
		line->password = value;
	else if (!strcmp(name, "keys"))
		tool.keys = value;
	else if (!strcmp(name, "ring_ms"))
		tool.dial.ring_ms = (uint32_t)strtoul(value, NULL, 10);
	else if (!strcmp(name, "talk_ms"))
		tool.talk_ms = (uint32_t)strtoul(value, NULL, 10);
	else if (!strcmp(name, "codecs"))
		line->codecs = value;
	else if (!strcmp(name, "transport"))
		line->transport = strcmp(value, "tcp") ? PHONE_UDP : PHONE_TCP;
	else
		return false;

	return true;
}

static int run(const char *mode, const struct phone_line_prm *line_prm)
{
	const struct phone_prm prm = {
		.bind = "127.0.0.1",
		.media_loops = 1,
		.incoming = incoming_handler,
	};
	const struct phone_audio audio = sip_side_audio(&tool.side);
	char fault[CFG_FAULT_SIZE];
	int err;

	err = phone_alloc(&tool.phone, &prm, fault);
	if (err) {
		say("%s", fault);
		return err;
	}
	err = phone_line_add(&tool.line, tool.phone, line_prm);
	if (err)
		return err;
	say("port %u", phone_sip_port(tool.phone));

	if (!strcmp(mode, "register")) {
		tool.state = PHONE_LINE_REGISTERING;
		look_handler(NULL);
	}
	if (tool.is_dialling) {
		tool.dial.audio = &audio;
		err = phone_dial(&tool.leg, tool.line, &tool.dial, &sink);
	}

	return err;
}

int main(int argc, char *argv[])
{
	struct phone_line_prm line = {.name = "tool", .user = "100"};
	int i = 3, err;

	if (argc < 3)
		return 2;
	line.server = argv[2];
	line.has_registration = !strcmp(argv[1], "register");
	tool.talk_ms = TALK_MS;
	tool.is_dialling = !strcmp(argv[1], "dial") && argc > 3;
	if (tool.is_dialling)
		tool.dial.number = argv[i++];
	for (; i + 1 < argc; i += 2) {
		if (!option_take(&line, argv[i], argv[i + 1]))
			return 2;
	}

	tmr_init(&tool.tmr);
	log_set_level(LOG_WARNING);
	err = loop_init();
	if (!err)
		err = loop_on_signal(close_now);
	if (!err)
		err = run(argv[1], &line);
	if (err)
		say("error %s", strerror(err));
	else
		(void)loop_run();

	mem_deref(tool.phone);
	loop_close();

	return err ? 1 : 0;
}
