/*
 * flow/inputs.h - what the rows of a call do not hold whole
 *
 * Rows cut long texts, keep 50 characters of what a service chose, and nothing
 * of what an http node brought. A session keeps that beside its rows, as a
 * JSON array with the number of the row each belongs to, so that a replay
 * hears exactly what the call heard.
 */
#pragma once

#include <jansson.h>
#include "flow/session.h"

/* The next row is of this input; it is kept where the column is too short. */
void inputs_keep_args(struct flow_session *sess, const struct heard *heard);

/* The next row is of a text that the service was asked about at at_ms.
 * keyword NULL: it did not answer. */
void inputs_keep_nlp(struct flow_session *sess, uint64_t at_ms,
                     const char *keyword, const char *description);

/* The next row is of the answer to an http node. */
void inputs_keep_http(struct flow_session *sess, const struct flow_input *in);

/* What was kept for a row of a call, or NULL. inputs may be NULL. */
const json_t *inputs_of_row(const json_t *inputs, size_t row);
