/*
 * notify/kept.h - a copy of an event, its texts in one block
 */
#pragma once

#include <stddef.h>

#include "notify/notify.h"

/* Returns the block that holds the texts of *to, *sizep bytes, the caller's to
 * free; NULL without memory. */
char *kept_make(struct notify_event *to, size_t *sizep,
                const struct notify_event *from);

/* Frees it: the texts are empty from then on. */
void kept_free(struct notify_event *event, char *block);
