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
	{"list", FIELD_TEXT, true, NULL, ""},
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
	 .status = 204},
};
/* clang-format on */

const struct route_chapter route_listsv = FIELDS(routev);
