/*
 * flow/session.h - one person's walk through a script, from the inside
 *
 * What belongs to one turn lives in the turn's arena. Where memory runs out
 * the arena remembers it, the turn is gone through to its end with empty
 * texts, and flow_feed() says ENOMEM: the session is then to be dropped.
 */
#pragma once

#include "flow/match.h"
#include "flow/script.h"
#include "flow/tally.h"
#include "flow/vars.h"

enum {
	SESSION_MOVES_MAX = 2000, /* jumps and `set` nodes in one turn */
	SESSION_APPID_SIZE = 37,
	RECORD_ARGS_MAX = 1024, /* code points of the column input_args */
};

/* The numbers of the columns input_type, matching_method, response_type. */
enum {
	INPUT_TEXT = 0,
	INPUT_DTMF = 1,
	INPUT_COMPLETE = 2,
	INPUT_CREATE = 10,
	INPUT_DESTORY = 11, /* so spelled in the interface */
	INPUT_FLOWID = 20,
	INPUT_ERROR = 30,

	METHOD_MISMATCH = 0,
	METHOD_BOOT = 1,
	METHOD_REGEX = 2,
	METHOD_FULL = 3,
	METHOD_ANY = 4,
	METHOD_FLOWID = 5,

	RESPONSE_NONE = 0,
	RESPONSE_FLOW = 1,
	RESPONSE_KB = 2,
	RESPONSE_MISMATCH = 3,
	RESPONSE_SWITCHFLOW = 4,
	RESPONSE_TIMEOUT = 5,
	RESPONSE_GLOBALFLOW = 6,
	RESPONSE_BROTHERFLOW = 7,
	RESPONSE_NOISERULE = 8,
	RESPONSE_DISABLEBREAK = 9,
};

/* Where to come back to, and the knowledge-base entry whose answer was the
 * last prompt there, or NULL. */
struct frame {
	const struct node *node;
	const struct entry *answer;
};

/* A prompt with its variables replaced. */
struct items {
	const char **v;
	size_t c, room;
};

/* What a node of the present turn does on its own. */
enum move {
	MOVE_NONE,
	MOVE_SET,    /* it is done */
	MOVE_RETURN, /* it jumps */
	MOVE_SWITCH, /* it was come back to and has a kbswitchflow */
};

/* An input as its row shows it. */
struct heard {
	int type;
	const char *args;
	const char *record;
	uint64_t start_ms;
	uint32_t duration_ms, play_ms;
	/* The answer of the service that understands keywords. */
	const char *nlp_keyword, *nlp_description;
	uint64_t at_ms; /* when it was said */
};

enum ending {
	ENDING_NONE,
	ENDING_CALLEE, /* the line is gone */
	ENDING_ROBOT,  /* we hang up */
};

struct flow_session {
	struct flow_script *script;
	struct arena *turn;
	struct tally *tally;
	struct vars vars;
	const char *callid;
	uint64_t callid_hash;

	const struct node *node;
	const struct entry *answer; /* of the last prompt, or NULL */
	bool has_switch;            /* its kbswitchflow waits for the answer */
	bool waits_http;
	bool has_notified;
	bool is_over;
	bool is_quiet; /* the line is gone: no effects */
	bool by_match; /* the node was reached by a condition */

	uint32_t sequence;
	char appid[SESSION_APPID_SIZE];
	uint32_t timeouts, mismatches; /* prompts in a row */
	uint64_t timeout_first_ms;
	struct frame stackv[SCRIPT_STACK_MAX];
	size_t stackc;

	int64_t intention;
	const char *class_letter;
	struct flow_counters counters;
	uint64_t last_ms;
	size_t rows_before; /* of earlier turns */
	char *inputs;       /* what rows do not hold whole, a JSON array */
	size_t inputs_len;

	/* The text that the service is asked about; NULL: none. */
	char *asked;
	char *asked_record;
	struct heard asked_heard;

	/* the turn under way */
	uint64_t now_ms;
	struct flow_step *stepv;
	size_t stepc, step_room;
	struct flow_step spare; /* where memory is out */
	struct flow_effect *effectv;
	size_t effectc, effect_room;
	size_t effects_placed; /* of the inputs before this one */
	struct flow_effect act;
	bool has_act;
	struct items carry; /* joined in front of the next prompt */
	enum move move;
	unsigned moves;
	enum ending ending;
	struct matcher matcher;
};

static inline uint32_t session_key_of_node(const struct node *node)
{
	return node->index + 1;
}

static inline uint32_t session_key_of_entry(const struct entry *entry)
{
	return (entry->index + 1) | 0x80000000u;
}

/* Whether a node, or entry, may be executed once more. */
bool session_may_enter(const struct flow_session *sess,
                       const struct node *node);
bool session_may_answer(const struct flow_session *sess,
                        const struct entry *entry);

/* --- record.c: rows ----------------------------------------------------- */

/* Adds the row of an input at the current node; returns its number. */
size_t record_add(struct flow_session *sess, const struct heard *heard);

/* The row again. Valid until the next record_add(). */
struct flow_step *record_row(struct flow_session *sess, size_t i);

/* The input's text, where it is known only afterwards. */
void record_args(struct flow_session *sess, size_t i, const char *args);

/* What matched. */
void record_hit(struct flow_session *sess, size_t i, const struct hit *hit);

/* What was done about it. args NULL: none. */
void record_response(struct flow_session *sess, size_t i, int type,
                     const char *id, const char *action,
                     const struct items *args);

/* The repetition and potential columns. */
void record_counts(struct flow_session *sess, size_t i, uint32_t repetition,
                   const char *potential);

/* An ERROR row for an id that could not be entered. */
void record_error(struct flow_session *sess, const char *id, const char *why);

/* --- effect.c: effects -------------------------------------------------- */

/* A warning or notification, in the order of happening. */
struct flow_effect *effect_add(struct flow_session *sess,
                               enum flow_effect_kind kind);
void effect_warn(struct flow_session *sess, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The one thing that an input makes the robot do. The last one counts. */
struct flow_effect *effect_act(struct flow_session *sess,
                               enum flow_effect_kind kind);

/* A play effect at the current node. */
void effect_play(struct flow_session *sess, const struct items *items);

/* An input is done: its effects go behind its rows. */
void effect_place(struct flow_session *sess);

/* --- expand.c: variables in texts --------------------------------------- */

/* Text with ${name} replaced. */
const char *expand_text(struct flow_session *sess, const char *text);

/* The same with the values percent-encoded, for addresses. */
const char *expand_url(struct flow_session *sess, const char *text);

/* A JSON text with the variables in its texts replaced. */
const char *expand_json(struct flow_session *sess, const char *json);

/* Appends a prompt; items that become empty stay out. */
void expand_prompt(struct flow_session *sess, struct items *items,
                   const struct prompt *prompt);

/* --- enter.c: coming to nodes ------------------------------------------- */

/* Executes a node: what of row i says where it led is filled in. */
void enter_node(struct flow_session *sess, const struct node *node, size_t row,
                int type);

/* Comes back to a source; the caller has popped it. */
void enter_back(struct flow_session *sess, const struct frame *frame,
                size_t row, const struct node *via);

/* Remembers the current node as a source. false: the stack is full, the ERROR
 * row for id is written and the robot hangs up. */
bool enter_push(struct flow_session *sess, const char *id);

/* A prompt begins: one more action with an id of its own. */
void enter_action(struct flow_session *sess);

/* The node's own prompt once more, and what follows an answer of the
 * knowledge base. */
const struct prompt *enter_prompt_again(const struct node *node);
const struct prompt *enter_prompt_kb(const struct node *node);

/* Sets a variable, with a warning where there are too many. */
void enter_set_var(struct flow_session *sess, const char *name,
                   const char *value);

/* The current `set` or http node is done. */
void enter_done(struct flow_session *sess, bool is_good);

/* Writes an ERROR row and ends the dialog. */
void enter_fail(struct flow_session *sess, const char *id, const char *why);

/* Goes on while nodes act on their own. */
void enter_settle(struct flow_session *sess);

/* --- inputs: hear.c, done.c, ask.c ----------------------------- */

void hear_text(struct flow_session *sess, const struct heard *heard);

/* The part of it that follows the question of what was meant. */
void hear_match(struct flow_session *sess, const struct heard *heard);

void hear_keys(struct flow_session *sess, const struct heard *heard);
void done_action(struct flow_session *sess, const struct heard *heard);

/* Asks the service which keyword of the current node was meant. */
void ask_start(struct flow_session *sess, const struct heard *heard);

/* Its answer, or NULL: none came and none will. */
void ask_finish(struct flow_session *sess, const char *keyword,
                const char *description);

/* A condition was followed: its weight counts. */
void follow_weight(struct flow_session *sess, const struct link *link);

/* A hit of any kind at the current node, row i being its input's. */
void follow_hit(struct flow_session *sess, const struct hit *hit, size_t row);

/* --- alert.c: intention and notification -------------------------------- */

void alert_potential(struct flow_session *sess,
                     const struct potential *potential, bool is_node);
void alert_test(struct flow_session *sess, const char *id, uint32_t key,
                const struct alert_prm *prm);
