/*
 * call/endings.h - how calls end, counted
 */
#pragma once

#include "phone/phone.h"

/* outcome is the call's, end as the telephone told it. */
void endings_count(enum outcome outcome, bool was_answered,
                   const struct phone_end *end);
