/*
 * test/speech/speech_tests.h - the tests of this folder by file
 */
#pragma once

/* test_asr.c */
int test_asr_hears_answers(void);
