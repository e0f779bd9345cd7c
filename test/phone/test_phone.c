/*
 * test/phone/test_phone.c - the table of the phone folder's tests
 */
#include "test_phone.h"

const struct test testv[] = {
	TEST(test_sip_call_udp),
	TEST(test_sip_call_tcp),
	TEST(test_sip_refuse_codes),
	TEST(test_sip_refuse_silence),
	TEST(test_sip_refuse_dead_port),
	TEST(test_sip_refuse_redirect_loop),
	TEST(test_sip_refuse_late_answer),
	TEST(test_sip_refuse_lets_go),
	TEST(test_sip_talk_keys),
	TEST(test_sip_talk_hold),
	TEST(test_sip_talk_they_hang_up),
	TEST(test_sip_talk_let_go),
	TEST(test_sip_talk_early),
	TEST(test_sip_talk_no_answer),
	TEST(test_sip_talk_refused),
	TEST(test_sip_talk_limit),
	TEST(test_sip_talk_bad_names),
	TEST(test_sip_talk_tls),
	TEST(test_sip_talk_tls_stranger),
	TEST(test_latch_table),
	TEST(test_stream_tone),
	TEST(test_stream_keys_both_ways),
	TEST(test_stream_hold),
	TEST(test_stream_audio_replaced),
	TEST(test_stream_close_while_ticking),
	TEST(test_stream_port_range),
	TEST(test_stream_loss_and_disorder),
	TEST(test_stream_attacker),
	TEST(test_stream_behind_nat),
	TEST(test_stream_silent),
};
const size_t testc = ARRAY_COUNT(testv);
