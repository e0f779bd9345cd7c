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
	struct zone *zone;             /* of event_date */
	struct verdict_words words;
	struct list filel;
	struct list errandl; /* calls under way */
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

/* Whether a client of this address may come at all. */
bool autocall_may(const struct autocall *ac, const char *address);

/* A server as the configuration wants it, on the port of this key; its routes
 * get ac. */
struct httpd_prm autocall_http(struct autocall *ac, const char *port_key);
