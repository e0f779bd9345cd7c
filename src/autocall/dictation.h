/*
 * autocall/dictation.h - a recorded answer that somebody sends to have it
 * recognised; private to autocall/
 */
#pragma once

#include "autocall/autocall_parts.h"

/* GET and POST /speech_to_text?callerid&channel, the sound as `audio` of a
 * form. The answer is a code alone. */
httpd_h dictation_handler;

/* The service ends: nobody waits for an answer any more. */
void dictation_end_all(struct autocall *ac);
