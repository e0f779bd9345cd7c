/*
 * cli/commands.h - the rows of all commands, one file each
 */
#pragma once

#include "cli/args.h"

extern const struct args_command run_command;       /* cmd_run.c */
extern const struct args_command campaign_command;  /* cmd_campaign.c */
extern const struct args_command block_command;     /* cmd_block.c */
extern const struct args_command registry_command;  /* cmd_registry.c */
extern const struct args_command consent_command;   /* cmd_consent.c */
extern const struct args_command call_command;      /* cmd_call.c */
extern const struct args_command talk_command;      /* cmd_script.c */
extern const struct args_command check_command;     /* cmd_script.c */
extern const struct args_command recording_command; /* cmd_recording.c */
extern const struct args_command replay_command;    /* cmd_replay.c */
extern const struct args_command people_command;    /* cmd_people.c */
extern const struct args_command listen_command;    /* cmd_listen.c */
extern const struct args_command say_command;       /* cmd_say.c */
extern const struct args_command proxy_command;     /* cmd_proxy.c */
extern const struct args_command demo_command;      /* cmd_demo.c */
extern const struct args_command serve_command;     /* cmd_serve.c */
extern const struct args_command events_command;    /* cmd_events.c */
extern const struct args_command doctor_command;    /* cmd_doctor.c */
extern const struct args_command drill_command;     /* cmd_drill.c */
extern const struct args_command usage_command;     /* cmd_usage.c */
extern const struct args_command erase_command;     /* cmd_erase.c */
extern const struct args_command audit_command;     /* cmd_audit.c */
extern const struct args_command vault_command;     /* cmd_vault.c */
extern const struct args_command describe_command;  /* cmd_describe.c */

/* NULL behind the last. */
const struct args_command *command_at(size_t i);
