/*
 * media/keytone.h - telephone keys by their tones, in the sound itself
 *
 * For lines that carry keys neither as RTP events nor by SIP INFO. The
 * detector is spandsp's, which sits out speech (Bellcore's talk-off).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keytone;

/* Free with mem_deref(). Returns ENOMEM. */
int keytone_alloc(struct keytone **ktp);

/* The next 20 ms at 8 or 16 kHz. Returns the key that has begun in them, '\0'
 * for none. Allocates nothing. */
char keytone_feed(struct keytone *kt, const int16_t *pcm, size_t n);

/* A key sounds now: this is no speech. */
bool keytone_is_down(struct keytone *kt);
