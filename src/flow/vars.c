/*
 * flow/vars.c - a call's variables
 *
 * A handful, as a rule: looked up one after another.
 */
#include "base/mem.h"
#include "flow/vars.h"

enum {
	ROOM_START = 8,
};

static char *copy(const char *text, size_t len)
{
	char *copied = mem_zalloc(len + 1, NULL);

	if (copied)
		memcpy(copied, text, len);

	return copied;
}

static struct flow_var *find(const struct vars *vars, const char *name,
                             size_t len)
{
	for (size_t i = 0; i < vars->c; i++)
		if (!strncmp(vars->v[i].name, name, len) &&
		    !vars->v[i].name[len])
			return &vars->v[i];

	return NULL;
}

static int grow(struct vars *vars)
{
	size_t room = vars->room ? 2 * vars->room : ROOM_START;
	struct flow_var *v;

	if (vars->c >= VARS_MAX)
		return ENOSPC;
	if (vars->c < vars->room)
		return 0;

	v = mem_reallocarray(vars->v, room, sizeof(*v), NULL);
	if (!v)
		return ENOMEM;
	vars->v = v;
	vars->room = room;

	return 0;
}

int vars_set(struct vars *vars, const char *name, const char *value)
{
	struct flow_var *var = find(vars, name, strlen(name));
	char *new_name = NULL, *new_value;
	int err = 0;

	new_value = copy(value, strlen(value));
	if (!new_value)
		return ENOMEM;

	if (var) {
		mem_deref((void *)var->value);
		var->value = new_value;
		return 0;
	}

	new_name = copy(name, strlen(name));
	if (!new_name)
		err = ENOMEM;
	if (!err)
		err = grow(vars);
	if (err) {
		mem_deref(new_name);
		mem_deref(new_value);
		return err;
	}
	vars->v[vars->c++] = (struct flow_var){new_name, new_value};

	return 0;
}

const char *vars_get(const struct vars *vars, const char *name, size_t len)
{
	const struct flow_var *var = find(vars, name, len);

	return var ? var->value : NULL;
}

bool vars_miss(struct vars *vars, const char *name, size_t len)
{
	for (size_t i = 0; i < vars->warnedc; i++)
		if (!strncmp(vars->warnedv[i], name, len) &&
		    !vars->warnedv[i][len])
			return false;

	if (vars->warnedc >= VARS_WARNED_MAX)
		return false;
	if (!vars->warnedv)
		vars->warnedv = mem_zalloc(
			VARS_WARNED_MAX * sizeof(*vars->warnedv), NULL);
	if (!vars->warnedv)
		return false;
	vars->warnedv[vars->warnedc] = copy(name, len);
	if (vars->warnedv[vars->warnedc])
		vars->warnedc++;

	return true;
}

void vars_close(struct vars *vars)
{
	for (size_t i = 0; i < vars->c; i++) {
		mem_deref((void *)vars->v[i].name);
		mem_deref((void *)vars->v[i].value);
	}
	for (size_t i = 0; i < vars->warnedc; i++)
		mem_deref(vars->warnedv[i]);
	mem_deref(vars->v);
	mem_deref(vars->warnedv);
}
