/*
 * cli/cli.c - the commands of the one binary
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "cli/commands.h"

static const struct args_command *const commandv[] = {
	&demo_command,   &run_command,       &campaign_command,
	&block_command,  &registry_command,  &consent_command,
	&call_command,   &talk_command,      &check_command,
	&replay_command, &people_command,    &doctor_command,
	&drill_command,  &listen_command,    &say_command,
	&proxy_command,  &describe_command,  &events_command,
	&serve_command,  &recording_command, &vault_command,
	&erase_command,  &audit_command,     &usage_command,
};

const struct args_command *command_at(size_t i)
{
	return i < ARRAY_COUNT(commandv) ? commandv[i] : NULL;
}

static void help(FILE *out)
{
	fputs("Dialwright " DIALWRIGHT_VERSION
	      " calls people, holds a spoken conversation by a script and\n"
	      "records the outcome.\n\n"
	      "usage: dialwright COMMAND [OPTIONS]\n\n",
	      out);
	for (size_t i = 0; i < ARRAY_COUNT(commandv); i++) {
		if (!commandv[i]->is_hidden)
			fprintf(out, "  %-12s %s\n", commandv[i]->name,
			        commandv[i]->summary);
	}
	fputs("\n\"dialwright COMMAND --help\" tells more; start with "
	      "\"dialwright demo\".\n",
	      out);
}

int cli_main(int argc, char *argv[], const struct cli_wire *wire)
{
	const char *name = argc > 1 ? argv[1] : "";
	struct args args;
	int err;

	if (!strcmp(name, "--version")) {
		puts("dialwright " DIALWRIGHT_VERSION);
		return 0;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "help")) {
		help(stdout);
		return 0;
	}

	for (size_t i = 0; i < ARRAY_COUNT(commandv); i++) {
		if (strcmp(name, commandv[i]->name) != 0)
			continue;
		err = args_parse(&args, commandv[i], argc - 2, argv + 2);
		if (err)
			return err == ECANCELED ? CLI_DONE : CLI_MISUSED;
		return commandv[i]->run(&args, wire);
	}

	if (*name)
		fprintf(stderr, "dialwright: there is no command \"%s\"\n\n",
		        name);
	help(stderr);

	return CLI_MISUSED;
}
