/*
 * cli/cli.h - the commands of the one binary
 *
 * A command is a row: name, one line of help, its options and a function. Help
 * texts, docs/commands.md and shell completion come from the rows. A command
 * prints results to standard output and everything else to standard error.
 *
 * Exit status: 0 done; 1 the thing asked for did not work; 2 wrong usage.
 */
#pragma once

#include "call/call.h"
#include "campaign/campaign.h"
#include "phone/phone.h"

/* What main.c hands down: the joints between folders of one floor. */
struct cli_wire {
	const struct cfg_table *const *tablev; /* of all folders */
	size_t tablec;

	/* A dialer port that places calls of this script on this line. Free
	 * *portp with mem_deref(). */
	int (*dialer_port)(struct dialer_port **portp, struct calls *calls,
	                   struct flow_script *script, struct phone_line *line,
	                   const struct call_sink *watch);
};

int cli_main(int argc, char *argv[], const struct cli_wire *wire);
