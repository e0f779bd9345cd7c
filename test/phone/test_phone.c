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
	TEST(test_stream_tone),
};
const size_t testc = ARRAY_COUNT(testv);
