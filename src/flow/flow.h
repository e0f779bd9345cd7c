/*
 * flow/flow.h - the door of the flow folder
 *
 * A script is immutable. A session is one person walking through it. Nothing in
 * this folder opens a socket, reads a clock or starts a timer: the caller of
 * flow_feed() brings the input and the time, and carries out the effects that
 * come back. That is why a whole conversation replays in microseconds.
 *
 * Ownership: a script is shared by reference; a session belongs to one call.
 * Threads:   a session is used by one thread at a time; a script by any number
 *            (its reference count is not atomic: take and drop references on
 *            one thread).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct flow_script;
struct flow_session;

/* --- loading ------------------------------------------------------------ */

enum flow_level {
	FLOW_WARNING,
	FLOW_ERROR,
};

/* One thing that is wrong with a script. Texts live as long as the list. */
struct flow_fault {
	enum flow_level level;
	const char *path;    /* "flow[0].children[1].condition.text" */
	const char *node;    /* id of the node or entry, or "" */
	const char *message; /* what is wrong and what would be right */
};

struct flow_faults;

int flow_faults_alloc(struct flow_faults **faultsp);
size_t flow_faults_count(const struct flow_faults *faults);
size_t flow_faults_errors(const struct flow_faults *faults);
const struct flow_fault *flow_faults_at(const struct flow_faults *faults,
                                        size_t i);

/* Adds what somebody else found; the texts are copied. */
void flow_faults_add(struct flow_faults *faults,
                     const struct flow_fault *fault);

/* Reads a script from JSON text. name is the file's base name without
 * ".json". Every fault found is added to faults (required), warnings on
 * success too. Returns EINVAL when there is an error among them. */
int flow_load(struct flow_script **scriptp, const char *name, const char *json,
              size_t len, struct flow_faults *faults);

/* The same from a file; path may leave ".json" out. Returns ENOENT, EACCES,
 * EFBIG (over 16 MiB) too, with a fault that says so. */
int flow_load_file(struct flow_script **scriptp, const char *path,
                   struct flow_faults *faults);

/* What a script that loads may still do badly on the telephone: warnings with
 * path, node and remedy. Sound files are looked for where the script came from
 * a file. Returns ENOMEM only. */
int flow_lint(const struct flow_script *script, struct flow_faults *faults);

const char *flow_script_name(const struct flow_script *script);
const char *flow_script_version(const struct flow_script *script);
const char *flow_script_language(const struct flow_script *script);

/* Whether a global flow's `complete` condition names the word ("MACHINE"). */
bool flow_script_takes(const struct flow_script *script, const char *word);

/* The first node that speaks or listens, on the way from the start or to a
 * machine, and is not marked as telling who calls: *nodep, NULL where none is.
 * Returns ENOMEM. */
int flow_script_undisclosed(const char **nodep,
                            const struct flow_script *script);

/* The folder of recorded prompts: `recordings` beside the script's file. */
const char *flow_script_recordings(const struct flow_script *script);

/* Another folder, whatever the script says: for one that came from no file.
 * Before it is shared. Returns ENOMEM. */
int flow_script_set_recordings(struct flow_script *script, const char *folder);

/* How the script wants its text spoken (spec 1, key `tts`). */
struct flow_voice {
	const char *url;
	const char *config;
	const char *engine;
	const char *voice; /* "" = rotate through voicev */
	const char *const *voicev;
	size_t voicec;
	int volume, speechrate, pitchrate; /* 0 = default, to 100 */
};

const struct flow_voice *flow_script_voice(const struct flow_script *script);

/* Calls handler once for each item of a prompt that is text or a sound of the
 * web and holds no variable, so that it can be made before the first call. */
void flow_script_literals(const struct flow_script *script,
                          void (*handler)(const char *item, void *arg),
                          void *arg);

/* How a word of the answers sounds, as a script or a node of it writes it.
 * Texts are valid during the call. */
struct flow_sound {
	const char *path; /* "flow[3].asr.pronounce.SQL" */
	const char *node; /* its id, "" for the script's */
	const char *word;
	const char *way; /* base/pronounce.h */
};
typedef void(flow_sound_h)(const struct flow_sound *sound, void *arg);

/* Calls handler once for each way to say a word, in file order. */
void flow_script_sounds(const struct flow_script *script, flow_sound_h *handler,
                        void *arg);

/* --- listening ---------------------------------------------------------- */

enum {
	/* flags of flow_listen.interrupt, checklist C023-C032 */
	FLOW_INTERRUPT_KEYWORD = 0,
	FLOW_INTERRUPT_SOUND = 1,
	FLOW_INTERRUPT_TEXT = 2,
	FLOW_INTERRUPT_SENTENCE = 3,
	FLOW_INTERRUPT_ONE_AFTER = 16,
	FLOW_INTERRUPT_ONE_DURING = 32,
	FLOW_INTERRUPT_PAUSE = 64,
	FLOW_INTERRUPT_RETRY_BLOCKED = 128,
	FLOW_INTERRUPT_RETRY_UNMATCHED = 256,
	FLOW_INTERRUPT_ANY_KEY = 512,
};

/* For a recogniser: as written, or the JSON text of what was an object. */
struct flow_params {
	const char *text;
	bool is_object;
};

/* How a node listens: its own settings over the script's over the defaults
 * (checklist C022-C043; defaults from the vendors' working values). */
struct flow_listen {
	int mode;                             /* 1 */
	int interrupt;                        /* 32 */
	int vad_mode;                         /* 0 */
	double vad_filter;                    /* 0.2 */
	uint32_t vad_min_active_time_ms;      /* 120 */
	uint32_t vad_max_end_silence_time_ms; /* 800 */
	uint32_t wait_speech_timeout_ms;      /* 5000 */
	uint32_t max_speech_time_ms;          /* 20000 */
	int record_mode;                      /* 1 */
	const char *asrproxy_addr; /* services by name, "" = as configured */
	const char *hot_word;      /* "" */
	struct flow_params asr_params; /* "" */
	const char *pronounce;         /* a list of base/pronounce.h, "" */
	const char *record_template;   /* "" */
};

/* --- a session ---------------------------------------------------------- */

struct flow_var {
	const char *name;
	const char *value;
};

/* What happened since the last turn. Text stays the caller's. */
enum flow_input_kind {
	FLOW_TEXT,     /* prefix letter and words, "Fyes please"      */
	FLOW_DTMF,     /* "d12": no terminator yet, "D12": terminated */
	FLOW_COMPLETE, /* "DONE()", "TIMEOUT(...)", "ERROR()", ...    */
	FLOW_NLP,      /* the keyword that the NLP service chose      */
	FLOW_HTTP,     /* the answer to an http effect                */
};

struct flow_input {
	enum flow_input_kind kind;
	const char *args;        /* FLOW_NLP: keyword, NULL: no answer;
	                          * FLOW_HTTP: body, NULL: none */
	const char *description; /* FLOW_NLP: the service's, may be NULL */
	int status;              /* FLOW_HTTP: status, 0: no answer */
	const char *record;      /* recording of this input, may be NULL */
	uint64_t start_ms;       /* since answer                            */
	uint32_t duration_ms;
	uint32_t play_ms; /* prompt already played, 0 = not playing  */
};

enum flow_effect_kind {
	FLOW_DO_PLAY,
	FLOW_DO_TRANSFER,
	FLOW_DO_QUEUE,
	FLOW_DO_HANGUP,
	FLOW_DO_NLP,
	FLOW_DO_HTTP,
	FLOW_DO_NOTIFY,
	FLOW_DO_WARN,
};

struct flow_play {
	const char *node;
	const char *const *itemv; /* variables already replaced */
	size_t itemc;             /* 0: just listen */
	int interruptible_after;  /* ms of prompt, or -1: never */
	bool has_quickresponse;
	const struct flow_listen *listen;
	const char *dtmf; /* filter, or NULL: keys are no input */
};

struct flow_transfer {
	const char *extension, *dialplan, *context;
};

struct flow_queue {
	const char *name;
	const char *wait; /* seconds as digits, "nowait", or "" */
	int priority;
};

struct flow_hangup {
	const char *const *itemv; /* played first, not interruptible */
	size_t itemc;
	const char *cause;
};

/* A request to a service that the caller performs; answered by FLOW_NLP or
 * FLOW_HTTP. For NLP, body is the request of E049-E055, to be sent by POST. */
struct flow_request {
	const char *url;
	const char *method;
	const char *body; /* JSON text or NULL */
	uint32_t timeout_ms;
};

struct flow_notify {
	const char *trigger; /* "script[node]" */
	const char *http;
	const char *linegroup;
	int human_answer_stop_robot;
	uint32_t beep_time_ms, rest_time_ms;
};

struct flow_effect {
	enum flow_effect_kind kind;
	size_t after_stepc; /* rows of this turn that come before it */
	union {
		struct flow_play play;
		struct flow_transfer transfer;
		struct flow_queue queue;
		struct flow_hangup hangup;
		struct flow_request request; /* NLP and HTTP */
		struct flow_notify notify;
		const char *warning;
	};
};

/* One row of `conversation`, checklist E003-E045 (values of the enums are
 * those of E008-E038). Texts are already cut to their columns. */
struct flow_step {
	uint64_t createtime_ms; /* since answer */
	const char *callid;
	const char *current_appid;
	uint32_t sequence;
	const char *current_flowid;
	int input_type;
	const char *input_args;
	const char *input_nlp_args;
	uint64_t input_start_ms; /* since answer */
	uint32_t input_duration_ms;
	uint32_t input_play_ms;
	int matching_method;
	const char *matching_condition;
	const char *condition_id;
	int condition_weight;
	const char *matching_keyword;
	int response_type;
	const char *response_description;
	const char *response_id;
	const char *response_action;
	const char *response_args;
	uint32_t repetition;
	const char *potential;
	const char *record;
};

/* One turn. Valid until the next feed of its session. Rows and effects stand
 * in the order of happening within their own array; after_stepc of an effect
 * orders them against each other. */
struct flow_turn {
	const struct flow_effect *effectv;
	size_t effectc;
	const struct flow_step *stepv;
	size_t stepc;
	bool is_over; /* the session is over: flow_session_result() stands */
};

struct flow_counters {
	uint32_t talk_time; /* whole seconds */
	uint32_t respond_count;
	uint32_t positive_respond_count, passive_respond_count;
	uint32_t intentional_count, unintentional_count;
	uint32_t trigger_global_flow, trigger_kb;
	uint32_t proactively_hangup;
};

struct flow_result {
	const char *label; /* "" none */
	int64_t intention;
	const char *class_letter; /* "" none */
	struct flow_counters counters;
	const struct flow_var *varv; /* all variables at the end */
	size_t varc;

	/* What the rows do not hold whole: answers of services, long texts; a
	 * JSON array for flow_call.inputs. */
	const char *inputs;
};

/* A person answers: makes the session. appid ids are drawn from callid, so
 * that a replay gives the same; vars win over the script's. callid is copied.
 * The session keeps a reference to the script. */
int flow_session_alloc(struct flow_session **sessp, struct flow_script *script,
                       const char *callid, const struct flow_var *varv,
                       size_t varc);

/* The first turn: boot into the start node. Once, before any feed. */
int flow_start(struct flow_session *sess, struct flow_turn *turn);

/* One input, one turn. now_ms is since answer and never goes back. Returns
 * ENOMEM only, after which the session must be dropped; a session that is over
 * gives an empty turn. */
int flow_feed(struct flow_session *sess, const struct flow_input *in,
              uint64_t now_ms, struct flow_turn *turn);

/* After is_over, or at any time for the state so far. */
void flow_session_result(const struct flow_session *sess,
                         struct flow_result *result);

/* A variable as it stands between turns; NULL: not set. */
const char *flow_session_var(const struct flow_session *sess, const char *name);

/* Calls handler once for each such item that holds variables which are all
 * set, with them replaced as they stand now, so that it can be made before its
 * turn. Texts are valid during the call. Returns ENOMEM. */
int flow_session_forecast(const struct flow_session *sess,
                          void (*handler)(const char *item, void *arg),
                          void *arg);

/* The phrases that would match now, as plain words for a recogniser with a
 * grammar: the text conditions of the children, global flows, sources and
 * knowledge base that are in force, their alternatives and optional parts
 * written out; "*" stands for anything in between ("not * interested").
 * What cannot be written out (a class, an unbounded repetition) is left out
 * and *is_completep becomes false. At most `limit` phrases. The array lives
 * until the next feed. */
int flow_session_phrases(struct flow_session *sess,
                         const char *const **phrasevp, size_t *phrasecp,
                         bool *is_completep, size_t limit);

/* --- replay ------------------------------------------------------------- */

/* A call as its rows were kept. */
struct flow_call {
	const char *callid;
	const struct flow_var *varv; /* when it began */
	size_t varc;

	const char *inputs;            /* flow_result.inputs, NULL: not known */
	const struct flow_step *stepv; /* times count from the answer */
	size_t stepc;
	const char *label; /* NULL: nothing was concluded from this talk */
	const char *class_letter;
	int64_t intention;
};

/* How a step, or a call, parts from what it was; the gravest last. */
enum flow_parting {
	FLOW_PARTING_NONE,
	FLOW_PARTING_MATCH,  /* by another keyword to the same answer */
	FLOW_PARTING_WORDS,  /* the same way, in other words */
	FLOW_PARTING_RESULT, /* the same way to another label, class or sum */
	FLOW_PARTING_PATH,   /* another way */
};

enum {
	FLOW_PARTING_COUNT = FLOW_PARTING_PATH + 1,
};

/* Called for each row that differs; the one of another way is the last. i
 * counts the kept rows. was or now is NULL where there is no such row. They
 * are valid during the call. */
typedef void(flow_parting_h)(enum flow_parting parting, size_t i,
                             const struct flow_step *was,
                             const struct flow_step *now, void *arg);

struct flow_replayed {
	enum flow_parting worst;

	/* As it ends now; texts are the script's. NULL where nobody knows:
	 * another way, or rows that were torn off. */
	const char *label;
	const char *class_letter;
	int64_t intention;
};

/* Holds the call again by what was heard in it, with this script. Returns
 * ENOMEM only. */
int flow_replay(struct flow_script *script, const struct flow_call *call,
                flow_parting_h *handler, void *arg,
                struct flow_replayed *replayed);

/* "same", "match", "words", "result", "path". */
const char *flow_parting_name(enum flow_parting parting);

/* --- names for people --------------------------------------------------- */

/* "TEXT", "COMPLETE", … and "flow", "kb", … for the columns of a step. */
const char *flow_input_type_name(int input_type);
const char *flow_method_name(int matching_method);
const char *flow_response_name(int response_type);

/* What became of words that were said: FLOW_HEARD_NONE where the step is about
 * something else, or where any words would have done. */
enum flow_heard {
	FLOW_HEARD_NONE,
	FLOW_HEARD_UNDERSTOOD,
	FLOW_HEARD_NOT_UNDERSTOOD,
};
enum flow_heard flow_step_heard(const struct flow_step *step);

/* The format of scripts, from the tables that load them: docs/script-keys.md
 * and docs/script.schema.json. */
void flow_describe_keys(FILE *out);
void flow_describe_schema(FILE *out);
