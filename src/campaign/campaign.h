/*
 * campaign/campaign.h - the door of the campaign folder
 *
 * Lists come in as CSV and go out as calls: the importer reads rows in
 * slices, the dialer asks the store who is due and places calls through a
 * port, since campaign and call stand on the same floor.
 *
 * Threads: everything on the control loop; files are read on the pool.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cfg.h"
#include "base/work.h"
#include "phone/phone.h"
#include "store/store.h"

extern const struct cfg_table campaign_cfg_table; /* [campaign] */

extern const struct cfg_table rules_cfg_table; /* [rules] */
extern const struct cfg_table tolls_cfg_table; /* [tolls] */
extern const struct cfg_table toll_cfg_table;  /* [toll PREFIX] */
extern const struct cfg_table group_cfg_table; /* [group NAME] */

/* --- the rules of a campaign ------------------------------------------------
 */

struct flow_script;
struct rules;

/* From [rules] of the configuration; json, which may be NULL, overrides it. A
 * memory object that nobody changes. fault names the key and what would be
 * right. Reads the time zones: blocking, at start. */
int rules_make(struct rules **rulesp, const struct cfg *cfg, const char *json,
               char fault[CFG_FAULT_SIZE]);

/* What is wrong with rules in JSON: an unknown key too. EINVAL with fault. */
int rules_check(const char *json, char fault[CFG_FAULT_SIZE]);

/* What the rules ask of a script: EINVAL with a fault that names the node. */
int rules_script_check(const struct rules *rules,
                       const struct flow_script *script,
                       char fault[CFG_FAULT_SIZE]);

/* On whose behalf; "" = nobody's. */
const char *rules_client(const struct rules *rules);

/* --- a campaign as data ------------------------------------------------------
 *
 * One JSON object says all of it; `campaign create --from` takes what `campaign
 * show` prints. The store keeps it in parts: the lists, the rules, the rest.
 */

struct plan {
	char *name;
	char *script;         /* path */
	char *script_version; /* that was meant; NULL: any */
	char *lines;          /* "main, spare"; NULL: the first */
	char *group;          /* NULL: lines */
	char *rules;          /* JSON object */
	struct store_plan_list listv[STORE_LISTS_MAX]; /* texts are owned */
	size_t listc;
	unsigned calls;     /* at once; 0: as configured */
	double calls_per_s; /* below 0: as configured */
	unsigned ring_s;    /* 0: as configured */
	unsigned priority;  /* over campaigns that wait for the same line */
};

/* An empty one; with JSON added what that says. EINVAL with fault: also of
 * keys that nobody knows. Free with mem_deref(). */
int plan_alloc(struct plan **planp);
int plan_read(struct plan *plan, const char *json, char fault[CFG_FAULT_SIZE]);

/* Adds a list. EINVAL: too many. */
int plan_list_add(struct plan *plan, const char *name, int64_t priority);

/* What is missing before it can be a campaign. */
int plan_check(const struct plan *plan, char fault[CFG_FAULT_SIZE]);

/* What store_plan.plan keeps, and back. Free with mem_deref(). */
int plan_settings(char **jsonp, const struct plan *plan);
int plan_from_store(struct plan **planp, const struct store_plan *stored,
                    char fault[CFG_FAULT_SIZE]);

/* All of it, for people and for plan_read(). */
int plan_write(char **jsonp, const struct plan *plan);

/* --- what would happen -------------------------------------------------------
 */

struct foresight;

struct foresight_count {
	const char *rule; /* "" where it is allowed */
	uint64_t n;
	int64_t first_ms; /* wall: the earliest of them; 0: never */
};

/* How fast it goes. */
struct foresight_pace {
	unsigned calls_max; /* at once */
	double calls_per_s; /* 0: any */
	uint32_t call_ms;   /* from dialling to the end */
	unsigned rounds;    /* calls to each, as far as the rules retry; 0: 1 */
};

/* Asks the rules about everybody in a campaign (a draft too) as they would be
 * asked now. done gets err; the foresight is filled then. Free with
 * mem_deref(). */
int foresight_start(struct foresight **foresightp, struct store *store,
                    const char *campaign, struct rules *rules,
                    store_done_h *done, void *arg);

/* Callable now, later by rule, never by rule; false behind the last one. */
bool foresight_count(const struct foresight *foresight,
                     enum store_answer answer, size_t i,
                     struct foresight_count *count);
uint64_t foresight_over(const struct foresight *foresight); /* are done */

/* As often as the rules retry at most. */
unsigned foresight_rounds(const struct foresight *foresight);

/* When the last one is called at that pace, within the hours of each; wall. 0:
 * nobody is to be called. *leftp of them are not reached within a year, or
 * before the rules' stop. */
int64_t foresight_end_ms(const struct foresight *foresight,
                         const struct foresight_pace *pace, int64_t now_ms,
                         uint64_t *leftp);

/* --- importing a list ------------------------------------------------------
 */

struct import;

struct import_progress {
	uint64_t bytes, bytes_total; /* of the file; total 0 = unknown */
	uint32_t rows, added, duplicates, refused;
	int err; /* EBADMSG: the file; another: it could not be read on */
};

/* A row that was not taken: line of the file, the text of its number, why,
 * and what would be right. */
struct import_refusal {
	uint32_t line;
	const char *number;
	const char *reason;
};

/* A column of the file goes by another name. */
struct import_rename {
	const char *to; /* "number" */
	const char *from;
};

enum {
	IMPORT_RENAMES_MAX = 64,
};

struct import_prm {
	const char *path;
	const char *name;      /* its end says what it is; NULL: the path's */
	const char *list;      /* NULL: the file's base name */
	const char *country;   /* of numbers without one, "" = none */
	bool may_be_extension; /* take "101" and "anna" as they stand */
	bool is_dry;           /* read and judge, write nothing */
	const char *encoding;  /* as iconv names it; NULL: UTF-8, or UTF-16
	                        * where a byte order mark says so */
	const struct import_rename *renamev;
	size_t renamec;
};

struct import_sink {
	void (*progress)(const struct import_progress *progress, void *arg);
	void (*refused)(const struct import_refusal *refusal, void *arg);
	void (*contact)(const struct store_contact *contact, void *arg);
	/* dry only; each may be NULL */

	/* Takes the rows where they are for no list; an errno ends it. */
	int (*keep)(const struct store_contact *contactv, size_t contactc,
	            store_added_h *added, void *added_arg, void *arg);
	void *keep_arg;
	/* Exactly once and last. fault = NULL when the whole file was read. */
	void (*done)(int64_t list_id, const struct import_progress *progress,
	             const char *fault, void *arg);
	void *arg;
};

/* The outbox hears of its end: "import.done". Reads a CSV with a header line;
 * the number stands in the column "number" or "phone" (any case); every column
 * becomes a variable of the contact. Separators , ; and tab are recognised. Or
 * JSON lines, by the file's name:
 * ".jsonl", ".ndjson". EINVAL: nobody knows the encoding. Free
 * importp with mem_deref(): it stops silently. Dry, the list's id is
 * STORE_LIST_DRY and store_campaign_preview() takes it; store may be NULL
 * then. Returns ENOENT, EACCES or EISDIR of the file. */
int import_start(struct import **importp, struct store *store,
                 struct work_pool *pool, const struct import_prm *prm,
                 const struct import_sink *sink);

/* --- consents and published lists
 * ---------------------------------------------
 */

enum {
	PAPERS_PURPOSE_MAX = 255, /* bytes */
	PAPERS_SOURCE_MAX = 500,
	PAPERS_TEXT_MAX = 5000,
	PAPERS_AGE_DAYS_MAX = 3660,
};

/* What keeps it from counting, in words that stand behind a name: *fieldp is
 * "purpose", "source", "text" or "at". NULL: it has all that it needs. */
const char *papers_consent_fault(const char **fieldp,
                                 const struct store_consent *consent,
                                 int64_t now_ms);

/* Of an edition that is to come; *fieldp is "name", "published" or
 * "max_age_days". */
const char *papers_registry_fault(const char **fieldp,
                                  const struct store_registry *registry,
                                  int64_t now_ms);

/* Rows with the columns number, source, text and at ("" is now) as consents to
 * one purpose. A row without its evidence ends the import, and fault names it:
 * half a proof is none. */
struct papers_consents {
	struct store *store;
	const char *purpose;
	char fault[CFG_FAULT_SIZE]; /* "" = none */
};

/* As import_sink.keep; arg is a struct papers_consents. */
int papers_consents_keep(const struct store_contact *contactv, size_t contactc,
                         store_added_h *added, void *added_arg, void *arg);

/* --- running a campaign ------------------------------------------------------
 */

/* How the dialer places a call. wire.c plugs in call/. */
struct dialer_call {
	const struct store_contact *contact;
	int64_t attempt_id;
	const char *call_id;
	const char *line;      /* its name */
	const char *caller_id; /* to be shown, "" = the line's */
	const char *others;    /* numbers of the contact, with blanks between:
	                        * who says stop is called at none; or NULL */
};

/* What came of it. */
struct dialer_end {
	struct phone_end end;
	const char *label;
	uint64_t talk_ms; /* answer to end */
	bool is_opt_out;  /* the callee said stop, or complained: goes on the
	                   * do-not-call list */
	bool is_dropped;  /* they talked, and it broke off */
	const char *callback_at; /* when they asked to be called, NULL = not:
	                          * "+2h", "15:30", "2026-11-22T15:30" */
};

struct dialer_port {
	/* Starts one call; `ended` comes exactly once, later, with the arg
	 * given here. An errno: nothing was sent, `ended` does not come. */
	int (*place)(const struct dialer_call *call,
	             void (*ended)(const struct dialer_end *end, void *arg),
	             void *ended_arg, void *arg);
	/* Ends all live calls at once (second Ctrl-C). */
	void (*hangup_all)(void *arg);

	/* Keeps a robot free (ears, mouth, audio) for one call: place() uses
	 * it, or release() gives it back. EBUSY: none is free; EAGAIN: those
	 * who talk are understood late already. Both NULL: there are always
	 * enough. */
	int (*reserve)(void *arg);
	void (*release)(void *arg);

	/* Asks a line whether it answers; NULL: it is tried with a call. */
	int (*probe)(const char *line,
	             void (*done)(int err, const char *words, void *arg),
	             void *done_arg, void *arg);

	/* Ends an answered call of a process that is gone, by the words that
	 * it left; NULL: nobody does. */
	void (*part)(const char *line, const char *farewell, void *arg);
	void *arg;
};

/* The channels of a line that several campaigns of this process share; zeroed
 * at first. Whoever has less than its share goes first. */
struct dialer_share {
	unsigned users;     /* campaigns */
	unsigned busy;      /* channels, of all of them */
	const void *hungry; /* one that waits for its share */
	uint64_t hungry_ms; /* since when it last said so */
};

/* A way out. */
struct dialer_line {
	const char *name;
	struct dialer_share *share; /* outlives the dialer; NULL: alone */
	unsigned tier;      /* from 0; the next one is for when all fail */
	unsigned calls_max; /* at once; 0: no limit */
	double calls_per_s; /* 0: no limit; of all processes together */
	uint32_t rest_ms;   /* of a channel after each call */
	unsigned fault_threshold; /* rounds of failures in a row until only
	                           * OPTIONS are sent to it; 0: 3 */
	unsigned options_back;    /* so many answers to them in a row, and it
	                           * is called over again; 0: 1 */
	uint32_t ask_ms;          /* between OPTIONS while it works; 0: none */
	uint32_t fault_try_ms;    /* between them; 0: longer each time, and the
	                           * run ends when it does not help */
};

enum {
	DIALER_LINES_MAX = 32,
	REDIAL_CODES_MAX = 32,
};

/* When to try another line at once with a call that was no line's failure:
 * by SIP code, Q.850 cause, or by how long it was. `not` goes first. */
struct dialer_span {
	bool is_set;
	bool is_from; /* that long or longer; else shorter */
	uint32_t ms;
};
struct dialer_codes {
	uint16_t sipv[REDIAL_CODES_MAX], causev[REDIAL_CODES_MAX];
	size_t sipc, causec;
	struct dialer_span duration; /* from dialling to the end */
	struct dialer_span talk;     /* of answered calls: to the end */
};
struct dialer_redial {
	struct dialer_codes codes, not ;
	unsigned redials_max; /* of one contact */
};

struct dialer_group {
	struct dialer_line linev[DIALER_LINES_MAX];
	size_t linec;
	struct dialer_redial redial;
};

/* The lines of [group NAME]; with group NULL those that text names, "main
 * second, spare" (blank: of one tier, comma: the next one), and with text NULL
 * the first of all lines. Their names live as long as the phone. EINVAL with
 * fault. */
int dialer_group_make(struct dialer_group *lines, const struct cfg *cfg,
                      const struct phone *phone, const char *group,
                      const char *text, char fault[CFG_FAULT_SIZE]);

struct dialer;

struct dialer_prm {
	int64_t campaign_id;
	const char *line;                 /* the only one; or: */
	const struct dialer_group *lines; /* copied */
	unsigned calls_max;               /* at once, over all lines */
	double calls_per_s;               /* 0: no limit */
	unsigned priority; /* over campaigns that wait for the same line */
	/* Rest after the line failed, doubled at each failure; 0: 1000. */
	uint32_t rest_ms;
	const struct dialer_port *port; /* copied */
	struct rules *rules; /* referenced; NULL: do-not-call alone */
};

struct dialer_progress {
	uint32_t total; /* contacts to be called in this run */
	uint32_t ended; /* of them, for good */
	uint32_t placed, live;
	uint32_t outcomev[OUTCOMES]; /* of all attempts, ours to blame too */
	uint64_t elapsed_ms;
	int64_t eta_ms; /* estimated time to the end; -1 = not known yet */
	bool is_stopping;
	const char *waiting; /* why nothing is dialled now, or NULL */
};

struct dialer_sink {
	/* At most four times a second; may be NULL. */
	void (*progress)(const struct dialer_progress *progress, void *arg);
	/* Exactly once and last. fault = NULL: nobody is left to be called, or
	 * dialer_stop(); else what stopped it and the remedy. */
	void (*done)(const struct dialer_progress *progress, const char *fault,
	             void *arg);
	void *arg;
};

/* Starts on the next turn of the loop. Free with mem_deref(): it is silent
 * then; calls that live go on, and what comes of them is written still. The
 * store must be open for as long as they do. */

int dialer_start(struct dialer **dialerp, struct store *store,
                 const struct store_campaign *campaign,
                 const struct dialer_prm *prm, const struct dialer_sink *sink);

/* No new calls; talks go on; done follows. A second call hangs up. */
void dialer_stop(struct dialer *dialer);

/* --- running all campaigns ---------------------------------------------------
 */

struct runner;

/* What it takes to hold the conversations of a campaign: its script, loaded
 * and made ready. */
struct runner_open {
	const char *script;         /* of the plan: a name, or a path */
	const char *script_version; /* NULL: any */
	const char *line;           /* over which it mostly calls */
	uint32_t ring_ms;
	struct rules *rules; /* that the script must keep; referenced */
};

/* Exactly once, never from inside the question, also where the robot was freed
 * meanwhile. port is good as long as the robot. fault: why there is none, and
 * the remedy. */
typedef void(runner_ready_h)(const struct dialer_port *port, const char *fault,
                             void *arg);

/* Where the robots come from. Whoever has one frees it by mem_deref(), never
 * while one of its calls lives. */
struct runner_source {
	int (*open)(void **robotp, const struct runner_open *prm,
	            runner_ready_h *ready, void *ready_arg, void *arg);
	void *arg;
};

struct runner_prm {
	const struct cfg *cfg;
	struct store *store;
	const struct phone *phone;
	struct runner_source source;
};

/* Calls for every campaign whose state is "running", from now on, whoever sets
 * it; one that cannot run is tried again. All of prm outlives it. */
int runner_alloc(struct runner **runnerp, const struct runner_prm *prm);

/* Looks at once: a state was changed. */
void runner_poke(struct runner *runner);

/* What is done for the campaign, for people; "": nothing. */
const char *runner_words(const struct runner *runner, const char *campaign);

/* The i-th campaign that is called for, with its figures; NULL behind the last
 * one. */
const char *runner_at(const struct runner *runner, size_t i,
                      struct dialer_progress *progress);

/* No new calls; talks finish within limit_ms, then they are hung up; done comes
 * once, when none is left. Then mem_deref(runner). */
void runner_drain(struct runner *runner, uint32_t limit_ms,
                  void (*done)(void *arg), void *arg);

bool runner_is_ending(const struct runner *runner);

/* While it drains: hangs up now. */
void runner_hurry(struct runner *runner);

/* --- pure --------------------------------------------------------------------
 */

/* "408 503 cause 41 duration<10 talk>=1": by SIP code, by cause, by seconds.
 * False: not understood. */
bool redial_codes_parse(struct dialer_codes *codes, const char *text);

/* Whether a call that ended so and lasted so long, the tries-th of its contact,
 * is made again at once over another line. */
bool redial_is_due(const struct dialer_redial *redial,
                   const struct dialer_end *end, uint64_t duration_ms,
                   uint32_t tries);

/* How many calls a second, without bursts. A line that refuses (503, 429) is
 * slowed by the store, for all processes; a pace follows. */
struct pace {
	double rate; /* calls per second allowed now, 0 = no limit */
	double tokens;
	uint64_t filled_ms;
	uint64_t rest_until_ms;
};

void pace_init(struct pace *pace, double rate, uint64_t now_ms);

/* 0: a call may be placed now; else ms to wait. */
uint32_t pace_wait(const struct pace *pace, uint64_t now_ms);

/* The same, and the token is taken. */
uint32_t pace_take(struct pace *pace, uint64_t now_ms);

/* No call for so long. */
void pace_rest(struct pace *pace, uint32_t ms, uint64_t now_ms);

/* From now on so many. */
void pace_follow(struct pace *pace, double rate, uint64_t now_ms);
