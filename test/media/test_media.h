/*
 * test/media/test_media.h - the tests of media, one line each
 */
#pragma once

int test_level_of_known_signals(void);
int test_vad_speech_over_noise(void);
int test_vad_own_echo_is_no_voice(void);
int test_vad_steady_noise_becomes_floor(void);
int test_endpoint_table(void);
int test_playout_plays_in_order(void);
int test_playout_pause_resumes_at_sample(void);
int test_playout_cut_fades(void);
int test_playout_waits_for_segments(void);
int test_playout_ceiling(void);
int test_tone_parse_table(void);
int test_tone_sounds(void);
int test_halfband_passes_speech(void);
int test_halfband_stops_aliases(void);
int test_codec_alaw_is_sox(void);
int test_codec_ulaw_is_sox(void);
int test_codec_frames(void);
int test_codec_list_table(void);
int test_codec_want_table(void);
int test_codec_sounds_alike(void);
int test_packet_table(void);
int test_packet_build_parse(void);
int test_keys_sender_table(void);
int test_keys_receiver_table(void);
int test_jitter_table(void);
int test_jitter_counts(void);
int test_jitter_estimate(void);
int test_jitter_drift(void);
int test_intake_packet_lengths(void);
int test_amd_table(void);
int test_amd_threshold(void);
int test_tones_table(void);
int test_tones_beeps(void);
int test_tones_silent(void);
int test_who_table(void);
int test_who_no_packets(void);
int test_intake_bad_network(void);
int test_intake_opus_repairs(void);
int test_intake_pauses(void);
int test_intake_comfort_noise(void);
