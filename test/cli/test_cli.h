/*
 * test/cli/test_cli.h - the tests of cli, for their table
 */
#pragma once

int test_args_accepts(void);
int test_args_refuses(void);
int test_check_broken(void);
int test_check_no_file(void);
int test_args_repeats(void);
int test_report_table_cuts_by_columns(void);
int test_report_csv_is_safe(void);
int test_report_score(void);
int test_silence(void);
int test_terminal_table(void);
