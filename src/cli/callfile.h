/*
 * cli/callfile.h - held calls as a file, to be replayed elsewhere
 *
 * One JSON object a line: callid, label, class, intention, variables (when it
 * began), variables_end, steps (the rows of `conversation`, times since the
 * answer).
 */
#pragma once

#include <stdio.h>
#include "flow/flow.h"

typedef int(callfile_h)(const struct flow_call *call, void *arg);

/* Returns ENOMEM, or an errno of writing. */
int callfile_write(FILE *file, const struct flow_call *call);

enum {
	CALLFILE_FAULT_SIZE = 256,
};

/* Hands every call of the file to handler and ends with its first error. What
 * is no call is refused with EBADMSG; fault says where and why. */
int callfile_read(FILE *file, callfile_h *handler, void *arg,
                  char fault[CALLFILE_FAULT_SIZE]);
