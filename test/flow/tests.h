/*
 * test/flow/tests.h - tests of flow that stand in files of their own
 */
#pragma once

int test_pattern_table(void);
int test_pattern_refused(void);
int test_pattern_index(void);
int test_pattern_fold(void);
int test_flow_mutated(void);

int test_replay_table(void);
int test_replay_torn(void);
int test_replay_whole(void);

/* test_disclose.c */
int test_disclose_table(void);
