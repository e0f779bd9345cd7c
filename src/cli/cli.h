/*
 * cli/cli.h - the commands of the one binary
 *
 * A command is a row: name, one line of help, its options and a function. Help
 * texts and docs/commands.md come from the rows. A command prints results to
 * standard output and everything else to standard error.
 *
 * Exit status: 0 done; 1 the thing asked for did not work; 2 wrong usage.
 */
#pragma once

#include "call/call.h"
#include "campaign/campaign.h"
#include "phone/phone.h"

/* What a command may see of the calls that a dialer places. */
struct cli_watch {
	void (*moment)(const char *number, const char *name,
	               const struct call_moment *moment, void *arg);
	void *arg;
};

struct cli_dial_prm {
	struct calls *calls;
	struct flow_script *script;
	struct phone *phone; /* the dialer names its lines */
	uint32_t ring_ms;
	struct cli_watch watch; /* moment may be NULL */
};

/* What main.c hands down: the joints between folders of one floor. */
struct cli_wire {
	const struct cfg_table *const *tablev; /* of all folders */
	size_t tablec;

	/* A dialer port that places calls by prm (copied; the objects in it
	 * stay the caller's and must outlive the port). Free *portp with
	 * mem_deref() once no call is live. */
	int (*dialer_port)(struct dialer_port **portp,
	                   const struct cli_dial_prm *prm);
};

extern const struct cfg_table cli_cfg_table; /* [program] */

int cli_main(int argc, char *argv[], const struct cli_wire *wire);
