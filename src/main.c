/*
 * main.c - the one binary
 */
#include "cli/cli.h"
#include "wire.h"

int main(int argc, char *argv[])
{
	return cli_main(argc, argv, &wire);
}
