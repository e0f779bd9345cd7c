/*
 * test/rehearse/test_handset.c - a person's ear and mouth, tick by tick
 */
#include <math.h>
#include <stdlib.h>
#include "harness.h"
#include "rehearse/handset.h"
#include "rehearse/roster.h"
#include "tests.h"

enum {
	LOUD = 3000, /* a robot that speaks */
	HUM = 60,    /* a line that only hums */
	WORD_SAMPLES = HANDSET_RATE_HZ / 2,
	WORD_LEVEL = 5000,
};

struct stage {
	struct roster *roster;
	struct handset_sounds *sounds;
	struct handset handset;
	uint32_t rate_hz;
	int16_t in[PHONE_SAMPLES_MAX];
	int16_t out[PHONE_SAMPLES_MAX];
};

static void stage_clear(struct stage *stage)
{
	mem_deref(stage->roster);
	mem_deref(stage->sounds);
}

static void sound_destructor(void *arg)
{
	struct voice_sound *sound = arg;

	mem_deref(sound->pcm);
}

/* Half a second at one level: easy to find in what comes out. */
static int word_make(struct voice_sound **soundp)
{
	struct voice_sound *sound;

	sound = mem_zalloc(sizeof(*sound), sound_destructor);
	if (!sound)
		return ENOMEM;
	sound->pcm = mem_zalloc(WORD_SAMPLES * sizeof(*sound->pcm), NULL);
	if (!sound->pcm) {
		mem_deref(sound);
		return ENOMEM;
	}

	for (size_t i = 0; i < WORD_SAMPLES; i++)
		sound->pcm[i] = WORD_LEVEL;
	sound->count = WORD_SAMPLES;
	sound->rate_hz = HANDSET_RATE_HZ;
	*soundp = sound;

	return 0;
}

static int stage_make(struct stage *stage, uint32_t rate_hz, const char *rest)
{
	char json[512];
	struct person *person;
	int n, err;

	memset(stage, 0, sizeof(*stage));
	stage->rate_hz = rate_hz;
	stage->sounds = mem_zalloc(sizeof(*stage->sounds), NULL);
	if (!stage->sounds)
		return ENOMEM;
	handset_sounds_make(stage->sounds);

	n = snprintf(json, sizeof(json),
	             "{\"people\":[{\"number\":\"1\",\"name\":\"A\",%s}]}",
	             rest);
	err = roster_make(&stage->roster, json, (size_t)n);
	if (err)
		return err;

	person = &stage->roster->personv[0];
	for (size_t i = 0; !err && i < person->movec; i++) {
		if (person->movev[i].say)
			err = word_make(&person->movev[i].sound);
	}
	handset_init(&stage->handset, person, stage->sounds, 0);

	return err;
}

/* One tick with the robot at that amplitude; -1: nothing was received. */
static enum behaviour_act tick(struct stage *stage, int level)
{
	struct phone_tick tick = {
		.in = level < 0 ? NULL : stage->in,
		.out = stage->out,
		.n = stage->rate_hz / 50,
		.rate_hz = stage->rate_hz,
	};

	for (size_t i = 0; i < tick.n; i++)
		stage->in[i] = (int16_t)(i & 1 ? level : -level);
	memset(stage->out, 0, sizeof(stage->out));

	return handset_tick(&stage->handset, &tick);
}

/* Milliseconds until something is said, at most limit_ms. */
static uint32_t ticks_until_sound(struct stage *stage, int level,
                                  uint32_t limit_ms)
{
	uint32_t ms = 0;

	for (; ms < limit_ms; ms += PHONE_TICK_MS) {
		(void)tick(stage, level);
		if (stage->out[0])
			break;
	}

	return ms;
}

int test_handset_turns(void)
{
	struct stage stage;
	int err;

	err = stage_make(&stage, 8000,
	                 "\"moves\":[{\"say\":\"yes\"},{\"keys\":\"5\"}]");
	CHECK_ERR(0, err);

	/* Neither an empty line nor a humming one is a robot that spoke. */
	CHECK_U64(2000, ticks_until_sound(&stage, -1, 2000));
	CHECK_U64(2000, ticks_until_sound(&stage, HUM, 2000));

	CHECK_U64(1000, ticks_until_sound(&stage, LOUD, 1000));
	CHECK_U64(680, ticks_until_sound(&stage, HUM, 2000));
	CHECK_I64(WORD_LEVEL, stage.out[159]);

	/* The word lasts as long as it is. */
	for (int i = 1; i < WORD_SAMPLES / 160; i++) {
		CHECK_U64(BEHAVIOUR_NOTHING, tick(&stage, HUM));
		CHECK_I64(WORD_LEVEL, stage.out[0]);
	}
	(void)tick(&stage, HUM);
	CHECK_I64(0, stage.out[0]);

	/* Keys are not audio: the owner sends them. */
	CHECK_U64(500, ticks_until_sound(&stage, LOUD, 500));
	for (int i = 0; i < 34; i++)
		CHECK_U64(BEHAVIOUR_NOTHING, tick(&stage, HUM));
	CHECK_U64(BEHAVIOUR_KEYS, tick(&stage, HUM));
	CHECK_STR("5", stage.handset.behaviour.move->keys);

out:
	stage_clear(&stage);

	return err;
}

int test_handset_noise(void)
{
	struct stage stage;
	double sum = 0, db;
	int err;

	err = stage_make(&stage, 8000,
	                 "\"pickup\":{\"noise\":\"white\",\"noise_db\":-40}");
	CHECK_ERR(0, err);

	for (int i = 0; i < 500; i++) {
		(void)tick(&stage, HUM);
		for (size_t k = 0; k < 160; k++)
			sum += (double)stage.out[k] * stage.out[k];
	}
	db = 10 * log10(sum / (500 * 160) / (32768.0 * 32768.0));
	if (db < -41 || db > -39)
		CHECK_FAIL("noise is at %.1f dB", db);

out:
	stage_clear(&stage);

	return err;
}

/* Their word is half a second of a tone instead. */
static int tone_say(struct stage *stage, uint32_t rate_hz, double hz)
{
	struct voice_sound *sound = stage->roster->personv[0].movev[0].sound;

	mem_deref(sound->pcm);
	sound->rate_hz = rate_hz;
	sound->count = rate_hz / 2;
	sound->pcm = mem_zalloc(sound->count * sizeof(*sound->pcm), NULL);
	if (!sound->pcm)
		return ENOMEM;

	for (size_t i = 0; i < sound->count; i++)
		sound->pcm[i] = (int16_t)lrint(
			WORD_LEVEL * sin(2 * M_PI * hz * (double)i / rate_hz));

	return 0;
}

/* The loudest of the next 200 ms. */
static int loudest(struct stage *stage)
{
	int most = 0;

	for (int i = 0; i < 10; i++) {
		(void)tick(stage, HUM);
		for (size_t k = 0; k < stage->rate_hz / 50; k++) {
			if (abs(stage->out[k]) > most)
				most = abs(stage->out[k]);
		}
	}

	return most;
}

int test_handset_wideband(void)
{
	static const struct {
		const char *why;
		uint32_t speech_hz, call_hz;
		double hz;
		bool is_heard;
	} rowv[] = {
		/* clang-format off */
		{"narrow speech, narrow call", 8000, 8000, 1000, true},
		{"narrow speech, wide call", 8000, 16000, 1000, true},
		{"without its mirror image", 8000, 16000, 3000, true},
		{"wide speech, narrow call", 16000, 8000, 1000, true},
		{"which has no treble", 16000, 8000, 6000, false},
		{"wide speech, wide call", 16000, 16000, 6000, true},
		/* clang-format on */
	};
	struct stage stage;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rowv); i++) {
		int most;

		err = stage_make(&stage, rowv[i].call_hz,
		                 "\"moves\":[{\"say\":\"yes\"}]");
		if (!err)
			err = tone_say(&stage, rowv[i].speech_hz, rowv[i].hz);
		CHECK_ERR(0, err);
		CHECK_U64(1000, ticks_until_sound(&stage, LOUD, 1000));
		for (int k = 0; k < 40; k++)
			(void)tick(&stage, HUM);
		most = loudest(&stage);
		if (rowv[i].is_heard != (most > WORD_LEVEL * 3 / 4))
			fprintf(stderr, "%s: %d\n", rowv[i].why, most);
		CHECK(rowv[i].is_heard == (most > WORD_LEVEL * 3 / 4));
		CHECK(most < WORD_LEVEL * 6 / 5);
		CHECK(rowv[i].is_heard || most < WORD_LEVEL / 20);
		stage_clear(&stage);
	}

	return 0;

out:
	stage_clear(&stage);

	return err;
}

int test_handset_hangup(void)
{
	struct stage stage;
	int err;

	err = stage_make(&stage, 8000,
	                 "\"moves\":[{\"interrupt_ms\":200,\"hangup\":true}]");
	CHECK_ERR(0, err);

	for (int i = 0; i < 9; i++)
		CHECK_U64(BEHAVIOUR_NOTHING, tick(&stage, LOUD));
	CHECK_U64(BEHAVIOUR_HANGUP, tick(&stage, LOUD));

out:
	stage_clear(&stage);

	return err;
}

/* What the robot says comes back later and softer. */
int test_handset_echo(void)
{
	struct stage stage;
	int err;

	err = stage_make(&stage, 8000, "\"echo_ms\":60,\"echo_db\":-20");
	CHECK_ERR(0, err);

	for (int i = 0; i < 3; i++) {
		(void)tick(&stage, LOUD);
		CHECK_I64(0, stage.out[0]);
	}
	(void)tick(&stage, LOUD);
	CHECK(abs(abs(stage.out[1]) - LOUD / 10) <= 1);
	for (int i = 0; i < 3; i++)
		(void)tick(&stage, 0);
	CHECK(abs(abs(stage.out[1]) - LOUD / 10) <= 1);
	(void)tick(&stage, 0);
	CHECK_I64(0, stage.out[1]);

out:
	stage_clear(&stage);

	return err;
}

static unsigned crossings(const struct stage *stage)
{
	unsigned n = 0;

	for (size_t i = 1; i < stage->rate_hz / 50; i++)
		n += (stage->out[i - 1] < 0) != (stage->out[i] < 0);

	return n;
}

/* A network's tone while it rings, behind the first packet of the caller; the
 * answer ends it. */
int test_handset_early(void)
{
	struct stage stage;
	int err;

	err = stage_make(&stage, 8000,
	                 "\"early\":{\"tone\":\"%(4000,0,450)\"},"
	                 "\"early_gated\":true,"
	                 "\"pickup\":{\"tone\":\"%(3000,0,2100)\"}");
	CHECK_ERR(0, err);

	CHECK_U64(1000, ticks_until_sound(&stage, -1, 1000));
	for (int i = 0; i < 10; i++)
		(void)tick(&stage, 0);
	if (crossings(&stage) < 17 || crossings(&stage) > 19)
		CHECK_FAIL("%u crossings in 20 ms of 450 Hz",
		           crossings(&stage));

	handset_answer(&stage.handset);
	for (int i = 0; i < 10; i++)
		(void)tick(&stage, 0);
	if (crossings(&stage) < 82 || crossings(&stage) > 86)
		CHECK_FAIL("%u crossings in 20 ms of 2100 Hz",
		           crossings(&stage));

out:
	stage_clear(&stage);

	return err;
}
