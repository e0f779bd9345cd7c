/*
 * cli/terminal.h - a conversation with a script, typed by a person
 */
#pragma once

#include <stdio.h>
#include "base/httpc.h"
#include "flow/flow.h"

struct terminal_prm {
	FILE *in, *out;
	const struct flow_script *script;
	struct flow_session *sess; /* ready to start */
	struct httpc *http;        /* NULL: services give no answer */
};

/* Returns 0 or an errno. */
int terminal_run(const struct terminal_prm *prm);
