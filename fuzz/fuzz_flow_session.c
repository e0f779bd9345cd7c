/*
 * fuzz/fuzz_flow_session.c - conversations: bytes draw a script and inputs
 *
 * What is claimed stands in test/flow/walk.c: columns keep their lengths,
 * executions their limits, and the same inputs give the same rows.
 */
#include <stdlib.h>
#include "base/jmem.h"
#include "flow/walk.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As main() does. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;

	jmem_watch();

	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lots lots = {.data = data, .size = size};
	json_t *script = walk_script(&lots);

	if (walk_talk(script, &lots) || walk_broken(script, &lots))
		abort();
	json_decref(script);

	return 0;
}
