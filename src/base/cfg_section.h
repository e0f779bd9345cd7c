/*
 * base/cfg_section.h - the sections of a configuration and their values;
 * private to cfg.c
 */
#pragma once

#include "base/cfg_value.h"
#include "base/mem.h"

enum {
	CFG_NAME_SIZE = 33, /* of a named section and its end */
	CFG_DIR_SIZE = 4096,
	CFG_REASON_SIZE = CFG_VALUE_FAULT_SIZE + 96,
};

struct cfg_section {
	struct le le;
	const struct cfg_table *table;
	char name[CFG_NAME_SIZE]; /* "" without */
	unsigned line;            /* 0: not in the file */
	struct cfg_value valuev[];
};

struct cfg {
	const struct cfg_table *const *tablev;
	size_t tablec;
	struct list sectionl;
	char dir[CFG_DIR_SIZE]; /* of the file */
};

const struct cfg_table *cfg_table_find(const struct cfg *cfg, const char *kind);

/* NULL when it is not there. */
struct cfg_section *cfg_section_find(const struct cfg *cfg, const char *kind,
                                     const char *name);

/* The place of a key in its table; keyc if it has none. */
size_t cfg_key_index(const struct cfg_table *table, const char *key);

/* Adds a section with all its fallbacks, owned by cfg. */
int cfg_section_add(struct cfg_section **sectionp, struct cfg *cfg,
                    const struct cfg_table *table, const char *name);

/* "[line main]" or "[talk]"; good until the thread's next call. */
const char *cfg_section_title(const struct cfg_section *section);

/* Whether a section of that kind and name may be. EINVAL with a reason. */
int cfg_title_check(const struct cfg *cfg, const char *kind, const char *name,
                    char reason[CFG_REASON_SIZE]);

/* Gives a key a value. EINVAL with a reason, or ENOMEM. */
int cfg_section_set(const struct cfg *cfg, struct cfg_section *section,
                    const char *key, const char *text,
                    char reason[CFG_REASON_SIZE]);
