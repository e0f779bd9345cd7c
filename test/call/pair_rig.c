/*
 * test/call/pair_rig.c - an operator and a client, each with a telephone
 */
#include <sndfile.h>
#include "base/loop.h"
#include "harness.h"
#include "pair_rig.h"
#include "pitch.h"

static const double hzv[WHO_COUNT] = {523, 1171, 425};
static const double LOUD = 500; /* mean square of a sample */

/* --- people ----------------------------------------------------------------
 */

static void folk_tick(struct phone_tick *tick, void *arg)
{
	struct folk *folk = arg;
	double sum = 0;

	for (size_t i = 0; i < tick->n; i++, folk->said++)
		tick->out[i] =
			(int16_t)(6000 *
		                  sin(2 * 3.14159265358979 * hzv[folk->who] *
		                      (double)folk->said / tick->rate_hz));
	for (size_t i = 0; tick->in && i < tick->n; i++)
		sum += (double)tick->in[i] * tick->in[i];
	if (sum < LOUD * (double)tick->n)
		return;
	folk->loud++;
	for (size_t who = 0; who < WHO_COUNT; who++)
		folk->heardv[who] += pitch_share(tick->in, tick->n, hzv[who],
		                                 tick->rate_hz) > 0.3;
}

static void folk_answered(void *arg)
{
	(void)arg;
}

static void folk_key(char key, uint32_t duration_ms, void *arg)
{
	struct folk *folk = arg;

	(void)duration_ms;
	if (folk->keyc < sizeof(folk->keys) - 1)
		folk->keys[folk->keyc++] = key;
}

static void folk_ended(const struct phone_end *end, void *arg)
{
	struct folk *folk = arg;

	(void)end;
	folk->leg = mem_deref(folk->leg);
	folk->ended++;
}

/* While it rings nothing tells that the caller gave up. */
static void look_timer(void *arg)
{
	struct folk *folk = arg;

	if (folk->leg && phone_leg_ring(folk->leg, false, NULL)) {
		folk->is_cancelled = true;
		folk->leg = mem_deref(folk->leg);
		folk->ended++;
		return;
	}
	tmr_start(&folk->tmr, 20, look_timer, folk);
}

void folk_answer(struct folk *folk)
{
	const struct phone_audio audio = {folk_tick, NULL, folk};
	const struct phone_leg_sink sink = {
		.answered = folk_answered,
		.key = folk_key,
		.ended = folk_ended,
		.arg = folk,
	};

	if (phone_leg_answer(folk->leg, &audio, &sink))
		folk->leg = mem_deref(folk->leg);
}

static void folk_called(struct folk *folk, struct phone_leg *leg)
{
	const struct phone_audio audio = {folk_tick, NULL, folk};

	folk->called++;
	folk->rows = rig_number("select count(*) from calls where outcome = "
	                        "'in_doubt' and end_ms = 0");
	if (folk->habit.refuse_code) {
		(void)phone_leg_refuse(leg, folk->habit.refuse_code, "No", 0);
		mem_deref(leg);
		return;
	}

	folk->leg = leg;
	(void)phone_leg_ring(leg, folk->habit.has_early, &audio);
	if (folk->habit.is_ringing)
		tmr_start(&folk->tmr, 20, look_timer, folk);
	else
		folk_answer(folk);
}

static void incoming(struct phone_leg *leg, struct phone_line *line,
                     const char *from, const char *to, void *arg)
{
	struct pair_rig *prig = arg;

	(void)line;
	(void)from;
	folk_called(&prig->folkv[strcmp(to, "101") ? WHO_CLIENT : WHO_OPERATOR],
	            leg);
}

/* --- the call ----------------------------------------------------------------
 */

static void moment(enum call_pair_moment at, void *arg)
{
	struct pair_rig *prig = arg;

	prig->momentv[at]++;
	if (prig->hangup_at == (int)at)
		call_pair_hangup(prig->pair);
}

static void missed(const struct phone_end *end, void *arg)
{
	struct pair_rig *prig = arg;

	prig->missed++;
	prig->missed_outcome = end->outcome;
	if (prig->hangup_at == PAIR_MISSED)
		call_pair_hangup(prig->pair);
}

static void ended(const struct call_pair_result *result, void *arg)
{
	struct pair_rig *prig = arg;

	prig->err = result->err;
	prig->first = result->first->outcome;
	prig->has_second = result->second != NULL;
	if (result->second)
		prig->second = result->second->outcome;
	prig->talk_ms = result->talk_ms;
	(void)snprintf(prig->recording, sizeof(prig->recording), "%s",
	               result->recording);
	prig->pair = NULL;
	prig->ended++;
}

static int line_add(struct pair_rig *prig, size_t i, const char *codecs)
{
	int err;

	err = rig_line(&prig->rig, i ? "client" : "operator", codecs);
	prig->linev[i] = prig->rig.line;

	return err;
}

int pair_rig_open(struct pair_rig *prig, const char *first_codecs,
                  const char *second_codecs)
{
	int err;

	memset(prig, 0, sizeof(*prig));
	prig->hangup_at = -1;
	for (unsigned i = 0; i < 2; i++) {
		prig->folkv[i].who = i;
		tmr_init(&prig->folkv[i].tmr);
	}
	err = rig_open(&prig->rig, NULL);
	prig->rig.incoming = incoming;
	if (!err)
		err = line_add(prig, 0, first_codecs);
	if (!err)
		err = line_add(prig, 1, second_codecs);

	return err;
}

int pair_rig_place(struct pair_rig *prig, uint32_t ring_ms)
{
	const struct call_pair_prm prm = {
		.first = {prig->linev[0], "101", NULL, ring_ms},
		.second = {prig->linev[1], "+15550101", NULL, ring_ms},
		.language = "en",
		.ring_sound = "tone_stream://%(400,100,425)",
		.busy_sound = prig->busy_sound
	                              ? prig->busy_sound
	                              : "tone_stream://%(200,200,425);loops=3",
		.missed_sound = "tone_stream://%(600,0,425)",
	};
	const struct call_pair_sink sink = {moment, missed, ended, prig};

	return call_pair_place(&prig->pair, prig->rig.calls, &prm, &sink);
}

void pair_rig_close(struct pair_rig *prig)
{
	for (size_t i = 0; i < 2; i++) {
		tmr_cancel(&prig->folkv[i].tmr);
		prig->folkv[i].leg = mem_deref(prig->folkv[i].leg);
	}
	if (prig->pair)
		(void)rig_until(&prig->ended, 1);
	rig_close(&prig->rig);
}

static void stop_timer(void *arg)
{
	(void)arg;
	loop_stop();
}

int folk_heard(struct folk *folk, unsigned who)
{
	const unsigned n = folk->heardv[who] + ENOUGH;
	int err = ETIMEDOUT;

	for (unsigned i = 0; i < 200 && err; i++) {
		struct tmr tmr;

		tmr_init(&tmr);
		tmr_start(&tmr, 50, stop_timer, NULL);
		(void)loop_run();
		tmr_cancel(&tmr);
		err = folk->heardv[who] >= n ? 0 : ETIMEDOUT;
	}

	return err;
}

double pair_rig_track_share(const char *path, int track, unsigned who)
{
	static int16_t bothv[2 * 160000], onev[160000];
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	sf_count_t n, skip;

	if (!file)
		return 0;
	n = sf_readf_short(file, bothv, ARRAY_COUNT(onev));
	(void)sf_close(file);
	skip = n / 4;
	for (sf_count_t i = skip; i < n; i++)
		onev[i - skip] = bothv[2 * i + track];

	return info.channels == 2 && n > skip
	               ? pitch_share(onev, (size_t)(n - skip), hzv[who],
	                             info.samplerate)
	               : 0;
}

int pair_rig_outcome(char outcome[32])
{
	return rig_text(outcome, 32,
	                "select outcome from calls order by start_ms desc "
	                "limit 1");
}
