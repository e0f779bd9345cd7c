/*
 * api/handlers.h - the handlers of all routes, by file
 */
#pragma once

#include "api/ask.h"

/* r_pages.c */
void r_page(struct ask *ask);

/* r_system.c */
void r_health(struct ask *ask);
void r_ready(struct ask *ask);
void r_openapi(struct ask *ask);
void r_system(struct ask *ask);

/* r_metrics.c */
void r_metrics(struct ask *ask);

/* r_access.c */
void r_setup(struct ask *ask);
void r_session_make(struct ask *ask);
void r_session_end(struct ask *ask);
void r_self(struct ask *ask);
void r_users(struct ask *ask);
void r_user_put(struct ask *ask);
void r_user_end(struct ask *ask);
void r_tokens(struct ask *ask);
void r_token_make(struct ask *ask);
void r_token_end(struct ask *ask);
void r_audit(struct ask *ask);
void r_audit_check(struct ask *ask);

/* r_campaigns.c */
void r_campaigns(struct ask *ask);
void r_campaign(struct ask *ask);
void r_campaign_put(struct ask *ask);
void r_campaign_counts(struct ask *ask);
void r_campaign_report(struct ask *ask);

/* r_states.c */
void r_campaign_start(struct ask *ask);
void r_campaign_pause(struct ask *ask);
void r_campaign_resume(struct ask *ask);
void r_campaign_stop(struct ask *ask);

/* r_lines.c */
void r_lines(struct ask *ask);
void r_line_probe(struct ask *ask);

/* r_services.c */
void r_services(struct ask *ask);
void r_services_usage(struct ask *ask);
void r_service_say(struct ask *ask);
void r_service_listen(struct ask *ask);

/* r_lists.c */
void r_lists(struct ask *ask);
void r_contacts(struct ask *ask);
void r_contacts_add(struct ask *ask);
void r_import(struct ask *ask);
void r_imports(struct ask *ask);
void r_import_one(struct ask *ask);
void r_import_refused(struct ask *ask);

/* r_blocks.c */
void r_blocks(struct ask *ask);
void r_block(struct ask *ask);
void r_unblock(struct ask *ask);

/* r_consents.c */
void r_consents(struct ask *ask);
void r_consent(struct ask *ask);
void r_consent_end(struct ask *ask);
void r_consents_import(struct ask *ask);

/* r_registries.c */
void r_registries(struct ask *ask);
void r_registry_import(struct ask *ask);
void r_registry_end(struct ask *ask);

/* r_results.c */
void r_campaign_results(struct ask *ask);
void r_campaign_foresee(struct ask *ask);

/* r_sinks.c */
void r_sinks(struct ask *ask);
void r_sink_forget(struct ask *ask);
void r_undelivered(struct ask *ask);
void r_again(struct ask *ask);

/* r_place.c */
void r_call_place(struct ask *ask);

/* r_calls.c */
void r_calls(struct ask *ask);
void r_call(struct ask *ask);
void r_call_hangup(struct ask *ask);
void r_call_steps(struct ask *ask);
void r_call_transcript(struct ask *ask);
void r_call_live(struct ask *ask);
void r_events(struct ask *ask);

/* r_scripts.c */
void r_scripts(struct ask *ask);
void r_script_draft(struct ask *ask);
void r_script_draft_put(struct ask *ask);
void r_script_check(struct ask *ask);
void r_script_publish(struct ask *ask);
void r_script_versions(struct ask *ask);
void r_script_version(struct ask *ask);

/* r_recording.c */
void r_call_recording(struct ask *ask);

/* r_diff.c */
void r_script_diff(struct ask *ask);

/* r_replay.c */
void r_call_replay(struct ask *ask);

/* r_talks.c */
void r_script_talk(struct ask *ask);
void r_talk_say(struct ask *ask);
void r_talk_end(struct ask *ask);

/* r_prompts.c */
void r_prompts(struct ask *ask);
void r_prompt_put(struct ask *ask);
void r_prompt(struct ask *ask);
void r_prompt_end(struct ask *ask);

/* r_people.c */
void r_person(struct ask *ask);
void r_person_erase(struct ask *ask);
