/*
 * api/routes_scripts.c - the routes of scripts and their prompts
 */
#include "api/handlers.h"
#include "api/shelf.h"
#include "base/mem.h"

#define API    "/api/v1"
#define SCRIPT API "/scripts/{name}"

/* clang-format off */
static const struct field script_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"version", FIELD_NUMBER, true, NULL, "the latest, 0: none yet"},
	{"published", FIELD_TIME, true, NULL, ""},
	{"draft", FIELD_TIME, true, NULL, "when it was changed; null: none"},
	{"author", FIELD_TEXT, true, NULL, "of the latest of both"},
};

static const struct field version_reply[] = {
	{"version", FIELD_NUMBER, true, NULL, "0: the draft"},
	{"author", FIELD_TEXT, true, NULL, ""},
	{"at", FIELD_TIME, true, NULL, ""},
};

static const struct field check_query[] = {
	{"version", FIELD_NUMBER, false, "0..1000000000",
	 "which; the draft unless said"},
};

static const struct field check_reply[] = {
	{"errors", FIELD_NUMBER, true, NULL, "with one it does not run"},
	{"warnings", FIELD_NUMBER, true, NULL, ""},
	{"faults", FIELD_LIST, true, NULL,
	 "level, path, node, message: what is wrong and what would be right"},
};

static const struct field publish_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"version", FIELD_NUMBER, true, NULL, "never changes any more"},
	{"warnings", FIELD_NUMBER, true, NULL, ""},
};

static const struct route routev[] = {
	{"GET", API "/scripts", "scripts.read", r_scripts, "scripts",
	 "All scripts.", .reply = FIELDS(script_reply), .is_page = true},
	{"GET", SCRIPT "/draft", "scripts.read", r_script_draft, "scripts",
	 "The draft as it was put there.", .type = "application/json"},
	{"PUT", SCRIPT "/draft", "scripts.write", r_script_draft_put,
	 "scripts", "Put a draft there, with faults or without.",
	 .reply = FIELDS(check_reply), .taking = HTTPD_BODY_MEMORY,
	 .body_limit = SHELF_BODY_MAX},
	{"POST", SCRIPT "/check", "scripts.read", r_script_check, "scripts",
	 "What is wrong with it.", .query = FIELDS(check_query),
	 .reply = FIELDS(check_reply)},
	{"POST", SCRIPT "/publish", "scripts.write", r_script_publish,
	 "scripts", "Make the draft the next version, if it is sound.",
	 .reply = FIELDS(publish_reply), .status = 201},
	{"GET", SCRIPT "/versions", "scripts.read", r_script_versions,
	 "scripts", "Its versions and draft, the latest first.",
	 .reply = FIELDS(version_reply), .is_page = true},
	{"GET", SCRIPT "/versions/{n}", "scripts.read", r_script_version,
	 "scripts", "A version as it was published.",
	 .type = "application/json"},
};
/* clang-format on */

const struct route_chapter route_scriptv = FIELDS(routev);
