/*
 * cli/stepjson.h - a row of `conversation` as a JSON object, and back
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include "flow/flow.h"

/* All columns by their names, times in milliseconds since the answer. NULL
 * without memory. */
json_t *stepjson_make(const struct flow_step *step);

/* The texts stay those of row. A column that is missing is empty or 0; false
 * when one is of another type. */
bool stepjson_take(const json_t *row, struct flow_step *step);
