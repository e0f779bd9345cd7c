/*
 * cli/trials.h - one recogniser or voice, tried alone, and waited for
 *
 * What `listen`, `say` and `doctor` share. Each call blocks until there is an
 * answer or the time is over.
 */
#pragma once

#include "cli/env.h"
#include "speech/trial.h"

/* An errno with heard->why. */
int trials_hear(struct env *env, const struct trial_hear_prm *prm,
                struct trial_heard *heard);

/* Its sound is the caller's to mem_deref(). An errno with said->why. */
int trials_say(struct env *env, const struct trial_say_prm *prm,
               struct trial_said *said);
