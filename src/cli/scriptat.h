/*
 * cli/scriptat.h - a script that begins at a node of one's choice
 *
 * So that what the node expects, and where an answer leads, are those of a
 * real call that came there.
 */
#pragma once

#include <jansson.h>

struct flow_script;

/* root: the script as JSON; its "start" is changed. EINVAL: it does not load,
 * ENOMEM. */
int scriptat_load(struct flow_script **scriptp, json_t *root, const char *node);
