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

#include <signal.h>
#include "base/mem.h"
#include "base/mailbox.h"
#include "campaign/campaign.h"
#include "campaign/toll.h"
#include "store/sim_db.h"
#include <re_tmr.h>

enum {
	SIM_OPERATOR = 0, /* beside the processes that call */
	SIM_PROCESSES = 4,
	SIM_CAMPAIGNS = 3,
	SIM_LINES = 3,
	SIM_CALLERS = 5, /* numbers to be shown */
	SIM_PEOPLE_MAX = 3000,
	SIM_NUMBERS = 3, /* of one person */
	SIM_NUMBER_SIZE = 24,
	SIM_CALLS_KEPT = 64, /* to one number within a month */
	SIM_PAST_KEPT = 8,
	SIM_PACE_KEPT = 64,
	SIM_MARKS_KEPT = 1 << 15,
	SIM_BANS_MAX = 16384,
	SIM_PACE_MS = 10000,
	SIM_TEXT_SIZE = 256,
};

#define SIM_SECOND_MS INT64_C(1000)
#define SIM_MINUTE_MS (60 * SIM_SECOND_MS)
#define SIM_HOUR_MS   (60 * SIM_MINUTE_MS)
#define SIM_DAY_MS    (24 * SIM_HOUR_MS)
#define SIM_WEEK_MS   (7 * SIM_DAY_MS)
#define SIM_MONTH_MS  (31 * SIM_DAY_MS)

#define SIM_FIRST_OF                                                           \
	"first of %s" /* the list of a campaign that goes first                \
	               */

/* A call that counts: the order of permissions is that of the attempts. */
struct sim_mark {
	int64_t ms;
	int64_t attempt_id;
};

/* --- what is there --------------------------------------------------------
 */

/* The last ones, in their order. */
struct sim_marks {
	struct sim_mark *markv;
	unsigned markc, size;
};

/* The last ends of calls of some kind. */
struct sim_past {
	struct {
		int64_t attempt_id;
		int64_t at_ms; /* of the end as it is written; 0: not known */
	} endv[SIM_PAST_KEPT];
	unsigned endc;
};

struct sim_number {
	char text[SIM_NUMBER_SIZE];
	struct sim_mark callv[SIM_CALLS_KEPT];
	struct sim_marks calls;
	bool has_consent;
	bool was_consent_ended; /* or was never given */
	int64_t consent_end_ms; /* when that was on the disk; 0 = not */
	bool is_asked;          /* a change of it is on its way */
	struct sim_past drops, hangups;
};

/* A way in which somebody may be called again. */
struct sim_option {
	unsigned turn; /* of the person's numbers */
	int64_t not_before_ms;
};

enum {
	SIM_OPTIONS = 2,
};

/* A person's place in a campaign. */
struct sim_place {
	bool is_member;
	bool is_first; /* stands in the list that goes first */
	bool is_called_now;
	bool was_called;
	bool is_owed;   /* a call, by the rules */
	unsigned tries; /* that count */
	struct sim_option optionv[SIM_OPTIONS];
	unsigned optionc;
	/* The last call is repeated over another line, at once. */
	const struct sim_line *redial_not;
	int caller; /* that was shown before; -1 = none */
};

struct sim_person {
	unsigned zone;
	bool has_zone;                           /* the list says so */
	struct sim_number *numberv[SIM_NUMBERS]; /* in their turns */
	unsigned numberc;
	char cellv[SIM_NUMBERS - 1][SIM_NUMBER_SIZE]; /* as the list has them */
	struct sim_place placev[SIM_CAMPAIGNS];
};

/* Numbers that are not to be called. */
struct sim_ban {
	char text[SIM_NUMBER_SIZE];
	bool is_prefix;
	const struct sim_campaign *campaign; /* NULL: all */
	int64_t attempt_id; /* with whose end it is written; 0: with nobody's */
	int64_t at_ms;      /* when it was on the disk; 0 = not, or unknown */
	bool is_settled;    /* and the command has returned */
	bool is_lifted;     /* it may be called again, or was refused before */
	bool is_of_registry;
};

/* A published list of numbers; whoever calls has to have a fresh one. */
struct sim_registry {
	struct tmr tmr;
	bool is_there;    /* in this week */
	int64_t edition;  /* being made */
	int64_t hold_ms;  /* since then nobody is called; 0: not known */
	bool was_read;    /* ever, as far as anybody can know */
	bool is_for_good; /* does not grow old any more */
	int64_t published_ms, max_age_ms; /* of what is being made */
	unsigned first, count;            /* its bans */
	unsigned editions;
};

struct sim_campaign {
	struct sim *sim;
	unsigned no;
	const char *name;
	int64_t id;
	unsigned hours; /* of sim_hoursv */
	int64_t start_ms, gap_ms;
	int64_t stop_ms;     /* 0: none */
	int64_t holiday_day; /* by the callee's date, since 1970; 0: none */
	double calls_per_s;  /* of one process; 0: any */
	unsigned day_calls, week_calls, line_calls, client_calls;
	unsigned month_calls; /* 0: any */
	int64_t drop_gap_ms;
	unsigned block_on; /* of sim_grievancev */
	unsigned pack;     /* of sim_packv */
	bool needs_registry;
	unsigned calls_max, priority;
	unsigned countries; /* of sim_countryv; 0: any */
	bool needs_consent, has_others, has_lists, may_probe;
	unsigned callers; /* bits: those that it shows; 0: the line's */
	unsigned caller_hour_calls, caller_day_calls;
	struct dialer_group lines; /* their names are those of sim.linev */
	unsigned tierv[SIM_LINES];
	struct rules *rules;
	bool is_paused;
	int64_t paused_ms; /* since when that is on the disk; 0 = not */
	struct tmr resume_tmr;
	struct sim_marks client;
	unsigned turns,
		passed; /* its turns of a line, those of others before */
};

enum sim_trouble {
	SIM_LINE_WELL,
	SIM_LINE_SLOW, /* 503 to most */
	SIM_LINE_DEAD,
	SIM_TROUBLES,
};

/* A call over a line, and the campaigns that waited for it then. */
struct sim_turn {
	int64_t ms;
	const struct sim_campaign *campaign;
	unsigned waiting; /* bits */
};

/* The last instants of something. */
struct sim_ring {
	int64_t msv[SIM_PACE_KEPT];
	unsigned count;
};

struct sim_line {
	char name[16];
	unsigned channels;  /* that it has */
	unsigned calls_max; /* of one process; 0: any */
	uint32_t rest_ms;   /* of a channel after a call */
	double calls_per_s; /* 0: any number */
	struct sim_ring placed;
	struct sim_turn turnv[SIM_PACE_KEPT];
	unsigned turnc;
	enum sim_trouble trouble;
	int64_t trouble_until_ms;
};

struct sim_caller {
	char text[SIM_NUMBER_SIZE];
	struct sim_marks calls;
	bool is_burnt; /* networks block it */
};

/* What a dialer has seen of a line. */
struct sim_view {
	int64_t rest_until_ms; /* as the line asked */
	int64_t failed_ms;     /* for the last time; 0 = never */
	unsigned rounds;       /* of failures in a row */
	int64_t round_ms;      /* the first of the last round */
	struct sim_ring ended;
	int64_t faulty_ms; /* since when it has to answer first; 0 = not */
};

/* One campaign in one process. */
struct sim_dialer {
	struct sim_process *process;
	struct sim_campaign *campaign;
	struct dialer *dialer;
	int64_t begin_ms;
	struct sim_ring placed;
	unsigned live, reserved;
	struct sim_view viewv[SIM_LINES];
};

struct sim_process {
	struct sim *sim;
	unsigned no;
	struct work_pool *pool;
	struct mailbox *home;
	struct store *store; /* NULL: it does not run */
	struct sim_dialer dialerv[SIM_CAMPAIGNS];
	struct dialer_share sharev[SIM_LINES];
	struct tmr job_tmr, home_tmr, start_tmr;
	bool is_stopping;
};

struct sim_call {
	struct le le;
	struct tmr tmr, said_tmr;
	struct sim_dialer *dialer;
	struct sim_line *line;
	struct sim_person *person;
	struct sim_number *number;
	int caller; /* of sim.callerv; -1: the line's, -2: nobody's */
	struct sim_place before; /* this call */
	struct dialer_end end;
	char others[SIM_TEXT_SIZE]; /* numbers of theirs, as it is told */
	char call_id[SIM_TEXT_SIZE];
	char callback[16];
	int64_t callback_ms; /* when; 0: none */
	int callback_minute; /* of their day; -1: does not matter */
	int64_t begin_ms;
	int64_t permit_ms, due_ms;
	int64_t attempt_id;
	void (*ended)(const struct dialer_end *end, void *arg);
	void *ended_arg;
};

/* What calls cost; those that ended are kept for an hour. */
struct sim_cost {
	int64_t attempt_id;
	int64_t price;            /* of a minute, in millionths */
	int64_t begin_ms, end_ms; /* end 0: under way */
	int64_t minutes;          /* that were talked */
};

struct sim {
	uint64_t seed, lots;
	bool is_told;       /* the log, line by line */
	const char *broken; /* the rule that does not hold; NULL: all do */
	const volatile sig_atomic_t *is_cut; /* the week is to end at once */
	uint64_t hash;                       /* of the log */
	char wrong[SIM_TEXT_SIZE];

	int64_t begin_ms, heal_ms, end_ms;
	int64_t busy_ms; /* the last call, or the processes were begun */
	bool is_asleep;
	bool is_contended; /* all campaigns call at once over one slow line */
	struct atlas *atlas;
	struct sim_person *personv;
	unsigned personc;
	struct sim_number *numberv;
	unsigned numberc;
	struct sim_campaign campaignv[SIM_CAMPAIGNS];
	unsigned campaignc;
	struct sim_line linev[SIM_LINES];
	struct sim_caller callerv[SIM_CALLERS];
	struct tolls *tolls; /* NULL: calls cost nothing */
	int64_t hour_spend;  /* in millionths; 0: any */
	struct sim_cost *costv;
	unsigned costc;
	struct sim_process processv[SIM_PROCESSES + 1];
	unsigned processc; /* that call */
	struct list calll;
	struct list probel; /* sim_line.c */
	struct list wishl;  /* sim_wish.c */
	struct sim_registry registry;
	struct sim_ban banv[SIM_BANS_MAX];
	unsigned banc;
	struct tmr operator_tmr, outage_tmr, look_tmr;
	uint8_t *attemptv; /* by id: whether a call has left */
	size_t attempt_size;

	/* counted */
	unsigned judged;
	bool is_over;
	unsigned calls, kills, outages, faults, blocks, stops;
	unsigned others, redials, probes, drops, grievances;
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
	SIM_ZONE_SHANGHAI = 6, /* whose numbers tell */
	SIM_ZONE_RUSSIA,       /* one of its zones, as its mobiles say */
	SIM_ZONE_NOWHERE,
	SIM_ZONES,
};

enum {
	SIM_ROW = 2, /* of the first person in the lists */
};

int sim_people_make(struct sim *sim);
struct sim_number *sim_number_of(struct sim *sim, const char *text);

/* Puts them into the lists of the campaigns, and what they agreed to. */
int sim_people_write(struct sim *sim);

/* --- sim_world.c ----------------------------------------------------------
 */

int sim_lines_make(struct sim *sim);
int sim_campaigns_make(struct sim *sim);

/* --- sim_break.c ----------------------------------------------------------
 */

bool sim_is_rule(const char *rule);
void sim_rules_print(void);

/* Whether all is as that rule says; else the week has to go wrong. */
bool sim_is_told(const struct sim *sim, const char *rule);

/* Spoils the database, where that is what is broken. */
void sim_spoil(struct sim *sim);

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

/* An end in good order; told twice, it hangs up. */
void sim_process_stop(struct sim_process *process);
void sim_process_hurry(struct sim_process *process);

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

/* --- sim_registry.c -------------------------------------------------------
 */

/* Editions come out from time to time, some late; the last one does not grow
 * old. */
void sim_registry_begin(struct sim *sim);
void sim_registry_end(struct sim *sim);

/* --- sim_wish.c -----------------------------------------------------------
 */

/* Whoever says stop is put on the list, as the call does it. */
void sim_wish_stop(struct sim_process *process, const struct sim_call *call);

/* Do-not-call: of one number or of all that begin so; campaign NULL: all. */
void sim_wish_block(struct sim_process *process, const char *text,
                    bool is_prefix, const struct sim_campaign *campaign);

/* Bans that may be on the disk, of all numbers that the campaign knows of the
 * one who was called; the first of *countp, NULL: there are too many. */
struct sim_ban *sim_ban_person(struct sim *sim, const struct sim_call *call,
                               unsigned *countp);

/* One that may be on the disk; NULL: there are too many. */
struct sim_ban *sim_ban_add(struct sim *sim, const char *text);

/* Somebody takes their consent back, or agrees again. */
void sim_wish_consent(struct sim_process *process, struct sim_number *number);

/* A process ends: nobody waits any more until its blocks are settled. */
void sim_wish_forget(struct sim_process *process);

/* --- sim_hours.c: the judge's clocks --------------------------------------
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

/* What a law adds; the first one is none. */
struct sim_pack {
	const char *name;
	struct sim_hours hours;
	unsigned day_calls, week_calls, month_calls; /* 0: any */
};
enum {
	SIM_PACKS = 3,
};
extern const struct sim_pack sim_packv[SIM_PACKS];

/* Whose clock counts for a person at that number. */
unsigned sim_zone_of(const struct sim_person *person,
                     const struct sim_number *number);
bool sim_is_open(const struct sim_campaign *camp, unsigned zone, int64_t now_s);

/* When a clock there shows so many minutes of the day; 0: nobody knows. */
int64_t sim_next_clock_ms(unsigned zone, unsigned minute);

/* --- sim_judge.c: who is called -------------------------------------------
 */

enum {
	/* A permission may be used for so long. */
	SIM_PERMIT_MS = 3000,
	SIM_RETRIES = 6,
};
struct sim_retry {
	enum outcome outcome;
	int64_t delay_ms;
	unsigned tries_max;
	bool is_other; /* where the campaign calls other numbers */
};
extern const struct sim_retry sim_retryv[SIM_RETRIES];

/* Ends of calls that are complaints; the first one goes without saying. */
struct sim_grievance {
	const char *text;
	bool is_unwanted, is_declined;
	const char *label; /* NULL: none */
	unsigned hangups;  /* so soon, so often; 0: never */
};
enum {
	SIM_GRIEVANCES = 4,
	SIM_HANGUP_MS = 3000,
};
extern const struct sim_grievance sim_grievancev[SIM_GRIEVANCES];

/* The codes and prices that everybody is told. */
struct sim_toll {
	const char *name; /* of the section: the number without + */
	const char *minute;
	int64_t price; /* below 0: never */
};
enum {
	SIM_TOLLS = 4,
	SIM_COUNTRIES = 3,
};
extern const struct sim_toll sim_tollv[SIM_TOLLS];
extern const char *const sim_countryv[SIM_COUNTRIES]; /* "+7" */

/* A call leaves. */
void sim_judge_call(struct sim *sim, struct sim_call *call);
/* How it ended, told to a process that lives; or was cut with it. */
void sim_judge_end(struct sim *sim, struct sim_call *call);
void sim_judge_cut(struct sim *sim, struct sim_call *call);

/* Whether somebody may ever be called at a number of theirs by a campaign. */
bool sim_judge_may_ever(struct sim *sim, const struct sim_campaign *camp,
                        const struct sim_person *person,
                        const struct sim_number *number);

/* Those of a span that were permitted before the call. */
unsigned sim_marks_since(const struct sim_marks *marks,
                         const struct sim_call *call, int64_t span_ms);
void sim_marks_add(struct sim_marks *marks, const struct sim_call *call);
int sim_marks_alloc(struct sim_marks *marks);

/* --- sim_judge_line.c: over which line, showing what, for how much --------
 */

void sim_judge_line(struct sim *sim, const struct sim_call *call);
void sim_judge_caller(struct sim *sim, const struct sim_call *call);
void sim_judge_money(struct sim *sim, const struct sim_call *call);
void sim_judge_paid(struct sim *sim, const struct sim_call *call);
bool sim_judge_price(int64_t *pricep, const struct sim *sim,
                     const struct sim_number *number);

/* A line has failed a call that was placed then, has worked, has answered. */
void sim_judge_failed(struct sim_dialer *dialer, const struct sim_line *line,
                      int64_t placed_ms);
void sim_judge_worked(struct sim_dialer *dialer, const struct sim_line *line);
void sim_judge_answered(struct sim_dialer *dialer, const struct sim_line *line);

/* --- sim_judge_turn.c: whose turn it is -----------------------------------
 */

void sim_judge_turn(struct sim *sim, const struct sim_call *call);

/* --- sim_judge_db.c: what is written --------------------------------------
 */

/* Makes it tell of each change that may not be. */
int sim_judge_watch(void);
/* Finds when the call was permitted, and since when it was due. */
void sim_judge_attempt(struct sim *sim, struct sim_call *call);
/* When the end of an attempt was written, as its call told it; 0: not. */
int64_t sim_judge_ended_ms(struct sim *sim, int64_t attempt_id);
/* Whether those who go first have all been asked about. */
void sim_judge_order(struct sim *sim, const struct sim_call *call);
/* How often a number was shown lately, at most, and was blocked: until then at
 * least, INT64_MAX: at most. */
struct sim_shown {
	unsigned hour, day, blocked;
};
int sim_judge_shown(struct sim_shown *shown, const struct sim_caller *caller,
                    int64_t until_ms);
/* After a transaction. */
void sim_judge_step(struct sim *sim);
/* When everybody is done. */
void sim_judge_last(struct sim *sim);
