/*
 * test/campaign/line.h - a telephone line that exists in memory
 *
 * Calls on it last a few milliseconds and end as the test says.
 */
#pragma once

#include "campaign/campaign.h"
#include "fixture.h"

enum {
	LINE_CALL_MS = 5,
	LINE_REST_MS = 10,
	LINE_PLACED_MAX = 512,
	LINE_MESSAGE_SIZE = 32,
};

/* A line and a campaign over it. */
struct line {
	struct fixture *fx;
	struct dialer *dialer;
	struct dialer_prm prm;

	/* what the line does */
	struct phone_end end;  /* of every call, unless one of these: */
	unsigned bad_first;    /* so many end by our fault */
	unsigned refuse_first; /* so many are not even placed */
	int refuse_err;
	unsigned channels; /* 0: as many as are asked for */
	bool is_opt_out;
	bool is_dropped;
	uint64_t talk_ms;
	const char *callback_at;
	bool is_endless;     /* until hangup_all */
	bool is_starved;     /* no memory when a call ends */
	const char *broken;  /* calls over the line of this name fail */
	const char *suspect; /* a number whose network does not believe us */
	bool may_be_asked;   /* by OPTIONS */
	int probe_err;       /* what that says */
	bool has_robots;     /* as many as `robots` */
	unsigned robots;
	int robots_err; /* when all are in use; 0: EBUSY */
	int pipe_fd;    /* tells each number, -1: none */

	/* what was seen */
	struct list calll;
	unsigned live, live_max;
	unsigned placed;
	char numberv[LINE_PLACED_MAX][32];
	uint64_t placed_msv[LINE_PLACED_MAX];
	char linev[LINE_PLACED_MAX][8]; /* over which */
	unsigned probes;
	int reserved;      /* robots */
	bool is_unwritten; /* a call before its attempt was on the disk */
	unsigned progresses;
	struct dialer_progress progress;
	char fault[CFG_FAULT_SIZE];
	void (*placed_handler)(struct line *line);
};

/* Opens the fixture with a campaign of so many people. */
int line_init(struct line *line, struct fixture *fx, size_t people);
void line_end(struct line *line, struct fixture *fx);

/* Starts a dialer over the line. */
int line_begin(struct line *line);

/* The same, and waits until it is done. */
int line_run(struct line *line);

/* Runs the loop until the dialer says why it waits, a minute at most. */
int line_until_waiting(struct line *line);

/* Runs the loop for so long. */
void line_turn(uint64_t ms);
