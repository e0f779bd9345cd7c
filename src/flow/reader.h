/*
 * flow/reader.h - filling a script from JSON by the tables of shape.c
 */
#pragma once

#include <jansson.h>
#include "flow/faults.h"
#include "flow/script.h"

/* Sets every default, then reads root (an object). What is wrong goes to
 * faults; a value that is wrong keeps its default. */
void reader_read(struct flow_script *script, json_t *root,
                 struct flow_faults *faults);
