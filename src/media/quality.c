/*
 * media/quality.c - how a call sounded, as one number
 */
#include "media/quality.h"

float quality_r(const struct quality_prm *prm)
{
	const float d = (float)prm->delay_ms, loss = prm->loss_percent;
	float id = 0.024F * d, ie = prm->ie, r;

	if (d > 177.3F)
		id += 0.11F * (d - 177.3F);
	if (loss > 0)
		ie += (95 - ie) * loss / (loss + prm->bpl);

	r = 93.2F - id - ie;

	return r > 0 ? r : 0;
}

float quality_mos(float r)
{
	float mos;

	if (r <= 0)
		return 1;

	mos = 1 + 0.035F * r + r * (r - 60) * (100 - r) * 7e-6F;

	return mos > 1 ? mos : 1;
}
