/*
 * flow/jump.h - jump values: where a return, a switch of the knowledge base
 * or of a node leads
 */
#pragma once

#include "flow/script.h"

struct flow_session;

enum jump_kind {
	JUMP_BACK, /* "" or "return": to the source */
	JUMP_TOP,
	JUMP_TEXT, /* "text:…": the rest is said at the source */
	JUMP_DTMF,
	JUMP_COMPLETE,
	JUMP_NODE,
};

enum jump_kind jump_kind(const char *value);

/* Takes the jump of the return node that the session stands at. */
void jump_return(struct flow_session *sess);

/* Takes the current node's kbswitchflow. Returns the row of the jump, or
 * SIZE_MAX where it failed. */
size_t jump_switch(struct flow_session *sess);

/* Takes the jump of a knowledge-base entry. Returns false where the entry's
 * prefix form matches nothing, so that the hit is an ordinary one. */
bool jump_entry(struct flow_session *sess, const struct entry *entry);
