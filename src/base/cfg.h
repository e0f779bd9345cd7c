/*
 * base/cfg.h - the configuration: keys as tables, one file
 *
 * The file has sections, "[talk]" or with a name "[line main]", and
 * "key = value" lines of up to 198 bytes; a line that begins with '#' or ';'
 * is a comment, so is what follows a blank and ';'. Each folder declares the
 * rows of its own keys next to the code that uses them; wire.c hands all
 * tables to cfg_load(), which refuses unknown sections and keys, wrong values
 * and doubled sections by file, line and what would be right. docs/config.md
 * is generated from the same rows.
 *
 * A value is read by the row that declares it, so that a default stands in
 * one place only. Immutable after loading: any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct cfg;

enum cfg_type {
	CFG_TEXT,   /* any text; secrets may be "env:NAME" or "file:PATH" */
	CFG_CHOICE, /* one of the words in `range`, "udp|tcp|tls" */
	CFG_NUMBER, /* whole number within `range`, "0..65535" */
	CFG_BOOL,   /* yes, no, true, false, on, off, 1, 0 */
};

struct cfg_key {
	const char *name; /* "wait_ms": the unit is part of it */
	enum cfg_type type;
	const char *fallback; /* as in the file; NULL: required */
	const char *range;    /* for CHOICE and NUMBER */
	const char *help;     /* one sentence for docs/config.md */
};

struct cfg_table {
	const char *section; /* "talk" */
	bool is_named;       /* may stand many times: "[line main]" */
	const char *help;
	const struct cfg_key *keyv;
	size_t keyc;
};

enum {
	CFG_FAULT_SIZE = 512,
};

/* Reads the file against the tables (which must outlive cfg). A path of NULL
 * gives the defaults alone. On failure fault says file, line, what is wrong
 * and what would be right; returns ENOENT, EACCES, EINVAL or ENOMEM. */
int cfg_load(struct cfg **cfgp, const char *path,
             const struct cfg_table *const *tablev, size_t tablec,
             char fault[CFG_FAULT_SIZE]);

/* Values of a section without a name. The key must be in the tables and of
 * that type (CFG_TEXT and CFG_CHOICE are text). The text lives as long as cfg;
 * "env:" and "file:" (relative to the configuration file) are resolved. */
const char *cfg_text(const struct cfg *cfg, const char *section,
                     const char *key);
uint64_t cfg_number(const struct cfg *cfg, const char *section,
                    const char *key);
bool cfg_bool(const struct cfg *cfg, const char *section, const char *key);

/* The i-th named section of that kind, "main" for "[line main]", in file
 * order; NULL behind the last. */
const char *cfg_name(const struct cfg *cfg, const char *section, size_t i);

/* Values of a named section that is there. A required text that cfg_set() made
 * the section without is NULL. */
const char *cfg_named_text(const struct cfg *cfg, const char *section,
                           const char *name, const char *key);
uint64_t cfg_named_number(const struct cfg *cfg, const char *section,
                          const char *name, const char *key);
bool cfg_named_bool(const struct cfg *cfg, const char *section,
                    const char *name, const char *key);

/* The file that a text was read from ("file:PATH"); NULL where it stands in the
 * configuration or the environment. */
const char *cfg_named_file(const struct cfg *cfg, const char *section,
                           const char *name, const char *key);

/* Reads such a file: its text, without the line end that editors put behind it.
 * Any thread. EINVAL with a clause in fault, or ENOMEM. */
int cfg_file_read(char **textp, const char *path, char fault[CFG_FAULT_SIZE]);

/* Overrides one value as if it stood in the file ("talk.wait_ms", "300" or
 * "line.main.server", …; a section that is not there is added): for command
 * line options, before other threads start. Returns EINVAL or ENOMEM. */
int cfg_set(struct cfg *cfg, const char *path, const char *value,
            char fault[CFG_FAULT_SIZE]);

/* Takes all named sections of that kind away, as if the file had none: for what
 * must not touch the lines or services of others. */
void cfg_forget(struct cfg *cfg, const char *section);

/* Writes docs/config.md's body from the tables. */
void cfg_describe(FILE *out, const struct cfg_table *const *tablev,
                  size_t tablec);
