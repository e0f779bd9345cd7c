/*
 * flow/percent.h - percent-encoding (RFC 3986 section 2.1)
 */
#pragma once

#include <stddef.h>
#include "flow/arena.h"

/* Everything but letters, digits and -._~ becomes %XX. */
const char *percent_encode(struct arena *arena, const char *text);
