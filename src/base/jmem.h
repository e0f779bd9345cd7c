/*
 * base/jmem.h - the memory of the JSON parser, watched and pooled
 *
 * jansson drops what it has no memory for: a text ends early, a key is not
 * there, and nobody is told. Here the failure is remembered, so that who parsed
 * can say ENOMEM instead of going on with half of it.
 *
 * Threads: each has a memory of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct json_t;
struct json_error_t;

/* Once, before the first thread and the first JSON. */
void jmem_watch(void);

/* Forgets what failed in this thread. */
void jmem_forget(void);

/* Whether the parser was refused memory since then. */
bool jmem_has_failed(void);

/* In between, what this thread parses comes from large pieces that go all at
 * once: a document of many small values is read in half the time. It begins
 * and ends its life within; what was there before is not let go of within.
 * Without jmem_watch() there is no pool, so values are still dropped. */
void jmem_pool_open(void);
void jmem_pool_close(void);

/* Reads a text; flags: of jansson. EBADMSG where it is no JSON, which error, if
 * not NULL, explains; ENOMEM rather than half of it. What failed before is not
 * forgotten. */
int jmem_read(struct json_t **jsonp, const char *text, size_t len, size_t flags,
              struct json_error_t *error);

/* A document into a file, with flags of jansson; dropped in any case. ENOMEM,
 * and nothing is written, where memory was lacking, also for what was made of
 * it since jmem_forget(), or where json is NULL. */
int jmem_write(FILE *out, struct json_t *json, size_t flags);

/* A document as compact text; free with mem_deref(). json is dropped in any
 * case. NULL where memory was lacking, also for what was made of it since
 * jmem_forget(), or where json is NULL. */
char *jmem_text(struct json_t *json);
