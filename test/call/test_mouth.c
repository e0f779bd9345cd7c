/*
 * test/call/test_mouth.c - how far a prompt was played, to the millisecond
 */
#include "base/clock.h"
#include "base/loop.h"
#include "base/work.h"
#include "call/mouth.h"
#include "harness.h"
#include "tests.h"

enum {
	FRAME = AUDIO_NARROW_HZ / AUDIO_TICKS_S,
	PROMPT = 8 * FRAME,
};

struct room {
	struct tickbox *box;
	struct mouth *mouth;
	struct voice_sound *sound;
	int16_t out[FRAME];
};

static void nothing_started(uint64_t clock_ms, void *arg)
{
	(void)clock_ms;
	(void)arg;
}

static void nothing_finished(void *arg)
{
	(void)arg;
}

static void sound_destructor(void *arg)
{
	struct voice_sound *sound = arg;

	mem_deref(sound->pcm);
}

/* A prompt whose samples tell where they are from. */
static int sound_make(struct voice_sound **soundp)
{
	struct voice_sound *sound;

	sound = mem_zalloc(sizeof(*sound), sound_destructor);
	if (!sound)
		return ENOMEM;

	sound->pcm = mem_zalloc(PROMPT * sizeof(*sound->pcm), NULL);
	if (!sound->pcm) {
		mem_deref(sound);
		return ENOMEM;
	}
	for (int i = 0; i < PROMPT; i++)
		sound->pcm[i] = (int16_t)(i + 1);
	sound->count = PROMPT;
	sound->rate_hz = AUDIO_NARROW_HZ;
	*soundp = sound;

	return 0;
}

static int room_open(struct room *room, uint32_t hush_ms)
{
	const struct mouth_sink sink = {nothing_started, nothing_finished,
	                                NULL};
	int err;

	memset(room, 0, sizeof(*room));
	err = loop_init();
	if (!err)
		err = tickbox_alloc(&room->box);
	if (!err)
		err = mouth_alloc(&room->mouth, room->box, 0, &sink);
	if (!err)
		err = sound_make(&room->sound);
	if (err)
		return err;

	mouth_hush_from(room->mouth, hush_ms);
	err = mouth_begin(room->mouth);
	if (!err)
		err = mouth_add(room->mouth, room->sound);

	return err ? err : mouth_close(room->mouth);
}

static void room_close(struct room *room)
{
	if (room->box) {
		tickbox_drain(room->box);
		mailbox_drain(loop_mailbox());
	}
	mem_deref(room->mouth);
	mem_deref(room->box);
	mem_deref(room->sound);
	loop_close();
}

static void tick(struct room *room)
{
	tickbox_drain(room->box);
	mouth_tick(room->mouth, room->out, FRAME);
}

/* disablebreak counts ms: between two ticks the position goes on, and no
 * further than what was sent. */
int test_mouth_position_between_ticks(void)
{
	struct room room;
	uint64_t before_ms, after_ms;
	uint32_t ms;
	int err;

	err = room_open(&room, UINT32_MAX);
	CHECK_ERR(0, err);
	before_ms = clock_ms();
	tick(&room);
	tick(&room);
	after_ms = clock_ms();

	clock_wait_until_us(clock_us() + 7000);
	ms = mouth_position_ms(room.mouth);
	CHECK(ms >= 20 + 6);
	CHECK(ms <= 20 + clock_ms() - before_ms);
	CHECK(after_ms >= before_ms);

	clock_wait_until_us(clock_us() + 30000);
	CHECK_U64(40, mouth_position_ms(room.mouth));

out:
	room_close(&room);

	return err;
}

/* Voice silences it from the given ms on, not before; then not a sample is
 * played, and it goes on with the next. */
int test_mouth_hush_at_the_sample(void)
{
	struct room room;
	int err;

	err = room_open(&room, 40);
	CHECK_ERR(0, err);
	tick(&room);
	mouth_tick_hush(room.mouth);
	tick(&room);
	CHECK_I64(FRAME + 1, room.out[0]);

	mouth_tick_hush(room.mouth);
	for (int i = 0; i < 3; i++) {
		tick(&room);
		CHECK_I64(0, room.out[0]);
		CHECK_I64(0, room.out[FRAME - 1]);
		CHECK_U64(40, mouth_position_ms(room.mouth));
	}

	mouth_resume(room.mouth);
	tick(&room);
	CHECK_I64(2 * FRAME + 1, room.out[0]);
	CHECK_I64(3 * FRAME, room.out[FRAME - 1]);

out:
	room_close(&room);

	return err;
}
