/*
 * test/phone/test_phone.h - the phone folder's tests
 */
#pragma once

#include "harness.h"

int test_latch_table(void);
int test_stream_tone(void);
int test_stream_keys_both_ways(void);
int test_stream_hold(void);
int test_stream_audio_replaced(void);
int test_stream_close_while_ticking(void);
int test_stream_port_range(void);
int test_stream_loss_and_disorder(void);
int test_stream_attacker(void);
int test_stream_behind_nat(void);
int test_stream_silent(void);
int test_stream_stalled(void);
int test_reports_both_ways(void);
int test_reports_of_strangers(void);
int test_reports_reach_the_codec(void);

int test_identity_bytes(void);
int test_passport_words(void);
int test_passport_values(void);
int test_identity_signature(void);
int test_identity_no_memory(void);
int test_identity_keys(void);
int test_identity_certificate(void);

int test_sip_identity_stays(void);
int test_sip_identity_whose(void);
int test_sip_identity_refused(void);
int test_sip_identity_doubted(void);

int test_sip_auth_invite(void);
int test_sip_auth_register(void);
int test_sip_auth_keepalive(void);
int test_sip_auth_register_refused(void);
int test_sip_auth_register_again(void);
int test_sip_auth_probe(void);

int test_sip_call_udp(void);
int test_sip_call_tcp(void);
int test_sip_call_any_address(void);
int test_sip_call_any_address_tcp(void);
int test_sip_call_star_codes(void);

/* test_sip_hostile.c */
int test_sip_hostile(void);

int test_sip_parse_outcome(void);
int test_sip_parse_reason(void);
int test_sip_parse_info(void);
int test_sip_parse_timer(void);
int test_sip_parse_states(void);
int test_sip_parse_offer(void);
int test_sip_offer_theirs(void);
int test_sip_offer_ours(void);
int test_sip_offer_numbers_stay(void);

int test_sip_refuse_codes(void);
int test_sip_refuse_silence(void);
int test_sip_refuse_dead_port(void);
int test_sip_refuse_redirect_loop(void);
int test_sip_refuse_late_answer(void);
int test_sip_refuse_lets_go(void);

int test_sip_talk_keys(void);
int test_sip_talk_hold(void);
int test_sip_talk_they_hang_up(void);
int test_sip_talk_bye_without_memory(void);
int test_sip_talk_let_go(void);
int test_sip_talk_early(void);
int test_sip_talk_no_answer(void);
int test_sip_talk_refused(void);
int test_sip_talk_limit(void);
int test_sip_talk_bad_names(void);
int test_sip_talk_tls(void);
int test_sip_talk_tls_stranger(void);

int test_sip_timer_minimum(void);
int test_sip_timer_ours(void);
int test_sip_timer_theirs(void);
int test_sip_timer_too_small(void);
int test_sip_timer_requests(void);
int test_sip_timer_keys_by_info(void);

int test_sip_torture_messages(void);
int test_sip_torture_set_up(void);
int test_sip_torture_config(void);
