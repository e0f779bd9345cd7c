/*
 * test/call/test_call.c - the table of call's tests
 */
#include "harness.h"
#include "tests.h"

const struct test testv[] = {
	TEST(test_keyfilter_table),
	TEST(test_prompt_kind_table),
	TEST(test_clips_table),
	TEST(test_clips_kept_until_changed),
	TEST(test_clips_ceiling),
	TEST(test_clips_silent),
	TEST(test_listen_table),
	TEST(test_listen_page),
	TEST(test_talk_answer_leads_on),
	TEST(test_talk_keyword_cuts_prompt),
	TEST(test_talk_other_words_do_not),
	TEST(test_talk_keys),
	TEST(test_talk_silence),
	TEST(test_talk_not_understood),
	TEST(test_talk_hangup_mid_prompt),
	TEST(test_talk_record_mode_0_keeps_nothing_of_them),
	TEST(test_talk_missing_file),
	TEST(test_talk_file_outside),
	TEST(test_talk_no_recording),
	TEST(test_talk_busy),
	TEST(test_talk_spoken_text),
	TEST(test_talk_no_agents_yet),
	TEST(test_talk_do_not_call),
	TEST(test_talk_barge_in_table),
	TEST(test_service_nlp_answers),
	TEST(test_service_http_answers),
	TEST(test_service_addresses),
	TEST(test_service_nlp_decides),
	TEST(test_service_nlp_behind_prompt),
	TEST(test_service_nlp_late),
	TEST(test_service_hangup_meanwhile),
	TEST(test_service_http_node),
	TEST(test_service_http_node_fails),
	TEST(test_ears_table),
	TEST(test_ears_page),
	TEST(test_record_path_table),
	TEST(test_record_follows_no_link),
	TEST(test_record_of_a_sentence),
	TEST(test_wide_call),
	TEST(test_wide_call_ready),
};
const size_t testc = ARRAY_COUNT(testv);
