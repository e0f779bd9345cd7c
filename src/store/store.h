/*
 * store/store.h - the door of the store folder: everything that is kept
 *
 * SQLite in WAL mode or a PostgreSQL server behind it, one connection, one
 * queue of the worker pool: calls return at once, work happens in order,
 * handlers run on the control loop. Writes without a handler are gathered into
 * one transaction; a write with a handler is durable (fsync) when the handler
 * gets err = 0.
 *
 * One process owns a SQLite file at a time (a lock file beside it); the second
 * one is refused with the name of the first. A server is shared: each process
 * proves with every write that it is alive, and who is silent for 15 seconds
 * loses its calls under way to "in_doubt".
 *
 * Threads: everything on the control loop. Texts given are copied.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cfg.h"
#include "base/work.h"

struct store;

extern const struct cfg_table store_cfg_table; /* [store] path = … */

/* Opens (creates, migrates) the database: url begins with "postgresql://" or
 * is the path of a file. On failure fault names it and the remedy. Returns
 * EBUSY when another process owns the file. Blocking: at start. */
int store_open(struct store **storep, const char *url, struct work_pool *pool,
               char fault[CFG_FAULT_SIZE]);

/* Opens a database that is there, to look only: beside the process that owns
 * it. Writes fail. Returns ENOENT without a file, EPROTO when another version
 * of this program wrote it. Blocking: at start. */
int store_open_reader(struct store **storep, const char *url,
                      struct work_pool *pool, char fault[CFG_FAULT_SIZE]);

/* The same to write a word or two beside the process that owns it: blocks,
 * states. It claims nobody. */
int store_open_guest(struct store **storep, const char *url,
                     struct work_pool *pool, char fault[CFG_FAULT_SIZE]);

/* Ends with everything written. Each handler that is still due is called from
 * here, so none is ever forgotten; what it asks for then is refused with
 * ECANCELED. Blocking: at the end. */
void store_close(struct store *store);

/* For messages: a path, or database and server; no password in it. */
const char *store_name(const struct store *store);

/* Bytes that the embedded database holds in this process, its cache of pages
 * for the most part: that fills for a while, up to 64 MB a connection, and is
 * no growth. With PostgreSQL next to nothing. */
uint64_t store_memory(void);

typedef void(store_done_h)(int err, void *arg);

/* The first failure to write since the last call, with its remedy, or NULL.
 * Writes with a handler tell it the error; rows without one wait in memory
 * for a better time, up to a ceiling, then they are lost. The log has it too.
 * The text is valid until the next call. */
const char *store_trouble(struct store *store);

/* --- lists and contacts ----------------------------------------------------
 */

struct store_var {
	const char *name;
	const char *value;
};

struct store_contact {
	int64_t id;         /* filled when read */
	const char *number; /* normalised, or what number_is_dialable() takes */
	uint32_t row;       /* line of the file it came from */
	const struct store_var *varv; /* all columns of the row */
	size_t varc;
};

/* Makes the list if it is not there. */
typedef void(store_list_h)(int err, int64_t list_id, void *arg);
int store_list(struct store *store, const char *name, store_list_h *done,
               void *arg);

enum {
	STORE_LIST_DRY = -1,      /* a list that is never written */
	STORE_LIST_OWN = 0,       /* those that the campaign was made with */
	STORE_LISTS_MAX = 64,     /* of one campaign */
	STORE_PRIORITY_MAX = 100, /* of a campaign; 0: the lowest */
	STORE_MARK_SIZE = 25,
};

/* A list for a dry run: the contacts of the list of that name, if there is
 * one, and what is added; kept until the next dry run, written nowhere. Its
 * id STORE_LIST_DRY goes to store_contacts_add() and
 * store_campaign_preview(). */
int store_list_dry(struct store *store, const char *name, store_list_h *done,
                   void *arg);

/* Adds a slice of contacts in one transaction; a number that the list has
 * already keeps its old row and counts as a duplicate. EPROTO: a text is no
 * UTF-8. */
typedef void(store_added_h)(int err, uint32_t added, uint32_t duplicates,
                            void *arg);
int store_contacts_add(struct store *store, int64_t list_id,
                       const struct store_contact *contactv, size_t contactc,
                       store_added_h *done, void *arg);

/* --- campaigns: who is due --------------------------------------------------
 */

/* Makes the campaign if it is not there, gives every contact of its lists a
 * place in it, and resolves what a crash left: attempts that never ended get
 * the outcome "in_doubt" and count as used. err is EEXIST when list_id is none
 * of the campaign's lists; with STORE_LIST_OWN ENOENT when there is none. */
struct store_campaign {
	int64_t id;
	uint32_t contacts;    /* in all */
	uint32_t done;        /* will not be called (again) */
	uint32_t ready;       /* to be called now or later */
	uint32_t in_doubt;    /* resolved just now */
	uint32_t blocked;     /* of ready: on the do-not-call list */
	const char *settings; /* JSON object: rules of its own */
};
typedef void(store_campaign_h)(int err, const struct store_campaign *campaign,
                               void *arg);
int store_campaign(struct store *store, const char *name, int64_t list_id,
                   const char *script, store_campaign_h *done, void *arg);

/* A campaign as data. script is its name for people; what plan and settings
 * hold is the campaign folder's. */
struct store_plan_list {
	const char *name;
	int64_t priority; /* higher ones are called first */
};
struct store_plan {
	const char *name;
	const char *script;
	const char *plan;     /* JSON object; "{}": a run made it */
	const char *settings; /* JSON object: rules */
	const char *client;   /* NULL: nobody's */
	const struct store_plan_list *listv;
	size_t listc;

	/* the mark of the plan that it replaces; "*": any, NULL: or none */
	const char *instead_of;

	/* filled when read */
	int64_t id;
	char mark[STORE_MARK_SIZE]; /* another one for another plan */
	const char *state;
	int64_t created_ms;
	uint32_t contacts; /* of the lists, doubles included */
	uint32_t done, attempts;
};

/* Makes a draft, or replaces one. err is EEXIST when a campaign of that name
 * runs or has run, ENOENT when a list is not there, EALREADY when another plan
 * than instead_of, or none, stands there. */
int store_plan_make(struct store *store, const struct store_plan *plan,
                    store_done_h *done, void *arg);

/* The campaign of that name (ENOENT), or with NULL all of them, in the order
 * they were made. */
typedef void(store_plan_h)(const struct store_plan *plan, void *arg);
int store_plans(struct store *store, const char *name, store_plan_h *handler,
                store_done_h *done, void *arg);

/* Its state becomes "done" where it runs and nobody is left to be called. */
int store_campaign_over(struct store *store, int64_t campaign_id,
                        store_done_h *done, void *arg);

/* Looks without writing: what a run of this list would do. handler gets each
 * contact with reason = NULL where it would be called, else why not; then
 * done. */
typedef void(store_preview_h)(const struct store_contact *contact,
                              const char *reason, void *arg);
int store_campaign_preview(struct store *store, const char *name,
                           int64_t list_id, store_preview_h *handler,
                           store_done_h *done, void *arg);

/* What the gate knows of a contact that is due, read in the transaction that
 * claims it. Attempts that our own fault spoiled are not counted. */
struct store_facts {
	const struct store_contact *contact;
	int64_t now_ms; /* wall */
	uint32_t tries; /* of this contact in this campaign */
	/* Attempts to this number by any campaign, within 24 hours, 7 days
	 * and 31 days, and the begin of the last one, 0 = none. */
	uint32_t day, week, month;
	int64_t last_ms;
	int64_t dropped_ms;  /* wall: a talk with it broke off, 0 = none */
	uint32_t client_day; /* within 24 hours for the campaign's client */
	/* calls under way over the line, of everybody; those in doubt for three
	 * minutes more */
	uint32_t live;
	int64_t spent;    /* millionths within the hour, calls under way too */
	bool has_consent; /* to gate.consent */
};

enum store_answer {
	STORE_ALLOW,
	STORE_LATER, /* not this contact before next_ms */
	STORE_NEVER, /* nor at any time: it is done */
	STORE_HOLD,  /* nobody before next_ms */
};

enum {
	STORE_WHY_SIZE = 256,
	STORE_DIAL_WITHIN_MS = 3000, /* a permission is good for so long */
};

struct store_verdict {
	enum store_answer answer;
	const char *rule;         /* a constant: which one refused, "window" */
	int64_t next_ms;          /* wall */
	uint32_t valid_ms;        /* a permission holds so long; 0: for long */
	int64_t price;            /* of a minute, in millionths */
	char why[STORE_WHY_SIZE]; /* what was seen, of a permission too */
};

/* Numbers to be shown, one for each call: the one that the contact was called
 * from before, else the one with the fewest calls of the day. Who has made its
 * calls, or is blocked by the network again and again, rests. */
struct store_callers {
	const char *const *numberv;
	size_t numberc;                 /* 0: the line's own */
	uint32_t hour_calls, day_calls; /* of each; 0: any */
};

enum {
	STORE_CALLERS_MAX = 128,
};

/* The rules of a campaign, plugged in by the folder that knows them. judge
 * runs on a worker, pure; rules is a memory object that nobody changes. */
struct store_gate {
	void (*judge)(struct store_verdict *verdict,
	              const struct store_facts *facts, const void *rules);
	void *rules;
	const char *consent; /* purpose to look for, NULL: none is needed */
	const char *client;  /* on whose behalf, NULL: no count is needed */
	/* Registries that must be there, "nation, operator"; NULL: none must,
	 * but none may be stale. */
	const char *registries;
	bool is_live_counted;
	bool is_spent_counted;
	struct store_callers callers; /* part of rules */
};

/* Looks without writing: what the gate says now of each contact of a campaign,
 * a draft too; verdict is NULL of those who are done or being called. Then
 * done; ENOENT where there is no campaign. */
typedef void(store_foresee_h)(const struct store_contact *contact,
                              const struct store_verdict *verdict, void *arg);
int store_foresee(struct store *store, const char *name,
                  const struct store_gate *gate, store_foresee_h *handler,
                  store_done_h *done, void *arg);

struct store_claim_prm {
	int64_t campaign_id;
	int64_t contact_id; /* this one, due or not; 0: whoever is due */
	const char *line;
	double line_calls_per_s; /* of all processes together; 0: any */
	unsigned priority;       /* where the line has no room for everybody */
	const struct store_gate *gate; /* NULL: do-not-call alone is asked */
};

/* Takes the next due contact: one transaction that asks the do-not-call list
 * and the gate, moves the contact from ready to claimed and writes the
 * attempt with state "intent" and why it is allowed, durable before claimed is
 * called. Who is refused on the way has the reason and the next time written.
 * contact is NULL when nobody may be called; next_ms then is when to ask again
 * (wall), 0 = never, and held_by the rule that holds all of them, "" = none. */
struct store_claim {
	const struct store_contact *contact; /* with the number to be called */
	const char *first;                   /* of its numbers: the list's */
	int64_t attempt_id;
	uint32_t attempt_no; /* 1 for the first */
	uint32_t tries;      /* that counted, before this one */
	bool is_urgent;      /* it goes before the others: a promise */
	const char *call_id; /* made for this attempt */
	int64_t next_ms;
	const char *held_by, *held_why;
	bool is_line_held;       /* another line may be free */
	double line_calls_per_s; /* that the line takes now, of all processes;
	                          * 0: any, below 0: it was not asked */
	const char *caller_id;   /* to be shown, "" = the line's */
	/* On the clock of clock_ms(): whoever has not dialled by then gives
	 * the contact back, since others may count us as dead and what the
	 * gate saw may be over. */
	uint64_t valid_until_ms;
};
typedef void(store_claim_h)(int err, const struct store_claim *claim,
                            void *arg);
int store_claim(struct store *store, const struct store_claim_prm *prm,
                store_claim_h *claimed, void *arg);

/* How an attempt ended. A contact goes back to ready for retry_at_ms (wall)
 * when has_retry, else it is done. */
struct store_attempt_end {
	int64_t attempt_id;
	const char *outcome; /* outcome_name() */
	unsigned sip_code, q850;
	const char *reason;
	bool is_used; /* not our own fault: counts as one */
	bool has_retry;
	bool is_urgent; /* the retry goes before all others: a promise */
	int64_t retry_at_ms;
	/* Of the contact, for the retry; "": its first; NULL: the same again.
	 */
	const char *number;
	uint64_t talk_ms;   /* that is paid for */
	bool is_blocked;    /* by the network, for the number we showed */
	bool is_dropped;    /* they talked, and it broke off */
	uint32_t hangup_ms; /* they hung up so long after the answer, 0: not */
	/* Not NULL: the number goes on the do-not-call list, for this reason,
	 * in the same transaction. */
	const char *block;
	/* Where it does, so do the other numbers of the same contact, with
	 * blanks between; NULL: there are none. */
	const char *others;
	/* So does one that hung up within that time of the answer so often, in
	 * 31 days; 0: that is not looked at. */
	uint32_t hangups_max, hangup_within_ms;
	/* The line asked for fewer calls: for so long no process calls over
	 * it, then fewer than these; 0: it did not. */
	uint32_t line_rest_ms;
	double line_calls_per_s; /* that it takes at best; 0: any number */
};

/* "ringing", "answered"; with what it takes to end the call, should this
 * process die (NULL: as it is). */
int store_attempt_state(struct store *store, int64_t attempt_id,
                        const char *state, const char *farewell);

/* Hands out, once, what ends the answered calls of processes that are gone. */
typedef void(store_orphan_h)(const char *line, const char *farewell, void *arg);
int store_orphans(struct store *store, store_orphan_h *handler,
                  store_done_h *done, void *arg);

/* err of done is ENOENT when there is no such attempt or it ended before.
 * While the database is away done waits for it. What it takes was reserved by
 * the claim, so that it needs no memory: texts of one kilobyte together. */
int store_attempt_end(struct store *store, const struct store_attempt_end *end,
                      store_done_h *done, void *arg);

/* --- beside campaigns that run ----------------------------------------------
 */

/* "draft", "running", "paused", "done": nobody is claimed but in "running".
 * err is ENOENT when there is no such campaign. */
int store_campaign_state(struct store *store, const char *name,
                         const char *state, store_done_h *done, void *arg);

/* Keeps the rules of a campaign (a JSON object; NULL: as they are) and on
 * whose behalf it calls (NULL: as it is). ENOENT as above. */
int store_campaign_settings(struct store *store, const char *name,
                            const char *settings, const char *client,
                            store_done_h *done, void *arg);

/* What was claimed before a block or a pause was written may be dialled for a
 * moment still. Says how long to wait before asking again; 0: it is over. Of
 * the campaign (NULL: all) and the numbers that begin so (NULL: all). */
typedef void(store_settle_h)(int err, uint32_t wait_ms, void *arg);
int store_settle(struct store *store, const char *campaign, const char *number,
                 store_settle_h *done, void *arg);

/* How far a campaign is: kind "campaign" with its state, "rules" with them,
 * "contact" by state, "refused" by rule, "outcome" of attempts, "label" of
 * calls; "stale" are the registries that hold it up. ENOENT: there is no such
 * campaign. */
struct store_count {
	const char *kind, *word;
	uint64_t n;
};
typedef void(store_count_h)(const struct store_count *count, void *arg);
int store_campaign_counts(struct store *store, const char *name,
                          store_count_h *handler, store_done_h *done,
                          void *arg);

/* What came of a campaign, in sums: by "outcome", "label", "class", "line",
 * "hour" (of the attempt's begin, hours since 1970 UTC) and "all". */
struct store_sum {
	const char *kind, *word;
	uint64_t attempts; /* that count */
	uint64_t answered; /* by whoever or whatever */
	uint64_t talk_ms;
	int64_t intention; /* of the answered ones together */
	uint64_t busy_ms;  /* from dialling to the end, of all */
};
typedef void(store_sum_h)(const struct store_sum *sum, void *arg);
int store_sums(struct store *store, const char *name, store_sum_h *handler,
               store_done_h *done, void *arg);

/* --- speech services --------------------------------------------------------
 */

/* What a service did on a day (UTC; day_ms is any time of it), and of that
 * outside of calls: prompts made ahead, trials, the speech-proxy. Several are
 * added up. */
struct store_used {
	uint64_t requests, chars, audio_ms;
};
struct store_usage {
	const char *service;
	int64_t day_ms;
	struct store_used all, beside;
};
int store_usage_add(struct store *store, const struct store_usage *usage);

/* The days since then, by service. */
typedef void(store_usage_h)(const struct store_usage *usage, void *arg);
int store_usages(struct store *store, int64_t since_ms, store_usage_h *handler,
                 store_done_h *done, void *arg);

/* --- do not call ------------------------------------------------------------
 */

/* A number, or all that begin with it; for one campaign, or 0: for all. What a
 * person says at one of their numbers holds for the others too: those of one
 * number that is blocked for all go on the list with it. */
struct store_block_prm {
	const char *number;
	const char *reason;
	int64_t campaign_id;
	bool is_prefix;
	const char *others; /* of the same person, with blanks between, or NULL
	                     */
	const char *callid; /* in which they said so, or NULL; an event tells */
};
int store_block_scoped(struct store *store, const struct store_block_prm *prm,
                       store_done_h *done, void *arg);

/* Consent of a number to a purpose, with its evidence; and that it is taken
 * back. */
struct store_consent {
	const char *number;
	const char *purpose;
	const char *source; /* "web form 17" */
	const char *text;   /* what was agreed to */
	int64_t given_ms;   /* wall */

	/* filled when read */
	int64_t ended_ms; /* wall: it was taken back; 0: it was not */
};
int store_consent(struct store *store, const struct store_consent *consent,
                  store_done_h *done, void *arg);
int store_consents_add(struct store *store,
                       const struct store_consent *consentv, size_t consentc,
                       store_added_h *done, void *arg);
int store_consent_end(struct store *store, const char *number,
                      const char *purpose, store_done_h *done, void *arg);

int store_block(struct store *store, const char *number, const char *reason,
                store_done_h *done, void *arg);

/* Whether a number is on the list: reason is NULL where it is not. */
typedef void(store_blocked_h)(int err, const char *reason, void *arg);
int store_blocked(struct store *store, const char *number,
                  store_blocked_h *done, void *arg);

/* A task of another system, by its id: how many calls for it reached nobody.
 * One more, or forgotten because somebody was reached; kept for 90 days. */
typedef void(store_missed_h)(int err, uint32_t count, void *arg);
int store_missed(struct store *store, const char *task, store_missed_h *done,
                 void *arg);
int store_missed_more(struct store *store, const char *task,
                      store_missed_h *done, void *arg);
int store_missed_forget(struct store *store, const char *task);

/* --- calls and their steps ---------------------------------------------------
 */

/* One row of `conversation`: all columns of the checklist E003-E045, in that
 * order, with the names of spec/script.md; texts are already cut. */
struct store_step {
	const char *number;    /* of the other side: whose texts these are */
	int64_t createtime_ms; /* wall */
	const char *callid, *current_appid;
	uint32_t sequence;
	const char *current_flowid;
	int input_type;
	const char *input_args, *input_nlp_args;
	int64_t input_start_ms; /* wall */
	uint32_t input_duration_ms, input_play_ms;
	int matching_method;
	const char *matching_condition, *condition_id;
	int condition_weight;
	const char *matching_keyword;
	int response_type;
	const char *response_description, *response_id, *response_action,
		*response_args;
	uint32_t repetition;
	const char *potential, *record;
	const char *heard_by; /* the recogniser; "": nothing was said */

	/* JSON object: who is to be told because of it, NULL: nobody. Becomes
	 * the event call.intention. */
	const char *notice;

	/* our own timings, ms since answer, 0 = does not apply */
	uint32_t speech_end_ms, text_ms, decision_ms, audio_ms;
};
int store_step(struct store *store, const struct store_step *step);

/* The first audio of the answer to an earlier step is known later. */
int store_step_audio(struct store *store, const char *callid, uint32_t sequence,
                     uint32_t audio_ms);

struct store_call {
	const char *callid;
	int64_t attempt_id;    /* 0 = none (a single call, an incoming one) */
	const char *direction; /* "out", "in" */
	const char *number, *line;
	const char *script, *script_version;
	const char *outcome;
	bool is_our_fault;                   /* counts as no call to anybody */
	int64_t start_ms, answer_ms, end_ms; /* wall, 0 = never */
	const char *label;
	int64_t intention;
	const char *class_letter;
	const char *heard; /* what the callee said, phrases joined by " | " */
	const char *variables; /* JSON object: all at the end */
	const char *counters;  /* JSON object: C061-C069 */
	const char *recording; /* path, "" none */
	const char *media;     /* JSON object: packets, loss, jitter */

	/* What a replay needs beside the rows: JSON object, "" = not known,
	 * and flow_result.inputs. */
	const char *variables_begin, *inputs;

	/* JSON object: who answered, and why we think so. */
	const char *answerer;

	/* JSON object: what was used of each recogniser. */
	const char *services;
};
int store_call(struct store *store, const struct store_call *call,
               store_done_h *done, void *arg);

/* A call that was answered, with its rows in their order. */
struct store_talk {
	struct store_call call;

	/* With the variables that the call began with; those of its end where
	 * an older version of this program kept nothing else. id is 0 when it
	 * was on no list. */
	const struct store_contact *contact;
	const struct store_step *stepv;
	size_t stepc;
};
struct store_talks_prm {
	const char *campaign; /* its name, NULL = all calls */
	const char *callid;   /* this one only, NULL = all */
};

/* Calls handler for each such call in the order of their beginning, until it
 * says false: that it has seen enough; then done. */
typedef bool(store_talk_h)(const struct store_talk *talk, void *arg);
int store_talks(struct store *store, const struct store_talks_prm *prm,
                store_talk_h *handler, store_done_h *done, void *arg);

/* --- results --------------------------------------------------------- */

/* One contact of a campaign with how it went; for tables, CSV and JSON. */
struct store_result {
	const struct store_contact *contact;
	const char *state;  /* "ready", "claimed", "done" */
	const char *reason; /* "do_not_call": done without a call; else "" */
	uint32_t attempts;
	struct store_call call; /* of the last attempt; outcome "" = none yet */
};
typedef void(store_result_h)(const struct store_result *result, void *arg);
int store_results(struct store *store, int64_t campaign_id,
                  store_result_h *handler, store_done_h *done, void *arg);

#include "store/store_access.h"
#include "store/store_calls.h"
#include "store/store_events.h"
#include "store/store_legs.h"
#include "store/store_links.h"
#include "store/store_lists.h"
#include "store/store_registries.h"
#include "store/store_scripts.h"
#include "store/store_people.h"
