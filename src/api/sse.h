/*
 * api/sse.h - server-sent events to one client; private to api/
 *
 * A comment every 15 s keeps the way open and finds out who went away; whose
 * token ended meanwhile is cut off.
 */
#pragma once

#include "api/ask.h"

struct sse;

struct sse_sink {
	/* After an ENOBUFS: there is room again. May be NULL. */
	void (*drained)(void *arg);
	/* The client is gone or was cut off: mem_deref() the sse. */
	void (*gone)(void *arg);
	void *arg;
};

/* Begins the answer. mem_deref() ends it. A failure has been answered. */
int sse_open(struct sse **ssep, struct ask *ask, const struct sse_sink *sink);

struct sse_event {
	const char *id; /* NULL: none to resume at */
	const char *type;
	const char *data; /* one line */
};

/* ENOBUFS: the client is slow, nothing of it was taken. */
int sse_send(struct sse *sse, const struct sse_event *event);
