/*
 * test/api/tests.h - the pure parts of api/ by file
 */
#pragma once

/* test_fields.c */
int test_fields_bodies(void);
int test_fields_texts(void);
int test_fields_times(void);

/* test_secrets.c */
int test_scopes_grow_with_the_role(void);
int test_password_kept(void);
int test_password_faults(void);
int test_throttle_grows_and_forgets(void);
int test_throttle_of_an_address(void);

/* test_quota.c */
int test_quota_table(void);
int test_quota_of_many(void);

/* test_talks.c */
int test_talks_from_first_to_last(void);
int test_callview_rows(void);
