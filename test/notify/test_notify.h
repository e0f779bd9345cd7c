/*
 * test/notify/test_notify.h - the tests of notify by file
 */
#pragma once

/* test_envelope.c */
int test_envelope_cloudevent(void);
int test_envelope_raw(void);
int test_signature_vector(void);
int test_signature_rotation(void);
int test_signature_refusals(void);

/* test_mapping.c */
int test_mapping_table(void);
int test_mapping_faults(void);
int test_patience_grows(void);

/* test_courier.c */
int test_courier_hears_of_the_last(void);

/* test_sinks.c */
int test_sinks_refused(void);
int test_sinks_wanted(void);
int test_types_are_told_apart(void);
int test_readers_refused(void);
int test_readers_echo(void);
