/*
 * test/speech/rig.h - a loop without a loop: mailbox, workers, configuration
 */
#pragma once

#include "base/cfg.h"
#include "base/work.h"
#include "speech/asr.h"
#include "speech/voice.h"

enum {
	RIG_LINE_HZ = 8000,
};

struct rig {
	struct mailbox *home;
	struct work_pool *pool;
	struct cfg *cfg;
	struct voices *voices;
	struct asr *asr;
	uint32_t say_hz; /* of rig_say(); 0: RIG_LINE_HZ */
	char fault[CFG_FAULT_SIZE];
};

/* Opens all but voices and asr; close it even when this fails. */
int rig_open(struct rig *rig);
void rig_close(struct rig *rig);

/* Drains the mailbox until *count is n, half a minute at most. */
bool rig_wait(struct rig *rig, const unsigned *count, unsigned n);

/* Speaks at say_hz through voices and waits for it. *soundp is the
 * caller's; NULL when there was a fault, which is in rig->fault. */
int rig_say(struct voice_sound **soundp, struct rig *rig, const char *name,
            const char *text);

/* What a telephone leaves of a sound: 300 to 3400 Hz in the steps of G.711
 * mu-law. In place, at RIG_LINE_HZ. */
int rig_telephone(int16_t *pcm, size_t count);
