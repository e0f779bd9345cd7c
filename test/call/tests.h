/*
 * test/call/tests.h - the tests of call, one line each
 */
#pragma once

/* test_parts.c: what is pure */
int test_keyfilter_table(void);
int test_keyonce_table(void);
int test_prompt_kind_table(void);

/* test_clips.c: sound files of prompts */
int test_clips_table(void);
int test_clips_kept_until_changed(void);
int test_clips_ceiling(void);
int test_clips_silent(void);

/* test_listen.c: settings and situations */
int test_listen_table(void);
int test_listen_page(void);

/* test_headroom.c: how many calls at a time are understood in time */
int test_headroom_table(void);
int test_headroom_settles(void);
int test_headroom_calls(void);

/* test_talk.c: whole calls */
int test_talk_answer_leads_on(void);
int test_talk_keyword_cuts_prompt(void);
int test_talk_other_words_do_not(void);
int test_talk_keys(void);
int test_talk_silence(void);
int test_talk_not_understood(void);
int test_talk_hangup_mid_prompt(void);
int test_talk_record_mode_0_keeps_nothing_of_them(void);
int test_talk_missing_file(void);
int test_talk_file_outside(void);
int test_talk_no_recording(void);
int test_talk_busy(void);
int test_talk_spoken_text(void);
int test_talk_no_agents_yet(void);
int test_talk_do_not_call(void);
int test_talk_barge_in_table(void);

/* test_reception.c: who answered */
int test_reception_machine(void);
int test_reception_fax(void);
int test_reception_early_tone(void);
int test_reception_words(void);
int test_sayings_table(void);
int test_sayings_refused(void);

/* test_service.c: services that scripts ask */
int test_service_nlp_answers(void);
int test_service_http_answers(void);
int test_service_addresses(void);
int test_service_nlp_decides(void);
int test_service_nlp_behind_prompt(void);
int test_service_nlp_late(void);
int test_service_nlp_while_they_speak(void);
int test_service_hangup_meanwhile(void);
int test_service_http_node(void);
int test_service_http_node_fails(void);

/* test_webitem.c: items of the web, pure */
int test_web_items(void);
int test_web_terms(void);

/* test_web.c: sounds of the web */
int test_web_kept(void);
int test_web_revalidates(void);
int test_web_fails(void);
int test_web_waited_for(void);
int test_web_shared(void);
int test_web_ceiling(void);

/* test_prompts.c: mixed items, sample by sample */
int test_prompts_joins(void);
int test_prompts_ahead_at_most(void);

/* test_prompt_calls.c: prompts in whole calls */
int test_prompts_voices_take_turns(void);
int test_prompts_files_in_a_call(void);
int test_prompts_variables_as_they_are(void);

/* test_pieces.c: long text */
int test_pieces_table(void);
int test_pieces_whole(void);

/* test_degrade.c: recognisers and voices break */
int test_degrade_recogniser(void);
int test_degrade_slow_text(void);
int test_degrade_voice(void);
int test_degrade_offline_prompt_missing(void);
int test_degrade_memory(void);

/* test_wide.c: conversations at 16 kHz */
int test_wide_call(void);
int test_wide_call_ready(void);

/* test_record.c: where recordings of single sentences go */
int test_record_path_table(void);
int test_record_follows_no_link(void);
int test_record_of_a_sentence(void);
int test_record_hot_words_reach_the_recogniser(void);

/* test_ears.c: settings and situations, in real audio */
int test_ears_table(void);
int test_ears_wide(void);
int test_ears_page(void);

/* test_mouth.c: how far a prompt was played */
int test_mouth_position_between_ticks(void);
int test_mouth_hush_at_the_sample(void);

/* test_pause.c: a silence in a prompt */
int test_pause_lasts(void);

/* test_stream.c */
int test_stream_plays_early(void);
int test_stream_is_cut(void);
int test_stream_stalls(void);

/* test_pair.c: two people */
int test_pair_codecs(void);
int test_pair_keys(void);
int test_pair_hangup(void);
int test_pair_operator_missed(void);
int test_pair_client_missed(void);
int test_pair_operator_gives_up(void);
int test_pair_words(void);
int test_pair_glare(void);
int test_pair_early_media(void);
int test_pair_hung_up_at_any_moment(void);
int test_pair_no_line(void);
int test_pair_looked_on(void);

/* test_wish.c */
int test_wish_complaint(void);
int test_wish_abuse(void);
int test_wish_whole_person(void);

/* test_rows.c: what a call leaves in the tables */
int test_rows_record_of_inputs(void);
int test_rows_cut_speech_is_billed(void);
int test_rows_trigger(void);

/* test_endings.c: by the last word, or at any moment */
int test_endings_goodbye(void);
int test_endings_at_any_moment(void);
