/*
 * test/speech/test_speech.c - the table of speech's tests
 */
#include "harness.h"
#include "speech_tests.h"

const struct test testv[] = {
	/* clang-format off */
	TEST(test_spell_table),
	TEST(test_dict_table),
	TEST(test_grammar_text),
	TEST(test_grammar_ceiling),
	TEST(test_level_finds_speech),
	TEST(test_level_sets),
	TEST(test_ipa_table),
	TEST(test_aloud_languages),
	TEST(test_aloud_hints),
	TEST(test_judge_table),
	TEST(test_bands_table),
	TEST_OOM(test_ssml_is),
	TEST_OOM(test_ssml_plain),
	TEST(test_voice_speaks),
	TEST(test_voice_ssml),
	TEST(test_voice_refuses),
	TEST(test_voice_needs_espeak),
	TEST(test_voice_files),
	TEST(test_voice_without_files),
	TEST(test_voice_shares_work),
	TEST(test_asr_hears_answers),
	TEST(test_asr_hears_other_languages),
	TEST(test_asr_asks_back),
	TEST(test_asr_survives),
	TEST(test_asr_is_silent_when_freed),
	TEST(test_asr_needs_its_model),
	TEST(test_asr_mock),
	TEST(test_mock_courses),
	TEST(test_hearing_hears),
	TEST(test_hearing_connects_before),
	TEST(test_hearing_falls_to_the_next),
	TEST(test_hearing_says_why),
	TEST(test_hearing_tries_again),
	TEST(test_hearing_takes_turns),
	TEST_OOM(test_variants_table),
	TEST_OOM(test_yandex_names),
	TEST(test_oneshot_says_why),
	TEST(test_oneshot_nobody_there),
	TEST(test_oneshot_falls_to_the_next),
	TEST(test_oneshot_tries_again),
	TEST(test_oneshot_keeps_its_connection),
	TEST(test_oneshot_long_phrase),
	TEST(test_oneshot_silence_costs_nothing),
	TEST(test_oneshot_said),
	/* clang-format on */
};
const size_t testc = ARRAY_COUNT(testv);
