/*
 * media/tones.c - what telephone networks and machines say in tones
 *
 * Every 10 ms the strongest peaks of the last 32 ms are looked at. A run is a
 * row of such moments with one frequency; a moment or two without it (a lost
 * packet that was made up) does not end it. Beeps, SIT and the answering tones
 * are runs; a cadence is a row of runs and pauses in the band of the networks.
 */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "media/level.h"
#include "media/peak.h"
#include "media/tones.h"
#include <spandsp.h>

enum {
	HOP = PEAK_RATE_HZ / 100,
	HOP_MS = 10,
	MISSES_MAX = 3,  /* of a run */
	BEEP_HOPS = 8,   /* 100 ms, less the edges of the window */
	STEADY_HOPS = 4, /* longer than a vowel stands still */
	FAX_HOPS = 45,
	DATA_HOPS = 1000, /* 10 s */
	DATA_STAY_HOPS = 20,
	CNG_HOPS_MIN = 38,
	CNG_HOPS_MAX = 65,
	SIT_HOPS_MIN = 18,
	SIT_HOPS_MAX = 55,
	SIT_GAP_HOPS = 15,
	BEATS_MAX = 8,
	ELEMENTS_MAX = 4,
	FEED_MAX = PEAK_RATE_HZ / 50,
	QUEUE = PEAK_WINDOW + FEED_MAX,
};

static const float TONE_SHARE = 0.72F;
/* Of a whole beep: among voices a harmonic may ring for as long. */
static const float BEEP_SHARE = 0.83F;
static const float PAIR_SHARE = 0.88F;
static const float LEVEL_MIN_DB = -48.0F;
static const float DATA_SHARE = 0.4F; /* less is no fax and no modem */
static const float PAUSE_DB = 7.0F;   /* a pause is so much softer */
static const float EVEN_DB = 3.0F;
static const float RUN_PART = 0.025F; /* one frequency */
static const float BAND_LOW_HZ = 330.0F, BAND_HIGH_HZ = 700.0F;
static const float BEEP_LOW_HZ = 430.0F, BEEP_HIGH_HZ = 2020.0F;

/* --- tables ------------------------------------------------------------------
 */

struct cadence {
	char country[3];
	enum tones_kind kind;
	unsigned times;             /* the pattern has to come so often */
	uint16_t msv[ELEMENTS_MAX]; /* on, off, on, off; 0: end */
};

/* clang-format off */
static const struct cadence cadencev[] = {
	{"cn", TONES_RINGING,    1, {1000, 4000}},
	{"cn", TONES_BUSY,       2, {350, 350}},
	{"cn", TONES_CONGESTION, 2, {700, 700}},
	{"de", TONES_RINGING,    1, {1000, 4000}},
	{"de", TONES_BUSY,       2, {480, 480}},
	{"de", TONES_CONGESTION, 2, {240, 240}},
	{"ru", TONES_RINGING,    1, {1000, 4000}},
	{"ru", TONES_BUSY,       2, {350, 350}},
	{"ru", TONES_CONGESTION, 3, {175, 175}},
	{"uk", TONES_RINGING,    1, {400, 200, 400, 2000}},
	{"uk", TONES_BUSY,       2, {375, 375}},
	{"uk", TONES_CONGESTION, 1, {400, 350, 225, 525}},
	{"us", TONES_RINGING,    1, {2000, 4000}},
	{"us", TONES_BUSY,       2, {500, 500}},
	{"us", TONES_CONGESTION, 2, {250, 250}},
};

struct sit {
	enum tones_kind kind;
	float hzv[3];
	float hopsv[3];
};

static const struct sit sitv[] = {
	{TONES_SIT_INTERCEPT,  {913.8F, 1370.6F, 1776.7F}, {27.4F, 27.4F, 38}},
	{TONES_SIT_VACANT,     {985.2F, 1370.6F, 1776.7F}, {38, 27.4F, 38}},
	{TONES_SIT_REORDER,    {913.8F, 1428.5F, 1776.7F}, {27.4F, 38, 38}},
	{TONES_SIT_NO_CIRCUIT, {985.2F, 1428.5F, 1776.7F}, {38, 38, 38}},
	{TONES_SIT_OTHER,      {950, 1400, 1800},          {33, 33, 33}},
};

/* Of all forms together, 3 % wider. */
static const float sit_bandv[3][2] = {{886, 1015}, {1329, 1472}, {1723, 1854}};
/* clang-format on */

/* --- state ------------------------------------------------------------------
 */

struct run {
	float hz; /* mean; 0: no run */
	float level_db;
	float share; /* mean, of all power */
	unsigned hops;
	uint32_t begin; /* hop */
};

/* A tone or a pause of a cadence. */
struct beat {
	bool is_on;
	unsigned hops;
	float level_db; /* mean */
};

struct tones {
	const struct cadence *usedv[ARRAY_COUNT(cadencev)];
	size_t usedc;

	int16_t queuev[QUEUE];
	size_t queued;
	uint32_t hop; /* so far */

	struct run run, other; /* other: what may follow it */
	unsigned misses;
	bool is_fax_told;
	struct run sitv[3]; /* the last runs that were over */

	struct beat beatv[BEATS_MAX]; /* the last one grows */
	size_t beatc;
	float on_db;
	bool is_cadence_told;

	modem_connect_tones_rx_state_t *preamble, *answer;
	uint32_t data_until; /* hop: they listen */
	int heard;           /* by spandsp, not yet told */

	struct tones_event *eventv; /* of the feed under way */
	size_t eventc;
};

static void destructor(void *arg)
{
	struct tones *tones = arg;

	if (tones->preamble)
		(void)modem_connect_tones_rx_free(tones->preamble);
	if (tones->answer)
		(void)modem_connect_tones_rx_free(tones->answer);
}

/* run: that it was made of, NULL: several. */
static void tell(struct tones *tones, enum tones_kind kind,
                 const struct run *run)
{
	if (tones->eventc == TONES_EVENTS_MAX)
		return;

	tones->eventv[tones->eventc++] = (struct tones_event){
		.kind = kind,
		.hz = run ? run->hz : 0,
		.at_ms = tones->hop * HOP_MS,
		.length_ms = run ? run->hops * HOP_MS : 0,
		.level_db = run ? run->level_db : LEVEL_SILENCE_DB,
	};
}

/* --- runs -------------------------------------------------------------------
 */

static bool is_same(const struct run *run, float hz)
{
	return run->hz > 0 && fabsf(hz - run->hz) <= RUN_PART * run->hz;
}

static void run_add(struct run *run, const struct run *moment, unsigned hops)
{
	run->hops += hops;
	run->hz += (moment->hz - run->hz) / (float)run->hops;
	run->level_db += (moment->level_db - run->level_db) / (float)run->hops;
	run->share += (moment->share - run->share) / (float)run->hops;
}

/* How far the three last runs are from a form of SIT: a distance of 1 is one
 * percent or 50 ms in each. */
static float sit_distance(const struct tones *tones, const struct sit *sit)
{
	float sum = 0;

	for (size_t i = 0; i < 3; i++) {
		const struct run *run = &tones->sitv[i];
		float hz = 100 * (run->hz - sit->hzv[i]) / sit->hzv[i];
		float hops = ((float)run->hops - sit->hopsv[i]) / 5;

		sum += hz * hz + hops * hops;
	}

	return sum;
}

static bool is_sit(const struct tones *tones)
{
	for (size_t i = 0; i < 3; i++) {
		const struct run *run = &tones->sitv[i];

		if (run->hz < sit_bandv[i][0] || run->hz > sit_bandv[i][1] ||
		    run->hops < SIT_HOPS_MIN || run->hops > SIT_HOPS_MAX)
			return false;
		if (i &&
		    run->begin > run[-1].begin + run[-1].hops + SIT_GAP_HOPS)
			return false;
	}

	return true;
}

static void sit_tell(struct tones *tones)
{
	const struct sit *best = &sitv[0];

	for (size_t i = 1; i < ARRAY_COUNT(sitv); i++) {
		if (sit_distance(tones, &sitv[i]) < sit_distance(tones, best))
			best = &sitv[i];
	}
	tell(tones, best->kind, NULL);
}

static bool is_near(float hz, float wanted)
{
	return fabsf(hz - wanted) <= 0.015F * wanted;
}

static void run_end(struct tones *tones)
{
	const struct run run = tones->run;

	memmove(&tones->sitv[0], &tones->sitv[1], 2 * sizeof(run));
	tones->sitv[2] = run;
	if (is_sit(tones)) {
		sit_tell(tones);
		return;
	}

	if (is_near(run.hz, 1100) && run.hops >= CNG_HOPS_MIN &&
	    run.hops <= CNG_HOPS_MAX)
		tell(tones, TONES_FAX_CALL, &run);
	else if (run.hops >= BEEP_HOPS && run.hz >= BEEP_LOW_HZ &&
	         run.hz <= BEEP_HIGH_HZ && run.share >= BEEP_SHARE)
		tell(tones, TONES_BEEP, &run);
}

static void run_watch(struct tones *tones)
{
	const struct run *run = &tones->run;

	if (tones->is_fax_told || run->hops < FAX_HOPS)
		return;
	if (!is_near(run->hz, 2100) && !is_near(run->hz, 2225))
		return;

	tones->is_fax_told = true;
	tell(tones, is_near(run->hz, 2100) ? TONES_FAX : TONES_MODEM, run);
}

/* moment: a run of one hop; without one nothing sounds steadily now. */
static void run_hear(struct tones *tones, const struct run *moment)
{
	if (tones->run.hops && moment->hops &&
	    is_same(&tones->run, moment->hz)) {
		run_add(&tones->run, moment, 1 + tones->misses);
		tones->misses = 0;
		tones->other.hops = 0;
		run_watch(tones);
		return;
	}

	if (moment->hops && tones->other.hops &&
	    is_same(&tones->other, moment->hz))
		run_add(&tones->other, moment, 1);
	else if (moment->hops)
		tones->other = *moment;

	if (tones->run.hops && ++tones->misses < MISSES_MAX)
		return;

	if (tones->run.hops)
		run_end(tones);
	tones->run = tones->other;
	tones->other.hops = 0;
	tones->misses = 0;
}

/* --- cadences ---------------------------------------------------------------
 */

static bool is_length(unsigned hops, uint16_t ms)
{
	float wanted = (float)ms / HOP_MS;

	return fabsf((float)hops - wanted) <= 3 + 0.1F * wanted;
}

/* A network's tones are all as loud; what shouts in a room is not. */
static bool is_even(const struct beat *beatv, size_t beatc)
{
	for (size_t i = 2; i < beatc; i += 2) {
		if (fabsf(beatv[i].level_db - beatv[0].level_db) > EVEN_DB)
			return false;
	}

	return true;
}

/* Whether the beats up to the newest whole one fit the pattern so often. */
static bool is_cadence(const struct tones *tones, const struct cadence *cadence)
{
	size_t elementc = 0, beatc;
	size_t first;

	while (elementc < ELEMENTS_MAX && cadence->msv[elementc])
		elementc++;
	beatc = elementc * cadence->times;

	/* The last pause of all need not end: the call may be over. */
	if (tones->beatc < beatc)
		return false;
	first = tones->beatc - beatc;
	for (size_t i = 0; i < beatc; i++) {
		const struct beat *beat = &tones->beatv[first + i];
		uint16_t ms = cadence->msv[i % elementc];

		if (beat->is_on != !(i % 2))
			return false;
		if (i + 1 == beatc) {
			if ((float)(beat->hops * HOP_MS) < 0.85F * ms - 30)
				return false;
		}
		else if (!is_length(beat->hops, ms)) {
			return false;
		}
	}

	return is_even(&tones->beatv[first], beatc);
}

static void cadence_watch(struct tones *tones)
{
	if (tones->is_cadence_told)
		return;

	for (size_t i = 0; i < tones->usedc; i++) {
		const struct cadence *cadence = tones->usedv[i];

		if (!is_cadence(tones, cadence))
			continue;

		tones->is_cadence_told = true;
		tell(tones, cadence->kind, NULL);
		return;
	}
}

static void beat_begin(struct tones *tones, bool is_on)
{
	if (tones->beatc == BEATS_MAX) {
		memmove(&tones->beatv[0], &tones->beatv[1],
		        (BEATS_MAX - 1) * sizeof(tones->beatv[0]));
		tones->beatc--;
	}
	tones->beatv[tones->beatc++] = (struct beat){.is_on = is_on};
}

static void cadence_hear(struct tones *tones, bool is_on, bool is_pause,
                         float level_db)
{
	struct beat *beat =
		tones->beatc ? &tones->beatv[tones->beatc - 1] : NULL;

	if (is_on && (!beat || !beat->is_on)) {
		beat_begin(tones, true);
		tones->is_cadence_told = false;
		tones->on_db = level_db;
	}
	else if (!is_on && is_pause && beat && beat->is_on) {
		beat_begin(tones, false);
	}
	if (!tones->beatc)
		return;

	/* What is neither goes to the beat under way: the edges of a tone and
	 * what was made up for a lost packet. */
	beat = &tones->beatv[tones->beatc - 1];
	beat->hops++;
	beat->level_db += (level_db - beat->level_db) / (float)beat->hops;
	if (!beat->is_on)
		cadence_watch(tones);
}

/* --- feeding ----------------------------------------------------------------
 */

static bool is_in_band(const struct peak *peak)
{
	return peak->hz >= BAND_LOW_HZ && peak->hz <= BAND_HIGH_HZ;
}

static void hop_hear(struct tones *tones, const int16_t pcm[PEAK_WINDOW])
{
	struct peaks peaks = {.data_share = 0};
	const struct peak *peakv = peaks.peakv;
	float moment_db, pair;
	bool is_loud, is_on, is_pause;
	struct run moment;

	/* Most of a call is silence, which costs nothing but this. */
	moment_db = level_db(pcm, PEAK_WINDOW);
	is_loud = moment_db >= LEVEL_MIN_DB;
	if (is_loud)
		peaks_find(&peaks, pcm);
	tones->hop++;
	if (peaks.data_share >= DATA_SHARE)
		tones->data_until = tones->hop + DATA_STAY_HOPS;

	moment = (struct run){
		.hz = peakv[0].hz,
		.level_db = moment_db,
		.share = peakv[0].share,
		.hops = is_loud && peakv[0].share >= TONE_SHARE,
		.begin = tones->hop,
	};
	run_hear(tones, &moment);

	pair = is_in_band(&peakv[0]) ? peakv[0].share : 0;
	if (pair > 0 && is_in_band(&peakv[1]))
		pair += peakv[1].share;
	is_on = is_loud && pair >= (peakv[0].share >= TONE_SHARE ? TONE_SHARE
	                                                         : PAIR_SHARE);
	is_pause = !is_loud || moment_db < tones->on_db - PAUSE_DB;
	cadence_hear(tones, is_on, is_pause, moment_db);
}

static void spandsp_tell(struct tones *tones)
{
	if (!tones->heard)
		return;

	if (!tones->is_fax_told)
		tell(tones,
		     tones->heard == MODEM_CONNECT_TONES_FAX_PREAMBLE
		             ? TONES_FAX
		             : TONES_MODEM,
		     NULL);
	tones->is_fax_told = true;
	tones->heard = 0;
}

/* Who answers with data does so at once, and lets nothing else sound. Its
 * beginning, which the spectrum takes to find it, is not missed: fax and
 * modems say the same for seconds. */
static void spandsp_hear(struct tones *tones, const int16_t *pcm, size_t n)
{
	if (tones->hop > DATA_HOPS || tones->hop >= tones->data_until)
		return;

	(void)modem_connect_tones_rx(tones->preamble, pcm, (int)n);
	(void)modem_connect_tones_rx(tones->answer, pcm, (int)n);
	spandsp_tell(tones);
}

size_t tones_feed(struct tones *tones, const int16_t *pcm, size_t n,
                  struct tones_event eventv[TONES_EVENTS_MAX])
{
	size_t used = 0;

	assert(n <= FEED_MAX);

	tones->eventv = eventv;
	tones->eventc = 0;
	memcpy(tones->queuev + tones->queued, pcm, n * sizeof(*pcm));
	tones->queued += n;
	while (tones->queued - used >= PEAK_WINDOW) {
		hop_hear(tones, tones->queuev + used);
		used += HOP;
	}
	tones->queued -= used;
	memmove(tones->queuev, tones->queuev + used,
	        tones->queued * sizeof(*pcm));

	spandsp_hear(tones, pcm, n);

	return tones->eventc;
}

bool tones_is_tone(const struct tones *tones)
{
	return tones->run.hops >= STEADY_HOPS;
}

/* --- making one -------------------------------------------------------------
 */

static void heard_handler(void *arg, int code, int level, int delay)
{
	struct tones *tones = arg;

	(void)level;
	(void)delay;

	switch (code) {
	case MODEM_CONNECT_TONES_FAX_PREAMBLE:
	case MODEM_CONNECT_TONES_ANS_PR:
	case MODEM_CONNECT_TONES_ANSAM:
	case MODEM_CONNECT_TONES_ANSAM_PR:
		tones->heard = code;
		break;

	default:
		break;
	}
}

static int countries_read(struct tones *tones, const char *names)
{
	while (*names) {
		const size_t len = strcspn(names, ", ");
		const size_t before = tones->usedc;

		for (size_t i = 0; len == 2 && i < ARRAY_COUNT(cadencev); i++) {
			if (!strncasecmp(cadencev[i].country, names, 2) &&
			    tones->usedc < ARRAY_COUNT(tones->usedv))
				tones->usedv[tones->usedc++] = &cadencev[i];
		}
		if (len && tones->usedc == before)
			return EINVAL;
		names += len;
		names += strspn(names, ", ");
	}

	return 0;
}

int tones_alloc(struct tones **tonesp, const char *countries)
{
	struct tones *tones;
	int err = 0;

	assert(tonesp && countries);

	tones = mem_zalloc(sizeof(*tones), destructor);
	if (!tones)
		return ENOMEM;

	tones->preamble = modem_connect_tones_rx_init(
		NULL, MODEM_CONNECT_TONES_FAX_PREAMBLE, heard_handler, tones);
	tones->answer = modem_connect_tones_rx_init(
		NULL, MODEM_CONNECT_TONES_ANS_PR, heard_handler, tones);
	if (!tones->preamble || !tones->answer)
		err = ENOMEM;

	for (size_t i = 0; !*countries && i < ARRAY_COUNT(cadencev); i++)
		tones->usedv[tones->usedc++] = &cadencev[i];
	if (!err)
		err = countries_read(tones, countries);

	if (err)
		mem_deref(tones);
	else
		*tonesp = tones;

	return err;
}

const char *tones_name(enum tones_kind kind)
{
	static const char *const namev[TONES_KINDS] = {
		[TONES_BEEP] = "beep",
		[TONES_SIT_INTERCEPT] = "SIT intercept",
		[TONES_SIT_VACANT] = "SIT vacant code",
		[TONES_SIT_REORDER] = "SIT reorder",
		[TONES_SIT_NO_CIRCUIT] = "SIT no circuit",
		[TONES_SIT_OTHER] = "SIT",
		[TONES_RINGING] = "ringing tone",
		[TONES_BUSY] = "busy tone",
		[TONES_CONGESTION] = "congestion tone",
		[TONES_FAX] = "fax answering",
		[TONES_FAX_CALL] = "fax calling",
		[TONES_MODEM] = "modem",
	};

	assert(kind < TONES_KINDS);

	return namev[kind];
}
