/*
 * autocall/autocall_parts.h - what the parts of the service share; private to
 * autocall/
 */
#pragma once

#include "autocall/autocall.h"
#include "autocall/verdict.h"
#include "base/httpd.h"
#include "base/mem.h"
#include "base/zone.h"
#include <re_tmr.h>

enum {
	AUTOCALL_ID_BYTES = 500, /* of a task: a navigation link of 1C */
};

struct bus;
struct softphones;

/* What can be asked for with file=. */
struct autocall_file {
	struct le le;
	const char *name;
	const char *sound; /* for ${sound} of the script */
	struct flow_script *script;
};

struct autocall {
	struct autocall_prm prm;
	struct httpd *server;
	struct softphones *softphones; /* NULL: none */
	struct bus *bus;
	struct zone *zone; /* of event_date */
	struct verdict_words words;
	struct list filel;
	struct list errandl; /* robot calls under way */
	struct list orderl;  /* calls with an operator */
	struct list dictationl;
	struct work_queue *queue;
	const struct le *next; /* script whose prompts are being made */
	char places[300];

	void (*ready)(const char *fault, void *arg);
	void *ready_arg;

	struct tmr tmr;
	uint64_t drain_ms; /* until then calls may go on */
	bool is_hung_up;   /* then they are */
	void (*drained)(void *arg);
	void *drained_arg;
};

extern const char autocall_html[]; /* content type of texts */

/* An answer, with the headers that every one has. */
void autocall_say(struct httpd_request *req, unsigned status, const char *type,
                  const char *text);

/* {"status":"failed","error":…}, as the service always said it. */
void autocall_fail(struct httpd_request *req, unsigned status,
                   const char *error);

/* Why a call could not be placed, in words. */
const char *autocall_fault(int err);

/* A parameter, "" where there is none. */
const char *autocall_query(const struct httpd_request *req, const char *name);

/* So many calls as are allowed are under way. */
bool autocall_is_full(const struct autocall *ac);

/* Whether a client of this address may come at all. */
bool autocall_may(const struct autocall *ac, const char *address);

/* A server as the configuration wants it, on the port of this key; its routes
 * get ac. */
struct httpd_prm autocall_http(struct autocall *ac, const char *port_key);
