/*
 * media/quality.h - how a call sounded, as one number
 *
 * Pure. The E-model of ITU-T G.107 with its defaults, reduced to what a
 * receiver knows: R = 93.2 - Id - Ie,eff.
 *
 *   Id      of the delay d in ms from mouth to ear, one way:
 *           0.024 d + 0.11 (d - 177.3) where d > 177.3 (R. G. Cole and
 *           J. H. Rosenbluth, "Voice over IP performance monitoring", 2001,
 *           which is G.107's curve without echo)
 *   Ie,eff  of losses (G.107, 7-29, random losses): Ie + (95 - Ie) Ppl /
 *           (Ppl + Bpl), with Ie and Bpl of G.113 Appendix I where it knows
 *           the codec
 *   MOS     of R by G.107 annex B
 *
 * It is the scale of narrowband calls: a wideband call without losses has the
 * same 4.4 as a narrowband one, though people like it better (G.107.1 has a
 * scale to 129 for that). An estimate: of two calls it tells the worse one.
 */
#pragma once

#include <stdint.h>

struct quality_prm {
	float ie, bpl;      /* of the codec */
	float loss_percent; /* that was heard, packets too late included */
	uint32_t delay_ms;  /* one way */
};

/* R, 0 to 93. */
float quality_r(const struct quality_prm *prm);

/* The mean opinion of listeners, 1 (bad) to 4.4. */
float quality_mos(float r);
