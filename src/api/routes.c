/*
 * api/routes.c - every route there is: who may, what it takes and gives
 *
 * System and access here, the others in routes_*.c.
 */
#include "api/handlers.h"
#include "base/mem.h"

#define API "/api/v1"

/* clang-format off */
static const struct field page_query[] = {
	{"limit", FIELD_NUMBER, false, "1..500", "rows at most, 100"},
	{"before", FIELD_NUMBER, false, NULL, "`next` of the page before"},
};

static const struct field health_reply[] = {
	{"status", FIELD_TEXT, true, NULL, "\"ok\""},
};

static const struct field ready_reply[] = {
	{"status", FIELD_TEXT, true, "ready|stopping|degraded",
	 "whether calls can be placed"},
	{"troubles", FIELD_LIST, true, "text", "why not, a sentence each"},
};

static const struct field system_reply[] = {
	{"version", FIELD_TEXT, true, NULL, "of the program"},
	{"started", FIELD_TIME, true, NULL, "when this process began"},
	{"database", FIELD_TEXT, true, NULL, "its name, no password in it"},
	{"calls", FIELD_NUMBER, true, NULL, "calls under way"},
	{"late_ticks", FIELD_NUMBER, true, NULL,
	 "of the media loops, later than 5 ms, since the start"},
	{"ticks", FIELD_NUMBER, true, NULL, "all of them"},
	{"sinks", FIELD_LIST, true, NULL,
	 "sinks of events: name, delivered, failed, given_up, lag_ms, fault"},
};

static const struct field setup_body[] = {
	{"word", FIELD_TEXT, true, NULL, "the one-time word of the setup link"},
	{"user", FIELD_TEXT, true, NULL, "name of the first admin"},
	{"password", FIELD_TEXT, true, NULL, "at least 10 letters"},
};

static const struct field session_body[] = {
	{"user", FIELD_TEXT, true, NULL, "name"},
	{"password", FIELD_TEXT, true, NULL, ""},
};

static const struct field session_reply[] = {
	{"token", FIELD_TEXT, true, NULL,
	 "to be sent as \"Authorization: Bearer\"; told only here"},
	{"id", FIELD_TEXT, true, NULL, "of the token"},
	{"expires", FIELD_TIME, true, NULL, "when it ends"},
};

static const struct field self_reply[] = {
	{"user", FIELD_TEXT, true, NULL, "name"},
	{"role", FIELD_TEXT, true, "viewer|operator|author|admin", ""},
	{"scopes", FIELD_LIST, true, "text", "what this token may"},
};

static const struct field user_body[] = {
	{"role", FIELD_TEXT, true, "viewer|operator|author|admin",
	 "each may what those before it may"},
	{"password", FIELD_TEXT, false, NULL,
	 "at least 10 letters; needed for a new user"},
};

static const struct field user_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"role", FIELD_TEXT, true, "viewer|operator|author|admin", ""},
	{"created", FIELD_TIME, true, NULL, ""},
};

static const struct field token_body[] = {
	{"name", FIELD_TEXT, true, NULL, "what it is for"},
	{"scopes", FIELD_TEXT, false, NULL,
	 "\"calls.*, lists.read\"; \"*\" unless said: all that the user may"},
	{"expires", FIELD_TIME, false, NULL, "null: never"},
};

static const struct field token_reply[] = {
	{"id", FIELD_TEXT, true, NULL, ""},
	{"user", FIELD_TEXT, true, NULL, "whose it is"},
	{"name", FIELD_TEXT, true, NULL, "what it is for"},
	{"scopes", FIELD_TEXT, true, NULL, ""},
	{"created", FIELD_TIME, true, NULL, ""},
	{"expires", FIELD_TIME, true, NULL, "null: never"},
};

static const struct field audit_reply[] = {
	{"seq", FIELD_NUMBER, true, NULL, ""},
	{"at", FIELD_TIME, true, NULL, ""},
	{"user", FIELD_TEXT, true, NULL, "empty: nobody known"},
	{"address", FIELD_TEXT, true, NULL, "where from"},
	{"action", FIELD_TEXT, true, NULL, "method and path"},
	{"status", FIELD_NUMBER, true, NULL, "of the answer"},
	{"detail", FIELD_TEXT, true, NULL, "id of the token"},
	{"hash", FIELD_TEXT, true, NULL,
	 "over the row and the hash of the row before"},
};

static const struct field person_reply[] = {
	{"number", FIELD_TEXT, true, NULL, "as it is dialled"},
	{"is_blocked", FIELD_BOOL, true, NULL, "nobody calls there"},
	{"reason", FIELD_TEXT, true, NULL, "why; empty: it is not blocked"},
	{"consents", FIELD_LIST, true, NULL, "as GET /api/v1/consents"},
};

static const struct field erase_query[] = {
	{"dry_run", FIELD_BOOL, false, NULL, "true: count only"},
};

static const struct field receipt_reply[] = {
	{"person", FIELD_TEXT, true, NULL, "the name that stays: a keyed hash"},
	{"at", FIELD_TIME, true, NULL, ""},
	{"by", FIELD_TEXT, true, NULL, "on whose word"},
	{"dry_run", FIELD_BOOL, true, NULL, "nothing was done"},
	{"key", FIELD_TEXT, true, NULL, "what became of the person's key"},
	{"made_unreadable", FIELD_OBJECT, true, NULL, "what, how many of it"},
	{"kept", FIELD_TEXT, true, NULL, "what stays"},
};

static const struct field chain_reply[] = {
	{"is_whole", FIELD_BOOL, true, NULL, "no row was changed or taken out"},
	{"broken", FIELD_NUMBER, true, NULL,
	 "of the audit log: the first that was, 0: none"},
	{"calls", FIELD_OBJECT, true, NULL,
	 "is_whole, how many calls, links, flaws, calls of before that wait "
	 "for their link; head to be noted elsewhere"},
	{"flaws", FIELD_LIST, true, NULL,
	 "the first hundred of calls: kind, call, link, words"},
};

static const struct field chain_query[] = {
	{"head", FIELD_TEXT, false, NULL,
	 "of the calls, as noted before, 17:ab…: it has to stand there still"},
	{"audit_head", FIELD_TEXT, false, NULL, "the same of the audit log"},
};

static const struct route routev[] = {
	/* pages */
	{"GET", "/", NULL, r_page, "pages", "What the API offers.",
	 .type = "text/html"},
	{"GET", "/index.js", NULL, r_page, "pages", "Of that page.",
	 .type = "text/javascript"},
	{"GET", "/page.css", NULL, r_page, "pages", "Of all pages.",
	 .type = "text/css"},
	{"GET", "/door.js", NULL, r_page, "pages",
	 "Of the pages behind a password.", .type = "text/javascript"},
	{"GET", "/lines", NULL, r_page, "pages",
	 "Lines, how they are and why.", .type = "text/html"},
	{"GET", "/lines.js", NULL, r_page, "pages", "Of that page.",
	 .type = "text/javascript"},
	{"GET", "/people", NULL, r_page, "pages",
	 "Who may be called: consents, do-not-call, published lists.",
	 .type = "text/html"},
	{"GET", "/people.js", NULL, r_page, "pages", "Of that page.",
	 .type = "text/javascript"},
	{"GET", "/setup", NULL, r_page, "pages",
	 "Where the first user is made.", .type = "text/html"},
	{"GET", "/setup.js", NULL, r_page, "pages", "Of that page.",
	 .type = "text/javascript"},

	/* system */
	{"GET", "/healthz", NULL, r_health, "system",
	 "The process answers.", .reply = FIELDS(health_reply)},
	{"GET", "/readyz", NULL, r_ready, "system",
	 "Whether calls can be placed; 503 where not.",
	 .reply = FIELDS(ready_reply)},
	{"GET", "/metrics", "metrics", r_metrics, "system",
	 "What is counted, as Prometheus reads it.", .type = "text/plain"},
	{"GET", API "/openapi.json", NULL, r_openapi, "system",
	 "This document.", .type = "application/vnd.oai.openapi+json"},
	{"GET", API "/system", "system.read", r_system, "system",
	 "How the whole does.", .reply = FIELDS(system_reply)},

	/* who may */
	{"POST", API "/setup", NULL, r_setup, "access",
	 "Make the first admin, with the link that the first start prints.",
	 .body = FIELDS(setup_body), .status = 204},
	{"POST", API "/session", NULL, r_session_make, "access",
	 "A token for a password, for twelve hours.",
	 .body = FIELDS(session_body), .reply = FIELDS(session_reply),
	 .status = 201},
	{"DELETE", API "/session", "self", r_session_end, "access",
	 "End the token that asks.", .status = 204},
	{"GET", API "/self", "self", r_self, "access",
	 "Who asks, and what they may.",
	 .reply = FIELDS(self_reply)},
	{"GET", API "/users", "users", r_users, "access", "All users.",
	 .reply = FIELDS(user_reply), .is_page = true},
	{"PUT", API "/users/{name}", "users", r_user_put, "access",
	 "Make or change a user.", .body = FIELDS(user_body), .status = 204},
	{"DELETE", API "/users/{name}", "users", r_user_end, "access",
	 "End a user and all their tokens.", .status = 204},
	{"GET", API "/tokens", "self", r_tokens, "access",
	 "Your tokens; an admin's list has all.", .reply = FIELDS(token_reply),
	 .is_page = true},
	{"POST", API "/tokens", "self", r_token_make, "access",
	 "Make a token for a program.", .body = FIELDS(token_body),
	 .reply = FIELDS(session_reply), .status = 201},
	{"DELETE", API "/tokens/{id}", "self", r_token_end, "access",
	 "End a token.", .status = 204},
	{"GET", API "/audit", "audit", r_audit, "access",
	 "Who changed what, the latest first.", .query = FIELDS(page_query),
	 .reply = FIELDS(audit_reply), .is_page = true},
	{"GET", API "/audit/check", "audit", r_audit_check, "access",
	 "Whether the log and the records of calls are whole.",
	 .query = FIELDS(chain_query), .reply = FIELDS(chain_reply)},

	/* people */
	{"GET", API "/people/{number}", "lists.read", r_person, "people",
	 "Whether a person may be called, and what they agreed to.",
	 .reply = FIELDS(person_reply)},
	{"DELETE", API "/people/{number}", "people.erase", r_person_erase,
	 "people", "Make unreadable what is known of a person, in copies too.",
	 .query = FIELDS(erase_query), .reply = FIELDS(receipt_reply),
	 .is_private = true},
};
/* clang-format on */

const struct route_chapter route_accessv = FIELDS(routev);

static const struct route_chapter *const chapterv[] = {
	&route_accessv, &route_runv,   &route_callv,
	&route_scriptv, &route_listsv,
};

const struct route *route_at(size_t i)
{
	for (size_t n = 0; n < ARRAY_COUNT(chapterv); n++) {
		if (i < chapterv[n]->c)
			return &chapterv[n]->v[i];
		i -= chapterv[n]->c;
	}

	return NULL;
}

size_t route_count(void)
{
	size_t count = 0;

	while (route_at(count))
		count++;

	return count;
}
