/*
 * call/endings.h - how calls end, counted
 */
#pragma once

#include "phone/phone.h"

/* Cut off: a talk that neither they nor we have ended; end as the telephone
 * told it. */
bool endings_is_drop(bool was_answered, const struct phone_end *end);

/* outcome is the call's, end as the telephone told it. */
void endings_count(enum outcome outcome, bool was_answered,
                   const struct phone_end *end);
