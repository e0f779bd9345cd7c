/*
 * cli/autocalls.h - the service of an older robot, beside the API
 */
#pragma once

#include "autocall/autocall.h"
#include "cli/env.h"

/* Starts it where the configuration says so, else *acp stays NULL. What is
 * wrong is said on standard error. */
int autocalls_open(struct autocall **acp, struct env *env);

/* Lets its calls end, for at most limit_ms, and frees it; ac may be NULL. */
void autocalls_close(struct autocall *ac, struct env *env, uint32_t limit_ms);
