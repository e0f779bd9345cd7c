/*
 * test/api/test_fields.c - bodies and queries held against their fields
 */
#include <errno.h>
#include "api/fields.h"
#include "api/tests.h"
#include "base/mem.h"
#include "harness.h"

/* clang-format off */
static const struct field fieldv[] = {
	{"name", FIELD_TEXT, true, NULL, ""},
	{"kind", FIELD_TEXT, false, "a|bc", ""},
	{"count", FIELD_NUMBER, false, "1..10", ""},
	{"is_on", FIELD_BOOL, false, NULL, ""},
	{"at", FIELD_TIME, false, NULL, ""},
	{"more", FIELD_OBJECT, false, NULL, ""},
	{"rows", FIELD_LIST, false, NULL, ""},
};
/* clang-format on */

static const struct fields fields = {fieldv, ARRAY_COUNT(fieldv)};

int test_fields_bodies(void)
{
	static const struct {
		const char *body, *field, *said; /* said NULL: it is sound */
	} rowv[] = {
		/* clang-format off */
		{"{\"name\": \"x\"}", NULL, NULL},
		{"{\"name\": \"x\", \"kind\": \"bc\", \"count\": 10, "
		 "\"is_on\": false, \"at\": null, \"more\": {}, \"rows\": []}",
		 NULL, NULL},
		{"{}", "name", "is missing"},
		{"[]", NULL, "the body has to be a JSON object"},
		{"{\"name\": 1}", "name", "has to be a text"},
		{"{\"name\": null}", "name", "has to be a text"},
		{"{\"name\": \"x\", \"nome\": 1}", "nome",
		 "is not known here"},
		{"{\"name\": \"x\", \"kind\": \"b\"}", "kind",
		 "has to be one of a|bc"},
		{"{\"name\": \"x\", \"kind\": \"\"}", "kind",
		 "has to be one of a|bc"},
		{"{\"name\": \"x\", \"count\": 0}", "count",
		 "has to lie within 1..10, not be 0"},
		{"{\"name\": \"x\", \"count\": 1.5}", "count",
		 "has to be a whole number"},
		{"{\"name\": \"x\", \"is_on\": 1}", "is_on",
		 "has to be true or false"},
		{"{\"name\": \"x\", \"at\": \"tomorrow\"}", "at",
		 "has to be a time like 2026-11-21T10:00:00Z, or null"},
		{"{\"name\": \"x\", \"more\": []}", "more",
		 "has to be an object"},
		{"{\"name\": \"x\", \"rows\": {}}", "rows",
		 "has to be a list"},
		/* clang-format on */
	};
	char fault[FIELDS_FAULT_SIZE];
	json_t *body = NULL;
	const char *field;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		body = json_loads(rowv[i].body, 0, NULL);
		CHECK(body);
		fault[0] = '\0';
		CHECK_ERR(rowv[i].said ? EINVAL : 0,
		          fields_check(&fields, body, &field, fault));
		CHECK_STR(rowv[i].said ? rowv[i].said : "", fault);
		CHECK_STR(rowv[i].field ? rowv[i].field : "",
		          field ? field : "");
		json_decref(body);
		body = NULL;
	}

out:
	json_decref(body);

	return err;
}

int test_fields_texts(void)
{
	static const struct {
		const char *field, *text;
		int err;
	} rowv[] = {
		/* clang-format off */
		{"name", "", 0}, {"kind", "a", 0}, {"kind", "a|bc", EINVAL},
		{"count", "7", 0}, {"count", "11", EINVAL},
		{"count", "7x", EINVAL}, {"count", "", EINVAL},
		{"count", "99999999999999999999", EINVAL},
		{"is_on", "true", 0}, {"is_on", "1", EINVAL},
		{"at", "2026-11-21T10:00:00Z", 0}, {"at", "null", EINVAL},
		/* clang-format on */
	};
	char fault[FIELDS_FAULT_SIZE];
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int got = fields_check_text(fields_find(&fields, rowv[i].field),
		                            rowv[i].text, fault);

		if (got != rowv[i].err)
			fprintf(stderr, "%s=%s\n", rowv[i].field, rowv[i].text);
		CHECK_ERR(rowv[i].err, got);
	}
	CHECK(!fields_find(&fields, "nam"));

out:
	return err;
}

/* Against what date -d says. */
int test_fields_times(void)
{
	static const struct {
		const char *text;
		int64_t wall_ms; /* -1: none */
	} rowv[] = {
		/* clang-format off */
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-21T10:00:00Z", 1795255200000},
		{"2026-11-21T10:00:00.123Z", 1795255200123},
		{"2026-11-21T13:00:00+03:00", 1795255200000},
		{"2026-11-21T02:30:00-07:30", 1795255200000},
		{"2024-02-29T23:59:60Z", 1709251200000},
		{"2000-03-01t00:00:00z", 951868800000},
		{"2026-11-21", -1}, {"2026-11-21T10:00:00", -1},
		{"2026-13-21T10:00:00Z", -1}, {"2026-11-21T25:00:00Z", -1},
		{"2026-11-21T10:00:00+3:00", -1},
		{"2026-11-21T10:00:00Zulu", -1}, {"", -1},
		/* clang-format on */
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int64_t wall_ms = -1;
		bool is_time = fields_time(rowv[i].text, &wall_ms);

		if (wall_ms != rowv[i].wall_ms)
			fprintf(stderr, "%s is %lld\n", rowv[i].text,
			        (long long)wall_ms);
		CHECK(is_time == (rowv[i].wall_ms >= 0));
		CHECK(wall_ms == rowv[i].wall_ms);
	}

out:
	return err;
}
