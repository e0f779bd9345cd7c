/*
 * test/speech/voice_rig.h - voices of services, in a loop of the test
 */
#pragma once

#include "base/cfg.h"
#include "base/httpc.h"
#include "base/work.h"
#include "fakes/fake_voice.h"
#include "speech/voice.h"

enum {
	VOICE_RIG_HZ = 8000,
	VOICE_RIG_FAKES = 2,
	VOICE_RIG_PATH_SIZE = 512,
};

struct voice_rig {
	struct work_pool *pool;
	struct cfg *cfg;
	struct httpc *http;
	struct voices *voices;
	struct voice_usage *usage;
	struct fake_voice *fakev[VOICE_RIG_FAKES];
	char fault[CFG_FAULT_SIZE];
	char folder[VOICE_RIG_PATH_SIZE]; /* of its sounds alone: a fake may
	                                   * have the port of an earlier one */
	bool is_open;
};

/* What came of a text. */
struct voice_rig_said {
	struct voice_sound *sound; /* whole; NULL with a fault */
	struct voice_sound *begun; /* of who plays */
	char fault[CFG_FAULT_SIZE];
	bool is_done;
	uint64_t begun_ms; /* clock_ms() */
	uint64_t done_ms;
};

/* Opens a loop, and fakes of the kinds (the second may be NULL), each behind a
 * service "first" and "second" with all patience; close it even when this
 * fails. */
int voice_rig_open(struct voice_rig *rig, const char *kind, const char *second);
void voice_rig_close(struct voice_rig *rig);

int voice_rig_set(struct voice_rig *rig, const char *path, const char *value);
int voice_rig_voices(struct voice_rig *rig, const char *names);

/* Speaks and waits; mem_deref() its sounds. */
int voice_rig_say(struct voice_rig *rig, struct voice_rig_said *said,
                  const struct voice_prm *prm, bool is_live);
void voice_rig_run_ms(uint64_t ms);

/* Until a fake has counted so many, for a minute and a half at most; returns
 * whether it has. */
bool voice_rig_wait(const unsigned *count, unsigned n);

/* What is on its way between the two sides of a connection arrives. */
void voice_rig_settle(void);

/* Of the middle of a sound, without 100 ms at each end. */
double voice_rig_level(const struct voice_sound *sound);
double voice_rig_tone_hz(const struct voice_sound *sound);
