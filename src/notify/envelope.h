/*
 * notify/envelope.h - pure: events as CloudEvents 1.0 in JSON
 */
#pragma once

#include "notify/notify.h"

/* The event with its envelope, in structured mode; free with mem_deref().
 * source is the URI reference of this installation. ENOMEM. */
int envelope_make(char **textp, const struct notify_event *event,
                  const char *source);
