/*
 * test/speech/test_speech.c - the table of speech's tests
 */
#include "harness.h"
#include "speech_tests.h"

const struct test testv[] = {
	TEST(test_asr_hears_answers),
};
const size_t testc = ARRAY_COUNT(testv);
