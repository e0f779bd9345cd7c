/*
 * autocall/errand.h - a robot call that somebody asked for; private to
 * autocall/
 */
#pragma once

#include "autocall/autocall_parts.h"

/* GET /make_call_auto?id&exten&file&action_id */
httpd_h errand_handler;

/* What /speech_to_text heard belongs to the call with this channel or caller
 * id, if there is one and no other with it. */
void errand_heard(struct autocall *ac, const char *channel,
                  const char *callerid, enum verdict verdict, const char *text);

void errand_hangup_all(struct autocall *ac);

/* The service ends: calls that still go on are nobody's any more. */
void errand_orphan_all(struct autocall *ac);
