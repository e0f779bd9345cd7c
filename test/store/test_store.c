/*
 * test/store/test_store.c - the table of the store's tests
 */
#include "harness.h"
#include "store/tests.h"

const struct test testv[] = {
	CONTRACT_TESTS,
	TEST(test_outbox_once),
	TEST(test_talks_reader),
	TEST(test_open_second_refused),
	TEST(test_open_migrates),
	TEST(test_open_old_calls),
	TEST(test_open_refusals),
	TEST(test_open_documented),
	TEST(test_outage_disk_full),
	TEST(test_outage_ceiling),
	TEST(test_outage_at_close),
	TEST(test_outage_sync),
	TEST(test_lacking_ends_transaction),
	TEST_OOM(test_lacking_is_not_empty),
};
const size_t testc = ARRAY_COUNT(testv);
