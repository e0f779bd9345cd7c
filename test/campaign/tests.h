/*
 * test/campaign/tests.h - the tests of campaign by file
 */
#pragma once

/* test_pace.c */
int test_pace_table(void);
int test_pace_window(void);
int test_pace_follows(void);
int test_eta_table(void);
int test_trouble_rounds(void);

/* test_papers.c */
int test_papers_consent(void);
int test_papers_registry(void);
int test_papers_instant(void);

/* test_sheet.c */
int test_sheet_rows(void);
int test_sheet_header(void);
int test_sheet_pieces(void);
int test_sheet_too_long(void);
int test_sheet_extension(void);

/* test_import.c */
int test_import_example(void);
int test_import_again(void);
int test_import_dry(void);
int test_import_refused(void);
int test_import_large(void);
int test_import_freed(void);

/* test_law.c */
int test_law_pack_of_sixty_days(void);
int test_law_pack_hours(void);
int test_law_dropped_rests(void);
int test_law_dropped_is_noted(void);
int test_law_no_consent_no_call(void);
int test_law_block_on_table(void);
int test_law_block_on_ends(void);

/* test_dialer.c */
int test_dialer_all(void);
int test_dialer_order_of_disk(void);
int test_dialer_our_fault(void);
int test_dialer_line_down(void);
int test_dialer_line_full(void);
int test_dialer_rate(void);
int test_dialer_stop(void);
int test_dialer_opt_out(void);
int test_dialer_freed(void);
int test_dialer_starved(void);

/* test_group.c */
int test_group_tiers(void);
int test_group_has_other(void);
int test_group_shared(void);
int test_group_congested(void);
int test_group_asks(void);
int test_group_mistrusted(void);
int test_group_asks_in_time(void);
int test_group_answers_in_a_row(void);
int test_group_redial_rules(void);
int test_group_fails_over(void);
int test_group_redials(void);
int test_group_redials_mistrusted(void);
int test_group_one_mistrusts(void);

/* test_predict.c */
int test_predict_calls(void);
int test_predict_rate(void);
int test_predict_talks(void);
int test_predict_holds_the_target(void);
int test_predict_adapt(void);

/* test_intake.c */
int test_intake_forms(void);
int test_intake_columns(void);

/* test_draft.c */
int test_draft_round_trip(void);
int test_draft_refused(void);
int test_draft_tolls(void);
int test_draft_home_country(void);
int test_draft_foresight(void);

/* test_again.c */
int test_again_other_number(void);
int test_again_numbers(void);
int test_again_retry(void);
int test_again_promise(void);
int test_again_paused(void);

/* test_killed.c */
int test_killed_nobody_twice(void);

/* test_unsynced.c */
int test_unsynced_broken(void);
int test_unsynced_full(void);

/* test_promise.c */
int test_promise_table(void);

/* test_robots.c */
int test_robots_first(void);

/* test_rules.c */
int test_rules_judge(void);
int test_rules_runs_out(void);
int test_rules_refused(void);
int test_rules_zone_of_number(void);
int test_rules_areas_known(void);
int test_rules_other_number(void);
int test_rules_retry(void);

/* test_window.c */
int test_window_table(void);
int test_window_clock_changes(void);
int test_window_all_agree(void);
int test_window_refused(void);
