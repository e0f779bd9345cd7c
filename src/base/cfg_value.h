/*
 * base/cfg_value.h - one value of the configuration; private to cfg.c
 */
#pragma once

#include "base/cfg.h"

enum {
	CFG_VALUE_FAULT_SIZE = 320,
};

struct cfg_value {
	char *text; /* secrets resolved; NULL: required and not given */
	char *file; /* that it was read from, NULL: from none */
	uint64_t number;
	bool is_set; /* by the file or cfg_set(), not by the fallback */
};

/* Reads text by the rules of its key. A relative "file:PATH" is looked up in
 * dir. On EINVAL fault is a clause about the value: "is no number". */
int cfg_value_read(struct cfg_value *value, const struct cfg_key *key,
                   const char *text, const char *dir,
                   char fault[CFG_VALUE_FAULT_SIZE]);

void cfg_value_clear(struct cfg_value *value);
