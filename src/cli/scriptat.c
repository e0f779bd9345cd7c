/*
 * cli/scriptat.c - a script that begins at a node of one's choice
 */
#include <string.h>
#include "base/mem.h"
#include "cli/scriptat.h"
#include "flow/flow.h"

int scriptat_load(struct flow_script **scriptp, json_t *root, const char *node)
{
	struct flow_faults *faults = NULL;
	char *text;
	size_t len;
	int err;

	if (json_object_set_new(root, "start", json_string(node)))
		return EINVAL;

	len = json_dumpb(root, NULL, 0, JSON_COMPACT);
	text = len ? mem_zalloc(len + 1, NULL) : NULL;
	if (!text)
		return ENOMEM;
	(void)json_dumpb(root, text, len, JSON_COMPACT);

	err = flow_faults_alloc(&faults);
	if (!err)
		err = flow_load(scriptp, "check", text, len, faults);
	mem_deref(faults);
	mem_deref(text);

	return err;
}
