/*
 * api/whom.h - a number that is asked about; private to api/
 */
#pragma once

#include "api/ask.h"
#include "base/number.h"

/* As lists have it, by campaign.country; an extension stands as it is. false:
 * it is none, and that was answered. */
bool whom_take(char number[NUMBER_SIZE], struct ask *ask, const char *text);
