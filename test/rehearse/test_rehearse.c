/*
 * test/rehearse/test_rehearse.c - the table of the simulated people's tests
 */
#include "harness.h"
#include "tests.h"

const struct test testv[] = {
	TEST(test_roster_faults),
	TEST_OOM(test_roster_example),
	TEST_OOM(test_roster_find),
	TEST_OOM(test_roster_values),
	TEST(test_roster_file),
	TEST_OOM(test_behaviour_table),
	TEST_OOM(test_behaviour_patience),
	TEST(test_calls_builtin),
	TEST(test_calls_list),
	TEST(test_calls_refused),
	TEST(test_calls_cancelled),
	TEST(test_examples_list),
	TEST(test_examples_conf),
	TEST(test_examples_docs),
	TEST(test_scripts_talk),
	TEST(test_scripts_phrases),
	TEST_OOM(test_handset_turns),
	TEST_OOM(test_handset_noise),
	TEST_OOM(test_handset_wideband),
	TEST_OOM(test_handset_hangup),
	TEST_OOM(test_handset_echo),
	TEST_OOM(test_handset_early),
	TEST_OOM(test_noise_level),
	TEST_OOM(test_noise_repeats),
	TEST_OOM(test_noise_beep),
};
const size_t testc = ARRAY_COUNT(testv);
