/*
 * api/routes_lists.c - the routes of who is called and who is not
 */
#include "api/handlers.h"
#include "base/mem.h"

#define API  "/api/v1"
#define LIST API "/lists/{name}"

enum {
	FILE_MAX = 1 << 30, /* of a list, bytes */
};

/* clang-format off */
static const struct field after_query[] = {
	{"limit", FIELD_NUMBER, false, "1..500", "rows at most, 100"},
	{"after", FIELD_NUMBER, false, "0..9223372036854775807",
	 "`next` of the page before"},
};

static const struct field list_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"created", FIELD_TIME, true, NULL, ""},
	{"contacts", FIELD_NUMBER, true, NULL, ""},
};

static const struct field contact_reply[] = {
	{"id", FIELD_NUMBER, true, NULL, ""},
	{"number", FIELD_TEXT, true, NULL, ""},
	{"row", FIELD_NUMBER, true, NULL, "line of the file it came from"},
	{"variables", FIELD_OBJECT, true, NULL, "all columns of the row"},
};

static const struct field contacts_body[] = {
	{"contacts", FIELD_LIST, true, NULL,
	 "1 to 1000 rows: {\"number\": \"+15550101\", \"name\": \"Anna\"}"},
	{"country", FIELD_TEXT, false, NULL,
	 "of numbers without one, as RU; campaign.country unless said"},
};

static const struct field contacts_reply[] = {
	{"added", FIELD_NUMBER, true, NULL, ""},
	{"duplicates", FIELD_NUMBER, true, NULL, "the list had them"},
	{"refused", FIELD_LIST, true, NULL,
	 "{\"line\", \"number\", \"reason\"}; the first row is line 1"},
};

static const struct field import_query[] = {
	{"format", FIELD_TEXT, false, "csv|jsonl", "csv unless said"},
	{"encoding", FIELD_TEXT, false, NULL, "as iconv names it; UTF-8"},
	{"country", FIELD_TEXT, false, NULL, "of numbers without one, as RU"},
	{"columns", FIELD_TEXT, false, NULL,
	 "other names of columns: \"number=Telephone, name=Client\""},
};

static const struct field import_reply[] = {
	{"id", FIELD_TEXT, true, NULL, ""},
	{"kind", FIELD_TEXT, true, "list|consents|registry",
	 "what its rows are"},
	{"list", FIELD_TEXT, true, NULL,
	 "its name; of consents the purpose, of a registry its name"},
	{"state", FIELD_TEXT, true, "running|done|failed", ""},
	{"started", FIELD_TIME, true, NULL, ""},
	{"ended", FIELD_TIME, true, NULL, "null: it goes on"},
	{"bytes", FIELD_NUMBER, true, NULL, "read so far"},
	{"bytes_total", FIELD_NUMBER, true, NULL, ""},
	{"rows", FIELD_NUMBER, true, NULL, ""},
	{"added", FIELD_NUMBER, true, NULL, ""},
	{"duplicates", FIELD_NUMBER, true, NULL, "the list had them"},
	{"refused", FIELD_NUMBER, true, NULL, ""},
	{"fault", FIELD_TEXT, true, NULL, "why it failed"},
};

static const struct field refused_reply[] = {
	{"line", FIELD_NUMBER, true, NULL, "of the file"},
	{"number", FIELD_TEXT, true, NULL, "as it stands there"},
	{"reason", FIELD_TEXT, true, NULL, "what is wrong with it"},
};

static const struct field block_reply[] = {
	{"number", FIELD_TEXT, true, NULL, ""},
	{"reason", FIELD_TEXT, true, NULL, ""},
	{"campaign", FIELD_TEXT, true, NULL, "of it alone; empty: of all"},
	{"is_prefix", FIELD_BOOL, true, NULL, "all numbers that begin so"},
	{"created", FIELD_TIME, true, NULL, ""},
};

static const struct field block_body[] = {
	{"number", FIELD_TEXT, true, NULL, ""},
	{"reason", FIELD_TEXT, false, NULL, "\"by hand\" unless said"},
	{"is_prefix", FIELD_BOOL, false, NULL, "all numbers that begin so"},
};

static const struct field unblock_query[] = {
	{"is_prefix", FIELD_BOOL, false, NULL, "it is a prefix"},
};

static const struct field consents_query[] = {
	{"limit", FIELD_NUMBER, false, "1..500", "rows at most, 100"},
	{"after", FIELD_TEXT, false, NULL, "`next` of the page before"},
	{"number", FIELD_TEXT, false, NULL, "of this one alone"},
	{"purpose", FIELD_TEXT, false, NULL, "to this one alone"},
};

static const struct field consent_reply[] = {
	{"number", FIELD_TEXT, true, NULL, ""},
	{"purpose", FIELD_TEXT, true, NULL, "as rules.consent names it"},
	{"source", FIELD_TEXT, true, NULL, "where it was given"},
	{"text", FIELD_TEXT, true, NULL, "what was agreed to"},
	{"given", FIELD_TIME, true, NULL, ""},
	{"ended", FIELD_TIME, true, NULL,
	 "when it was taken back; null: it holds"},
};

static const struct field consent_body[] = {
	{"number", FIELD_TEXT, true, NULL, "who agreed"},
	{"purpose", FIELD_TEXT, true, NULL,
	 "what it is for, as rules.consent of a campaign names it"},
	{"source", FIELD_TEXT, true, NULL,
	 "where it was given: \"web form 17\""},
	{"text", FIELD_TEXT, true, NULL, "what was agreed to"},
	{"at", FIELD_TIME, false, NULL, "when it was given; null: now"},
};

static const struct field consent_end_query[] = {
	{"purpose", FIELD_TEXT, true, NULL, "which one"},
};

static const struct field consents_import_query[] = {
	{"purpose", FIELD_TEXT, true, NULL, "what all of them agreed to"},
	{"format", FIELD_TEXT, false, "csv|jsonl", "csv unless said"},
	{"encoding", FIELD_TEXT, false, NULL, "as iconv names it; UTF-8"},
	{"country", FIELD_TEXT, false, NULL, "of numbers without one, as RU"},
	{"columns", FIELD_TEXT, false, NULL,
	 "other names of columns: \"number=Telephone, text=Agreed to\""},
};

static const struct field registry_reply[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"source", FIELD_TEXT, true, NULL, "whose it is, where it came from"},
	{"state", FIELD_TEXT, true, "good|too_old|unfinished",
	 "unfinished: no edition was read to its end"},
	{"edition", FIELD_NUMBER, true, NULL, "the how-manieth"},
	{"numbers", FIELD_NUMBER, true, NULL, "on it"},
	{"published", FIELD_TIME, true, NULL, "the day on which it was true"},
	{"imported", FIELD_TIME, true, NULL, "when it came"},
	{"until", FIELD_TIME, true, NULL,
	 "from then on nobody is called; null: it does not grow old"},
	{"age_days", FIELD_NUMBER, true, NULL, "since it was published"},
	{"max_age_days", FIELD_NUMBER, true, NULL, "0: any"},
	{"is_stale", FIELD_BOOL, true, NULL,
	 "too old or unfinished: no campaign calls anybody"},
};

static const struct field registry_query[] = {
	{"published", FIELD_TEXT, true, NULL,
	 "the day on which it was true: 2026-11-20"},
	{"max_age_days", FIELD_NUMBER, false, "0..3660",
	 "then it is too old; 31 unless said, 0: never"},
	{"source", FIELD_TEXT, false, NULL, "whose it is, where it came from"},
	{"format", FIELD_TEXT, false, "csv|jsonl", "csv unless said"},
	{"encoding", FIELD_TEXT, false, NULL, "as iconv names it; UTF-8"},
	{"country", FIELD_TEXT, false, NULL, "of numbers without one, as RU"},
	{"columns", FIELD_TEXT, false, NULL,
	 "other names of columns: \"number=Telephone\""},
};

static const struct route routev[] = {
	/* lists */
	{"GET", API "/lists", "lists.read", r_lists, "lists", "All lists.",
	 .reply = FIELDS(list_reply), .is_page = true},
	{"GET", LIST "/contacts", "lists.read", r_contacts, "lists",
	 "The contacts of a list.", .query = FIELDS(after_query),
	 .reply = FIELDS(contact_reply), .is_page = true},
	{"POST", LIST "/contacts", "lists.write", r_contacts_add, "lists",
	 "Add rows; the list is made where it is not there.",
	 .body = FIELDS(contacts_body), .reply = FIELDS(contacts_reply)},
	{"POST", LIST "/import", "lists.write", r_import, "lists",
	 "Read a file into a list; the answer comes at once, GET "
	 "/api/v1/imports/{id} says how far it is.",
	 .query = FIELDS(import_query), .reply = FIELDS(import_reply),
	 .status = 202, .taking = HTTPD_BODY_FILE, .body_limit = FILE_MAX},
	{"GET", API "/imports", "lists.read", r_imports, "lists",
	 "The last imports of this process.", .reply = FIELDS(import_reply),
	 .is_page = true},
	{"GET", API "/imports/{id}", "lists.read", r_import_one, "lists",
	 "How far an import is.", .reply = FIELDS(import_reply)},
	{"GET", API "/imports/{id}/refused", "lists.read", r_import_refused,
	 "lists", "Rows that were not taken, the first 1000.",
	 .reply = FIELDS(refused_reply), .is_page = true},

	/* do not call */
	{"GET", API "/blocks", "lists.read", r_blocks, "blocks",
	 "Numbers that are never called, in their order.",
	 .query = FIELDS(after_query), .reply = FIELDS(block_reply),
	 .is_page = true},
	{"POST", API "/blocks", "blocks.write", r_block, "blocks",
	 "Never call a number again: not from the answer on.",
	 .body = FIELDS(block_body), .status = 204},
	{"DELETE", API "/blocks/{number}", "blocks.write", r_unblock, "blocks",
	 "Take a number off the list.", .query = FIELDS(unblock_query),
	 .status = 204, .is_private = true},

	/* published lists */
	{"GET", API "/registries", "lists.read", r_registries, "registries",
	 "Published lists of numbers that nobody may call, and their age.",
	 .reply = FIELDS(registry_reply), .is_page = true},
	{"POST", API "/registries/{name}/import", "registries.write",
	 r_registry_import, "registries",
	 "Read a new edition: its numbers count as they come, it takes the "
	 "place of the one before when all of it is there. The answer comes "
	 "at once, GET /api/v1/imports/{id} says how far it is.",
	 .query = FIELDS(registry_query), .reply = FIELDS(import_reply),
	 .status = 202, .taking = HTTPD_BODY_FILE, .body_limit = FILE_MAX},
	{"DELETE", API "/registries/{name}", "registries.write",
	 r_registry_end, "registries",
	 "Forget a list: its numbers may be called.", .status = 204},

	/* who agreed */
	{"GET", API "/consents", "lists.read", r_consents, "consents",
	 "Who agreed to be called and to what, in the order of numbers; those "
	 "too who took it back.", .query = FIELDS(consents_query),
	 .reply = FIELDS(consent_reply), .is_page = true,
	 .is_next_text = true},
	{"POST", API "/consents", "consents.write", r_consent, "consents",
	 "Keep that somebody agreed, with the evidence; again replaces it.",
	 .body = FIELDS(consent_body), .status = 204},
	{"POST", API "/consents/import", "consents.write", r_consents_import,
	 "consents", "Read a file with the columns number, source, text and "
	 "at; a row without its evidence ends it. The answer comes at once, "
	 "GET /api/v1/imports/{id} says how far it is.",
	 .query = FIELDS(consents_import_query),
	 .reply = FIELDS(import_reply), .status = 202,
	 .taking = HTTPD_BODY_FILE, .body_limit = FILE_MAX},
	{"DELETE", API "/consents/{number}", "consents.write", r_consent_end,
	 "consents", "It was taken back: no call for it from the answer on.",
	 .query = FIELDS(consent_end_query), .status = 204,
	 .is_private = true},
};
/* clang-format on */

const struct route_chapter route_listsv = FIELDS(routev);
