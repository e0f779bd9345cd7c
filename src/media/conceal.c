/*
 * media/conceal.c - sound in place of lost packets
 */
#include "media/conceal.h"

void conceal_init(struct conceal *conceal)
{
	(void)plc_init(&conceal->plc);
}

void conceal_heard(struct conceal *conceal, int16_t *pcm, size_t n)
{
	(void)plc_rx(&conceal->plc, pcm, (int)n);
}

void conceal_fill(struct conceal *conceal, int16_t *pcm, size_t n)
{
	(void)plc_fillin(&conceal->plc, pcm, (int)n);
}
