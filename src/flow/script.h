/*
 * flow/script.h - what a script is once it has been read
 *
 * The loader fills these structs by the tables of shape.c, link.c resolves
 * ids, sorts conditions and compiles patterns. Afterwards nothing changes.
 * Everything lives in the script's arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "flow/arena.h"
#include "flow/flow.h"
#include "flow/pattern.h"

enum {
	SCRIPT_BYTES_MAX = 16 * 1024 * 1024,
	SCRIPT_DEPTH_MAX = 64,
	SCRIPT_NODES_MAX = 10000,
	SCRIPT_STACK_MAX = 32, /* sources */
	SCRIPT_LOOPS_MAX = 20, /* executions where repetition is 0 */
};

/* Any array of a script; the table says what it is of. */
struct vec {
	void *v;
	size_t c;
};

enum action {
	ACTION_PLAYBACK,
	ACTION_TRANSFER,
	ACTION_RETURN,
	ACTION_QUEUE,
	ACTION_HANGUP,
	ACTION_HTTP,
	ACTION_SET,
	ACTION_COUNT,
};

enum cond_kind {
	COND_TEXT,
	COND_COMPLETE,
	COND_DTMF,
	COND_KINDS,
};

struct prompt {
	const char *const *itemv;
	size_t itemc;
	bool has_vars;
};

/* What `potential` does; text as written, "" for unset. */
struct potential {
	const char *text;
	enum {
		POTENTIAL_NONE,
		POTENTIAL_ADD,
		POTENTIAL_SET,
		POTENTIAL_CLASS
	} kind;
	int32_t value;
};

/* How often a prompt may follow itself: times, or seconds since the first. */
struct limit {
	uint32_t times;
	uint32_t seconds; /* 0: times count */
};

/* One expression, or an array of them. */
struct regexes {
	const char *const *textv;
	struct pattern **patternv;
	size_t c;
	bool is_array;
};

/* Names in an array, or the word "all". */
struct names {
	const char *const *v;
	size_t c;
	bool is_all;
};

struct cond {
	const char *text; /* as written; NULL: not set */
	struct pattern *pattern;
	bool is_any;
};

/* A way from a node, or into a global flow. */
struct link {
	const char *flow;
	struct node *target;
	int32_t priority, keywordweight;
	struct {
		const char *text, *complete, *dtmf;
	} condition;
	struct cond condv[COND_KINDS];
};

struct global {
	const char *id;
	struct link link;
	uint64_t timelimit_ms;
	uint32_t countlimit;
	uint32_t ignoredisablebreak;
};

/* `triggernotify` and what it overrides. */
struct alert_prm {
	uint32_t is_set;
	const char *linegroup;
	int32_t human_answer_stop_robot; /* -1: the script's */
};

struct entry {
	const char *id, *category;
	struct regexes keywords;
	struct prompt playbacks;
	uint32_t repetition;
	struct potential potential;
	int32_t ignorereturnplayback;
	const char *switchflow;
	struct alert_prm alert;
	uint32_t index; /* in script->kb */
};

struct var_set {
	const struct flow_var *v;
	size_t c;
};

/* Links in the order in which they are tried, and the numbers of their
 * patterns side by side, so that those that cannot match are skipped without
 * a look at them. */
struct order {
	const struct link **v;
	uint32_t *indexv;
	size_t c;
};

/* Global flows that a node listens to, per kind. A struct link of a global is
 * the first member behind its id, see global_of(). */
struct listen_set {
	struct order orderv[COND_KINDS];
};

/* One expression of an entry. */
struct keyword {
	const struct entry *entry;
	const struct pattern *pattern;
	const char *text; /* as written */
};

/* The expressions of all entries that a node answers from. */
struct kb_set {
	struct keyword *v;
	uint32_t *indexv; /* of their patterns */
	size_t c;
};

struct node {
	const char *id, *description;
	enum action action;
	struct potential potential;
	uint32_t disclosure; /* says who calls, and that it is a machine */
	uint32_t repetition;
	struct alert_prm alert;
	struct vec children; /* struct link */

	/* playback; playbacks also of hangup and return */
	struct prompt playbacks, replaybacks, thirdplaybacks, fourplaybacks;
	struct prompt kbplaybacks, returnplaybacks;
	struct prompt timeoutplaybacks, mismatchplaybacks;
	uint32_t timeoutaddplayback, mismatchaddplayback;
	struct limit timeoutrepetition, mismatchrepetition;
	const char *nlpid;
	uint32_t sourceflowdepth;
	struct names globalflow, kb;
	uint32_t kb_priority;
	const char *kbswitchflow;
	struct {
		const char *dtmf;
	} filter;
	struct regexes noiserule;
	int32_t disablebreak;
	uint32_t quickresponse;
	struct flow_listen listen;

	/* transfer */
	const char *extension, *dialplan, *context;

	/* return */
	const char *value;
	uint32_t kbreplay, blockplay;

	/* queue */
	const char *name, *wait;
	int32_t priority;

	/* hangup */
	const char *cause;

	/* http */
	const char *url, *method;
	const char *body; /* JSON text, NULL: none */
	uint32_t timeout_ms;

	/* set */
	struct var_set variables;

	/* made by link.c */
	uint32_t index;
	const char *dtmf; /* filter, NULL: keys are no input */
	struct order orderv[COND_KINDS], anyv[COND_KINDS];
	const struct listen_set *globals;
	const struct kb_set *entries;
	uint8_t *owners; /* bit per global flow it belongs to, or NULL */
	const char *flowkeywords, *kbkeywords; /* percent-encoded, for nlp */
};

struct when {
	const char *var, *op;
	bool is_text;
	const char *text;
	double value;
};

struct label {
	const char *label;
	struct vec when; /* struct when */
};

/* A number that may be missing. */
struct maybe {
	bool is_set;
	double value;
};

struct intention_prm {
	struct maybe intention_threshold, calltime_threshold;
	const char *intention_label;
	uint32_t notify_condition;
	const char *notify_http, *notify_linegroup;
	int32_t human_answer_stop_robot;
	uint32_t beep_time_ms, rest_time_ms;
};

struct synonym {
	const char *name;
	struct names words;
};

struct nlp_prm {
	const char *url;
	uint32_t timeout_ms;
	struct vec synonyms; /* struct synonym */
};

struct tts_prm {
	const char *url, *config, *engine, *voice;
	struct names voices;
	int32_t volume, speechrate, pitchrate;
};

struct idmap;

struct flow_script {
	struct arena *arena;
	const char *name;
	const char *version, *description, *language, *recordings;
	bool is_file; /* recordings is beside it */
	const char *start;
	struct var_set variables;
	struct tts_prm tts;
	struct flow_listen asr;
	struct nlp_prm nlp;
	struct intention_prm intention;
	struct vec label;      /* struct label */
	struct vec kb;         /* struct entry */
	struct vec globalflow; /* struct global */
	struct vec flow;       /* struct node */

	/* made by link.c */
	struct node *start_node;
	struct idmap *nodes; /* id to struct node */
	struct pattern_set *patterns;
	struct flow_voice voice;
};

static inline const struct global *global_of(const struct link *link)
{
	return (const struct global *)((const char *)link -
	                               offsetof(struct global, link));
}

static inline struct node *script_nodes(const struct flow_script *script)
{
	return script->flow.v;
}

static inline struct entry *script_entries(const struct flow_script *script)
{
	return script->kb.v;
}

static inline struct global *script_globals(const struct flow_script *script)
{
	return script->globalflow.v;
}

static inline bool prompt_is_set(const struct prompt *prompt)
{
	return prompt->itemc > 0;
}

/* The node with that id, or NULL. */
struct node *script_node(const struct flow_script *script, const char *id);

/* Each item of a prompt that has to be made or fetched, in file order. */
typedef void(script_item_h)(const char *item, void *arg);
void script_items(const struct flow_script *script, script_item_h *handler,
                  void *arg);
