/*
 * speech/pick.h - where in the answer of a service a text is
 *
 * "/results/0/text" is a JSON pointer (RFC 6901) in which "*" stands for every
 * element of an array; anything else is a regular expression (PCRE2) whose
 * first group it is; "" is the whole answer.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/cfg.h"

struct pick;

/* Free with mem_deref(). EINVAL: no expression, and why in fault. */
int pick_alloc(struct pick **pickp, const char *where,
               char fault[CFG_FAULT_SIZE]);

/* Whether it looks into JSON. */
bool pick_is_pointer(const struct pick *pick);

/* Copies what is there, several values with blanks between, cut at size. false:
 * there is nothing of the kind. */
bool pick_json(const struct pick *pick, char *text, size_t size,
               const json_t *root);
bool pick_body(const struct pick *pick, char *text, size_t size,
               const char *body, size_t n);
