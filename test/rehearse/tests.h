/*
 * test/rehearse/tests.h - the tests of the simulated people, by file
 */
#pragma once

#include <stddef.h>

struct roster;

/* Loads people that are right, so that only memory can be missing: jansson
 * takes that for a fault of the text. Prints the fault of a wrong text. */
int roster_make(struct roster **rosterp, const char *json, size_t len);

/* test_roster.c */
int test_roster_faults(void);
int test_roster_example(void);
int test_roster_find(void);
int test_roster_values(void);
int test_roster_file(void);

/* test_behaviour.c */
int test_behaviour_table(void);
int test_behaviour_patience(void);

/* test_calls.c */
int test_calls_builtin(void);
int test_calls_list(void);
int test_calls_refused(void);
int test_calls_cancelled(void);

/* test_examples.c */
int test_examples_list(void);
int test_examples_conf(void);
int test_examples_docs(void);

/* test_handset.c */
int test_handset_turns(void);
int test_handset_noise(void);
int test_handset_wideband(void);
int test_handset_hangup(void);
int test_handset_echo(void);
int test_handset_early(void);

/* test_noise.c */
int test_noise_level(void);
int test_noise_repeats(void);
int test_noise_beep(void);

/* test_scripts.c */
int test_scripts_talk(void);
int test_scripts_phrases(void);
