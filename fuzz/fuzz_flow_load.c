/*
 * fuzz/fuzz_flow_load.c - script files: any bytes
 *
 * What is claimed: a script is taken or refused with an error that says why;
 * one that is taken can be linted and talked with.
 */
#include <stdlib.h>
#include "base/jmem.h"
#include "base/mem.h"
#include "base/text.h"
#include "flow/flow.h"

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

static void faults_check(const struct flow_faults *faults)
{
	for (size_t i = 0; i < flow_faults_count(faults); i++) {
		const struct flow_fault *fault = flow_faults_at(faults, i);

		if (!*fault->message ||
		    !text_is_utf8(fault->path, strlen(fault->path)) ||
		    !text_is_utf8(fault->node, strlen(fault->node)) ||
		    !text_is_utf8(fault->message, strlen(fault->message)))
			abort();
	}
}

static void talk(struct flow_script *script)
{
	static const struct flow_input inputv[] = {
		{.kind = FLOW_TEXT, .args = "Fyes, please"},
		{.kind = FLOW_DTMF, .args = "D1"},
		{.kind = FLOW_COMPLETE, .args = "TIMEOUT()"},
		{.kind = FLOW_COMPLETE, .args = "HANGUP()"},
	};
	struct flow_session *sess = NULL;
	struct flow_turn turn;

	if (flow_session_alloc(&sess, script, "f", NULL, 0))
		return;

	if (flow_start(sess, &turn))
		abort();
	for (size_t i = 0; i < ARRAY_COUNT(inputv); i++)
		if (flow_feed(sess, &inputv[i], 1000 * i, &turn))
			abort();
	mem_deref(sess);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow_faults *faults = NULL;
	struct flow_script *script = NULL;
	int err;

	if (flow_faults_alloc(&faults))
		return 0;

	err = flow_load(&script, "fuzz", (const char *)data, size, faults);
	if ((err != 0) != (flow_faults_errors(faults) > 0))
		abort();
	if (script && flow_lint(script, faults))
		abort();
	faults_check(faults);
	if (script)
		talk(script);

	mem_deref(script);
	mem_deref(faults);

	return 0;
}
