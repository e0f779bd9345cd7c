/*
 * test/speech/speech_tests.h - the tests of this folder by file
 */
#pragma once

/* test_words.c */
int test_spell_table(void);
int test_dict_table(void);
int test_grammar_text(void);
int test_grammar_ceiling(void);
int test_level_finds_speech(void);
int test_level_sets(void);

/* test_ipa.c */
int test_ipa_table(void);
int test_aloud_languages(void);
int test_aloud_hints(void);

/* test_judge.c */
int test_judge_table(void);
int test_bands_table(void);

/* test_ssml.c */
int test_ssml_is(void);
int test_ssml_plain(void);

/* test_voice.c */
int test_voice_ssml(void);
int test_voice_speaks(void);
int test_voice_refuses(void);
int test_voice_needs_espeak(void);
int test_voice_files(void);
int test_voice_without_files(void);
int test_voice_shares_work(void);

/* test_asr.c */
int test_asr_hears_answers(void);
int test_asr_hears_other_languages(void);
int test_asr_asks_back(void);
int test_asr_words_so_far(void);
int test_pronounce_is_understood(void);
int test_pronounce_book(void);
int test_pronounce_book_faults(void);
int test_pronounce_hints(void);
int test_asr_survives(void);
int test_asr_is_silent_when_freed(void);
int test_asr_needs_its_model(void);
int test_asr_pause(void);
int test_asr_pause_freed(void);
int test_asr_short_before_long(void);
int test_beside_courses(void);
int test_beside_pauses(void);
int test_mock_services_of_a_script(void);
int test_asr_mock(void);

/* test_mock.c */
int test_mock_courses(void);

/* test_replies.c */
int test_variants_table(void);
int test_yandex_names(void);
int test_template_forms(void);
int test_pick_table(void);
int test_proto_round(void);
int test_hearing_believes_little(void);

/* test_grpc.c */
int test_grpc_speaks_with_others(void);
int test_grpc_key_refused_by_others(void);
int test_grpc_secure(void);
int test_grpc_says_why(void);
int test_grpc_falls_to_the_next(void);
int test_grpc_keeps_its_connection(void);
int test_grpc_voice_of_others(void);

/* test_oneshot.c */
int test_oneshot_says_why(void);
int test_oneshot_nobody_there(void);
int test_oneshot_falls_to_the_next(void);
int test_oneshot_tries_again(void);
int test_oneshot_keeps_its_connection(void);
int test_oneshot_long_phrase(void);
int test_oneshot_silence_costs_nothing(void);
int test_oneshot_bad_templates(void);
int test_oneshot_said(void);

/* test_hearing.c */
int test_hearing_hears(void);
int test_hearing_mulaw(void);
int test_hearing_joins_pieces(void);
int test_hearing_connects_before(void);
int test_hearing_falls_to_the_next(void);
int test_hearing_every_kind_is_replaced(void);
int test_hearing_says_why(void);
int test_hearing_tries_again(void);
int test_hearing_takes_turns(void);

/* test_hearing_keys.c */
int test_sign_vectors(void);
int test_key_file_is_read_again(void);
int test_hearing_refuses(void);
int test_hearing_token(void);
int test_hearing_token_ends(void);
int test_token_refused_late(void);
int test_hearing_asks(void);
int test_hearing_words_before(void);

/* test_speaking.c */
int test_speaking_texts(void);
int test_speaking_forms(void);
int test_speaking_mp3(void);
int test_speaking_says_why(void);
int test_speaking_goes_on(void);
int test_speaking_rests_after_a_refused_key(void);
int test_speaking_is_played_early(void);
int test_speaking_falls_to_the_next(void);
int test_speaking_config(void);
int test_speaking_at_address(void);
int test_speaking_warm(void);
int test_speaking_page(void);

/* test_tally.c */
int test_tally_of_prompts(void);
int test_tally_of_state(void);

/* test_service_faults.c */
int test_faults_of_every_recogniser(void);
int test_faults_of_every_voice(void);
int test_speaking_token(void);
int test_speaking_token_refused(void);

/* test_hearing_way.c */
int test_hearing_way(void);
int test_hearing_way_faults(void);

/* test_hearing_limits.c */
int test_hearing_longest(void);
int test_hearing_spares_last(void);

/* test_hear.c */
int test_asr_groups(void);
int test_keys_in_turn(void);
int test_keys_limits(void);
int test_keys_days_are_kept(void);
int test_keys_renewed(void);
int test_keys_refused(void);
int test_hear_answers(void);
