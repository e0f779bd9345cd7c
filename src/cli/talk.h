/*
 * cli/talk.h - a conversation with a script, without a telephone
 *
 * terminal.c talks with a person, talkjson.c with a program: one JSON object
 * per line in, one or more out.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "base/httpc.h"
#include "flow/flow.h"

struct talk_prm {
	const char *path; /* of the script */
	bool is_json;
	const struct flow_var *varv;
	size_t varc;
	const char *callid; /* NULL: a new one */

	/* Services are asked with it, on the control loop; NULL: they give no
	 * answer. Programs bring the answers themselves. */
	struct httpc *http;
};

/* Returns the exit status: 0; 1 the script is refused; 2 an input line is not
 * understood. */
int talk_run(FILE *in, FILE *out, FILE *err, const struct talk_prm *prm);

/* The same for programs, the session being ready to start. */
int talkjson_run(FILE *in, FILE *out, FILE *err, struct flow_session *sess);

/* One fault, or one warning of a script that runs, as a JSON line. */
void talkjson_fault(FILE *out, const struct flow_fault *fault);
void talkjson_warning(FILE *out, const struct flow_fault *fault);

enum {
	TALK_DONE = 0,
	TALK_REFUSED = 1,
	TALK_NOT_UNDERSTOOD = 2,
	TALK_LINE_BYTES_MAX = 1024 * 1024,
};

/* Reads one line without its end into *linep (to be freed with mem_deref()).
 * Returns ENODATA at the end, EMSGSIZE for a line that is too long. */
int talk_line(char **linep, FILE *in);
