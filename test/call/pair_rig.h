/*
 * test/call/pair_rig.h - an operator and a client, each with a telephone
 *
 * Both are simulated over real SIP and RTP; each says a tone of their own and
 * notes, tick by tick, whose tone they hear. The operator is "101".
 */
#pragma once

#include "rig.h"

enum {
	WHO_OPERATOR,
	WHO_CLIENT,
	WHO_RING, /* our own tones */
	WHO_COUNT,
	ENOUGH = 20, /* ticks */
	PAIR_MOMENTS = CALL_PAIR_ANSWERED + 1,
	PAIR_MISSED = PAIR_MOMENTS, /* hung up then */
};

/* What somebody does when called. */
struct habit {
	unsigned refuse_code;
	bool is_ringing; /* and never answers */
	bool has_early;  /* rings with their sound */
};

struct folk {
	struct phone_leg *leg;
	struct habit habit;
	unsigned who;
	unsigned called, ended;
	bool is_cancelled;
	struct tmr tmr;
	char keys[16];
	size_t keyc;
	int64_t rows; /* of attempts in the store when they were called */

	/* the tick's */
	uint64_t said;
	_Atomic unsigned heardv[WHO_COUNT]; /* ticks, by whose tone it was */
	_Atomic unsigned loud;              /* with any sound */
};

struct pair_rig {
	struct rig rig; /* first: incoming gets it */
	struct folk folkv[2];
	struct phone_line *linev[2];
	struct call_pair *pair;
	const char *busy_sound; /* NULL: a tone */
	unsigned momentv[PAIR_MOMENTS];
	unsigned missed;
	enum outcome missed_outcome;
	int hangup_at; /* moment at which it is hung up from outside, -1 */
	unsigned ended;
	int err;
	enum outcome first, second;
	bool has_second;
	uint64_t talk_ms;
	char recording[1024];
};

int pair_rig_open(struct pair_rig *prig, const char *first_codecs,
                  const char *second_codecs);

/* Waits for the end of a call under way. */
void pair_rig_close(struct pair_rig *prig);

/* ring_ms: of both; 0: as the line has it. */
int pair_rig_place(struct pair_rig *prig, uint32_t ring_ms);

void folk_answer(struct folk *folk);

/* Until they have heard whose tone it is for ENOUGH ticks more. */
int folk_heard(struct folk *folk, unsigned who);

/* How much of a track of a recording is whose tone. */
double pair_rig_track_share(const char *path, int track, unsigned who);

/* "busy": of the call that was placed last. */
int pair_rig_outcome(char outcome[32]);
