/*
 * test/store/test_contract.c - what holds for every database: the tests that
 * run again with a server
 */
#include "harness.h"
#include "store/tests.h"

const struct test testv[] = {
	CONTRACT_TESTS,
	TEST(test_server_migrates),
	TEST(test_server_refusals),
	TEST(test_server_shared),
	TEST(test_server_links),
	TEST(test_server_stranger_text),
	TEST(test_server_down),
	TEST(test_server_frozen_worker),
	TEST(test_twice),
};
const size_t testc = ARRAY_COUNT(testv);
