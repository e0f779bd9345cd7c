/*
 * notify/envelope.h - pure: events as CloudEvents 1.0 in JSON
 */
#pragma once

#include "notify/notify.h"

/* The event with its envelope, in structured mode; free with mem_deref().
 * source is the URI reference of this installation. ENOMEM. */
int envelope_make(char **textp, const struct notify_event *event,
                  const char *source);

/* Of an event whose type is raw: what is sent, and under which key. Both are
 * the caller's to mem_deref(). EBADMSG: its data is something else. */
int envelope_raw(char **keyp, char **textp, const struct notify_event *event);
bool envelope_is_raw(const struct notify_event *event);
