/*
 * cli/dialing.h - a campaign from its first call to its results: what `run`
 * and `campaign start` share
 */
#pragma once

#include "cli/env.h"
#include "cli/report.h"

struct dialing_prm {
	const char *campaign; /* its name */
	int64_t list_id;      /* STORE_LIST_OWN: those it was made with */
	struct flow_script *script;
	const char *script_word; /* "visit@3"; NULL: as it calls itself */
	const char *group;       /* NULL: lines */
	const char *lines;       /* "main, spare"; NULL: the first one */
	unsigned calls_max;      /* at once; 0: as configured */
	double calls_per_s;      /* below 0: as configured */
	uint32_t ring_s;         /* 0: as configured */
	unsigned priority;
	bool is_watched; /* conversations on standard output */
	bool is_scored;
	enum report_format format;
	const char *output; /* file for the results, NULL: standard output */
};

/* Calls who is due, prints the results. The env has configuration and store.
 * Returns 0 when nobody is left (EBADMSG when it was scored and someone was
 * not understood), EINTR after Ctrl-C, or an errno whose reason has been said.
 */
int dialing_run(struct env *env, const struct dialing_prm *prm);
