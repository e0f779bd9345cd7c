/*
 * test/call/test_webitem.c - items of the web: options, freshness
 */
#include "base/mem.h"
#include "call/webitem.h"
#include "harness.h"
#include "tests.h"

int test_web_items(void)
{
	static const struct {
		const char *item;
		int err;
		const char *url, *unique;
		bool is_kept, has_nohead;
		int64_t lifetime_s;
	} rowv[] = {
		/* clang-format off */
		{"http://h/1.wav", 0, "http://h/1.wav", "", true, false, -1},
		{"HTTPS://h/1.wav", 0, "https://h/1.wav", "", true, false, -1},
		{"http://(nohead=true,abs_cache_control=2147483647)h/1.wav", 0,
		 "http://h/1.wav", "", true, true, 2147483647},
		{"http://(abs_cache_control=99999999999)h/1.wav", 0,
		 "http://h/1.wav", "", true, false, 2147483647},
		{"http://(cache=false, ext=mp3)h/x?t=1", 0, "http://h/x?t=1",
		 "", false, false, -1},
		{"http://(unique=greet-7)h/x?t=2", 0, "http://h/x?t=2",
		 "greet-7", true, false, -1},
		{"http://()h/x", 0, "http://h/x", "", true, false, -1},
		{"http://(new=1)h/x", 0, "http://h/x", "", true, false, -1},
		{"http://h/a b/да.wav", 0, "http://h/a%20b/%D0%B4%D0%B0.wav",
		 "", true, false, -1},
		{"http://(nohead)h/x", EINVAL, "", "", false, false, -1},
		{"http://(nohead=true", EINVAL, "", "", false, false, -1},
		{"http://(abs_cache_control=soon)h/x", EINVAL, "", "", false,
		 false, -1},
		{"http://(nohead=true)", EINVAL, "", "", false, false, -1},
		{"http://h/a\r\nX: y", EINVAL, "", "", false, false, -1},
		{"file://x.wav", EINVAL, "", "", false, false, -1},
		/* clang-format on */
	};
	struct webitem web;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		err = webitem_parse(&web, rowv[i].item);
		if (err != rowv[i].err)
			fprintf(stderr, "%s\n", rowv[i].item);
		CHECK_ERR(rowv[i].err, err);
		err = 0;
		if (rowv[i].err)
			continue;
		CHECK_STR(rowv[i].url, web.url);
		CHECK_STR(rowv[i].unique, web.unique);
		CHECK(rowv[i].is_kept == web.is_kept);
		CHECK(rowv[i].has_nohead == web.has_nohead);
		CHECK_I64(rowv[i].lifetime_s, web.lifetime_s);
	}

out:
	return err;
}

int test_web_terms(void)
{
	/* 2026-11-21 10:00:00 UTC */
	static const int64_t wall_ms = 1795255200000;
	static const char at_ten[] = "Sat, 21 Nov 2026 10:00:00 GMT";
	static const char at_eleven[] = "Sat, 21 Nov 2026 11:00:00 GMT";
	static const struct {
		const char *why;
		struct webitem_head head;
		struct webitem_terms terms;
	} rowv[] = {
		/* clang-format off */
		{"nothing is said: ask each time", {.age = NULL},
		 {0, true, false}},
		{"max-age", {.cache_control = "public, max-age=60"}, {60, true,
		 false}},
		{"it has an age", {.cache_control = "max-age=60", .age = "20"},
		 {40, true, false}},
		{"older than that", {.cache_control = "max-age=60", .age =
		 "90"},
		 {0, true, false}},
		{"Expires", {.expires = at_eleven, .date = at_ten},
		 {3600, true, false}},
		{"Expires, by our clock", {.expires = at_eleven},
		 {3600, true, false}},
		{"max-age counts more", {.cache_control = "max-age=5", .expires
		 = at_eleven},
		 {5, true, false}},
		{"Expires: 0 is the past", {.expires = "0"}, {0, true, false}},
		{"no-cache: kept, asked each time", {.cache_control =
		 "no-cache, max-age=60"},
		 {0, true, false}},
		{"no-store", {.cache_control = "no-store"}, {0, false, false}},
		{"must-revalidate", {.cache_control =
		 "max-age=1, must-revalidate"},
		 {1, true, true}},
		{"nonsense", {.cache_control = "max-age=never, =, ,,"}, {0,
		 true, false}},
		/* clang-format on */
	};
	struct webitem_terms terms;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		webitem_terms_read(&terms, &rowv[i].head, wall_ms);
		if (terms.fresh_s != rowv[i].terms.fresh_s)
			fprintf(stderr, "row %zu: %s\n", i, rowv[i].why);
		CHECK_I64(rowv[i].terms.fresh_s, terms.fresh_s);
		CHECK(rowv[i].terms.is_kept == terms.is_kept);
		CHECK(rowv[i].terms.must_be_fresh == terms.must_be_fresh);
	}

out:
	return err;
}
