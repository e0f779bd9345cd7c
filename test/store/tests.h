/*
 * test/store/tests.h - the tests of the store by file
 */
#pragma once

/* test_claim.c */
int test_claim_order(void);
int test_claim_twice_never(void);
int test_claim_our_fault_comes_back(void);
int test_claim_blocked(void);
int test_claim_waits_for_due(void);
int test_claim_end_once(void);
int test_claim_end_without_memory(void);
int test_claim_gathered(void);

/* test_gate.c */
int test_gate_blocks(void);
int test_gate_verdicts(void);
int test_gate_facts(void);
int test_gate_single_calls(void);
int test_gate_promised_first(void);

/* test_hostile.c */
int test_hostile_texts(void);

/* test_consent.c */
int test_consent_pages(void);

/* test_registry.c */
int test_registry_editions(void);
int test_registry_stale(void);
int test_end_blocks(void);
int test_end_blocks_person(void);
int test_end_dropped(void);

/* test_kept.c */
int test_kept_steps(void);
int test_kept_call_and_result(void);
int test_kept_at_close(void);
int test_kept_list_duplicates(void);
int test_kept_texts_of_contacts(void);
int test_kept_pages(void);
int test_kept_missed(void);
int test_kept_preview_is_run(void);
int test_kept_dry_writes_nothing(void);
int test_kept_other_list_refused(void);

/* test_lacking.c */
int test_lacking_is_not_empty(void);
int test_lacking_ends_transaction(void);

/* test_db.c */
int test_db_put(void);
int test_db_finds_by_key(void);

/* test_access.c */
int test_access_users_and_tokens(void);
int test_access_audit_chain(void);
int test_access_repeats(void);

/* test_shelf.c */
int test_shelf_versions_never_change(void);
int test_shelf_calls_by_what_is_asked(void);
int test_shelf_steps_of_a_call(void);
int test_shelf_span_of_the_outbox(void);

/* test_links.c */
int test_links_flaws(void);
int test_links_noted(void);
int test_links_told(void);
int test_links_follow(void);
int test_links_killed(void);
int test_links_of_before(void);
int test_links_words(void);

/* test_outbox.c */
int test_outbox_facts(void);
int test_outbox_once(void);
int test_outbox_begins_with_its_sink(void);
int test_outbox_settled(void);
int test_outbox_trimmed(void);
int test_outbox_crash_in_doubt(void);

/* test_allot.c */
int test_allot_priority(void);
int test_allot_turns(void);
int test_allot_slowed(void);
int test_allot_finds_limit(void);
int test_allot_callers(void);
int test_allot_spend(void);

/* test_usage.c */
int test_usage_by_day(void);

/* test_plan.c */
int test_plan_lists(void);
int test_plan_marks(void);

/* test_open.c */
int test_open_second_refused(void);
int test_open_migrates(void);
int test_open_old_calls(void);
int test_open_refusals(void);
int test_open_documented(void);

/* test_crash.c */
int test_crash_nobody_twice(void);
int test_crash_in_doubt(void);
int test_crash_orphans(void);
int test_crash_legs(void);

/* test_outage.c */
int test_outage_disk_full(void);
int test_outage_ceiling(void);
int test_outage_at_close(void);
int test_outage_sync(void);

/* test_people.c */
int test_people_sealed(void);
int test_people_erased(void);
int test_people_erased_for_good(void);
int test_people_erased_again(void);
int test_people_tidied(void);
int test_people_records_whole(void);

/* test_talks.c */
int test_talks_whole(void);
int test_talks_pages(void);
int test_talks_reader(void);

/* test_server.c */
int test_server_migrates(void);
int test_server_refusals(void);
int test_server_shared(void);
int test_server_links(void);
int test_server_stranger_text(void);
int test_server_down(void);
int test_server_frozen_worker(void);

/* test_twice.c */
int test_twice(void);

/* What holds for every database: run with a file and again with a server. */
/* clang-format off */
#define CONTRACT_TESTS \
	TEST(test_claim_order), \
	TEST(test_claim_twice_never), \
	TEST(test_claim_our_fault_comes_back), \
	TEST(test_claim_blocked), \
	TEST(test_claim_waits_for_due), \
	TEST(test_claim_end_once), \
	TEST(test_claim_end_without_memory), \
	TEST(test_claim_gathered), \
	TEST(test_gate_blocks), \
	TEST(test_gate_verdicts), \
	TEST(test_gate_facts), \
	TEST(test_gate_single_calls), \
	TEST(test_gate_promised_first), \
	TEST(test_hostile_texts), \
	TEST(test_consent_pages), \
	TEST(test_registry_editions), \
	TEST(test_registry_stale), \
	TEST(test_end_blocks), \
	TEST(test_end_blocks_person), \
	TEST(test_end_dropped), \
	TEST(test_kept_steps), \
	TEST(test_kept_call_and_result), \
	TEST(test_kept_at_close), \
	TEST(test_kept_list_duplicates), \
	TEST(test_kept_texts_of_contacts), \
	TEST(test_kept_pages), \
	TEST(test_kept_missed), \
	TEST(test_kept_preview_is_run), \
	TEST(test_kept_dry_writes_nothing), \
	TEST(test_kept_other_list_refused), \
	TEST(test_db_put), \
	TEST(test_db_finds_by_key), \
	TEST(test_access_users_and_tokens), \
	TEST(test_access_audit_chain), \
	TEST(test_access_repeats), \
	TEST(test_shelf_versions_never_change), \
	TEST(test_shelf_calls_by_what_is_asked), \
	TEST(test_shelf_steps_of_a_call), \
	TEST(test_shelf_span_of_the_outbox), \
	TEST(test_links_flaws), \
	TEST(test_links_noted), \
	TEST(test_links_told), \
	TEST(test_links_follow), \
	TEST(test_links_killed), \
	TEST(test_links_of_before), \
	TEST_OOM(test_links_words), \
	TEST(test_outbox_facts), \
	TEST(test_outbox_begins_with_its_sink), \
	TEST(test_outbox_settled), \
	TEST(test_outbox_trimmed), \
	TEST(test_outbox_crash_in_doubt), \
	TEST(test_plan_lists), \
	TEST(test_plan_marks), \
	TEST(test_allot_turns), \
	TEST(test_allot_slowed), \
	TEST(test_allot_finds_limit), \
	TEST(test_allot_priority), \
	TEST(test_allot_callers), \
	TEST(test_allot_spend), \
	TEST(test_usage_by_day), \
	TEST(test_people_sealed), \
	TEST(test_people_erased), \
	TEST(test_people_erased_for_good), \
	TEST(test_people_erased_again), \
	TEST(test_people_tidied), \
	TEST(test_people_records_whole), \
	TEST(test_talks_whole), \
	TEST(test_talks_pages), \
	TEST(test_crash_nobody_twice), \
	TEST(test_crash_in_doubt), \
	TEST(test_crash_orphans), \
	TEST(test_crash_legs)
/* clang-format on */
