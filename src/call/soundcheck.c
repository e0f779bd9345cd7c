/*
 * call/soundcheck.c - whether the recogniser can take what a script says of
 * how its words sound; blocks, any thread
 */
#include "call/call.h"
#include "flow/flow.h"
#include "speech/said.h"

struct soundcheck {
	const char *lang;
	struct flow_faults *faults;
};

static void sound_handler(const struct flow_sound *sound, void *arg)
{
	char why[PRONOUNCE_FAULT_SIZE];
	struct soundcheck *check = arg;
	const struct flow_fault fault = {
		.level = FLOW_WARNING,
		.path = sound->path,
		.node = sound->node,
		.message = why,
	};

	if (!said_check(why, sound->way, check->lang))
		flow_faults_add(check->faults, &fault);
}

void call_check_sounds(const struct flow_script *script,
                       struct flow_faults *faults)
{
	struct soundcheck check = {
		.lang = flow_script_language(script),
		.faults = faults,
	};

	flow_script_sounds(script, sound_handler, &check);
}
