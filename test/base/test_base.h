/*
 * test/base/test_base.h - base's tests, a file per tool
 */
#pragma once

int test_cfg_defaults(void);
int test_cfg_file(void);
int test_cfg_secret_of_environment(void);
int test_cfg_refused(void);
int test_cfg_set(void);
int test_cfg_describe(void);

int test_file_read(void);
int test_file_refused(void);
int test_file_pipe(void);

int test_httpc_answers(void);
int test_httpc_question(void);
int test_httpc_refused(void);
int test_httpc_unreachable(void);
int test_httpc_redirects(void);
int test_httpc_streams(void);
int test_httpc_cancelled(void);
int test_httpc_connections(void);
int test_httpc_waits_its_turn(void);
int test_httpc_certificates(void);
int test_httpc_escape(void);

int test_httpd_answers(void);
int test_httpd_connection(void);
int test_httpd_large(void);
int test_httpd_slow(void);
int test_httpd_many(void);
int test_httpd_stream(void);
int test_httpd_socket(void);
int test_httpd_stopped_while_busy(void);
int test_httpd_drained(void);
int test_httpd_listeners(void);
int test_httpd_tls(void);
int test_httpd_refusals(void);

int test_id_unique(void);
int test_jmem_refused(void);
int test_jmem_pool(void);

int test_clock_text(void);
int test_log_lines(void);
int test_log_json(void);
int test_metrics_count(void);
int test_metrics_time(void);
int test_metrics_ceiling(void);
int test_log_long(void);
int test_log_mask(void);
int test_log_level(void);

int test_loop_mailbox(void);
int test_loop_signal(void);

/* test_timers.c */
int test_timers_fire_in_order(void);
int test_timers_from_handlers(void);
int test_timers_after_a_stall(void);

int test_mailbox_order(void);
int test_mailbox_full(void);
int test_mailbox_polled(void);
int test_mailbox_post_from_handler(void);
int test_mailbox_freed_by_handler(void);

int test_number_normalise(void);
int test_pronounce_list(void);
int test_pronounce_ways(void);
int test_pronounce_words(void);
int test_number_refused(void);
int test_number_dialable(void);

int test_oom_reaches_libraries(void);

int test_patrol_asks_again(void);
int test_patrol_outlives_its_owner(void);

int test_resample_tone(void);
int test_resample_pieces(void);
int test_resample_refused(void);

int test_texts_move(void);
int test_texts_keep(void);
int test_text_utf8(void);
int test_text_utf8_long(void);
int test_text_measure(void);
int test_text_copy(void);
int test_text_repair(void);
int test_text_nearest(void);

int test_seal_vectors(void);
int test_seal_derive(void);
int test_vault_keys(void);
int test_vault_refused(void);
int test_vault_destroy(void);
int test_vault_rotate(void);
int test_recording_round(void);
int test_recording_tampered(void);
int test_recording_keys(void);

int test_wav_round(void);
int test_wav_stereo_growing(void);
int test_wav_refused(void);
int test_wav_too_long(void);

int test_work_done_at_home(void);
int test_work_order_of_queue(void);
int test_work_home_full(void);
int test_work_side_by_side(void);
int test_work_full(void);

/* test_zone.c */
int test_ws_accept(void);
int test_ws_frame_round(void);
int test_ws_frame_client(void);

int test_zone_as_library(void);
int test_zone_instants(void);
int test_zone_refusals(void);
