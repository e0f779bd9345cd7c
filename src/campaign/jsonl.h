/*
 * campaign/jsonl.h - pure: bytes of JSON lines to contacts and refusals
 *
 * Each line is an object of texts, numbers and truth values: the variables of
 * one contact. What is wrong with a line costs that line alone.
 */
#pragma once

#include "campaign/sheet.h"

struct jsonl;

/* Free with mem_deref(). */
int jsonl_alloc(struct jsonl **jsonlp, const struct sheet_prm *prm);

/* The next bytes; is_last: there are no more. */
int jsonl_feed(struct jsonl *jsonl, const char *bytes, size_t size,
               bool is_last);
