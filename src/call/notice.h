/*
 * call/notice.h - what other systems hear of a call while it goes on; private
 * to call/
 */
#pragma once

#include "call/live.h"

/* The data of call.intention, NULL without memory; free with mem_deref(). */
char *notice_intention(const struct call *call,
                       const struct flow_notify *notify);

/* A call rings or was answered: "call.ringing", "call.answered". Of row there
 * are callid, direction, number and line. store may be NULL. */
void notice_moment(struct store *store, const char *type,
                   const struct store_call *row);
