/*
 * base/instant.h - a day or an instant on the command line or in a list
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "2026-11-20" (0:00 UTC) or "2026-11-20T09:30Z", wall. False: neither. */
bool instant_read(int64_t *msp, const char *text);
