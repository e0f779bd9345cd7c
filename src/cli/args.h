/*
 * cli/args.h - a command's row and its parsed command line
 *
 * Options are rows: "--name VALUE" or "--name=VALUE", flags without a value,
 * options that may stand many times. The same rows print --help and
 * docs/commands.md.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/cli.h"

enum {
	ARGS_OPTIONS_MAX = 24,
	ARGS_WORDS_MAX = 64,   /* positional words */
	ARGS_REPEATS_MAX = 64, /* values of all options together */
};

enum {
	CLI_DONE = 0,
	CLI_FAILED = 1,  /* the thing asked for did not work */
	CLI_MISUSED = 2, /* wrong usage */
};

struct args_option {
	const char *name;  /* "script", without dashes */
	const char *value; /* "FILE"; NULL: a flag */
	const char *help;
	bool is_repeatable;
};

struct args;

struct args_command {
	const char *name;
	const char *words;   /* of the usage line: "LIST.csv" */
	const char *summary; /* one line, for the list of commands */
	const char *help;    /* some lines more, may be NULL */
	unsigned words_min, words_max;
	const struct args_option *optionv;
	size_t optionc;
	bool is_hidden;

	/* Returns the exit status. */
	int (*run)(const struct args *args, const struct cli_wire *wire);
};

struct args {
	const struct args_command *command;
	const char *wordv[ARGS_WORDS_MAX];
	unsigned wordc;
	struct {
		const struct args_option *option;
		const char *value;
	} givenv[ARGS_REPEATS_MAX];
	unsigned givenc;
};

/* The options that every command has: --config, --data, --set, --log, --help.
 */
extern const struct args_option args_commonv[];
extern const size_t args_commonc;

/* Parses argv behind the command's name. On wrong usage it says so on
 * standard error and returns EINVAL. ECANCELED: --help was asked for and
 * printed. */
int args_parse(struct args *args, const struct args_command *command, int argc,
               char *argv[]);

/* The last value given, or fallback. */
const char *args_text(const struct args *args, const char *name,
                      const char *fallback);
bool args_has(const struct args *args, const char *name);

/* The i-th value of a repeatable option; NULL behind the last. */
const char *args_at(const struct args *args, const char *name, size_t i);

/* A whole number. On anything else it says so and returns EINVAL. */
int args_number(const struct args *args, const char *name, long fallback,
                long *valuep);

/* Variables of "--var NAME=VALUE"; the texts live in here and in argv. */
enum {
	ARGS_VARS_MAX = 64,
	ARGS_NAME_SIZE = 64,
};

struct args_vars {
	char namev[ARGS_VARS_MAX][ARGS_NAME_SIZE];
	struct flow_var varv[ARGS_VARS_MAX];
	size_t varc;
};

int args_vars(struct args_vars *vars, const struct args *args);

void args_help(FILE *out, const struct args_command *command);
