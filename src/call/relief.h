/*
 * call/relief.h - fewer calls are begun while people are understood late
 *
 * Watches the texts of all calls and the ticks of their sound, and tells how
 * many calls there may be (headroom.h decides). Owned by what all calls share.
 *
 * Threads: the control loop.
 */
#pragma once

#include <stdbool.h>

#include "call/ears.h"
#include "flow/flow.h"
#include "phone/phone.h"

struct calls;
struct relief;

/* calls keeps it, and its settings are there already. */
int relief_alloc(struct relief **reliefp, const struct calls *calls);

/* Whose ticks are looked at; NULL: nobody's. */
void relief_phone(struct relief *relief, const struct phone *phone);

/* What a call heard while it listened like this. */
void relief_heard(struct relief *relief, const struct flow_listen *set,
                  const struct ears_sentence *sentence);

/* Whether there may be one more call. */
bool relief_has_room(struct relief *relief);

/* Calls at a time; 0: as many as configured. */
unsigned relief_limit(const struct relief *relief);
