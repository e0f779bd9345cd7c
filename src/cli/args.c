/*
 * cli/args.c - a command's row and its parsed command line
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cli/args.h"
#include "base/mem.h"

const struct args_option args_commonv[] = {
	/* clang-format off */
	{"config", "FILE", "configuration (default: $DIALWRIGHT_CONFIG, "
	 "./dialwright.conf,\n                         "
	 "/etc/dialwright/dialwright.conf)", false},
	{"data", "DIR", "where database, recordings and prompts are kept",
	 false},
	{"set", "KEY=VALUE", "override one key, as talk.fade_ms=80 or "
	 "line.main.user=100", true},
	{"log", "LEVEL", "debug, info, warning or error", false},
	{"help", NULL, "this page", false},
	/* clang-format on */
};
const size_t args_commonc = ARRAY_COUNT(args_commonv);

static const struct args_option *find_in(const struct args_option *optionv,
                                         size_t optionc, const char *name,
                                         size_t len)
{
	for (size_t i = 0; i < optionc; i++) {
		if (strlen(optionv[i].name) == len &&
		    !memcmp(optionv[i].name, name, len))
			return &optionv[i];
	}

	return NULL;
}

static const struct args_option *find(const struct args_command *command,
                                      const char *name, size_t len)
{
	const struct args_option *option;

	option = find_in(command->optionv, command->optionc, name, len);
	if (!option)
		option = find_in(args_commonv, args_commonc, name, len);

	return option;
}

static int misuse(const struct args_command *command, const char *what,
                  const char *about)
{
	fprintf(stderr, "dialwright %s: %s%s%s\n", command->name, what,
	        *about ? " " : "", about);
	fprintf(stderr, "usage: dialwright %s %s (see dialwright %s --help)\n",
	        command->name, command->words, command->name);

	return EINVAL;
}

static int take_option(struct args *args, int argc, char *argv[], int *ip)
{
	const char *name = argv[*ip] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	const struct args_option *option = find(args->command, name, len);
	const char *value = NULL;

	if (!option)
		return misuse(args->command, "unknown option", argv[*ip]);

	if (option->value) {
		if (equals)
			value = equals + 1;
		else if (*ip + 1 < argc)
			value = argv[++*ip];
		else
			return misuse(args->command, "a value is missing for",
			              argv[*ip]);
	}
	else if (equals) {
		return misuse(args->command, "no value belongs to", argv[*ip]);
	}

	if (args->givenc == ARRAY_COUNT(args->givenv))
		return misuse(args->command, "too many options", "");
	args->givenv[args->givenc].option = option;
	args->givenv[args->givenc++].value = value;

	return 0;
}

int args_parse(struct args *args, const struct args_command *command, int argc,
               char *argv[])
{
	bool is_words_only = false;
	int err;

	memset(args, 0, sizeof(*args));
	args->command = command;

	for (int i = 0; i < argc; i++) {
		if (!is_words_only && !strcmp(argv[i], "--")) {
			is_words_only = true;
		}
		else if (!is_words_only && !strncmp(argv[i], "--", 2)) {
			err = take_option(args, argc, argv, &i);
			if (err)
				return err;
		}
		else if (args->wordc == command->words_max) {
			return misuse(command, "one word too many:", argv[i]);
		}
		else {
			args->wordv[args->wordc++] = argv[i];
		}
	}

	if (args_has(args, "help")) {
		args_help(stdout, command);
		return ECANCELED;
	}
	if (args->wordc < command->words_min)
		return misuse(command, "this is missing:", command->words);

	return 0;
}

const char *args_at(const struct args *args, const char *name, size_t i)
{
	for (unsigned k = 0; k < args->givenc; k++) {
		if (!strcmp(args->givenv[k].option->name, name) && !i--)
			return args->givenv[k].value;
	}

	return NULL;
}

const char *args_text(const struct args *args, const char *name,
                      const char *fallback)
{
	const char *value = fallback;

	for (unsigned k = 0; k < args->givenc; k++) {
		if (!strcmp(args->givenv[k].option->name, name))
			value = args->givenv[k].value;
	}

	return value;
}

bool args_has(const struct args *args, const char *name)
{
	for (unsigned k = 0; k < args->givenc; k++) {
		if (!strcmp(args->givenv[k].option->name, name))
			return true;
	}

	return false;
}

int args_number(const struct args *args, const char *name, long fallback,
                long *valuep)
{
	const char *text = args_text(args, name, NULL);
	char *end;

	*valuep = fallback;
	if (!text)
		return 0;

	errno = 0;
	*valuep = strtol(text, &end, 10);
	if (errno || end == text || *end || *valuep < 0) {
		fprintf(stderr,
		        "dialwright %s: --%s takes a whole number, "
		        "not \"%s\"\n",
		        args->command->name, name, text);
		return EINVAL;
	}

	return 0;
}

int args_vars(struct args_vars *vars, const struct args *args)
{
	const char *pair;

	memset(vars, 0, sizeof(*vars));
	for (size_t i = 0; (pair = args_at(args, "var", i)); i++) {
		const char *equals = strchr(pair, '=');
		size_t len = equals ? (size_t)(equals - pair) : 0;

		if (!len || len >= ARGS_NAME_SIZE || i == ARGS_VARS_MAX) {
			fprintf(stderr,
			        "dialwright %s: --var takes "
			        "NAME=VALUE, not \"%s\"\n",
			        args->command->name, pair);
			return EINVAL;
		}
		memcpy(vars->namev[i], pair, len);
		vars->varv[i].name = vars->namev[i];
		vars->varv[i].value = equals + 1;
		vars->varc++;
	}

	return 0;
}

static void help_rows(FILE *out, const struct args_option *optionv,
                      size_t optionc)
{
	for (size_t i = 0; i < optionc; i++) {
		char left[40];

		(void)snprintf(left, sizeof(left), "--%s%s%s", optionv[i].name,
		               optionv[i].value ? " " : "",
		               optionv[i].value ? optionv[i].value : "");
		fprintf(out, "  %-22s %s\n", left, optionv[i].help);
	}
}

void args_help(FILE *out, const struct args_command *command)
{
	fprintf(out, "usage: dialwright %s %s%s[OPTIONS]\n\n%s\n",
	        command->name, command->words, *command->words ? " " : "",
	        command->summary);
	if (command->help)
		fprintf(out, "\n%s\n", command->help);

	if (command->optionc) {
		fputs("\nOptions\n", out);
		help_rows(out, command->optionv, command->optionc);
	}
	fputs("\nCommon options\n", out);
	help_rows(out, args_commonv, args_commonc);
}
