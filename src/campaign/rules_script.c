/*
 * campaign/rules_script.c - what the rules ask of a script
 */
#include <errno.h>
#include <stdio.h>
#include "campaign/rules.h"
#include "flow/flow.h"

int rules_script_check(const struct rules *rules,
                       const struct flow_script *script,
                       char fault[CFG_FAULT_SIZE])
{
	const char *node = NULL;
	int err;

	if (!rules->needs_disclosure)
		return 0;

	err = flow_script_undisclosed(&node, script);
	if (err || !node)
		return err;

	(void)snprintf(fault, CFG_FAULT_SIZE,
	               "the script %.100s does not say first who calls and "
	               "that it is a machine, as rules.disclosure demands: let "
	               "the node %.100s say it and mark it \"disclosure\": 1",
	               flow_script_name(script), node);

	return EINVAL;
}
