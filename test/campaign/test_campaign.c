/*
 * test/campaign/test_campaign.c - the table of campaign's tests
 */
#include "campaign/tests.h"
#include "harness.h"

const struct test testv[] = {
	TEST_OOM(test_group_tiers),      TEST(test_group_congested),
	TEST(test_group_asks),           TEST_OOM(test_group_redial_rules),
	TEST(test_group_fails_over),     TEST(test_group_redials),
	TEST(test_group_robots),         TEST_OOM(test_pace_table),
	TEST(test_pace_window),          TEST(test_pace_finds_limit),
	TEST_OOM(test_eta_table),        TEST_OOM(test_trouble_rounds),
	TEST(test_sheet_rows),           TEST_OOM(test_sheet_header),
	TEST(test_sheet_pieces),         TEST(test_sheet_too_long),
	TEST_OOM(test_sheet_extension),  TEST(test_import_example),
	TEST(test_import_again),         TEST(test_import_dry),
	TEST(test_import_refused),       TEST(test_import_large),
	TEST(test_import_freed),         TEST(test_dialer_all),
	TEST(test_dialer_order_of_disk), TEST(test_dialer_our_fault),
	TEST(test_dialer_line_down),     TEST(test_dialer_line_full),
	TEST(test_dialer_rate),          TEST(test_dialer_stop),
	TEST(test_dialer_opt_out),       TEST(test_dialer_freed),
	TEST(test_killed_nobody_twice),  TEST_OOM(test_window_table),
	TEST(test_window_clock_changes), TEST_OOM(test_promise_table),
	TEST(test_again_promise),        TEST(test_again_retry),
	TEST(test_again_paused),         TEST(test_rules_judge),
	TEST(test_rules_runs_out),       TEST(test_rules_refused),
	TEST_OOM(test_rules_retry),      TEST(test_window_all_agree),
	TEST(test_window_refused),
};
const size_t testc = ARRAY_COUNT(testv);
