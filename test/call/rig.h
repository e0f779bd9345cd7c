/*
 * test/call/rig.h - a robot and a person, each with a telephone
 *
 * The robot is the call folder with a recogniser that hears what the script's
 * asr_params say. The person makes noise, presses keys and hangs up at set
 * times after the answer, and notes what reaches their ear.
 */
#pragma once

#include <stdatomic.h>
#include "base/mem.h"
#include "call/call.h"
#include <re_tmr.h>

enum {
	RIG_TICKS_MAX = 1000, /* 20 s of what the person heard */
	RIG_NOTES_SIZE = 4096,
	RIG_LIMIT_MS = 60000,
};

/* What the person does, ms after the answer; 0: not. */
struct rig_person {
	uint32_t speak_from_ms, speak_until_ms;
	uint32_t key_ms;
	const char *keys;
	uint32_t hangup_ms;
	unsigned refuse_code;
	const char *tone; /* as tone_stream, from tone_ms on */
	uint32_t tone_ms;
	bool is_ringing;    /* rings with the sound and never answers */
	uint32_t ring_ms;   /* before they answer */
	const char *others; /* numbers of theirs, NULL: none is known */
};

struct rig {
	struct cfg *cfg;
	struct work_pool *pool;
	struct asr *asr;
	struct voices *voices;
	struct httpc *http;
	struct store *store;
	struct calls *calls;
	struct phone *robot, *phone;
	struct phone_line *line;
	struct flow_script *script;
	char fault[CFG_FAULT_SIZE];

	phone_incoming_h *incoming; /* other people; NULL: the person */
	struct rig_person person;
	struct phone_leg *leg; /* the person's */
	struct tmr key_tmr, hangup_tmr, ring_tmr;
	unsigned starve_step; /* behind it there is no memory; 0: enough */
	struct tmr starve_tmr;
	unsigned starved_ended; /* `ended` when there was some again */
	unsigned detached;
	int64_t blocked_at_bye; /* rows of do_not_call when they hear us go */

	/* the person's tick */
	_Atomic unsigned ticks;
	uint32_t noise;
	int16_t *tone;
	size_t tonec, tone_at;
	bool loudv[RIG_TICKS_MAX]; /* the robot was heard */

	/* what the call told */
	char notes[RIG_NOTES_SIZE]; /* "SAYING hello\nHEARD yes\n…" */
	unsigned steps;
	unsigned ended;
	enum outcome outcome;
	char label[64], heard[256], recording[1024];
	uint64_t talk_ms;
	uint64_t answered_ms, lasted_ms; /* by the clock that never jumps */
};

/* folder: for recordings, below test_dir(), NULL: test_dir()/recordings. */
int rig_open(struct rig *rig, const char *folder);
/* Other recognisers, and a sound for when no voice can speak ("" none). */
int rig_open_with(struct rig *rig, const char *recognisers,
                  const char *offline_prompt);
/* A service as the only voice: http-tts at that address. */
int rig_open_voice(struct rig *rig, const char *voice_url);
void rig_close(struct rig *rig);

/* Adds a line with these codecs (NULL: all) to the person, which the next
 * calls go over. */
int rig_line(struct rig *rig, const char *name, const char *codecs);

/* Loads the script, calls the person, waits for the end. */
int rig_call(struct rig *rig, const char *json,
             const struct rig_person *person);

int rig_script(struct flow_script **scriptp, const char *json);

/* Runs the loop until *number is n, RIG_LIMIT_MS at most. */
int rig_until(const unsigned *number, unsigned n);

/* Ms that the robot was heard within from and until. */
unsigned rig_loud_ms(const struct rig *rig, uint32_t from_ms,
                     uint32_t until_ms);

/* One number from the database. */
int64_t rig_number(const char *sql);

/* One text from there. */
int rig_text(char *text, size_t size, const char *sql);
