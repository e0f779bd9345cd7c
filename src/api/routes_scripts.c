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
	{"voices", FIELD_LIST, true, "text",
	 "who is asked to speak its texts, in this order"},
};

static const struct field publish_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"version", FIELD_NUMBER, true, NULL, "never changes any more"},
	{"warnings", FIELD_NUMBER, true, NULL, ""},
};

static const struct field diff_query[] = {
	{"from", FIELD_NUMBER, false, "0..1000000000",
	 "the latest version unless said; 0: the draft"},
	{"to", FIELD_NUMBER, false, "0..1000000000", "the draft unless said"},
};

static const struct field diff_reply[] = {
	{"place", FIELD_TEXT, true, NULL, "\"flow\", \"kb\", …"},
	{"id", FIELD_TEXT, true, NULL, "of the node; empty: all of it"},
	{"change", FIELD_TEXT, true, "added|removed|changed", ""},
	{"keys", FIELD_LIST, true, "text", "of a node that changed"},
};

static const struct field talk_body[] = {
	{"version", FIELD_NUMBER, false, "0..1000000000",
	 "the draft unless said"},
	{"variables", FIELD_OBJECT, false, NULL, "texts, by name"},
};

static const struct field say_body[] = {
	{"text", FIELD_TEXT, false, NULL, "what the callee says"},
	{"keys", FIELD_TEXT, false, NULL, "or the keys they press"},
	{"event", FIELD_TEXT, false, "TIMEOUT|DONE|ERROR|HANGUP",
	 "or what happens: silence until the end of the wait, …"},
};

static const struct field talk_reply[] = {
	{"id", FIELD_TEXT, true, NULL, "of the talk, for /talks/{id}"},
	{"says", FIELD_LIST, true, "text", "what the robot says"},
	{"does", FIELD_LIST, true, NULL, "do, with: what else it does"},
	{"steps", FIELD_LIST, true, NULL, "why it went where it went"},
	{"is_over", FIELD_BOOL, true, NULL, "nothing more can be said"},
	{"label", FIELD_TEXT, true, NULL, "so far"},
	{"class_letter", FIELD_TEXT, true, NULL, ""},
	{"intention", FIELD_NUMBER, true, NULL, ""},
	{"variables", FIELD_OBJECT, true, NULL, ""},
};

static const struct field prompt_reply[] = {
	{"name", FIELD_TEXT, true, NULL, "as scripts name it"},
	{"bytes", FIELD_NUMBER, true, NULL, "of the file"},
	{"at", FIELD_TIME, true, NULL, "when it was put there"},
};

static const struct field made_reply[] = {
	{"name", FIELD_TEXT, true, NULL, "as scripts name it"},
	{"ms", FIELD_NUMBER, true, NULL, "how long it is"},
	{"rate_hz", FIELD_NUMBER, true, NULL, "as it is kept"},
};

static const struct route routev[] = {
	{"GET", API "/scripts", "scripts.read", r_scripts, "scripts",
	 "All scripts.", .reply = FIELDS(script_reply), .is_page = true},
	{"GET", SCRIPT "/draft", "scripts.read", r_script_draft, "scripts",
	 "The draft as it was put there.", .type = "application/json"},
	{"PUT", SCRIPT "/draft", "scripts.write", r_script_draft_put,
	 "scripts", "Put a draft there, with faults or without.",
	 .reply = FIELDS(check_reply), .is_matched = true,
	 .taking = HTTPD_BODY_MEMORY,
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
	{"GET", SCRIPT "/diff", "scripts.read", r_script_diff, "scripts",
	 "What changed, node by node.", .query = FIELDS(diff_query),
	 .reply = FIELDS(diff_reply), .is_page = true},
	{"POST", SCRIPT "/talk", "scripts.read", r_script_talk, "scripts",
	 "Begin a talk without a telephone; services are not asked.",
	 .body = FIELDS(talk_body), .reply = FIELDS(talk_reply),
	 .status = 201},
	{"POST", API "/talks/{id}", "scripts.read", r_talk_say, "scripts",
	 "Say something in a talk.", .body = FIELDS(say_body),
	 .reply = FIELDS(talk_reply)},
	{"DELETE", API "/talks/{id}", "scripts.read", r_talk_end, "scripts",
	 "End a talk.", .status = 204},

	/* prompts */
	{"GET", API "/prompts", "scripts.read", r_prompts, "prompts",
	 "Recorded prompts.", .reply = FIELDS(prompt_reply), .is_page = true},
	{"PUT", API "/prompts/{name}", "scripts.write", r_prompt_put,
	 "prompts", "Upload a prompt: WAV, MP3, FLAC or Ogg, up to 10 MB; it "
	 "is kept as a WAV file.", .reply = FIELDS(made_reply), .status = 201,
	 .taking = HTTPD_BODY_FILE, .body_limit = 10 << 20},
	{"GET", API "/prompts/{name}", "scripts.read", r_prompt, "prompts",
	 "Listen to a prompt.", .type = "audio/wav"},
	{"DELETE", API "/prompts/{name}", "scripts.write", r_prompt_end,
	 "prompts", "Remove a prompt.", .status = 204},
};
/* clang-format on */

const struct route_chapter route_scriptv = FIELDS(routev);
