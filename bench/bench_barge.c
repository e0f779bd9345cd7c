/*
 * bench/bench_barge.c - what interrupts a prompt, and what should
 *
 * Voices talk over prompts, or nobody does, in a quiet room, in babble (eight
 * other voices), in a crowd made by rule, in a car, and behind a handset that
 * gives our prompt back; noise is 15 dB below the talker, the echo 20 dB below
 * the prompt and 60 ms late. All of it goes through the band and the steps of a
 * telephone line, then frame by frame through voice activity and endpoint as
 * they are in a call. A prompt that is interrupted where nobody spoke is false;
 * talk that does not interrupt before it is over is missed. The peer, in the
 * same run, is what most robots have: level over a floor + 10 dB.
 *
 * Voices, words, noise and car of the figures are others than those that the
 * settings were chosen on.
 *
 * bench_barge           the figures
 * bench_barge --tune    of the half that settings may be chosen on
 * bench_barge --rooms   one line per room and detector
 */
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include "base/mem.h"
#include "bench_barge_sounds.h"
#include "media/denoise.h"
#include "media/endpoint.h"
#include "media/level.h"
#include "media/vad.h"

enum {
	TRIALS = 300, /* of each room, with talk and without */
	FRAME = SOUND_FRAME,
	LEAD_MS = 300, /* from the answer to the prompt */
	ECHO_MS = 60,
	LATE_MS = 200, /* behind the talk it is not missed yet */
	MIN_ACTIVE_MS = 120,
	END_SILENCE_MS = 800,
	TRIAL_MAX = 20 * RIG_LINE_HZ,
	LATENCIES_MAX = 8192,
	DIR_SIZE = 4096,
};

static const double QUIET_DB = -65, ECHO_LOSS_DB = 20;

/* The limits that the figures are printed beside. */
static const double FALSE_PCT_MAX = 1.0;

enum room {
	ROOM_QUIET,
	ROOM_BABBLE,
	ROOM_CROWD,
	ROOM_CAR,
	ROOM_ECHO,
	ROOM_ECHO_BABBLE,
	ROOMS,
};

static const char *const room_namev[] = {"quiet", "babble", "crowd",
                                         "car",   "echo",   "echo_babble"};

/* HISTORY is what is recommended, and what a script gets that says nothing. */
enum {
	HISTORY,
	DENOISED,
	PLAIN,
	DETECTORS,
};

struct tally {
	unsigned prompts, falses;
	unsigned talks, misses;
	unsigned latencyv[LATENCIES_MAX]; /* ms from the onset */
	size_t latencyc;
	double cpu_s, audio_s;
};

/* --- detectors ------------------------------------------------------------ */

/* What most robots have. */
struct plain {
	float floor_db;
	bool is_begun;
};

struct detector {
	const char *name;
	float filter; /* vad_filter; < 0: the plain one */
	struct vad vad;
	struct plain plain;
	struct endpoint endpoint;
	struct denoise *denoise;
	struct tally roomv[ROOMS];
};

static bool plain_feed(struct plain *plain, float in_db)
{
	float gap = in_db - plain->floor_db;

	if (!plain->is_begun) {
		plain->is_begun = true;
		plain->floor_db = in_db;
		return false;
	}
	plain->floor_db += gap < 0    ? 0.5F * gap
	                   : gap > 10 ? 0.02F
	                              : 0.05F * gap;

	return gap > 10;
}

static int detector_begin(struct detector *d)
{
	const struct endpoint_prm endpoint = {
		.min_active_ms = MIN_ACTIVE_MS,
		.end_silence_ms = END_SILENCE_MS,
	};

	endpoint_init(&d->endpoint, &endpoint);
	d->plain = (struct plain){0};
	vad_init(&d->vad, &(struct vad_prm){.margin_db = 8, .echo_db = 20});
	if (d->filter >= 0)
		vad_filter_set(&d->vad, d->filter);
	d->denoise = mem_deref(d->denoise);

	return d->filter >= DENOISE_FILTER ? denoise_alloc(&d->denoise) : 0;
}

static bool detector_feed(struct detector *d, const int16_t *in,
                          float played_db)
{
	float in_db = level_db(in, FRAME), clean_db = in_db;
	bool is_voiced;

	if (d->denoise)
		clean_db = denoise_level_db(d->denoise, in, FRAME, in_db,
		                            vad_limit_db(&d->vad));
	is_voiced = d->filter < 0 ? plain_feed(&d->plain, in_db)
	                          : vad_feed_clean(&d->vad, in_db, clean_db,
	                                           played_db);

	return endpoint_feed(&d->endpoint, is_voiced) == ENDPOINT_START;
}

/* --- a trial -------------------------------------------------------------- */

struct bench {
	struct rig rig;
	struct sounds sounds;
	struct detector detectorv[DETECTORS];

	int16_t in[TRIAL_MAX], out[TRIAL_MAX];
	size_t n;
};

static void add_noise(struct bench *b, const struct sound *noise, double gain)
{
	size_t at = sounds_draw((uint32_t)noise->n);

	for (size_t i = 0; i < b->n; i++) {
		b->in[i] = sounds_clip(b->in[i] + gain * noise->pcm[at]);
		if (++at == noise->n)
			at = 0;
	}
}

/* What we send and what we hear; talk begins at talk_at. */
static int trial_make(struct bench *b, enum room room,
                      const struct sound *prompt, const struct sound *talk,
                      size_t talk_at)
{
	const size_t lead = LEAD_MS * RIG_LINE_HZ / 1000;
	const size_t late = ECHO_MS * RIG_LINE_HZ / 1000;
	const double hiss = 32768 * sounds_gain(QUIET_DB);
	bool has_echo = room == ROOM_ECHO || room == ROOM_ECHO_BABBLE;

	b->n = (lead + prompt->n + RIG_LINE_HZ) / FRAME * FRAME;
	memset(b->in, 0, sizeof(b->in));
	memset(b->out, 0, sizeof(b->out));
	memcpy(b->out + lead, prompt->pcm, prompt->n * sizeof(*b->out));

	for (size_t i = 0; has_echo && i + late < b->n; i++)
		b->in[i + late] =
			sounds_clip(b->out[i] * sounds_gain(-ECHO_LOSS_DB));
	for (size_t i = 0; talk && i < talk->n; i++)
		b->in[talk_at + i] =
			sounds_clip(b->in[talk_at + i] + talk->pcm[i]);
	if (room == ROOM_BABBLE || room == ROOM_ECHO_BABBLE)
		add_noise(b, &b->sounds.babble, 1);
	if (room == ROOM_CROWD)
		add_noise(b, &b->sounds.crowd, 1);
	if (room == ROOM_CAR)
		add_noise(b, &b->sounds.car, 1);
	for (size_t i = 0; i < b->n; i++)
		b->in[i] = sounds_clip(
			b->in[i] + hiss * (sounds_draw(2000) - 1000.0) / 1000);

	return rig_telephone(b->in, b->n);
}

static double cpu_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The sample at whose frame the prompt would be cut; 0: never. */
static size_t trial_run(struct bench *b, struct detector *d, size_t until,
                        struct tally *tally)
{
	double from_s = cpu_now();
	float played_db = LEVEL_SILENCE_DB;
	size_t cut = 0;

	if (detector_begin(d))
		return 0;
	for (size_t i = 0; i + FRAME <= until && !cut; i += FRAME) {
		if (detector_feed(d, b->in + i, played_db))
			cut = i + FRAME;
		played_db = level_db(b->out + i, FRAME);
		tally->audio_s += (double)FRAME / RIG_LINE_HZ;
	}
	tally->cpu_s += cpu_now() - from_s;

	return cut;
}

static void talk_count(struct tally *tally, size_t cut, size_t talk_at,
                       const struct sound *talk)
{
	size_t onset = talk_at + talk->onset;

	/* One that was interrupted before is counted where nobody talks. */
	if (cut && cut < onset)
		return;

	tally->talks++;
	if (!cut)
		tally->misses++;
	else if (tally->latencyc < LATENCIES_MAX)
		tally->latencyv[tally->latencyc++] =
			(unsigned)((cut - onset) * 1000 / RIG_LINE_HZ);
}

static int room_run(struct bench *b, enum room room)
{
	int err = 0;

	for (size_t i = 0; i < TRIALS && !err; i++) {
		const struct sound *prompt =
			&b->sounds.promptv[i % b->sounds.promptc];
		const struct sound *talk =
			&b->sounds.talkv[i % b->sounds.talkc];
		size_t talk_at = RIG_LINE_HZ + sounds_draw(2 * RIG_LINE_HZ);
		size_t talk_end =
			talk_at + talk->n + LATE_MS * RIG_LINE_HZ / 1000;

		err = trial_make(b, room, prompt, NULL, 0);
		for (size_t k = 0; k < ARRAY_COUNT(b->detectorv) && !err; k++) {
			struct tally *tally = &b->detectorv[k].roomv[room];

			tally->prompts++;
			tally->falses +=
				trial_run(b, &b->detectorv[k],
			                  LEAD_MS * RIG_LINE_HZ / 1000 +
			                          prompt->n,
			                  tally) != 0;
		}
		if (!err)
			err = trial_make(b, room, prompt, talk, talk_at);
		for (size_t k = 0; k < ARRAY_COUNT(b->detectorv) && !err; k++) {
			struct tally *tally = &b->detectorv[k].roomv[room];

			talk_count(tally,
			           trial_run(b, &b->detectorv[k],
			                     talk_end < b->n ? talk_end : b->n,
			                     tally),
			           talk_at, talk);
		}
	}

	return err;
}

/* --- figures -------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	const unsigned *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double p95_ms(struct tally *tally)
{
	if (!tally->latencyc)
		return 0;

	qsort(tally->latencyv, tally->latencyc, sizeof(*tally->latencyv),
	      by_value);

	return tally->latencyv[tally->latencyc * 95 / 100];
}

static double pct(unsigned part, unsigned all)
{
	return all ? 100.0 * part / all : 0;
}

static void tally_add(struct tally *sum, const struct tally *tally)
{
	sum->prompts += tally->prompts;
	sum->falses += tally->falses;
	sum->talks += tally->talks;
	sum->misses += tally->misses;
	sum->cpu_s += tally->cpu_s;
	sum->audio_s += tally->audio_s;
	for (size_t i = 0; i < tally->latencyc; i++) {
		if (sum->latencyc < LATENCIES_MAX)
			sum->latencyv[sum->latencyc++] = tally->latencyv[i];
	}
}

static void rooms_print(struct detector *d)
{
	for (size_t i = 0; i < ROOMS; i++) {
		struct tally *tally = &d->roomv[i];

		printf("%-8s %-12s false %5.1f %%  missed %5.1f %%  p95 %4.0f "
		       "ms  %.3f %% of a core\n",
		       d->name, room_namev[i],
		       pct(tally->falses, tally->prompts),
		       pct(tally->misses, tally->talks), p95_ms(tally),
		       100 * tally->cpu_s / tally->audio_s);
	}
}

/* The rooms of the figure. The crowd, whose single syllables stand out by far
 * more than those of people, goes beside it, as the quiet rooms do. */
static struct tally *noisy(struct detector *d)
{
	static struct tally sum;

	memset(&sum, 0, sizeof(sum));
	tally_add(&sum, &d->roomv[ROOM_BABBLE]);
	tally_add(&sum, &d->roomv[ROOM_CAR]);

	return &sum;
}

static void figure_print(const char *name, const char *of, double value)
{
	printf("barge.%s%s%s %.2f %%\n", name, *of ? "." : "", of, value);
}

static void detector_print(struct detector *d, const char *of)
{
	struct tally *tally = noisy(d);
	const struct tally *echo = &d->roomv[ROOM_ECHO];
	const struct tally *crowd = &d->roomv[ROOM_CROWD];

	figure_print("false_pct", of, pct(tally->falses, tally->prompts));
	figure_print("missed_pct", of, pct(tally->misses, tally->talks));
	figure_print("crowd_false_pct", of, pct(crowd->falses, crowd->prompts));
	figure_print("echo_false_pct", of, pct(echo->falses, echo->prompts));
	figure_print("echo_missed_pct", of, pct(echo->misses, echo->talks));
	figure_print("core_pct", of, 100 * tally->cpu_s / tally->audio_s);
}

static int figures_print(struct bench *b)
{
	struct detector *best = &b->detectorv[HISTORY];
	const struct tally *tally;

	detector_print(best, "");
	printf("barge.quiet_p95_ms %.0f ms\n",
	       p95_ms(&best->roomv[ROOM_QUIET]));
	figure_print("false_pct", "limit", FALSE_PCT_MAX);
	detector_print(&b->detectorv[DENOISED], "denoised");
	detector_print(&b->detectorv[PLAIN], "plain");
	tally = noisy(best);

	return pct(tally->falses, tally->prompts) <= FALSE_PCT_MAX ? 0 : 1;
}

/* --- the whole ------------------------------------------------------------ */

static int bench_run(struct bench *b, const char *program, bool is_tuning)
{
	char dir[DIR_SIZE];
	int err;

	/* What the voices said stays beside the program for the next run. */
	(void)snprintf(dir, sizeof(dir), "%s.sounds", program);

	static const struct detector detectorv[DETECTORS] = {
		[HISTORY] = {.name = "0.2", .filter = 0.2F},
		[DENOISED] = {.name = "0.8", .filter = 0.8F},
		[PLAIN] = {.name = "plain", .filter = -1},
	};
	memcpy(b->detectorv, detectorv, sizeof(detectorv));

	err = rig_open(&b->rig);
	if (!err)
		err = voices_alloc(&b->rig.voices, b->rig.cfg, dir, b->rig.pool,
		                   NULL, b->rig.fault);
	if (!err)
		err = sounds_make(&b->sounds, &b->rig, is_tuning);
	for (size_t i = 0; i < ROOMS && !err; i++)
		err = room_run(b, (enum room)i);

	return err;
}

static void bench_close(struct bench *b)
{
	sounds_free(&b->sounds);
	for (size_t k = 0; k < ARRAY_COUNT(b->detectorv); k++)
		mem_deref(b->detectorv[k].denoise);
	rig_close(&b->rig);
}

static bool has_option(int argc, char *argv[], const char *name)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], name))
			return true;
	}

	return false;
}

int main(int argc, char *argv[])
{
	static struct bench bench;
	bool with_rooms = has_option(argc, argv, "--rooms");
	int err;

	err = bench_run(&bench, argv[0], has_option(argc, argv, "--tune"));
	for (size_t k = 0; k < DETECTORS && with_rooms; k++)
		rooms_print(&bench.detectorv[k]);
	if (err)
		fprintf(stderr, "bench_barge: %s\n", strerror(err));
	else
		err = figures_print(&bench);
	bench_close(&bench);

	return err ? 1 : 0;
}
