/*
 * cli/robots.h - who holds the conversations of the campaigns of the daemon
 */
#pragma once

#include "campaign/campaign.h"
#include "cli/env.h"

/* With what is open in env, which outlives it. */
struct runner_source robots_source(struct env *env);
