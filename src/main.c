/*
 * main.c - the one binary
 */
#include "base/jmem.h"
#include "cli/cli.h"
#include "wire.h"

int main(int argc, char *argv[])
{
	jmem_watch();

	return cli_main(argc, argv, &wire);
}
