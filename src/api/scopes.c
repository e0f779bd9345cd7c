/*
 * api/scopes.c - pure: who may what
 *
 * Each role may what those before it may. A test walks this table over every
 * route.
 */
#include <string.h>
#include "api/access.h"
#include "base/mem.h"
#include "base/text.h"

static const struct scope {
	const char *name;
	enum role role; /* the least one */
} scopev[] = {
	/* clang-format off */
	{"system.read", ROLE_VIEWER},
	{"metrics", ROLE_VIEWER},
	{"calls.read", ROLE_VIEWER},
	{"campaigns.read", ROLE_VIEWER},
	{"lists.read", ROLE_VIEWER},
	{"scripts.read", ROLE_VIEWER},
	{"events.read", ROLE_VIEWER},
	{"self", ROLE_VIEWER},
	{"calls.place", ROLE_OPERATOR},
	{"recordings.read", ROLE_OPERATOR},
	{"campaigns.run", ROLE_OPERATOR},
	{"services.try", ROLE_OPERATOR},
	{"lists.write", ROLE_OPERATOR},
	{"blocks.write", ROLE_OPERATOR},
	{"consents.write", ROLE_OPERATOR},
	{"registries.write", ROLE_OPERATOR},
	{"events.write", ROLE_OPERATOR},
	{"scripts.write", ROLE_AUTHOR},
	{"campaigns.write", ROLE_AUTHOR},
	{"users", ROLE_ADMIN},
	{"audit", ROLE_ADMIN},
	{"people.erase", ROLE_ADMIN},
	/* clang-format on */
};

static const char *const rolev[] = {
	[ROLE_VIEWER] = "viewer",
	[ROLE_OPERATOR] = "operator",
	[ROLE_AUTHOR] = "author",
	[ROLE_ADMIN] = "admin",
};

const char *role_name(enum role role)
{
	return rolev[role];
}

bool role_parse(enum role *rolep, const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(rolev); i++) {
		if (!strcmp(rolev[i], name)) {
			*rolep = (enum role)i;
			return true;
		}
	}

	return false;
}

const char *scope_at(size_t i)
{
	return i < ARRAY_COUNT(scopev) ? scopev[i].name : NULL;
}

bool scope_is_granted(const char *scope, enum role role, const char *scopes)
{
	for (size_t i = 0; i < ARRAY_COUNT(scopev); i++) {
		if (!strcmp(scopev[i].name, scope))
			return role >= scopev[i].role &&
			       text_is_listed(scopes, scope);
	}

	return false;
}
