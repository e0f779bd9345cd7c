/*
 * media/who.c - who answered: one decision from rhythm, tones and words
 */
#include <assert.h>
#include <errno.h>
#include "base/mem.h"
#include "media/level.h"
#include "media/who.h"

const struct who_prm who_defaults = {
	.amd = AMD_DEFAULTS,
	.confirm_ms = 2200,
	.end_silence_ms = 2000,
	.watch_ms = 40000,
	.countries = "",
	.vad = {.margin_db = 10, .echo_db = 20, .is_eager = true},
};

/* What a voice loses by it. */
static const float CLEAR_DB = 14.0F;
static const float CONTRAST_DB = 8.0F;
static const float ROOM_MIN_DB = -50.0F;
static const float ROOM_MARGIN_DB = 6.0F;
static const float ROOM_PAUSE_DB = 10.0F;

enum {
	SETTLED_MS = 12000,
	ROOM_FRAMES = 5, /* 100 ms */
	ROOM_PAUSES = 3,
	ROOM_LATE_MS = 120,   /* the first packet comes at the latest */
	BEEP_VOICE_MS = 400,  /* a greeting stands before a beep */
	BEEP_SOFTER_DB = 10,  /* at most, than the greeting */
	BEEP_PAUSE_MS = 2500, /* at most, between the two */
};

struct who {
	struct who_prm prm;
	bool is_early;
	bool is_ready;
	struct tones *tones;
	struct vad vad;
	struct amd amd;
	uint32_t now_ms;
	uint32_t silence_ms; /* in a row */
	uint32_t word_ms;    /* when the last word ended */
	uint32_t voice_ms;   /* in all */
	float voice_db;      /* mean of it */
	float clear_db,
		rest_db; /* means without rumble: of voice, of the rest */
	uint32_t rest_ms;
	int16_t in_last, out_last;
	float room_db; /* noise from the first moment on */
	unsigned room_frames, room_pause;
	struct who_features features;
};

static void destructor(void *arg)
{
	struct who *who = arg;

	mem_deref(who->tones);
}

int who_alloc(struct who **whop, const struct who_prm *prm, bool is_early)
{
	struct who *who;
	int err;

	assert(whop && prm);

	who = mem_zalloc(sizeof(*who), destructor);
	if (!who)
		return ENOMEM;

	who->prm = *prm;
	who->is_early = is_early;
	who->features.cause = "";
	who->features.tone = -1;
	vad_init(&who->vad, &prm->vad);
	amd_init(&who->amd, &prm->amd);
	err = tones_alloc(&who->tones, prm->countries);

	if (err)
		mem_deref(who);
	else
		*whop = who;

	return err;
}

/* --- deciding ---------------------------------------------------------------
 */

/* What is surer than the rhythm may overrule it; nothing overrules a tone or
 * a word but another of its kind. */
static bool may_become(enum who_class from, enum who_class to)
{
	switch (from) {
	case WHO_UNKNOWN:
		return true;
	case WHO_HUMAN:
	case WHO_UNSURE:
		return to != WHO_HUMAN && to != WHO_UNSURE;
	case WHO_MACHINE:
		return to == WHO_SCREENING || to == WHO_ANNOUNCEMENT ||
		       to == WHO_FAX;
	default:
		return false;
	}
}

static unsigned decide(struct who *who, enum who_class class, const char *cause,
                       float confidence)
{
	struct who_features *f = &who->features;

	if (!may_become(f->class, class))
		return WHO_NO_NEWS;

	f->class = class;
	f->cause = cause;
	f->confidence = confidence;
	f->decide_ms = who->now_ms;
	f->voice_ms = who->voice_ms;
	f->words = who->amd.words;

	return WHO_DECIDED;
}

static unsigned ready(struct who *who)
{
	if (who->features.class != WHO_MACHINE || who->is_ready)
		return WHO_NO_NEWS;

	who->is_ready = true;

	return WHO_READY;
}

static unsigned beep_hear(struct who *who, const struct tones_event *event)
{
	struct who_features *f = &who->features;
	unsigned news = WHO_NO_NEWS;

	/* What whistles softly behind a voice is the room. */
	if (who->is_early || !who->voice_ms ||
	    event->level_db < who->voice_db - BEEP_SOFTER_DB)
		return WHO_NO_NEWS;

	f->beep_ms = event->length_ms;
	f->beep_hz = event->hz;
	f->beep_end_ms = event->at_ms;
	if (who->voice_ms >= BEEP_VOICE_MS &&
	    event->at_ms <= who->word_ms + event->length_ms + BEEP_PAUSE_MS)
		news = decide(who, WHO_MACHINE, "beep", 0.97F);

	return news | ready(who);
}

static unsigned tone_hear(struct who *who, const struct tones_event *event)
{
	const char *name = tones_name(event->kind);

	/* Someone speaks: a long beep or music with a fax's frequency. */
	const bool has_voice = who->voice_ms >= BEEP_VOICE_MS;

	who->features.tone = (int)event->kind;
	switch (event->kind) {
	case TONES_BEEP:
		return beep_hear(who, event);

	case TONES_FAX_CALL:
		if (has_voice || who->is_early)
			return beep_hear(who, event);
		return decide(who, WHO_FAX, name, 0.9F);

	case TONES_FAX:
	case TONES_MODEM:
		return decide(who, WHO_FAX, name, 0.98F);

	case TONES_RINGING:
		return WHO_NO_NEWS;

	case TONES_BUSY:
	case TONES_CONGESTION:
		return decide(who, WHO_ANNOUNCEMENT, name, 0.95F);

	default:
		return decide(who, WHO_ANNOUNCEMENT, name, 0.97F);
	}
}

/* A greeting stands out of what is around it; a room full of people talks on
 * and on at one level. */
static bool is_clear(const struct who *who)
{
	return who->clear_db >= who->rest_db + CONTRAST_DB;
}

/* What of the time between suspicion and certainty has passed. */
static unsigned rhythm_judge(struct who *who)
{
	const struct amd *amd = &who->amd;
	const struct who_prm *prm = &who->prm;

	if (who->features.class != WHO_UNKNOWN)
		return WHO_NO_NEWS;

	if (amd->greeting_ms >= prm->confirm_ms && is_clear(who))
		return decide(who, WHO_MACHINE, "greeting", 0.85F);
	if (amd->has_word && who->silence_ms >= prm->amd.after_greeting_ms)
		return decide(who, WHO_HUMAN, "silence after greeting",
		              amd->verdict == AMD_HUMAN ? 0.9F : 0.7F);
	if (who->now_ms >= prm->amd.total_analysis_ms &&
	    amd->greeting_ms >= prm->amd.greeting_ms && is_clear(who))
		return decide(who, WHO_MACHINE, "greeting without end", 0.75F);
	if (who->now_ms >= prm->amd.total_analysis_ms)
		return decide(who, WHO_UNSURE,
		              amd->has_word ? "too long" : "nothing said",
		              0.5F);

	return WHO_NO_NEWS;
}

static void amd_note(struct who *who, bool is_voiced)
{
	struct who_features *f = &who->features;

	if (!who->amd.has_word && !is_voiced)
		f->initial_silence_ms = who->now_ms;
	(void)amd_feed(&who->amd, is_voiced, WHO_FRAME_MS);
	if (is_voiced && who->amd.is_in_word)
		who->word_ms = who->now_ms;
	if (f->amd == AMD_UNDECIDED && who->amd.verdict != AMD_UNDECIDED) {
		f->amd = who->amd.verdict;
		f->amd_ms = who->now_ms;
	}
}

/* The level without what rumbles: wheels, wind and mains are no voice. */
static float clear_db(const int16_t *pcm, int16_t *lastp)
{
	int16_t clearv[WHO_FRAME];
	int last = *lastp;

	for (size_t i = 0; i < WHO_FRAME; i++) {
		int x = pcm[i] - last * 15 / 16;

		clearv[i] = (int16_t)(x / 2);
		last = pcm[i];
	}
	*lastp = (int16_t)last;

	return level_db(clearv, WHO_FRAME) + CLEAR_DB;
}

/* What sounds from the first moment on and never stops is the room: nobody
 * speaks into a telephone while lifting it. It was a voice after all if it
 * pauses. */
static bool is_room(struct who *who, float db, bool has_come)
{
	/* Nothing came yet: not even the line's own noise. */
	if (!has_come && !who->room_frames && who->now_ms <= ROOM_LATE_MS)
		return true;
	if (who->room_frames < ROOM_FRAMES && db > ROOM_MIN_DB) {
		who->room_frames++;
		who->room_db += (db - who->room_db) / (float)who->room_frames;
		return true;
	}
	if (who->room_frames < ROOM_FRAMES) {
		who->room_frames = ROOM_FRAMES;
		who->room_db = LEVEL_SILENCE_DB;
	}

	who->room_pause =
		db < who->room_db - ROOM_PAUSE_DB ? who->room_pause + 1 : 0;
	if (who->room_pause >= ROOM_PAUSES)
		who->room_db = LEVEL_SILENCE_DB;

	return db < who->room_db + ROOM_MARGIN_DB;
}

static void contrast_note(struct who *who, float db, bool is_voiced)
{
	if (is_voiced) {
		who->clear_db += (db - who->clear_db) * WHO_FRAME_MS /
		                 (float)(who->voice_ms + WHO_FRAME_MS);
	}
	else {
		who->rest_ms += WHO_FRAME_MS;
		who->rest_db += (db - who->rest_db) * WHO_FRAME_MS /
		                (float)who->rest_ms;
	}
}

static unsigned rhythm_hear(struct who *who, const int16_t *in,
                            const int16_t *out)
{
	const float in_db = level_db(in, WHO_FRAME);
	const float voice_db = clear_db(in, &who->in_last);
	bool is_voiced, is_noise;
	unsigned news;

	is_noise = is_room(who, voice_db, in_db > LEVEL_SILENCE_DB);
	is_voiced =
		vad_feed(&who->vad, voice_db, clear_db(out, &who->out_last)) &&
		!is_noise &&
		amd_is_voiced(in, WHO_FRAME, who->prm.amd.silence_threshold) &&
		!tones_is_tone(who->tones);
	who->silence_ms = is_voiced ? 0 : who->silence_ms + WHO_FRAME_MS;
	contrast_note(who, voice_db, is_voiced);
	if (is_voiced) {
		who->voice_ms += WHO_FRAME_MS;
		who->voice_db += (in_db - who->voice_db) * WHO_FRAME_MS /
		                 (float)who->voice_ms;
	}
	if (who->is_early)
		return WHO_NO_NEWS;

	amd_note(who, is_voiced);
	news = rhythm_judge(who);
	if (who->silence_ms >= who->prm.end_silence_ms)
		news |= ready(who);

	return news;
}

/* A human who has been here for a while is no machine any more. */
static bool is_settled(const struct who *who)
{
	const struct who_features *f = &who->features;

	return (f->class == WHO_HUMAN || f->class == WHO_UNSURE) &&
	       who->now_ms > f->decide_ms + SETTLED_MS;
}

unsigned who_feed(struct who *who, const int16_t *in, const int16_t *out)
{
	struct tones_event eventv[TONES_EVENTS_MAX];
	static const int16_t nothingv[WHO_FRAME];
	unsigned news = WHO_NO_NEWS;
	size_t eventc;

	assert(who && out);

	who->now_ms += WHO_FRAME_MS;
	if (who->now_ms > who->prm.watch_ms)
		return ready(who);
	if (is_settled(who))
		return WHO_NO_NEWS;

	/* Silence for what did not come, as a recording has it. */
	in = in ? in : nothingv;
	eventc = tones_feed(who->tones, in, WHO_FRAME, eventv);
	news |= rhythm_hear(who, in, out);
	for (size_t i = 0; i < eventc; i++)
		news |= tone_hear(who, &eventv[i]);

	return news;
}

unsigned who_words(struct who *who, enum who_class class)
{
	if (who->is_early && class != WHO_ANNOUNCEMENT)
		return WHO_NO_NEWS;

	who->features.words_ms = who->now_ms;
	who->features.words_class = class;

	return decide(who, class, "words", 0.93F);
}

void who_rest(struct who *who)
{
	who->tones = mem_deref(who->tones);
}

const struct who_features *who_features(const struct who *who)
{
	return &who->features;
}

const char *who_name(enum who_class class)
{
	static const char *const namev[WHO_CLASSES] = {
		[WHO_UNKNOWN] = "unknown",
		[WHO_HUMAN] = "human",
		[WHO_UNSURE] = "unsure",
		[WHO_MACHINE] = "machine",
		[WHO_FAX] = "fax",
		[WHO_ANNOUNCEMENT] = "announcement",
		[WHO_SCREENING] = "screening",
	};

	assert(class < WHO_CLASSES);

	return namev[class];
}
