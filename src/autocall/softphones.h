/*
 * autocall/softphones.h - texts pushed to the softphones of users; private to
 * autocall/
 *
 * A client connects over TCP and says "u_ref=REF\n" (any character may stand
 * for "="), later "logout"; from then on it is sent what comes for this user
 * by /api_user_event or the bus, and what happens to their own calls. Texts
 * have no end mark: they are 50 ms apart.
 */
#pragma once

#include "autocall/autocall_parts.h"

/* Listens, on both ports. On failure fault says what and the remedy. */
int softphones_alloc(struct softphones **sphonesp, struct autocall *ac,
                     char fault[CFG_FAULT_SIZE]);

/* Pushes a text to those of a user, and puts it on the bus; number: whom it is
 * about, NULL: nobody knows. false: it is too long, or this is no user who
 * could have one. */
bool softphones_send(struct softphones *sphones, const char *user,
                     const char *number, const char *words);

/* Pushes it alone: it came by the bus. EBADMSG: as false above. */
int softphones_push(struct softphones *sphones, const char *user,
                    const char *words);

uint16_t softphones_push_port(const struct softphones *sphones);
uint16_t softphones_event_port(const struct softphones *sphones);
