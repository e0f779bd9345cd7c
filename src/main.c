/*
 * main.c - the one binary
 */
#include <stdio.h>
#include "base/jmem.h"
#include "base/sum.h"
#include "cli/cli.h"
#include "wire.h"

int main(int argc, char *argv[])
{
	jmem_watch();
	if (sum_begin()) {
		fputs("dialwright: cannot start: out of memory\n", stderr);
		return 1;
	}

	return cli_main(argc, argv, &wire);
}
