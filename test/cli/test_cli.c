/*
 * test/cli/test_cli.c - the table of cli's tests
 */
#include "harness.h"
#include "test_cli.h"

const struct test testv[] = {
	TEST(test_args_accepts),       TEST(test_args_refuses),
	TEST(test_check_broken),       TEST(test_check_no_file),
	TEST(test_args_repeats),       TEST(test_report_table_cuts_by_columns),
	TEST(test_report_csv_is_safe), TEST(test_report_score),
	TEST(test_terminal_table),     TEST(test_silence),
};
const size_t testc = ARRAY_COUNT(testv);
