/*
 * test/rehearse/tests.h - the tests of the simulated people, by file
 */
#pragma once

/* test_roster.c */
int test_roster_faults(void);
int test_roster_example(void);
int test_roster_find(void);
int test_roster_values(void);
int test_roster_file(void);

/* test_behaviour.c */
int test_behaviour_table(void);
int test_behaviour_patience(void);

/* test_noise.c */
int test_noise_level(void);
int test_noise_repeats(void);
int test_noise_beep(void);
