/*
 * media/bridge.c - two people hear each other: sound from tick to tick
 *
 * The reader begins with two frames in stock: one it takes, one stays for a
 * writer that is late. A tick that finds none plays the last one fading out,
 * and is one frame further behind from then on. Frames that were never needed
 * for two seconds are taken out again, one at a time, blended into the next.
 */
#include <assert.h>
#include <string.h>
#include "media/bridge.h"

enum {
	STOCK = 2,        /* frames to begin with */
	STOCK_MAX = 8,    /* after a stall: back to STOCK at once */
	SPARE_FRAMES = 4, /* at least so many waited: one too much */
	WINDOW_READS = 100,
	DRY_MAX = 5, /* then nobody is there */
	MASK = BRIDGE_FRAMES - 1,
};

void bridge_init(struct bridge *bridge)
{
	memset(bridge, 0, sizeof(*bridge));
	for (size_t i = 0; i < 2; i++)
		bridge->wayv[i].least = UINT32_MAX;
}

/* --- the writer -------------------------------------------------------- */

static void put(struct bridge_way *way, const int16_t *pcm, size_t n)
{
	uint32_t at = atomic_load_explicit(&way->written, memory_order_relaxed);
	uint32_t read = atomic_load_explicit(&way->read, memory_order_acquire);
	struct bridge_frame *frame = &way->framev[at & MASK];

	/* Nobody takes them, or not in time: the reader begins anew. */
	if (at - read >= BRIDGE_FRAMES)
		return;

	frame->n = n;
	memcpy(frame->pcm, pcm, n * sizeof(*pcm));
	atomic_store_explicit(&way->written, at + 1, memory_order_release);
}

/* --- the reader -------------------------------------------------------- */

static void skip(struct bridge_way *way, uint32_t frames)
{
	uint32_t read = atomic_load_explicit(&way->read, memory_order_relaxed);

	atomic_store_explicit(&way->read, read + frames, memory_order_release);
}

/* The frame that is due, as n samples. */
static void take(struct bridge_way *way, int16_t *out, size_t n)
{
	uint32_t read = atomic_load_explicit(&way->read, memory_order_relaxed);
	const struct bridge_frame *frame = &way->framev[read & MASK];

	if (frame->n > n)
		halfband_down(&way->down, out, frame->pcm, n);
	else if (frame->n < n)
		halfband_up(&way->up, out, frame->pcm, frame->n);
	else
		memcpy(out, frame->pcm, n * sizeof(*out));
	skip(way, 1);
}

static void blend(int16_t *out, const int16_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (int16_t)((from[i] * (int32_t)(n - i) +
		                    out[i] * (int32_t)i) /
		                   (int32_t)n);
}

/* Whether one frame too many waited all the time. */
static bool is_spare(struct bridge_way *way, uint32_t stock)
{
	bool is_so;

	if (stock < way->least)
		way->least = stock;
	if (++way->reads < WINDOW_READS)
		return false;

	is_so = way->least >= SPARE_FRAMES;
	way->reads = 0;
	way->least = UINT32_MAX;

	return is_so;
}

static void fade_last(struct bridge_way *way, int16_t *out, size_t n)
{
	static const int16_t silence[BRIDGE_FRAME_MAX];

	memcpy(out, silence, n * sizeof(*out));
	if (way->dry == 1)
		blend(out, way->lastv, n);
}

static uint32_t stock_of(const struct bridge_way *way)
{
	return atomic_load_explicit(&way->written, memory_order_acquire) -
	       atomic_load_explicit(&way->read, memory_order_relaxed);
}

/* Whether somebody speaks to this end, maybe late. */
static bool is_flowing(struct bridge_way *way)
{
	uint32_t stock = stock_of(way);

	if (way->is_flowing) {
		way->dry = stock ? 0 : way->dry + 1;
		way->is_flowing = way->dry <= DRY_MAX;
		return way->is_flowing;
	}

	/* What was said before anybody listened is old. */
	if (stock == BRIDGE_FRAMES) {
		skip(way, stock);
	}
	else if (stock >= STOCK) {
		skip(way, stock - STOCK);
		way->dry = 0;
		way->is_flowing = true;
	}

	return way->is_flowing;
}

static bool get(struct bridge_way *way, int16_t *out, size_t n)
{
	int16_t pcm[BRIDGE_FRAME_MAX];
	uint32_t stock;

	if (!is_flowing(way))
		return false;

	stock = stock_of(way);
	if (!stock) {
		fade_last(way, out, n);
		return true;
	}

	take(way, out, n);
	if (stock > STOCK_MAX || is_spare(way, stock)) {
		memcpy(pcm, out, n * sizeof(*pcm));
		skip(way, stock > STOCK_MAX ? stock - 1 - STOCK : 0);
		take(way, out, n);
		blend(out, pcm, n);
	}
	memcpy(way->lastv, out, n * sizeof(*out));

	return true;
}

bool bridge_tick(struct bridge *bridge, enum bridge_end end, const int16_t *in,
                 int16_t *out, size_t n)
{
	assert(n && n <= BRIDGE_FRAME_MAX);

	if (in)
		put(&bridge->wayv[end], in, n);

	return get(&bridge->wayv[!end], out, n);
}
