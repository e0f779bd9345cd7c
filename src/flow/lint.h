/*
 * flow/lint.h - what a script that loads may still do badly on the telephone
 *
 * lint.c looks at ways and nodes, lintword.c at prompts and expressions,
 * soundof.c at words whose sound is told, lintbands.c at unsure answers.
 */
#pragma once

#include "flow/faults.h"
#include "flow/script.h"

struct lint {
	const struct flow_script *script;
	struct flow_faults *faults;
	struct arena *arena;
	bool has_files; /* it came from a file: sounds are looked for */
};

void lint_warn(const struct lint *lint, const char *node, const char *message,
               const char *path, ...) __attribute__((format(printf, 4, 5)));

/* Prompts and patterns of one node or entry; path is "flow[3]". */
void lintword_node(const struct lint *lint, const struct node *node,
                   const char *path);
void lintword_entry(const struct lint *lint, const struct entry *entry,
                    const char *path);
void lintword_global(const struct lint *lint, const struct global *global,
                     const char *path);

/* What asr_params say of unsure answers, and who takes them. */
void lintbands_check(const struct lint *lint);

/* Whether a child that is tried first takes all that a later one asks for. */
bool lintword_covers(const struct cond *first, const struct cond *later);

/* Whether a condition is met by whatever is said, as `.*` is. */
bool lintword_takes_all(const struct lint *lint, const struct cond *cond);
