/*
 * media/vad.c - voice activity by energy over an adaptive floor
 *
 * The floor follows silence down at once and noise up slowly. It rises even
 * during voice, by 1 dB a second: a fan that is switched on stops being
 * speech after a while, and the pauses inside real speech pull the floor down
 * again long before.
 */
#include <assert.h>
#include "media/level.h"
#include "media/vad.h"

static const float FLOOR_MIN_DB = -60.0F;       /* below: line noise */
static const float FLOOR_MAX_DB = -25.0F;       /* above: nobody hears us */
static const float FLOOR_FIRST_MAX_DB = -45.0F; /* trusted from the start */
static const float RISE_VOICED_DB = 0.02F;      /* per frame */
static const float RISE_PART = 0.05F;           /* of the way, unvoiced */
static const float FALL_PART = 0.5F;
static const float STAY_DB = 3.0F; /* hysteresis while voiced */

enum {
	FIRST_FRAMES = 10, /* the floor is unknown for so long */
};

void vad_init(struct vad *vad, const struct vad_prm *prm)
{
	assert(vad && prm);

	*vad = (struct vad){.prm = *prm, .floor_db = FLOOR_MIN_DB};
	for (size_t i = 0; i < VAD_ECHO_FRAMES; i++)
		vad->playedv[i] = LEVEL_SILENCE_DB;
}

static float clamp(float value, float low, float high)
{
	if (value < low)
		return low;

	return value > high ? high : value;
}

/* The loudest of our own frames whose echo may be in this one. */
static float echo_level(struct vad *vad, float played_db)
{
	float loudest = LEVEL_SILENCE_DB;

	vad->playedv[vad->frames % VAD_ECHO_FRAMES] = played_db;
	for (size_t i = 0; i < VAD_ECHO_FRAMES; i++) {
		if (vad->playedv[i] > loudest)
			loudest = vad->playedv[i];
	}

	return loudest - vad->prm.echo_db;
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

bool vad_feed(struct vad *vad, float in_db, float played_db)
{
	float echo_db = echo_level(vad, played_db);
	float limit_db = vad->floor_db + vad->prm.margin_db;

	if (vad->is_voiced)
		limit_db -= STAY_DB;
	if (limit_db < echo_db)
		limit_db = echo_db;

	/* The first frame sets the floor and cannot be judged against it. */
	vad->is_voiced = vad->frames && in_db > limit_db;
	floor_follow(vad, in_db);
	vad->frames++;

	return vad->is_voiced;
}
