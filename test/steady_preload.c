/*
 * test/steady_preload.c - the steady clock in front of the product itself
 *
 * For end-to-end tests of what is said and understood, where both sides of a
 * call are programs (LD_PRELOAD, test/e2e/common.py).
 */
#include <stdlib.h>
#include "steady.h"

__attribute__((constructor)) static void begin(void)
{
	if (steady_begin())
		abort();
}
