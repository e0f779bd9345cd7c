/*
 * media/jitter.c - packets in any order in, one after another out
 */
#include <assert.h>
#include <string.h>
#include "media/jitter.h"

enum {
	DROPOUT_MAX = 3000, /* RFC 3550 A.1: a jump that is no loss */
	MISORDER_MAX = 100, /* and one that is no reordering */
	SEEN_BITS = 64,     /* how far back duplicates are known */
	MARGIN_MS = 20,     /* beside one packet and the jitter */
	WINDOW_MS = 2000,
	HOLD_MAX_MS = 200, /* of making up while packets wait */
	FRAME_MS = 20,     /* until two packets have told */
	CACHE_LINE = 64,
	PREFETCH_BYTES = 192, /* a slot with 20 ms of G.711 */
};

static uint32_t units(const struct jitter *jitter, unsigned ms)
{
	return (uint32_t)((uint64_t)jitter->clock_hz * ms / 1000);
}

static struct jitter_slot *slot_of(struct jitter *jitter, uint16_t seq)
{
	return &jitter->slotv[seq % JITTER_SLOTS];
}

void jitter_init(struct jitter *jitter, uint32_t clock_hz)
{
	assert(clock_hz);

	memset(jitter, 0, sizeof(*jitter));
	jitter->clock_hz = clock_hz;
}

/* Begins with a packet: the first one, or that of a source that began anew. */
static void begin(struct jitter *jitter, const struct packet *packet)
{
	if (jitter->has_source)
		jitter->counts.resets++;
	for (size_t i = 0; i < JITTER_SLOTS; i++)
		jitter->slotv[i].is_used = false;

	jitter->has_source = true;
	jitter->is_filling = true;
	jitter->ssrc = packet->ssrc;
	jitter->next_seq = packet->seq;
	jitter->max_seq = packet->seq;
	jitter->cycles = 0;
	jitter->used = 0;
	jitter->made_up = 0;
	jitter->held_back = 0;
	jitter->frame = units(jitter, FRAME_MS);
	jitter->window = 0;
	jitter->window_min = UINT32_MAX;
	jitter->spare = 0;
	jitter->has_odd_seq = false;
	jitter->has_transit = false;
	jitter->jitter_16 = 0;
	jitter->expected++;
	jitter->counts.received++;
	jitter->seen = 1;
}

/* Follows the sequence. Returns false for what came before, or what does not
 * belong to it. */
static bool follow(struct jitter *jitter, const struct packet *packet)
{
	int16_t step = (int16_t)(packet->seq - jitter->max_seq);

	if (!jitter->has_source || packet->ssrc != jitter->ssrc) {
		begin(jitter, packet);
		return true;
	}

	if (step > DROPOUT_MAX || step < -MISORDER_MAX) {
		/* Two in a row: the other side began anew (A.1). */
		if (jitter->has_odd_seq && packet->seq == jitter->odd_seq) {
			begin(jitter, packet);
			return true;
		}
		jitter->has_odd_seq = true;
		jitter->odd_seq = (uint16_t)(packet->seq + 1);
		jitter->counts.discarded++;
		return false;
	}

	if (step > 0) {
		jitter->seen = step < SEEN_BITS ? jitter->seen << step : 0;
		jitter->expected += (uint64_t)step;
		if (packet->seq < jitter->max_seq)
			jitter->cycles++;
		jitter->max_seq = packet->seq;
		step = 0;
	}
	else if (-step < SEEN_BITS && jitter->seen >> -step & 1) {
		jitter->counts.duplicates++;
		return false;
	}

	if (-step < SEEN_BITS)
		jitter->seen |= UINT64_C(1) << -step;
	jitter->counts.received++;

	return true;
}

/* RFC 3550 A.8. */
static void measure(struct jitter *jitter, uint32_t ts, uint64_t at_us)
{
	uint32_t arrival =
		(uint32_t)(at_us / 1000000 * jitter->clock_hz +
	                   at_us % 1000000 * jitter->clock_hz / 1000000);
	uint32_t transit = arrival - ts;
	int32_t d = (int32_t)(transit - jitter->transit);

	/* A jump of seconds is a source that starts its clock again after a
	 * pause, and would spoil the estimate for long. */
	if (jitter->has_transit && d > -(int32_t)jitter->clock_hz &&
	    d < (int32_t)jitter->clock_hz) {
		jitter->jitter_16 += (uint32_t)(d < 0 ? -d : d) -
		                     ((jitter->jitter_16 + 8) >> 4);
	}
	jitter->transit = transit;
	jitter->has_transit = true;
}

static void drop_slot(struct jitter *jitter, struct jitter_slot *slot)
{
	if (!slot->is_used)
		return;

	slot->is_used = false;
	jitter->used--;
	jitter->counts.discarded++;
}

/* Gives up the oldest places so that seq has one. */
static void make_room(struct jitter *jitter, uint16_t seq)
{
	uint16_t first = (uint16_t)(seq - JITTER_SLOTS + 1);

	if ((uint16_t)(first - jitter->next_seq) >= JITTER_SLOTS) {
		for (size_t i = 0; i < JITTER_SLOTS; i++)
			drop_slot(jitter, &jitter->slotv[i]);
	}
	while (jitter->used && jitter->next_seq != first)
		drop_slot(jitter, slot_of(jitter, jitter->next_seq++));
	jitter->next_seq = first;
}

/* The place of the earliest packet that is there. */
static struct jitter_slot *oldest(struct jitter *jitter)
{
	uint16_t seq = jitter->next_seq;

	assert(jitter->used);

	while (!slot_of(jitter, seq)->is_used)
		seq++;

	return slot_of(jitter, seq);
}

/* By packets, not by timestamps: those jump over every pause. */
static uint32_t depth(const struct jitter *jitter)
{
	return jitter->used * jitter->frame;
}

static uint64_t lost(const struct jitter *jitter)
{
	return jitter->expected > jitter->counts.received
	               ? jitter->expected - jitter->counts.received
	               : 0;
}

static void store(struct jitter *jitter, const struct packet *packet)
{
	struct jitter_slot *slot = slot_of(jitter, packet->seq);

	assert(!slot->is_used);

	slot->seq = packet->seq;
	slot->ts = packet->ts;
	slot->len = (uint16_t)packet->len;
	slot->is_used = true;
	slot->lost = lost(jitter);
	memcpy(slot->payload, packet->payload, packet->len);
	jitter->used++;
}

bool jitter_put(struct jitter *jitter, const struct packet *packet,
                uint64_t at_us)
{
	int16_t place;

	if (!follow(jitter, packet))
		return false;

	measure(jitter, packet->ts, at_us);
	if (!packet->len || packet->len > JITTER_BYTES_MAX) {
		jitter->counts.discarded++;
		return false;
	}

	place = (int16_t)(packet->seq - jitter->next_seq);
	if (place < 0) {
		jitter->counts.late++;
		return false;
	}
	if (place >= JITTER_SLOTS)
		make_room(jitter, packet->seq);

	store(jitter, packet);

	return true;
}

void jitter_skip(struct jitter *jitter, const struct packet *packet)
{
	if (!follow(jitter, packet))
		return;

	/* The window moves along, or a long run of these would leave it so
	 * far behind that new sound looks old. */
	if (!jitter->used &&
	    (uint16_t)(jitter->max_seq - jitter->next_seq) >= JITTER_SLOTS)
		jitter->next_seq = jitter->max_seq;
}

void jitter_prefetch(const struct jitter *jitter)
{
	const uint8_t *put =
		(const uint8_t *)&jitter
			->slotv[(uint16_t)(jitter->max_seq + 1) % JITTER_SLOTS];
	const uint8_t *get = (const uint8_t *)&jitter
	                             ->slotv[jitter->next_seq % JITTER_SLOTS];

	for (size_t i = 0; i < PREFETCH_BYTES; i += CACHE_LINE) {
		__builtin_prefetch(&put[i], 1);
		__builtin_prefetch(&get[i], 0);
	}
}

static uint32_t target(const struct jitter *jitter)
{
	uint32_t most = units(jitter, JITTER_DEPTH_MAX_MS) - jitter->frame;
	uint32_t need = jitter->frame + units(jitter, MARGIN_MS) +
	                4 * (jitter->jitter_16 >> 4);

	return need < most ? need : most;
}

/* Keeps the least depth of each window and judges by it at its end. */
static void watch(struct jitter *jitter, uint32_t now, uint32_t wanted)
{
	uint32_t enough = target(jitter);

	if (now < jitter->window_min)
		jitter->window_min = now;
	jitter->window += wanted;
	if (jitter->window < units(jitter, WINDOW_MS))
		return;

	jitter->spare =
		jitter->window_min > enough ? jitter->window_min - enough : 0;
	jitter->window = 0;
	jitter->window_min = UINT32_MAX;
}

static enum jitter_next gap(struct jitter *jitter, uint32_t wanted)
{
	/* More than hours of silence say nothing. */
	if (jitter->made_up < INT32_MAX - wanted)
		jitter->made_up += wanted;

	return JITTER_GAP;
}

/* Whether packets that are missing before this one should still be made up
 * for: as much as their timestamps say, less what was made up already. */
static bool must_wait(struct jitter *jitter, uint32_t ts, uint32_t wanted)
{
	int32_t missing = (int32_t)(ts - jitter->next_ts);

	if (missing <= (int32_t)jitter->made_up)
		return false;

	jitter->held_back += wanted;

	return jitter->held_back <= units(jitter, HOLD_MAX_MS);
}

/* Of a buffer that is too full the oldest go, down to the last one. */
static struct jitter_slot *overfull_drop(struct jitter *jitter)
{
	struct jitter_slot *slot = oldest(jitter);

	while (depth(jitter) > units(jitter, JITTER_DEPTH_MAX_MS) &&
	       jitter->used > 1) {
		jitter->next_seq = (uint16_t)(slot->seq + 1);
		drop_slot(jitter, slot);
		slot = oldest(jitter);
		/* Those thrown away must not be made up for. */
		jitter->next_ts = slot->ts;
	}

	return slot;
}

static void slot_take(struct jitter *jitter, struct jitter_slot *slot,
                      struct jitter_frame *frame)
{
	frame->seq = slot->seq;
	frame->skipped = slot->ts - jitter->next_ts;
	frame->lost = slot->lost;
	frame->payload = slot->payload;
	frame->len = slot->len;
	jitter->next_seq = (uint16_t)(slot->seq + 1);
	jitter->played_ts = slot->ts;
	jitter->next_ts = slot->ts + jitter->frame;
	jitter->made_up = 0;
	jitter->held_back = 0;
	slot->is_used = false;
	jitter->used--;
}

enum jitter_next jitter_get(struct jitter *jitter, struct jitter_frame *frame,
                            uint32_t wanted)
{
	struct jitter_slot *slot;
	uint32_t now;

	frame->payload = NULL;
	if (!jitter->has_source)
		return JITTER_NOTHING;
	if (!jitter->used) {
		if (jitter->is_filling)
			return JITTER_NOTHING;
		watch(jitter, 0, wanted);
		return gap(jitter, wanted);
	}

	slot = overfull_drop(jitter);
	now = depth(jitter);
	if (jitter->is_filling) {
		jitter->held_back += wanted;
		if (now < target(jitter) && jitter->held_back <= target(jitter))
			return JITTER_NOTHING;
		jitter->is_filling = false;
		jitter->next_ts = slot->ts;
	}
	else if (must_wait(jitter, slot->ts, wanted)) {
		if (slot->seq != jitter->next_seq &&
		    slot->ts - jitter->next_ts == jitter->made_up + wanted) {
			frame->payload = slot->payload;
			frame->len = slot->len;
		}
		return gap(jitter, wanted);
	}

	watch(jitter, now, wanted);
	slot_take(jitter, slot, frame);

	return JITTER_FRAME;
}

void jitter_played(struct jitter *jitter, uint32_t length)
{
	uint32_t most = units(jitter, JITTER_DEPTH_MAX_MS / 2);

	jitter->next_ts = jitter->played_ts + length;
	if (length)
		jitter->frame = length < most ? length : most;
}

unsigned jitter_spare_ms(const struct jitter *jitter)
{
	return (unsigned)((uint64_t)jitter->spare * 1000 / jitter->clock_hz);
}

void jitter_shorten(struct jitter *jitter)
{
	jitter->spare -=
		jitter->spare < jitter->frame ? jitter->spare : jitter->frame;
	jitter->window = 0;
	jitter->window_min = UINT32_MAX;
}

unsigned jitter_depth_ms(const struct jitter *jitter)
{
	return (unsigned)((uint64_t)depth(jitter) * 1000 / jitter->clock_hz);
}

unsigned jitter_frame_ms(const struct jitter *jitter)
{
	return (unsigned)((uint64_t)jitter->frame * 1000 / jitter->clock_hz);
}

uint32_t jitter_us(const struct jitter *jitter)
{
	return (uint32_t)((uint64_t)jitter->jitter_16 * 1000000 / 16 /
	                  jitter->clock_hz);
}

uint32_t jitter_units(const struct jitter *jitter)
{
	return jitter->jitter_16 >> 4;
}

uint32_t jitter_highest(const struct jitter *jitter)
{
	return (uint32_t)jitter->cycles << 16 | jitter->max_seq;
}

void jitter_counts(const struct jitter *jitter, struct jitter_counts *counts)
{
	*counts = jitter->counts;
	counts->lost = lost(jitter);
}
