/*
 * test/media/test_media.c - the table of media's tests
 */
#include "harness.h"
#include "test_media.h"

const struct test testv[] = {
	TEST(test_level_of_known_signals),
	TEST(test_vad_speech_over_noise),
	TEST(test_vad_own_echo_is_no_voice),
	TEST(test_vad_steady_noise_becomes_floor),
	TEST(test_endpoint_table),
	TEST(test_playout_plays_in_order),
	TEST(test_playout_pause_resumes_at_sample),
	TEST(test_playout_cut_fades),
	TEST(test_playout_waits_for_segments),
	TEST(test_playout_ceiling),
	TEST(test_tone_parse_table),
	TEST(test_tone_sounds),
	TEST(test_halfband_passes_speech),
	TEST(test_halfband_stops_aliases),
	TEST(test_codec_alaw_is_sox),
	TEST(test_codec_ulaw_is_sox),
	TEST(test_codec_frames),
	TEST(test_codec_list_table),
	TEST(test_codec_want_table),
	TEST(test_codec_sounds_alike),
	TEST(test_packet_table),
	TEST(test_packet_build_parse),
	TEST(test_keys_sender_table),
	TEST(test_keys_receiver_table),
	TEST(test_jitter_table),
	TEST(test_jitter_counts),
	TEST(test_jitter_estimate),
	TEST(test_jitter_drift),
	TEST(test_intake_packet_lengths),
	TEST(test_amd_table),
	TEST(test_amd_threshold),
	TEST(test_tones_table),
	TEST(test_tones_beeps),
	TEST(test_tones_silent),
	TEST(test_who_table),
	TEST(test_who_no_packets),
	TEST(test_intake_bad_network),
	TEST(test_intake_opus_repairs),
	TEST(test_intake_pauses),
	TEST(test_intake_comfort_noise),
};
const size_t testc = ARRAY_COUNT(testv);
