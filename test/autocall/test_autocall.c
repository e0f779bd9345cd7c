/*
 * test/autocall/test_autocall.c - autocall/
 */
#include "autocall/test_autocall.h"
#include "harness.h"

const struct test testv[] = {
	TEST(test_ami_table),        TEST(test_ami_events),
	TEST_OOM(test_target_table), TEST_OOM(test_verdict_table),
	TEST(test_verdict_lists),    TEST(test_verdict_long),
};
const size_t testc = ARRAY_COUNT(testv);
