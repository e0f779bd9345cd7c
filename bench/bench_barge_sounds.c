/*
 * bench/bench_barge_sounds.c - prompts, talk and the noise of rooms
 */
#include <assert.h>
#include <math.h>
#include "base/mem.h"
#include "bench_barge_sounds.h"
#include "media/level.h"
#include "rehearse/noise.h"

enum {
	NOISE_S = 60,
	TALKERS = 8, /* of the babble */
	VOICES = 5,
	BABBLE_TEXTS = 4,
};

static const double PROMPT_DB = -20, TALK_DB = -26, NOISE_DB = -26 - 15;

static const char *const promptv[] = {
	"Good afternoon. This is the North clinic. I am calling about your "
	"visit tomorrow at half past nine. Will you come?",
	"Thank you. The visit takes about twenty minutes. Please bring your "
	"card and the letter from your doctor.",
	"I did not understand you. Please say yes, no, or another day.",
	"Your parcel has arrived and waits for you until the end of the week. "
	"Shall we deliver it to your home instead?",
};

static const char *const talkv[] = {
	"yes",
	"yes I will come",
	"no",
	"who is this",
	"hello",
	"wait a moment please",
	"I can't tomorrow",
	"stop calling me",
	"another day would be better",
	"how much does it cost",
};

static const char *const held_talkv[] = {
	"yes please",   "no thanks",         "hold on",
	"I am driving", "which clinic",      "can you call back later",
	"sorry what",   "he is not at home", "let me think",
	"fine",
};

static_assert(ARRAY_COUNT(talkv) == ARRAY_COUNT(held_talkv),
              "the halves are as large");

/* What settings were chosen on, and what only shows how they do. */
struct half {
	const char *prompt_voice;
	const char *const *talkv;
	const char *voicev[VOICES];
	const char *textv[BABBLE_TEXTS];
	uint32_t crowd_seed;
	double engine_hz, brown; /* of the car */
};

static const struct half tuning_half = {
	.prompt_voice = "flite:slt",
	.talkv = talkv,
	.voicev = {"flite:awb", "flite:rms", "flite:kal16", "espeak:en-gb",
                   "espeak:en-us"},
	.textv =
		{
			"and then we went down to the river where the boats "
			"are and had lunch",
			"I told him that the train leaves at seven but he "
			"never listens to me",
			"two coffees and a tea please and one of those little "
			"cakes over there",
			"the meeting was moved to Thursday because nobody "
			"could find the key",
		},
	.crowd_seed = 1,
	.engine_hz = 90,
	.brown = 0.97,
};

static const struct half held_half = {
	.prompt_voice = "flite:rms",
	.talkv = held_talkv,
	.voicev = {"flite:slt", "espeak:en-us+f3", "espeak:en-gb+m3",
                   "espeak:en-gb-scotland", "espeak:en-us+f2"},
	.textv =
		{
			"she wants the window open and he wants it shut so "
			"nobody sleeps",
			"there is a queue right round the corner since they "
			"opened the shop",
			"I have been waiting for the plumber for the whole of "
			"the morning",
			"did you see who won last night it went on until "
			"after midnight",
		},
	.crowd_seed = 77,
	.engine_hz = 63,
	.brown = 0.985,
};

uint32_t sounds_draw(uint32_t below)
{
	static uint32_t state = 2463534242;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;

	return state % below;
}

double sounds_gain(double db)
{
	return pow(10, db / 20);
}

int16_t sounds_clip(double x)
{
	return (int16_t)fmax(fmin(lrint(x), 32767), -32768);
}

/* The level of the frames that are speech: 20 dB around the loudest. */
static double active_db(const int16_t *pcm, size_t n)
{
	double loudest = -96, sum = 0;
	size_t count = 0;

	for (size_t i = 0; i + SOUND_FRAME <= n; i += SOUND_FRAME)
		loudest = fmax(loudest, level_db(pcm + i, SOUND_FRAME));
	for (size_t i = 0; i + SOUND_FRAME <= n; i += SOUND_FRAME) {
		double db = level_db(pcm + i, SOUND_FRAME);

		if (db > loudest - 20) {
			sum += pow(10, db / 10);
			count++;
		}
	}

	return count ? 10 * log10(sum / (double)count) : -96;
}

static void level_set(struct sound *sound, double db)
{
	double gain = sounds_gain(db - active_db(sound->pcm, sound->n));

	for (size_t i = 0; i < sound->n; i++)
		sound->pcm[i] = sounds_clip(sound->pcm[i] * gain);
	for (size_t i = 0; i + 80 <= sound->n; i += 80) {
		sound->onset = i;
		if (level_db(sound->pcm + i, 80) > -45)
			break;
	}
}

static int say(struct sound *sound, struct rig *rig, const char *voice,
               const char *text, double db)
{
	struct voice_sound *said = NULL;
	int err;

	err = rig_say(&said, rig, voice, text);
	if (err || !said) {
		fprintf(stderr, "%s: %s\n", voice, rig->fault);
		return err ? err : ENOENT;
	}

	sound->n = said->count;
	sound->pcm = mem_zalloc(sound->n * sizeof(*sound->pcm), NULL);
	if (sound->pcm) {
		memcpy(sound->pcm, said->pcm, sound->n * sizeof(*sound->pcm));
		level_set(sound, db);
	}
	mem_deref(said);

	return sound->pcm ? 0 : ENOMEM;
}

/* Other people, each at a speed of their own, all the time. */
static int babble_make(struct sound *babble, struct rig *rig,
                       const struct half *half)
{
	double *sumv = mem_zalloc(NOISE_S * RIG_LINE_HZ * sizeof(*sumv), NULL);
	int err = 0;

	babble->n = (size_t)NOISE_S * RIG_LINE_HZ;
	babble->pcm = mem_zalloc(babble->n * sizeof(*babble->pcm), NULL);
	if (!sumv || !babble->pcm) {
		err = ENOMEM;
		goto out;
	}

	for (size_t t = 0; t < TALKERS; t++) {
		struct sound one = {0};
		double step = 0.85 + 0.05 * (double)t, at;

		err = say(&one, rig, half->voicev[t % VOICES],
		          half->textv[t % BABBLE_TEXTS], -30);
		if (err)
			goto out;
		at = sounds_draw((uint32_t)one.n);
		for (size_t i = 0; i < babble->n; i++, at += step) {
			if (at >= (double)one.n)
				at = 0;
			sumv[i] += one.pcm[(size_t)at];
		}
		mem_deref(one.pcm);
	}
	for (size_t i = 0; i < babble->n; i++)
		babble->pcm[i] = sounds_clip(sumv[i]);
	level_set(babble, NOISE_DB);

out:
	mem_deref(sumv);

	return err;
}

/* Wind and tyres fall with the frequency, the engine hums, and the road comes
 * in gusts. */
static int car_make(struct sound *car, const struct half *half)
{
	double brown = 0, gust = 1, phase = 0;
	int err;

	car->n = (size_t)NOISE_S * RIG_LINE_HZ;
	car->pcm = mem_zalloc(car->n * sizeof(*car->pcm), NULL);
	if (!car->pcm)
		return ENOMEM;

	for (size_t i = 0; i < car->n; i++) {
		double white = (double)sounds_draw(65536) / 32768 - 1;

		if (i % 4000 == 0)
			gust = 0.7 + 0.6 * sounds_draw(1000) / 1000.0;
		brown = half->brown * brown + 0.3 * white;
		phase += half->engine_hz / RIG_LINE_HZ;
		car->pcm[i] = sounds_clip(
			3000 * gust * brown + 600 * sin(6.2831853 * phase) +
			400 * sin(4 * 6.2831853 * phase) + 150 * white);
	}
	err = rig_telephone(car->pcm, car->n);
	level_set(car, NOISE_DB);

	return err;
}

/* The babble of the simulated people: harsher, with deeper pauses. */
static int crowd_make(struct sound *crowd, const struct half *half)
{
	int err;

	crowd->n = (size_t)NOISE_S * RIG_LINE_HZ;
	crowd->pcm = mem_zalloc(crowd->n * sizeof(*crowd->pcm), NULL);
	if (!crowd->pcm)
		return ENOMEM;

	noise_fill(NOISE_BABBLE, crowd->pcm, crowd->n, half->crowd_seed);
	err = rig_telephone(crowd->pcm, crowd->n);
	level_set(crowd, NOISE_DB);

	return err;
}

int sounds_make(struct sounds *sounds, struct rig *rig, bool is_tuning)
{
	const struct half *half = is_tuning ? &tuning_half : &held_half;
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(promptv) && !err; i++)
		err = say(&sounds->promptv[sounds->promptc++], rig,
		          half->prompt_voice, promptv[i], PROMPT_DB);
	for (size_t v = 0; v < VOICES; v++) {
		for (size_t i = 0; i < ARRAY_COUNT(talkv) && !err; i++)
			err = say(&sounds->talkv[sounds->talkc++], rig,
			          half->voicev[v], half->talkv[i], TALK_DB);
	}
	if (!err)
		err = babble_make(&sounds->babble, rig, half);
	if (!err)
		err = car_make(&sounds->car, half);
	if (!err)
		err = crowd_make(&sounds->crowd, half);

	return err;
}

void sounds_free(struct sounds *sounds)
{
	for (size_t i = 0; i < sounds->promptc; i++)
		mem_deref(sounds->promptv[i].pcm);
	for (size_t i = 0; i < sounds->talkc; i++)
		mem_deref(sounds->talkv[i].pcm);
	mem_deref(sounds->babble.pcm);
	mem_deref(sounds->car.pcm);
	mem_deref(sounds->crowd.pcm);
}
