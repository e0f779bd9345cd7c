/*
 * bench/bench_barge_sounds.c - prompts, talk and the noise of rooms
 */
#include <math.h>
#include "base/mem.h"
#include "bench_barge_sounds.h"
#include "media/level.h"
#include "rehearse/noise.h"

enum {
	NOISE_S = 60,
	TALKERS = 8, /* of the babble */
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

static const char *const talk_voicev[] = {"flite:awb", "flite:rms",
                                          "flite:kal16", "espeak:en-gb",
                                          "espeak:en-us"};
static const char *const babble_textv[] = {
	"and then we went down to the river where the boats are and had lunch",
	"I told him that the train leaves at seven but he never listens to me",
	"two coffees and a tea please and one of those little cakes over there",
	"the meeting was moved to Thursday because nobody could find the key",
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
static int babble_make(struct sound *babble, struct rig *rig)
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

		err = say(&one, rig, talk_voicev[t % ARRAY_COUNT(talk_voicev)],
		          babble_textv[t % ARRAY_COUNT(babble_textv)], -30);
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
static int car_make(struct sound *car)
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
		brown = 0.97 * brown + 0.3 * white;
		phase += 90.0 / RIG_LINE_HZ;
		car->pcm[i] = sounds_clip(
			3000 * gust * brown + 600 * sin(6.2831853 * phase) +
			400 * sin(4 * 6.2831853 * phase) + 150 * white);
	}
	err = rig_telephone(car->pcm, car->n);
	level_set(car, NOISE_DB);

	return err;
}

/* The babble of the simulated people: harsher, with deeper pauses. */
static int crowd_make(struct sound *crowd)
{
	int err;

	crowd->n = (size_t)NOISE_S * RIG_LINE_HZ;
	crowd->pcm = mem_zalloc(crowd->n * sizeof(*crowd->pcm), NULL);
	if (!crowd->pcm)
		return ENOMEM;

	noise_fill(NOISE_BABBLE, crowd->pcm, crowd->n, 1);
	err = rig_telephone(crowd->pcm, crowd->n);
	level_set(crowd, NOISE_DB);

	return err;
}

int sounds_make(struct sounds *sounds, struct rig *rig)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_COUNT(promptv) && !err; i++)
		err = say(&sounds->promptv[sounds->promptc++], rig, "flite:slt",
		          promptv[i], PROMPT_DB);
	for (size_t v = 0; v < ARRAY_COUNT(talk_voicev); v++) {
		for (size_t i = 0; i < ARRAY_COUNT(talkv) && !err; i++)
			err = say(&sounds->talkv[sounds->talkc++], rig,
			          talk_voicev[v], talkv[i], TALK_DB);
	}
	if (!err)
		err = babble_make(&sounds->babble, rig);
	if (!err)
		err = car_make(&sounds->car);
	if (!err)
		err = crowd_make(&sounds->crowd);

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
