/*
 * call/endings.h - how calls end, counted
 */
#pragma once

#include "call/live.h"

/* end as the telephone told it; the outcome of the call is known. */
void endings_count(const struct call *call, const struct phone_end *end);
