/*
 * call/mouth.c - says prompts into a leg
 *
 * A "saying" is one prompt on its way through both threads. It is made on the
 * control loop, travels to the tick with its first letter, belongs to the tick
 * while it plays, and comes back in one letter when it is over, whatever the
 * reason. Letters to the tick name the saying they are meant for, so those
 * that come too late do nothing; and as they are read in order, no letter of a
 * saying is on the way any more when it comes back.
 */
#include <assert.h>
#include <stdatomic.h>
#include "base/clock.h"
#include "base/mem.h"
#include "base/prefetch.h"
#include "call/mouth.h"
#include "media/playout.h"

enum {
	CLOCK_MASK = 0xffffff, /* 4.6 hours: a tick is younger */
};

struct saying;

struct part {
	struct saying *saying;
	struct voice_sound *sound;
	struct part *growing_next; /* the tick's */
};

struct saying {
	struct mouth *mouth;
	struct part partv[PLAYOUT_SEGMENTS];
	size_t partc;
	_Atomic uint64_t position; /* see position_pack() */
	uint32_t hush_from_ms;
	uint64_t started_ms; /* clock_ms() of the first sample */
	bool is_played;      /* to its end, not cut */
};

struct mouth {
	struct tickbox *box;
	struct mouth_sink sink;
	struct saying *saying; /* control's view; NULL: nothing plays */
	struct saying *past;   /* came back last */
	uint32_t hush_from_ms; /* of the next one */

	/* the tick's */
	uint32_t fade_ms;
	struct playout playout;
	struct saying *tick_saying; /* owned while it plays */
	struct part *growing;       /* of it: those whose rest will come */
};

/* Where the prompt stood before a tick, how much of it left with the tick and
 * when, so that between two ticks a reader knows to the millisecond what was
 * played. In one word: its parts belong together. */
static void position_set(struct saying *saying, uint32_t before_ms,
                         uint32_t step_ms)
{
	const uint64_t at_ms = clock_ms() & CLOCK_MASK;

	atomic_store_explicit(&saying->position,
	                      (uint64_t)before_ms << 32 | step_ms << 24 | at_ms,
	                      memory_order_relaxed);
}

static uint32_t position_get(const struct saying *saying)
{
	uint64_t position =
		atomic_load_explicit(&saying->position, memory_order_relaxed);
	uint64_t since_ms = (clock_ms() - position) & CLOCK_MASK;
	uint64_t step_ms = position >> 24 & 0xff;

	return (uint32_t)((position >> 32) +
	                  (since_ms < step_ms ? since_ms : step_ms));
}

static void saying_destructor(void *arg)
{
	struct saying *saying = arg;

	for (size_t i = 0; i < saying->partc; i++)
		mem_deref(saying->partv[i].sound);
}

static void destructor(void *arg)
{
	struct mouth *mouth = arg;

	/* Only after the last tick: the call sees to that. */
	mem_deref(mouth->tick_saying);
	mem_deref(mouth->past);
	mem_deref(mouth->box);
}

int mouth_alloc(struct mouth **mouthp, struct tickbox *box, uint32_t fade_ms,
                const struct mouth_sink *sink)
{
	struct mouth *mouth;

	assert(mouthp && box && sink && sink->started && sink->finished);

	mouth = mem_zalloc(sizeof(*mouth), destructor);
	if (!mouth)
		return ENOMEM;

	mouth->box = mem_ref(box);
	mouth->sink = *sink;
	mouth->fade_ms = fade_ms;
	mouth->hush_from_ms = UINT32_MAX;
	playout_init(&mouth->playout, AUDIO_NARROW_HZ, fade_ms);
	*mouthp = mouth;

	return 0;
}

/* --- from the tick, on the control loop ---------------------------------- */

static void came_started(void *arg)
{
	struct saying *saying = arg;
	struct mouth *mouth = saying->mouth;

	if (mouth->saying == saying)
		mouth->sink.started(saying->started_ms, mouth->sink.arg);
}

static void came_back(void *arg)
{
	struct saying *saying = arg;
	struct mouth *mouth = saying->mouth;
	bool is_ours = mouth->saying == saying && saying->is_played;

	if (mouth->saying == saying)
		mouth->saying = NULL;

	/* Not this one: it may have ended while a letter about it, to cut or
	 * to hold it, was on its way. The tick has read all about the one
	 * before, as they were sent before this one began. */
	mem_deref(mouth->past);
	mouth->past = saying;

	if (is_ours)
		mouth->sink.finished(mouth->sink.arg);
}

/* --- in the tick ---------------------------------------------------------- */

static void tick_give_back(struct mouth *mouth, bool is_played)
{
	struct saying *saying = mouth->tick_saying;

	if (!saying)
		return;

	saying->is_played = is_played;
	if (!tickbox_report(came_back, saying))
		mouth->tick_saying = NULL;
}

static void tick_begin(void *arg)
{
	struct saying *saying = arg;
	struct mouth *mouth = saying->mouth;

	playout_begin(&mouth->playout);
	mouth->growing = NULL;
	tick_give_back(mouth, false);
	mouth->tick_saying = saying;
}

static void tick_add(void *arg)
{
	struct part *part = arg;
	struct mouth *mouth = part->saying->mouth;

	if (mouth->tick_saying != part->saying)
		return;

	/* As many parts as segments: it cannot be full. */
	if (!part->sound->is_growing) {
		(void)playout_add(&mouth->playout, part->sound->pcm,
		                  part->sound->count);
		return;
	}
	(void)playout_add_growing(&mouth->playout, part->sound->pcm);
	part->growing_next = mouth->growing;
	mouth->growing = part;
}

/* What came of those that grow since the last tick. */
static void tick_grow(struct mouth *mouth)
{
	struct part **at = &mouth->growing;

	while (*at) {
		struct voice_sound *sound = (*at)->sound;
		bool is_whole = atomic_load_explicit(&sound->is_whole,
		                                     memory_order_acquire);

		playout_grow(&mouth->playout, sound->pcm,
		             atomic_load_explicit(&sound->ready,
		                                  memory_order_acquire),
		             is_whole);
		if (is_whole)
			*at = (*at)->growing_next;
		else
			at = &(*at)->growing_next;
	}
}

static void tick_close(void *arg)
{
	struct saying *saying = arg;

	if (saying->mouth->tick_saying == saying)
		playout_close(&saying->mouth->playout);
}

static void tick_cut(void *arg)
{
	struct saying *saying = arg;
	struct mouth *mouth = saying->mouth;

	if (mouth->tick_saying != saying)
		return;

	playout_cut(&mouth->playout);
	mouth->growing = NULL;
	tick_give_back(mouth, false);
}

static void tick_pause(void *arg)
{
	struct saying *saying = arg;

	if (saying->mouth->tick_saying == saying)
		playout_pause(&saying->mouth->playout);
}

static void tick_resume(void *arg)
{
	struct saying *saying = arg;

	if (saying->mouth->tick_saying == saying)
		playout_resume(&saying->mouth->playout);
}

void mouth_tick_hush(struct mouth *mouth)
{
	struct saying *saying = mouth->tick_saying;
	uint32_t ms = playout_position_ms(&mouth->playout);

	if (!saying || ms < saying->hush_from_ms)
		return;

	playout_pause(&mouth->playout);
	position_set(saying, ms, 0);
}

void mouth_prefetch(const struct mouth *mouth)
{
	prefetch(mouth, offsetof(struct mouth, playout) +
	                        offsetof(struct playout, segmentv));
	prefetch(&mouth->playout.segmentc,
	         offsetof(struct playout, tailv) -
	                 offsetof(struct playout, segmentc));
}

void mouth_tick(struct mouth *mouth, int16_t *out, size_t n)
{
	const uint32_t rate_hz = (uint32_t)n * AUDIO_TICKS_S;
	struct saying *saying;
	uint32_t before_ms;
	size_t played;

	if (mouth->playout.rate_hz != rate_hz && !mouth->tick_saying)
		playout_init(&mouth->playout, rate_hz, mouth->fade_ms);

	tick_grow(mouth);
	before_ms = playout_position_ms(&mouth->playout);
	played = playout_feed(&mouth->playout, out, n);
	saying = mouth->tick_saying;
	if (!saying)
		return;

	if (played)
		position_set(saying, before_ms,
		             playout_position_ms(&mouth->playout) - before_ms);
	if (played && !saying->started_ms) {
		saying->started_ms = clock_ms();
		(void)tickbox_report(came_started, saying);
	}
	if (!playout_is_active(&mouth->playout))
		tick_give_back(mouth, true);
}

/* --- on the control loop -------------------------------------------------- */

int mouth_begin(struct mouth *mouth)
{
	struct saying *saying;
	int err;

	saying = mem_zalloc(sizeof(*saying), saying_destructor);
	if (!saying)
		return ENOMEM;

	saying->mouth = mouth;
	atomic_init(&saying->position, 0);
	saying->hush_from_ms = mouth->hush_from_ms;
	err = tickbox_send(mouth->box, tick_begin, saying);

	if (err)
		mem_deref(saying);
	else
		mouth->saying = saying;

	return err;
}

int mouth_add(struct mouth *mouth, struct voice_sound *sound)
{
	struct saying *saying = mouth->saying;
	struct part *part;

	assert(saying);

	if (saying->partc == PLAYOUT_SEGMENTS)
		return ENOBUFS;

	part = &saying->partv[saying->partc++];
	part->saying = saying;
	part->sound = mem_ref(sound);

	return tickbox_send(mouth->box, tick_add, part);
}

int mouth_close(struct mouth *mouth)
{
	assert(mouth->saying);

	return tickbox_send(mouth->box, tick_close, mouth->saying);
}

void mouth_hush_from(struct mouth *mouth, uint32_t ms)
{
	mouth->hush_from_ms = ms;
}

void mouth_cut(struct mouth *mouth)
{
	if (!mouth->saying)
		return;

	(void)tickbox_send(mouth->box, tick_cut, mouth->saying);
	mouth->saying = NULL;
}

void mouth_pause(struct mouth *mouth)
{
	if (mouth->saying)
		(void)tickbox_send(mouth->box, tick_pause, mouth->saying);
}

void mouth_resume(struct mouth *mouth)
{
	if (mouth->saying)
		(void)tickbox_send(mouth->box, tick_resume, mouth->saying);
}

bool mouth_is_playing(const struct mouth *mouth)
{
	return mouth->saying != NULL;
}

uint32_t mouth_position_ms(const struct mouth *mouth)
{
	uint32_t ms;

	if (!mouth->saying)
		return 0;

	ms = position_get(mouth->saying);

	return ms ? ms : 1;
}
