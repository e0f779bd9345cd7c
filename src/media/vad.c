/*
 * media/vad.c - voice activity by energy over an adaptive floor
 *
 * The floor follows silence down at once and noise up slowly. It rises even
 * during voice, by 1 dB a second: a fan that is switched on stops being
 * speech after a while, and the pauses inside real speech pull the floor down
 * again long before. Other people's talk has pauses too, and a floor that
 * falls into them: there the mean power of what was no voice is the measure.
 */
#include <assert.h>
#include <math.h>
#include "media/level.h"
#include "media/vad.h"

static const float FLOOR_MIN_DB = -66.0F;       /* below: line noise */
static const float FLOOR_MAX_DB = -25.0F;       /* above: nobody hears us */
static const float FLOOR_FIRST_MAX_DB = -45.0F; /* trusted from the start */
static const float RISE_VOICED_DB = 0.02F;      /* per frame */
static const float RISE_PART = 0.05F;           /* of the way, unvoiced */
static const float FALL_PART = 0.5F;
static const float STAY_DB = 3.0F; /* hysteresis while voiced */
static const float CLEAN_LOSS_DB = 12.0F;
static const float ECHO_SPREAD_DB = 4.0F;
static const float ECHO_PLAYED_MIN_DB = -40.0F; /* teaches us something */
static const float ECHO_FALL_PART = 0.1F;       /* of the way */
static const float ECHO_MIN_DB = -60.0F;

static const float NOISE_FIRST_DB = -42.0F; /* until we know the line */
static const float NOISE_SPREAD_DB = 12.0F;
static const float NOISE_MARGIN_DB = 8.5F;
static const float NOISE_PART = 0.02F; /* of the way, per frame */

static const float TALK_RISE_PART = 0.2F;
static const float TALK_FALL_PART = 0.005F;
static const float FILTER_MAX = 0.5F; /* of it that is loudness */

enum {
	FIRST_FRAMES = 10,    /* the floor is unknown for so long */
	BURST_FRAMES = 3,     /* what is not longer is nobody's */
	GAP_FRAMES = 3,       /* that end a burst */
	TALK_GAP_FRAMES = 25, /* that end what somebody says */
};

void vad_init(struct vad *vad, const struct vad_prm *prm)
{
	assert(vad && prm);

	*vad = (struct vad){
		.prm = *prm,
		.floor_db = FLOOR_MIN_DB,
		.echo_db = -prm->echo_db,
		.noise = powf(10.0F, NOISE_FIRST_DB / 10.0F),
		.speech_db = LEVEL_SILENCE_DB,
		.talk_db = LEVEL_SILENCE_DB,
	};
	for (size_t i = 0; i < VAD_LEARN_FRAMES; i++)
		vad->playedv[i] = vad->heardv[i] = LEVEL_SILENCE_DB;
}

void vad_filter_set(struct vad *vad, float filter)
{
	vad->filter = filter < FILTER_MAX ? filter : FILTER_MAX;
}

static float clamp(float value, float low, float high)
{
	if (value < low)
		return low;

	return value > high ? high : value;
}

static float larger(float a, float b)
{
	return a > b ? a : b;
}

/* The loudest of the last n frames of a ring. */
static float loudest_of(const struct vad *vad, const float *levelv, size_t n)
{
	float loudest = LEVEL_SILENCE_DB;

	for (size_t i = 0; i < n; i++)
		loudest = larger(loudest,
		                 levelv[(vad->frames + VAD_LEARN_FRAMES - i) %
		                        VAD_LEARN_FRAMES]);

	return loudest;
}

/* How much of what we play comes back, at most what the settings say: where
 * the line stays quieter than that, a callee may be quieter too. */
static void echo_follow(struct vad *vad)
{
	float played_db = loudest_of(vad, vad->playedv, VAD_LEARN_FRAMES);
	float part_db;

	vad->echo_frames =
		played_db > ECHO_PLAYED_MIN_DB ? vad->echo_frames + 1 : 0;
	/* Nor from what somebody said meanwhile. */
	if (vad->gap < VAD_LEARN_FRAMES || vad->echo_frames < VAD_LEARN_FRAMES)
		return;

	part_db = loudest_of(vad, vad->heardv, VAD_LEARN_FRAMES) - played_db;
	if (part_db > vad->echo_db)
		vad->echo_db = part_db;
	else
		vad->echo_db += ECHO_FALL_PART * (part_db - vad->echo_db);
	vad->echo_db = clamp(vad->echo_db, ECHO_MIN_DB, -vad->prm.echo_db);
}

static void floor_follow(struct vad *vad, float in_db)
{
	float gap = in_db - vad->floor_db;

	/* A call that begins with a noisy room would be all voice until the
	 * slow rise got there. */
	if (vad->frames < FIRST_FRAMES && (!vad->frames || gap < 0)) {
		vad->floor_db = clamp(in_db, FLOOR_MIN_DB, FLOOR_FIRST_MAX_DB);
		return;
	}

	if (gap < 0)
		vad->floor_db += FALL_PART * gap;
	else if (vad->is_voiced)
		vad->floor_db += RISE_VOICED_DB;
	else
		vad->floor_db += RISE_PART * gap;

	vad->floor_db = clamp(vad->floor_db, FLOOR_MIN_DB, FLOOR_MAX_DB);
}

/* In power: of babble the loud parts count, not the pauses. At first each
 * frame counts as much as what we assumed of the line. */
static void noise_follow(struct vad *vad, float in_db)
{
	float part = 1.0F / (float)(FIRST_FRAMES + vad->frames);
	float power = powf(10.0F, in_db / 10.0F);

	if (vad->is_voiced)
		return;

	vad->noise += larger(part, NOISE_PART) * (power - vad->noise);
}

/* What is being said counts once it is over: a loud first syllable must not
 * hide the next. */
static void talk_follow(struct vad *vad, float in_db)
{
	float gap = in_db - vad->talk_db;

	if (vad->talk_db <= LEVEL_SILENCE_DB)
		vad->talk_db = in_db;
	else
		vad->talk_db +=
			gap * (gap > 0 ? TALK_RISE_PART : TALK_FALL_PART);
}

static void talk_over(struct vad *vad)
{
	if (vad->talk_db > LEVEL_SILENCE_DB)
		vad->speech_db = vad->talk_db;
}

/* Voice that goes on is somebody's; voice that does not was noise. */
static void burst_follow(struct vad *vad, float in_db)
{
	if (vad->is_voiced) {
		vad->burst++;
		vad->gap = 0;
		if (vad->burst > BURST_FRAMES)
			talk_follow(vad, in_db);
		return;
	}
	if (++vad->gap == TALK_GAP_FRAMES)
		talk_over(vad);
	if (vad->gap != GAP_FRAMES)
		return;

	vad->burst = 0;
}

float vad_limit_db(const struct vad *vad)
{
	float limit = vad->floor_db + vad->prm.margin_db;
	float noise_db = 10.0F * log10f(vad->noise);

	if (noise_db > vad->floor_db + NOISE_SPREAD_DB)
		noise_db = vad->floor_db + NOISE_SPREAD_DB;
	if (!vad->prm.is_eager)
		limit = larger(limit, noise_db + NOISE_MARGIN_DB);
	if (vad->filter > 0)
		limit = larger(limit,
		               vad->speech_db + 20.0F * log10f(vad->filter));
	if (vad->is_voiced)
		limit -= STAY_DB;

	return limit;
}

bool vad_feed_clean(struct vad *vad, float in_db, float clean_db,
                    float played_db)
{
	const float limit_db = vad_limit_db(vad);
	float echo_db;

	vad->playedv[vad->frames % VAD_LEARN_FRAMES] = played_db;
	vad->heardv[vad->frames % VAD_LEARN_FRAMES] = in_db;
	echo_db = loudest_of(vad, vad->playedv, VAD_ECHO_FRAMES) +
	          vad->echo_db + ECHO_SPREAD_DB;

	/* The first frame sets the floor and cannot be judged against it. */
	vad->is_voiced = vad->frames && in_db > larger(echo_db, limit_db) &&
	                 clean_db > limit_db - CLEAN_LOSS_DB;
	floor_follow(vad, in_db);
	noise_follow(vad, in_db);
	burst_follow(vad, in_db);
	echo_follow(vad);
	vad->frames++;

	return vad->is_voiced;
}

bool vad_feed(struct vad *vad, float in_db, float played_db)
{
	return vad_feed_clean(vad, in_db, in_db, played_db);
}
