/*
 * api/password.h - pure: passwords as they are kept
 */
#pragma once

#include <stdbool.h>

enum {
	PASSWORD_KEPT_SIZE = 160,
	PASSWORD_MIN = 10,  /* letters */
	PASSWORD_MAX = 256, /* bytes */
};

/* What is wrong with it, or NULL. */
const char *password_fault(const char *password);

/* scrypt with a salt of its own. Slow on purpose: for a worker. Returns ENOMEM.
 */
int password_keep(char kept[PASSWORD_KEPT_SIZE], const char *password);

/* Whether it is the one that was kept. As slow, also for what was kept by
 * nobody (""), so that the time does not tell whether a user is there. */
bool password_is(const char *password, const char *kept);
