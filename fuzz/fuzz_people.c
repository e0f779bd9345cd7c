/*
 * fuzz/fuzz_people.c - the people file: any bytes, a roster or a fault
 */
#include <stdlib.h>
#include "rehearse/roster.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct roster *roster = NULL;
	char fault[CFG_FAULT_SIZE];
	int err;

	err = roster_load(&roster, (const char *)data, size, fault);

	/* Whoever is refused is told why; whoever is read can be called. */
	if (err ? !fault[0] && err != ENOMEM
	        : !roster_find(roster, roster->personv[0].number))
		abort();

	mem_deref(roster);

	return 0;
}
