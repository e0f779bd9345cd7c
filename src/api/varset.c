/*
 * api/varset.c - the variables of a body, for a script
 */
#include "api/varset.h"

bool varset_take(struct varset *set, struct ask *ask)
{
	json_t *vars = json_object_get(ask->body, "variables");
	const char *name;
	json_t *value;

	json_object_foreach(vars, name, value)
	{
		if (set->c == VARSET_MAX || !json_is_string(value)) {
			ask_wrong(ask, "variables",
			          "has to hold texts, at most 256");
			return false;
		}
		set->v[set->c++] =
			(struct flow_var){name, json_string_value(value)};
	}

	return true;
}
