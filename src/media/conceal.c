/*
 * media/conceal.c - sound in place of lost packets
 */
#include <string.h>
#include "media/conceal.h"

/* spandsp brings its ring of history into order with a memcpy() whose halves
 * overlap, which C does not define; a ring that is in order it leaves alone.
 */
static void history_order(plc_state_t *plc)
{
	int16_t ordered[PLC_HISTORY_LEN];
	size_t at = (size_t)plc->buf_ptr;
	size_t rest = PLC_HISTORY_LEN - at;

	memcpy(ordered, plc->history + at, rest * sizeof(ordered[0]));
	memcpy(ordered + rest, plc->history, at * sizeof(ordered[0]));
	memcpy(plc->history, ordered, sizeof(ordered));
	plc->buf_ptr = 0;
}

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
	if (!conceal->plc.missing_samples)
		history_order(&conceal->plc);
	(void)plc_fillin(&conceal->plc, pcm, (int)n);
}
