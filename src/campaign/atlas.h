/*
 * campaign/atlas.h - the time zones of the world, and which are a number's
 *
 * Loaded once, as a whole, and never changed: so the gate, which runs on a
 * worker, opens no file.
 */
#pragma once

#include "base/zone.h"
#include "campaign/window.h"

struct atlas;

/* Reads the zones that zone.tab of the IANA database lists. ENOENT: tzdata is
 * not installed. Blocking: at start. */
int atlas_load(struct atlas **atlasp);

/* NULL: there is no zone of that name. */
const struct zone *atlas_zone(const struct atlas *atlas, const char *name);

/* All zones in which a number in E.164 form may ring, as far as its area code
 * tells, or else its country. Returns how many; 0: unknown, which is no
 * permission. */
size_t atlas_of_number(const struct atlas *atlas, const char *number,
                       const struct zone *zonev[WINDOW_ZONES_MAX]);

/* The same, whatever its area code. */
size_t atlas_of_country(const struct atlas *atlas, const char *number,
                        const struct zone *zonev[WINDOW_ZONES_MAX]);
