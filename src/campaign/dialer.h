/*
 * campaign/dialer.h - the dialer from within; private to dialer*.c
 */
#pragma once

#include "base/mem.h"
#include <re_tmr.h>
#include "campaign/campaign.h"
#include "campaign/group.h"
#include "campaign/rules.h"

enum {
	DIALER_BLOCK_SIZE = GRIEVANCE_REASON_SIZE + 80, /* and the call */
	DIALER_WAITING_SIZE = 160,
	DIALER_AGAIN_MS = 10000, /* until who is called again over another line
	                          * is due for any */
};

struct dialer {
	struct store *store;
	struct dialer_prm prm;
	struct dialer_port port;
	struct dialer_sink sink;
	struct rules *rules; /* NULL: do-not-call alone */
	struct store_gate gate;

	struct group group;
	struct dialer_redial redial;
	struct pace pace; /* of the campaign over all lines */
	struct list attemptl;
	struct list askingl;
	struct list againl; /* called again at once, over another line */
	struct tmr again_tmr;
	unsigned claims;  /* asked for, not answered */
	unsigned ends;    /* ends of attempts being written */
	unsigned redials; /* of them: then another line is tried at once */
	unsigned store_fails;
	bool is_empty;   /* the last claim found nobody */
	int64_t next_ms; /* wall: when somebody will be due, 0 = never */
	char held[DIALER_WAITING_SIZE]; /* why nobody is due now */
	uint64_t rest_until_ms;         /* of the store */
	bool is_over;                   /* done was scheduled */

	struct tmr tmr;
	struct tmr progress_tmr;
	struct patrol *parting; /* looks for the dead; NULL: others do */
	unsigned parted;        /* hung up by this look */
	struct dialer_progress progress;
	uint64_t start_ms;
	uint64_t told_ms;
	uint64_t spent_ms; /* all ended attempts together */
	uint32_t attempts; /* ended */
	char waiting[DIALER_WAITING_SIZE];
	char fault[CFG_FAULT_SIZE];
};

/* A claim, then a call, then its end on its way to the disk. Frees itself;
 * outlives the dialer. */
struct dialer_attempt {
	struct le le;
	struct dialer *dialer; /* NULL: freed */
	struct store *store;
	size_t line;             /* of the group */
	double line_calls_per_s; /* as configured */
	int64_t id;
	int64_t contact_id;
	char number[64];
	char call_id[64];
	uint32_t tries; /* that counted, before this one */
	bool has_other; /* of the contact's numbers: the next one, "" = its
	                 * first */
	char other[NUMBER_SIZE];
	char others[RULES_NUMBERS_SIZE]; /* all but the one that is called */
	bool is_urgent; /* given back, it goes before the others again */
	struct rules *rules;
	const struct zone *zone; /* their clock; the rules hold it */
	uint64_t placed_ms;
	char block[DIALER_BLOCK_SIZE]; /* why it is blocked, "" = it is not */
	bool is_back;                  /* the contact was given back */
	bool is_redialed;              /* at once, over another line */
};

/* Looks what to do next. */
void dialer_kick(struct dialer *dialer);

/* Asks for a contact over the line; contact_id 0: whoever is next. */
int dialer_claim(struct dialer *dialer, size_t line, int64_t contact_id);

/* No new calls; what is under way ends first. */
void dialer_no_more(struct dialer *dialer, const char *fault);

/* The call of an attempt has ended; for the port. */
void dialer_attempt_ended(const struct dialer_end *end, void *arg);

/* Nothing was sent: err of the port. The channel and the robot are free. */
void dialer_attempt_failed(struct dialer_attempt *attempt, int err);

/* Nothing was tried. */
void dialer_attempt_back(struct dialer_attempt *attempt);

/* Ends the run where no line is worth another try. */
void dialer_give_up(struct dialer *dialer);

/* Tells the progress soon. */
void dialer_changed(struct dialer *dialer);

/* Says why nothing is dialled; "": it goes on. */
void dialer_wait_because(struct dialer *dialer, const char *why);

/* Calls the attempt's contact again over another line, as soon as there is a
 * turn; looks whether there is; forgets all of them. Each one stands in
 * `redials` until then. */
void dialer_again(struct dialer *dialer, const struct dialer_attempt *attempt);
void dialer_again_look(struct dialer *dialer);
void dialer_again_end(struct dialer *dialer);

/* Ends the answered calls of processes that died, now and every few seconds. */
int dialer_part(struct dialer *dialer);

/* Tells the end, later. */
void dialer_finish(struct dialer *dialer);
