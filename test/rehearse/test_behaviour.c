/*
 * test/rehearse/test_behaviour.c - what a person does when, on a set clock
 *
 * A row is a person's turn list and what the robot does, written as pieces of
 * time: "R1500 -800" speaks 1.5 s, then is silent for 0.8 s. What the person
 * did comes back as text with its time: "say@1400".
 */
#include <stdlib.h>
#include "harness.h"
#include "phone/phone.h"
#include "rehearse/behaviour.h"
#include "rehearse/roster.h"
#include "tests.h"

enum {
	SAYING_MS = 600, /* how long each sound of these persons lasts */
	LOG_SIZE = 512,
};

struct stage_log {
	char text[LOG_SIZE];
	size_t len;
};

static void log_act(struct stage_log *log, enum behaviour_act act,
                    uint32_t now_ms)
{
	static const char *const namev[] = {
		[BEHAVIOUR_NOTHING] = "",  [BEHAVIOUR_NOISE] = "noise",
		[BEHAVIOUR_SAY] = "say",   [BEHAVIOUR_BEEP] = "beep",
		[BEHAVIOUR_KEYS] = "keys", [BEHAVIOUR_HANGUP] = "hangup",
	};

	if (act == BEHAVIOUR_NOTHING || log->len >= sizeof(log->text) - 32)
		return;

	log->len += (size_t)snprintf(log->text + log->len,
	                             sizeof(log->text) - log->len, "%s%s@%u",
	                             log->len ? " " : "", namev[act], now_ms);
}

static void play(struct stage_log *log, const struct person *person,
                 const char *robot)
{
	struct behaviour behaviour;
	uint32_t now_ms = 0, busy_until_ms = 0;

	behaviour_init(&behaviour, person);
	while (*robot) {
		bool is_speaking = *robot == 'R';
		char *end;
		uint32_t until_ms =
			now_ms + (uint32_t)strtoul(robot + 1, &end, 10);

		for (; now_ms < until_ms; now_ms += PHONE_TICK_MS) {
			enum behaviour_act act;

			act = behaviour_step(&behaviour, is_speaking,
			                     now_ms < busy_until_ms);
			log_act(log, act, now_ms);
			if (act == BEHAVIOUR_SAY || act == BEHAVIOUR_BEEP)
				busy_until_ms = now_ms + SAYING_MS;
			if (act == BEHAVIOUR_HANGUP)
				return;
		}
		robot = *end ? end + 1 : end;
	}
}

static int person_make(struct roster **rosterp, const char *rest)
{
	char json[1024];
	int n;

	n = snprintf(json, sizeof(json),
	             "{\"people\":[{\"number\":\"1\",\"name\":\"A\",%s}]}",
	             rest);

	return roster_make(rosterp, json, (size_t)n);
}

static const struct turn_row {
	const char *why;
	const char *person;
	const char *robot;
	const char *acts;
} turn_rowv[] = {
	/* clang-format off */
	{"speaks when the robot has been silent for 700 ms",
	 "\"moves\":[{\"say\":\"yes\"}]",
	 "R1000 -2000", "say@1680"},

	{"an own patience",
	 "\"turn_ms\":300,\"moves\":[{\"say\":\"yes\"}]",
	 "R1000 -2000", "say@1280"},

	{"a gap inside the prompt is not its end",
	 "\"moves\":[{\"say\":\"yes\"}]",
	 "R1000 -600 R1000 -2000", "say@3280"},

	{"a click is no prompt",
	 "\"moves\":[{\"say\":\"yes\"}]", "R40 -3000", ""},

	{"says nothing before the robot spoke",
	 "\"moves\":[{\"say\":\"yes\"}]", "-5000", ""},

	{"thinks first",
	 "\"moves\":[{\"wait_ms\":500,\"say\":\"yes\"}]",
	 "R1000 -2000", "say@2180"},

	{"one move a turn",
	 "\"moves\":[{\"say\":\"yes\"},{\"keys\":\"1\"}]",
	 "R1000 -2000 R1000 -2000", "say@1680 keys@4680"},

	{"then stays silent",
	 "\"moves\":[{\"say\":\"yes\"}]",
	 "R1000 -2000 R1000 -2000", "say@1680"},

	{"or repeats the last move",
	 "\"moves\":[{\"say\":\"yes\"}],\"repeats_last\":true",
	 "R1000 -2000 R1000 -2000", "say@1680 say@4680"},

	{"lets a turn pass",
	 "\"moves\":[{\"silence\":true},{\"say\":\"yes\"}]",
	 "R1000 -3000 R1000 -2000", "say@5680"},

	{"interrupts after 1.2 s of the prompt",
	 "\"moves\":[{\"interrupt_ms\":1200,\"say\":\"yes\"}]",
	 "-500 R4000", "say@1680"},

	{"a prompt that is shorter is answered at its end",
	 "\"moves\":[{\"interrupt_ms\":5000,\"say\":\"yes\"}]",
	 "R1000 -2000", "say@1680"},

	{"a robot that is not to be interrupted is answered again",
	 "\"moves\":[{\"interrupt_ms\":500,\"say\":\"yes\"},"
	 "{\"say\":\"yes\"}]",
	 "R3000 -2000", "say@480 say@3680"},

	{"what the robot says meanwhile is no turn of its own",
	 "\"moves\":[{\"say\":\"well\",\"talk_ms\":1500},"
	 "{\"say\":\"yes\"}]",
	 "R1000 -1000 R300 -2000", "say@1680 say@2280 say@2880"},

	{"talks long: again and again until the time is over",
	 "\"moves\":[{\"say\":\"well\",\"talk_ms\":2000}]",
	 "R1000 -5000", "say@1680 say@2280 say@2880 say@3480"},

	{"an answering machine speaks at once, beeps, and that is all",
	 "\"pickup\":{\"wait_ms\":400,\"say\":\"leave\",\"beep\":true}",
	 "R3000 -3000", "say@400 beep@1000"},

	{"says hello, then listens",
	 "\"pickup\":{\"say\":\"hello\"},\"moves\":[{\"say\":\"yes\"}]",
	 "-200 R2000 -2000", "say@0 say@2880"},

	{"noise from the answer on",
	 "\"pickup\":{\"noise\":\"white\"},\"moves\":[{\"keys\":\"1\"}]",
	 "R1000 -2000", "noise@0 keys@1680"},

	{"hangs up in the middle of the prompt",
	 "\"moves\":[{\"interrupt_ms\":800,\"hangup\":true}]",
	 "R4000", "hangup@780"},

	{"says what there is to say before hanging up",
	 "\"moves\":[{\"say\":\"no\",\"keys\":\"2\",\"hangup\":true}]",
	 "R1000 -4000", "say@1680 keys@2280 hangup@2300"},
	/* clang-format on */
};

int test_behaviour_table(void)
{
	struct roster *roster = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(turn_rowv); i++) {
		struct stage_log log = {.len = 0};

		err = person_make(&roster, turn_rowv[i].person);
		CHECK_ERR(0, err);
		play(&log, &roster->personv[0], turn_rowv[i].robot);
		roster = mem_deref(roster);

		if (strcmp(turn_rowv[i].acts, log.text))
			CHECK_FAIL("row %zu: %s: expected \"%s\", got \"%s\"",
			           i, turn_rowv[i].why, turn_rowv[i].acts,
			           log.text);
	}

out:
	mem_deref(roster);

	return err;
}

int test_behaviour_patience(void)
{
	struct stage_log log = {.len = 0};
	struct roster *roster = NULL;
	int err;

	err = person_make(&roster, "\"moves\":[{\"say\":\"yes\"}]");
	CHECK_ERR(0, err);

	/* A robot that spoke once and died does not keep the line. */
	play(&log, &roster->personv[0], "R1000 -60000");
	CHECK_STR("say@1680 hangup@30980", log.text);

out:
	mem_deref(roster);

	return err;
}
