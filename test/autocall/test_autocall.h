/*
 * test/autocall/test_autocall.h - the tests of autocall/
 */
#pragma once

int test_ami_table(void);
int test_ami_events(void);
int test_target_table(void);
int test_verdict_table(void);
int test_verdict_lists(void);
int test_verdict_long(void);
