/*
 * base/resample.h - another sample rate (speexdsp behind it)
 *
 * In base because both toolboxes above, media and speech, need it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct resample;

/* 16-bit mono from one rate to another (8000 to 48000 Hz); quality 0 to 10,
 * 3 is plenty for telephones. Free with mem_deref(). Returns ENOTSUP for a
 * rate to convert from that is outside, ENOMEM. */
int resample_alloc(struct resample **rsp, uint32_t from_hz, uint32_t to_hz,
                   int quality);

/* Converts a piece of a stream, keeping state between pieces. Takes *inc
 * samples, sets it to how many were used; writes up to *outc, sets it. Once
 * it runs it allocates nothing. Returns ENOMEM. */
int resample_feed(struct resample *rs, const int16_t *in, size_t *inc,
                  int16_t *out, size_t *outc);

/* Converts a whole sound with the filter's delay removed and its tail
 * flushed. *outp is the caller's to mem_deref(). */
int resample_all(int16_t **outp, size_t *outcp, uint32_t to_hz,
                 const int16_t *in, size_t inc, uint32_t from_hz);
