/*
 * test/base/test_base.c - the table of base's tests
 */
#include "harness.h"
#include "test_base.h"

const struct test testv[] = {
	TEST_OOM(test_cfg_defaults),
	TEST_OOM(test_cfg_file),
	TEST(test_cfg_secret_of_environment),
	TEST(test_cfg_refused),
	TEST_OOM(test_cfg_set),
	TEST(test_cfg_describe),
	TEST_OOM(test_id_unique),
	TEST_OOM(test_clock_text),
	TEST(test_log_lines),
	TEST(test_log_long),
	TEST_OOM(test_log_mask),
	TEST_OOM(test_log_level),
	TEST(test_loop_mailbox),
	TEST(test_loop_signal),
	TEST(test_mailbox_order),
	TEST_OOM(test_mailbox_full),
	TEST_OOM(test_mailbox_polled),
	TEST_OOM(test_mailbox_post_from_handler),
	TEST_OOM(test_mailbox_freed_by_handler),
	TEST_OOM(test_number_normalise),
	TEST_OOM(test_number_refused),
	TEST_OOM(test_number_dialable),
	TEST(test_oom_reaches_libraries),
	TEST_OOM(test_resample_tone),
	TEST_OOM(test_resample_pieces),
	TEST_OOM(test_resample_refused),
	TEST_OOM(test_text_utf8),
	TEST_OOM(test_text_measure),
	TEST_OOM(test_text_copy),
	TEST_OOM(test_text_repair),
	TEST_OOM(test_text_nearest),
	/* libsndfile itself dies where an allocation fails. */
	TEST(test_wav_round),
	TEST(test_wav_stereo_growing),
	TEST(test_wav_refused),
	TEST(test_wav_too_long),
	TEST(test_work_done_at_home),
	TEST(test_work_order_of_queue),
	TEST(test_work_side_by_side),
	TEST(test_work_full),
};
const size_t testc = ARRAY_COUNT(testv);
