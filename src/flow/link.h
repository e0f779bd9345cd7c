/*
 * flow/link.h - making a script ready to run
 *
 * link.c resolves ids, conds.c compiles conditions and sorts them, reach.c
 * works out what each node listens to.
 */
#pragma once

#include "flow/faults.h"
#include "flow/idmap.h"
#include "flow/script.h"

struct linker {
	struct flow_script *script;
	struct arena *arena;
	struct flow_faults *faults;
	struct idmap *globals; /* id to struct global */
};

/* Resolves ids, sorts conditions, compiles patterns. Returns ENOMEM only;
 * what is wrong goes to faults. */
int link_script(struct flow_script *script, struct flow_faults *faults);

/* A fault at a path given as a format. */
void link_fault(struct linker *linker, enum flow_level level, const char *node,
                const char *message, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Compiles every condition, keyword and noise rule; sorts the children. */
int conds_compile(struct linker *linker);

/* Sorts by priority, high first; equal ones keep the order of the file. Then
 * notes the patterns of that kind. */
void conds_sort(struct linker *linker, struct order *order,
                enum cond_kind kind);

/* `@name` of a condition written as an expression, or, for the service that
 * understands keywords, as plain alternatives. Returns text itself where it
 * names no group. */
const char *conds_expand(const struct flow_script *script, struct arena *arena,
                         const char *text, bool is_plain);

/* Global flows, knowledge base and keywords of each node. */
void reach_build(struct linker *linker);
