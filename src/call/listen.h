/*
 * call/listen.h - pure: whose turn it is while a prompt plays and behind it
 *
 * One object per call. It is told what happens (prompt over, voice, sentence,
 * key, time) and decides what becomes an input of the session and when the
 * prompt is cut, held or resumed: checklist C022-C032, C038, C132-C137. It
 * asks no clock: every event brings the moment, listen_due_ms() tells when
 * listen_time() wants to be called.
 *
 * An input may lead to another action or to the end (LISTEN_TAKEN). The owner
 * has called listen_begin(), listen_close() or listen_stop() by then, and the
 * function that made the input touches nothing any more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call/keyfilter.h"
#include "flow/flow.h"

enum listen_answer {
	LISTEN_UNMATCHED,
	LISTEN_NOISE,   /* of the node's noise rule */
	LISTEN_BLOCKED, /* the prompt must not be interrupted */
	LISTEN_ASKED, /* a service is asked; listen_answered() says the rest */
	LISTEN_TAKEN,
};

struct listen_ops {
	/* text has the form of the kind: "Fyes", "D12", "TIMEOUT()". */
	enum listen_answer (*input)(enum flow_input_kind kind, const char *text,
	                            void *arg);
	void (*hear)(bool is_on, void *arg); /* opens or shuts the ears */
	void (*drop)(void *arg);             /* what is being recognised */
	void (*cut)(void *arg);
	void (*hold)(void *arg);
	void (*resume)(void *arg);
	void *arg;
};

enum listen_phase {
	LISTEN_IDLE, /* nothing is asked: all events are ignored */
	LISTEN_PLAYING,
	LISTEN_WAITING, /* the prompt is over or was cut */
};

enum {
	LISTEN_TEXT_SIZE = 1024, /* of all that is told in one completion */
};

struct listen {
	struct listen_ops ops;
	struct flow_listen set;
	struct keyfilter keys;
	int interruptible_after;
	bool has_quickresponse;
	uint32_t digit_ms; /* between two keys */

	enum listen_phase phase;
	bool is_held;
	bool is_settled;      /* what the prompt's end decides was done */
	bool has_word_during; /* a sentence with words while it played */
	bool has_sentence;    /* one behind the prompt, understood or not */
	uint64_t deadline_ms; /* of waiting */
	uint64_t keys_due_ms; /* of the keys so far */
	char heard[LISTEN_TEXT_SIZE]; /* "F:oneF:two", unmatched so far */

	/* the input that a service is asked about, prefix 0: none */
	char asked_prefix;
	char asked[LISTEN_TEXT_SIZE];
	bool was_playing, was_too_long; /* when it came */

	char blocked[LISTEN_TEXT_SIZE]; /* for a second try: flag 128 */
	char missed[LISTEN_TEXT_SIZE];  /* flag 256 */
};

/* The moment of an event. */
struct listen_now {
	uint64_t ms;
	uint32_t play_ms; /* of the prompt, 0: not playing */
	bool is_talking;  /* somebody speaks or is still being recognised */
};

void listen_init(struct listen *l, uint32_t digit_ms,
                 const struct listen_ops *ops);

/* From which ms of its prompt on the first sound cuts or holds it, so that
 * who plays it need not ask; UINT32_MAX: never. */
uint32_t listen_hush_ms(const struct flow_play *play);

/* An action begins to play or, without items, to wait. A sentence under way
 * belongs to it where it listens from its beginning. */
void listen_begin(struct listen *l, const struct flow_play *play,
                  struct listen_now now);

/* The action is over; the ears stay as they are for the next. */
void listen_close(struct listen *l);

/* No action will listen any more, for now. */
void listen_stop(struct listen *l);

void listen_prompt_over(struct listen *l, struct listen_now now);

/* Something of the prompt cannot be played. */
void listen_prompt_failed(struct listen *l);

void listen_voice(struct listen *l, struct listen_now now);
void listen_partial(struct listen *l, const char *text, struct listen_now now);

/* text "": heard, not understood. */
void listen_sentence(struct listen *l, const char *text, bool is_too_long,
                     struct listen_now now);

/* In place of listen_sentence(). */
void listen_recogniser_failed(struct listen *l, const char *words,
                              struct listen_now now);

/* The answer to an input that was LISTEN_ASKED is there: it becomes the input
 * FLOW_NLP with the text "". Until then the prompt plays on, or is held, and
 * nothing is completed; another input shows the session that none will come. */
void listen_answered(struct listen *l, struct listen_now now);

void listen_key(struct listen *l, char key, struct listen_now now);

/* When listen_time() is due; UINT64_MAX: not. To be asked after each event. */
uint64_t listen_due_ms(const struct listen *l, bool is_talking);
void listen_time(struct listen *l, struct listen_now now);
