/*
 * test/store/test_contract.c - what holds for every database: the tests that
 * run again with a server
 */
#include "harness.h"
#include "store/tests.h"

const struct test testv[] = {
	TEST(test_claim_order),
	TEST(test_claim_twice_never),
	TEST(test_claim_our_fault_comes_back),
	TEST(test_claim_blocked),
	TEST(test_claim_waits_for_due),
	TEST(test_claim_end_once),
	TEST(test_claim_gathered),
	TEST(test_gate_blocks),
	TEST(test_gate_verdicts),
	TEST(test_gate_facts),
	TEST(test_gate_promised_first),
	TEST(test_kept_steps),
	TEST(test_kept_call_and_result),
	TEST(test_kept_at_close),
	TEST(test_kept_list_duplicates),
	TEST(test_kept_pages),
	TEST(test_kept_preview_is_run),
	TEST(test_kept_dry_writes_nothing),
	TEST(test_kept_other_list_refused),
	TEST(test_access_users_and_tokens),
	TEST(test_access_audit_chain),
	TEST(test_access_repeats),
	TEST(test_outbox_facts),
	TEST(test_outbox_begins_with_its_sink),
	TEST(test_outbox_settled),
	TEST(test_outbox_crash_in_doubt),
	TEST(test_plan_lists),
	TEST(test_allot_turns),
	TEST(test_allot_priority),
	TEST(test_allot_callers),
	TEST(test_allot_spend),
	TEST(test_talks_whole),
	TEST(test_talks_pages),
	TEST(test_crash_nobody_twice),
	TEST(test_crash_in_doubt),
	TEST(test_server_migrates),
	TEST(test_server_refusals),
	TEST(test_server_shared),
	TEST(test_server_stranger_text),
	TEST(test_server_down),
	TEST(test_server_frozen_worker),
};
const size_t testc = ARRAY_COUNT(testv);
