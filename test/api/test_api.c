/*
 * test/api/test_api.c - the pure parts of api/; the rest is tried over HTTP by
 * test/e2e/test_api*.py
 */
#include "api/tests.h"
#include "harness.h"

const struct test testv[] = {
	TEST(test_fields_bodies),
	TEST(test_fields_texts),
	TEST(test_fields_times),
	TEST(test_scopes_grow_with_the_role),
	TEST(test_password_kept),
	TEST(test_password_faults),
	TEST(test_throttle_grows_and_forgets),
	TEST(test_throttle_of_an_address),
	TEST(test_quota_table),
	TEST(test_quota_of_many),
	TEST_OOM(test_talks_from_first_to_last),
	TEST_OOM(test_callview_rows),
};
const size_t testc = ARRAY_COUNT(testv);
