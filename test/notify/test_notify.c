/*
 * test/notify/test_notify.c - notify/
 */
#include "harness.h"
#include "notify/test_notify.h"

const struct test testv[] = {
	TEST_OOM(test_envelope_cloudevent),
	TEST_OOM(test_envelope_raw),
	TEST(test_signature_vector),
	TEST(test_signature_rotation),
	TEST(test_signature_refusals),
	TEST(test_mapping_table),
	TEST(test_mapping_faults),
	TEST(test_patience_grows),
	TEST(test_courier_hears_of_the_last),
	TEST(test_sinks_refused),
	TEST(test_sinks_wanted),
	TEST(test_types_are_told_apart),
	TEST(test_readers_refused),
	TEST(test_readers_echo),
};
const size_t testc = ARRAY_COUNT(testv);
