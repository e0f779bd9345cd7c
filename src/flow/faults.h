/*
 * flow/faults.h - collecting what is wrong with a script
 */
#pragma once

#include <stddef.h>
#include "flow/flow.h"

enum {
	FAULTS_MAX = 1000, /* more help nobody */
};

/* A step from the root of the file to a value; the last one stands for all. */
struct trail {
	const struct trail *up;
	const char *key; /* NULL: an element of an array */
	size_t index;
};

/* Adds a fault. A list that cannot grow still counts its errors. */
void faults_add(struct flow_faults *faults, enum flow_level level,
                const struct trail *trail, const char *node, const char *format,
                ...) __attribute__((format(printf, 5, 6)));

/* The same for a path that is already spelled. */
void faults_add_at(struct flow_faults *faults, enum flow_level level,
                   const char *path, const char *node, const char *message);

/* Writes a key behind a path: ".key", or "[\"a key\"]". */
void faults_key(char *path, size_t size, const char *key);
