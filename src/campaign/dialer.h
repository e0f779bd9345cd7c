/*
 * campaign/dialer.h - the dialer from within; private to dialer*.c
 */
#pragma once

#include "base/mem.h"
#include <re_tmr.h>
#include "campaign/campaign.h"
#include "campaign/rules.h"
#include "campaign/trouble.h"

enum {
	DIALER_WAITING_SIZE = 160,
};

struct dialer {
	struct store *store;
	struct dialer_prm prm;
	struct dialer_port port;
	struct dialer_sink sink;
	char *line;
	struct rules *rules; /* NULL: do-not-call alone */
	struct store_gate gate;

	struct pace pace;
	struct trouble trouble;
	struct list attemptl;
	unsigned claims; /* asked for, not answered */
	unsigned ends;   /* ends of attempts being written */
	unsigned store_fails;
	bool is_empty;   /* the last claim found nobody */
	int64_t next_ms; /* wall: when somebody will be due, 0 = never */
	char held[DIALER_WAITING_SIZE]; /* why nobody is due now */
	uint64_t rest_until_ms;
	bool is_over; /* done was scheduled */

	struct tmr tmr;
	struct tmr progress_tmr;
	struct dialer_progress progress;
	uint64_t start_ms;
	uint64_t told_ms;
	uint64_t spent_ms; /* all ended attempts together */
	uint32_t attempts; /* ended */
	char waiting[DIALER_WAITING_SIZE];
	char fault[CFG_FAULT_SIZE];
};

/* Tells the progress soon. */
void dialer_changed(struct dialer *dialer);

/* Says why nothing is dialled; "": it goes on. */
void dialer_wait_because(struct dialer *dialer, const char *why);

/* Tells the end, later. */
void dialer_finish(struct dialer *dialer);
