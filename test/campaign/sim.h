/*
 * test/campaign/sim.h - a week of the dialer within a second or two
 *
 * The real dialer and the real store, several processes of them, on a clock
 * that is set, over lines and people that exist here alone. Everything that
 * happens is drawn by lots from a seed, so it happens again with the same one.
 * sim_judge.c knows the rules by itself and looks at every step.
 *
 * Threads: one; jobs of the store run when the simulation says so.
 */
#pragma once

#include "base/mem.h"
#include "base/mailbox.h"
#include "campaign/campaign.h"
#include "store/sim_db.h"
#include <re_tmr.h>

enum {
	SIM_OPERATOR = 0, /* beside the processes that call */
	SIM_PROCESSES = 4,
	SIM_CAMPAIGNS = 3,
	SIM_LINES = 3,
	SIM_PEOPLE_MAX = 3000,
	SIM_NUMBER_SIZE = 24,
	SIM_CALLS_KEPT = 64, /* to one number within a week */
	SIM_PACE_KEPT = 64,
	SIM_CLIENT_KEPT = 1 << 15,
	SIM_PACE_MS = 10000,
	SIM_TEXT_SIZE = 256,
};

#define SIM_SECOND_MS INT64_C(1000)
#define SIM_MINUTE_MS (60 * SIM_SECOND_MS)
#define SIM_HOUR_MS   (60 * SIM_MINUTE_MS)
#define SIM_DAY_MS    (24 * SIM_HOUR_MS)
#define SIM_WEEK_MS   (7 * SIM_DAY_MS)

/* A call that counts: the order of permissions is that of the attempts. */
struct sim_mark {
	int64_t ms;
	int64_t attempt_id;
};

/* --- what is there --------------------------------------------------------
 */

/* A person's place in a campaign. */
struct sim_place {
	bool is_member;
	bool may_be_called;
	bool is_called_now;
	bool was_called;
	unsigned tries;        /* that count */
	int64_t not_before_ms; /* as the retry or the promise says */
};

struct sim_person {
	char number[SIM_NUMBER_SIZE];
	unsigned zone;
	struct sim_mark callv[SIM_CALLS_KEPT];
	unsigned callc;
	bool is_stopped;    /* said so, or somebody blocks them just now */
	int64_t blocked_ms; /* when that was on the disk; 0 = not */
	bool is_settled;    /* and the command has returned */
	struct sim_place placev[SIM_CAMPAIGNS];
};

struct sim_campaign {
	struct sim *sim;
	unsigned no;
	const char *name;
	int64_t id, list_id;
	unsigned hours; /* of sim_hoursv */
	int64_t start_ms, gap_ms;
	unsigned day_calls, week_calls, line_calls, client_calls;
	unsigned calls_max;
	struct dialer_group lines; /* their names are those of sim.linev */
	struct rules *rules;
	bool is_paused;
	int64_t paused_ms; /* since when that is on the disk; 0 = not */
	struct tmr resume_tmr;
	struct sim_mark *clientv;
	unsigned clientc;
};

enum sim_trouble {
	SIM_LINE_WELL,
	SIM_LINE_SLOW, /* 503 to most */
	SIM_LINE_DEAD,
	SIM_TROUBLES,
};

struct sim_line {
	char name[16];
	unsigned channels;
	double calls_per_s;             /* 0: any number */
	int64_t placedv[SIM_PACE_KEPT]; /* the last ones */
	unsigned placedc;
	enum sim_trouble trouble;
	int64_t trouble_until_ms;
};

/* One campaign in one process. */
struct sim_dialer {
	struct sim_process *process;
	struct sim_campaign *campaign;
	struct dialer *dialer;
	unsigned live, reserved;
	int64_t rest_until_msv[SIM_LINES]; /* as the line asked */
};

struct sim_process {
	struct sim *sim;
	unsigned no;
	struct work_pool *pool;
	struct mailbox *home;
	struct store *store; /* NULL: it does not run */
	struct sim_dialer dialerv[SIM_CAMPAIGNS];
	struct tmr job_tmr, home_tmr, start_tmr;
	bool is_stopping;
};

struct sim_call {
	struct le le;
	struct tmr tmr, said_tmr;
	struct sim_dialer *dialer;
	struct sim_line *line;
	struct sim_person *person;
	struct dialer_end end;
	char callback[16];
	int64_t callback_ms; /* 0: none */
	int64_t begin_ms;
	int64_t attempt_id;
	void (*ended)(const struct dialer_end *end, void *arg);
	void *ended_arg;
};

struct sim {
	uint64_t seed, lots;
	bool is_told;       /* the log, line by line */
	const char *broken; /* what the dialer is not told of, NULL: nothing */
	uint64_t hash;      /* of the log */
	char wrong[SIM_TEXT_SIZE];

	int64_t begin_ms, heal_ms, end_ms;
	int64_t busy_ms; /* the last call, or the processes were begun */
	bool is_asleep;
	struct atlas *atlas;
	struct sim_person *personv;
	unsigned personc;
	struct sim_campaign campaignv[SIM_CAMPAIGNS];
	unsigned campaignc;
	struct sim_line linev[SIM_LINES];
	struct sim_process processv[SIM_PROCESSES + 1];
	unsigned processc; /* that call */
	struct list calll;
	struct list blockl; /* sim_operator.c */
	struct tmr operator_tmr, outage_tmr, look_tmr;
	uint8_t *attemptv; /* by id: whether a call has left */
	size_t attempt_size;

	/* counted */
	unsigned judged;
	bool is_over;
	unsigned calls, kills, outages, faults, blocks, stops;
	uint64_t steps;
};

/* --- sim.c ----------------------------------------------------------------
 */

int sim_run(struct sim *sim);

int64_t sim_now(void);

/* Lots: below n; whether one of n is drawn; between two. */
uint64_t sim_lot(struct sim *sim, uint64_t n);
bool sim_one_of(struct sim *sim, uint64_t n);
int64_t sim_between(struct sim *sim, int64_t from, int64_t to);

void sim_log(struct sim *sim, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* An invariant does not hold; the first one is kept. */
void sim_wrong(struct sim *sim, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* --- sim_people.c ---------------------------------------------------------
 */

enum {
	SIM_ZONE_RUSSIA = 7, /* one of its zones */
	SIM_ZONE_NOWHERE,
	SIM_ZONES,
};

int sim_people_make(struct sim *sim);
struct sim_person *sim_person_of(struct sim *sim, const char *number);
int sim_campaigns_make(struct sim *sim);
int sim_lines_make(struct sim *sim);

/* Puts lists and campaigns into the database. */
int sim_people_write(struct sim *sim);

/* --- sim_line.c -----------------------------------------------------------
 */

struct dialer_port sim_line_port(struct sim_dialer *dialer);

/* The process of these calls is gone: they are cut. */
void sim_line_cut(struct sim_process *process);

/* --- sim_process.c --------------------------------------------------------
 */

void sim_process_init(struct sim_process *process, struct sim *sim,
                      unsigned no);
int sim_process_open(struct sim_process *process);
void sim_process_begin(struct sim_process *process, int64_t in_ms);

/* Starts what the process is to call and does not call yet. */
void sim_process_dial(struct sim_process *process, struct sim_campaign *camp);

/* An end in good order. */
void sim_process_stop(struct sim_process *process);

/* At the end of the simulation: whatever it is. */
void sim_process_end(struct sim_process *process);

/* kill -9 */
void sim_process_kill(struct sim_process *process);

/* Gives its jobs and their answers an instant. */
void sim_process_look(struct sim_process *process);
bool sim_process_is_calling(const struct sim_process *process);

/* --- sim_operator.c -------------------------------------------------------
 */

int sim_operator_begin(struct sim *sim);
void sim_operator_end(struct sim *sim);

/* A process ends: nobody waits any more until its blocks are settled. */
void sim_operator_forget(struct sim_process *process);

/* Whoever says stop is put on the list, as the call does it. */
void sim_operator_stop(struct sim_process *process, struct sim_person *person);

/* --- sim_judge.c ----------------------------------------------------------
 */

struct sim_hours {
	const char *text;
	struct {
		uint8_t days; /* bit 0: Sunday */
		unsigned from, to;
	} spanv[3];
	bool is_for_all; /* has an hour in which it is open in all of Russia */
};
extern const struct sim_hours sim_hoursv[];
extern const size_t sim_hoursc;

enum {
	SIM_RETRIES = 5,
};
struct sim_retry {
	enum outcome outcome;
	const char *text;
	int64_t delay_ms;
	unsigned tries_max;
};
extern const struct sim_retry sim_retryv[SIM_RETRIES];

/* A call leaves. */
void sim_judge_call(struct sim *sim, const struct sim_call *call);
/* How it ended, told to a process that lives; or was cut with it. */
void sim_judge_end(struct sim *sim, const struct sim_call *call);
void sim_judge_cut(const struct sim_call *call);
/* After a transaction. */
void sim_judge_step(struct sim *sim);
/* When everybody is done. */
void sim_judge_last(struct sim *sim);
