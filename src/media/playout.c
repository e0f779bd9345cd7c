/*
 * media/playout.c - a prompt as it is played, sample by sample
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include "media/playout.h"

enum {
	EDGE_PER_S = 200, /* of a fade where a segment that grows runs dry */
	REFILL_PER_S = 10,
};

void playout_init(struct playout *po, uint32_t rate_hz, uint32_t fade_ms)
{
	assert(po && rate_hz);

	*po = (struct playout){.rate_hz = rate_hz};
	po->fade = (size_t)rate_hz * fade_ms / 1000;
	if (po->fade > PLAYOUT_FADE_MAX)
		po->fade = PLAYOUT_FADE_MAX;
}

static void segments_drop(struct playout *po)
{
	po->segmentc = 0;
	po->segment = 0;
	po->offset = 0;
}

/* Copies what comes next without moving on. */
static size_t peek(const struct playout *po, int16_t *out, size_t n)
{
	size_t segment = po->segment, offset = po->offset, done = 0;

	while (done < n && segment < po->segmentc) {
		const struct playout_segment *seg = &po->segmentv[segment];
		size_t part = seg->count - offset;

		if (part > n - done)
			part = n - done;
		memcpy(out + done, seg->pcm + offset, part * sizeof(*out));
		done += part;
		offset += part;
		if (offset == seg->count) {
			if (seg->is_growing)
				break;
			segment++;
			offset = 0;
		}
	}

	return done;
}

/* How much could be played now, up to n; whether more of it will come. */
static size_t available(bool *is_growingp, const struct playout *po, size_t n)
{
	size_t done = 0;

	*is_growingp = false;
	for (size_t i = po->segment; i < po->segmentc && done < n; i++) {
		const struct playout_segment *seg = &po->segmentv[i];

		done += seg->count - (i == po->segment ? po->offset : 0);
		if (seg->is_growing) {
			*is_growingp = done < n;
			break;
		}
	}

	return done < n ? done : n;
}

/* Past what is played and will not grow. */
static void skip_played(struct playout *po)
{
	while (po->segment < po->segmentc &&
	       !po->segmentv[po->segment].is_growing &&
	       po->offset >= po->segmentv[po->segment].count) {
		po->segment++;
		po->offset = 0;
	}
}

static void move_on(struct playout *po, size_t n)
{
	po->played += n;
	while (n) {
		size_t left = po->segmentv[po->segment].count - po->offset;

		if (left > n)
			left = n;
		po->offset += left;
		n -= left;
		skip_played(po);
	}
}

/* Takes a copy of the next samples, going down to silence. */
static void fade_out(struct playout *po)
{
	if (!po->is_active || po->is_paused || po->is_dry)
		return;

	po->tail = 0;
	po->tailc = peek(po, po->tailv, po->fade);
	for (size_t i = 0; i < po->tailc; i++) {
		int32_t gain = (int32_t)(po->tailc - i);

		po->tailv[i] =
			(int16_t)(po->tailv[i] * gain / (int32_t)po->tailc);
	}
}

void playout_begin(struct playout *po)
{
	fade_out(po);
	segments_drop(po);
	po->played = 0;
	po->is_open = true;
	po->is_active = true;
	po->is_paused = false;
	po->is_dry = true;
	po->fade_in = 0;
}

static int add(struct playout *po, const int16_t *pcm, size_t count,
               bool is_growing)
{
	assert(po->is_open);

	if (po->segmentc == PLAYOUT_SEGMENTS)
		return ENOBUFS;

	po->segmentv[po->segmentc++] =
		(struct playout_segment){pcm, count, is_growing};

	return 0;
}

int playout_add(struct playout *po, const int16_t *pcm, size_t count)
{
	return count ? add(po, pcm, count, false) : 0;
}

int playout_add_growing(struct playout *po, const int16_t *pcm)
{
	return add(po, pcm, 0, true);
}

static void over_if_played(struct playout *po)
{
	if (po->is_active && !po->is_open && po->segment == po->segmentc) {
		po->is_active = false;
		segments_drop(po);
	}
}

void playout_grow(struct playout *po, const int16_t *pcm, size_t count,
                  bool is_whole)
{
	for (size_t i = po->segment; i < po->segmentc; i++) {
		struct playout_segment *seg = &po->segmentv[i];

		if (seg->pcm != pcm || !seg->is_growing)
			continue;
		seg->count = count;
		/* It became shorter: silence at its end was played already. */
		if (i == po->segment && count < po->offset)
			seg->count = po->offset;
		seg->is_growing = !is_whole;
		break;
	}
	skip_played(po);
	over_if_played(po);
}

void playout_close(struct playout *po)
{
	po->is_open = false;
	over_if_played(po);
}

void playout_pause(struct playout *po)
{
	fade_out(po);
	po->is_paused = po->is_active;
}

void playout_resume(struct playout *po)
{
	if (!po->is_paused)
		return;

	po->is_paused = false;
	po->fade_in = po->fade;
}

void playout_cut(struct playout *po)
{
	fade_out(po);
	segments_drop(po);
	po->is_open = false;
	po->is_active = false;
	po->is_paused = false;
}

static int16_t clipped_sum(int32_t a, int32_t b)
{
	int32_t sum = a + b;

	if (sum > INT16_MAX)
		return INT16_MAX;

	return (int16_t)(sum < INT16_MIN ? INT16_MIN : sum);
}

/* The samples that may go out now: a segment that grows is not played to its
 * last sample, so that there is something left to fade out. */
static size_t prompt_take(struct playout *po, int16_t *out, size_t n)
{
	const size_t edge = po->rate_hz / EDGE_PER_S;
	size_t wanted = n + edge, got;
	bool is_growing;

	if (po->is_dry && po->offset)
		wanted += po->rate_hz / REFILL_PER_S;
	got = available(&is_growing, po, wanted);
	if (po->is_dry && is_growing)
		return 0;

	if (po->is_dry && po->offset)
		po->fade_in = po->fade;
	po->is_dry = is_growing;
	got = peek(po, out, n);
	for (size_t i = 0; po->is_dry && i < got && i < edge; i++)
		out[got - 1 - i] = (int16_t)(out[got - 1 - i] * (int32_t)i /
		                             (int32_t)edge);

	return got;
}

static size_t prompt_feed(struct playout *po, int16_t *out, size_t n)
{
	size_t got;

	if (!po->is_active || po->is_paused)
		return 0;

	got = prompt_take(po, out, n);
	move_on(po, got);
	for (size_t i = 0; i < got && po->fade_in; i++, po->fade_in--) {
		int32_t gain = (int32_t)(po->fade - po->fade_in);

		out[i] = (int16_t)(out[i] * gain / (int32_t)po->fade);
	}
	over_if_played(po);

	return got;
}

size_t playout_feed(struct playout *po, int16_t *out, size_t n)
{
	size_t got = prompt_feed(po, out, n);

	memset(out + got, 0, (n - got) * sizeof(*out));
	for (size_t i = 0; i < n && po->tail < po->tailc; i++)
		out[i] = clipped_sum(out[i], po->tailv[po->tail++]);

	return got;
}

bool playout_is_active(const struct playout *po)
{
	return po->is_active;
}

uint32_t playout_position_ms(const struct playout *po)
{
	return (uint32_t)(po->played * 1000 / po->rate_hz);
}
