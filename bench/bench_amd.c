/*
 * bench/bench_amd.c - who answered: right how often, and known how soon
 *
 * A call is made of a voice and a sentence of the corpus as each line brings
 * it: G.711; noise at 20 dB; babble and a car at 15 dB; 1 % of the packets
 * lost. Humans wait, speak, and listen; machines speak on to their beep, or to
 * silence. We say something from the first moment, and a part of it comes
 * back as an echo. The parameters were tuned on other voices and sentences
 * (--tuning shows those). Beside it, on the same sound, the published state
 * machine of app_amd with its stock parameters, which knows humans and
 * machines only and counts "not sure" as human, as we do.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "base/resample.h"
#include "bench_amd_corpus.h"
#include "channel.h"
#include "media/who.h"
#include "rehearse/noise.h"
#include "speech/voice.h"

enum {
	RATE_HZ = WHO_RATE_HZ,
	CALL_MS = 24000,
	CALL_SAMPLES = CALL_MS * (RATE_HZ / 1000),
	TRIES = 3, /* of each sentence, voice and line: other times, other
	            * beeps */
	CALLS_MAX = 40000,
	NOISE_TIMES = 10, /* calls begin anywhere in it */
	VOICE_DB = -24,
	PROMPT_DB = -21,
	ECHO_DB = -45,
};

enum line {
	LINE_CLEAN,
	LINE_NOISE,
	LINE_BABBLE,
	LINE_CAR,
	LINE_LOSS,
	LINES,
};

static const char *const kind_namev[CORPUS_KINDS] = {"human", "machine", "fax",
                                                     "announcement"};

struct tally {
	unsigned countv[CORPUS_KINDS][WHO_CLASSES];
	unsigned peerv[CORPUS_KINDS][2]; /* human, machine */
	uint32_t msv[CALLS_MAX];
	size_t msc;
};

static int16_t in[CALL_SAMPLES], out[CALL_SAMPLES];
static int16_t noisev[NOISE_KINDS][(NOISE_TIMES + 1) * CALL_SAMPLES];
static struct tally tally;

/* --- the sound of a call ------------------------------------------------- */

static int speak(int16_t **pcmp, size_t *countp, const char *voice,
                 const char *lang, const char *text)
{
	const char *colon = strchr(voice, ':');
	struct voice_prm prm = {.text = text, .lang = lang, .name = colon + 1};
	const struct voice_ops *ops =
		voice[0] == 'f' ? &voice_flite : &voice_espeak;
	char fault[CFG_FAULT_SIZE] = "";
	int16_t *pcm = NULL;
	uint32_t rate_hz;
	size_t count;
	int err;

	err = ops->say(&pcm, &count, &rate_hz, &prm, fault);
	if (err) {
		fprintf(stderr, "%s: %s\n", voice, fault);
		return err;
	}
	err = resample_all(pcmp, countp, RATE_HZ, pcm, count, rate_hz);
	mem_deref(pcm);

	return err;
}

static void scale(int16_t *pcm, size_t n, double db)
{
	double gain = pow(10, (db - channel_level_db(pcm, n)) / 20);

	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)fmax(fmin(lrint(pcm[i] * gain), 32767),
		                       -32768);
}

static size_t at_ms(double ms)
{
	return (size_t)ms * (RATE_HZ / 1000);
}

static void mix(size_t at, const int16_t *pcm, size_t n, double gain)
{
	for (size_t i = 0; i < n && at + i < CALL_SAMPLES; i++)
		in[at + i] = (int16_t)fmax(
			fmin(in[at + i] + pcm[i] * gain, 32767), -32768);
}

static void tone_add(size_t at, double ms, double hz)
{
	size_t n = at_ms(ms);

	if (at < CALL_SAMPLES)
		channel_sine(in + at,
		             n < CALL_SAMPLES - at ? n : CALL_SAMPLES - at, hz,
		             VOICE_DB);
}

static void announce_tones(size_t at, bool has_words, uint32_t *seed)
{
	double factor = 0.99 + 0.02 * channel_draw(seed);

	if (has_words) {
		tone_add(at, 380, 985.2 * factor);
		tone_add(at + at_ms(380), 274, 1370.6 * factor);
		tone_add(at + at_ms(654), 380, 1776.7 * factor);
		return;
	}
	for (int i = 0; i < 10; i++)
		tone_add(at + at_ms(700.0 * i), 350, 450 * factor);
}

/* Where everything begins is drawn: people take their time. */
static void compose(const struct corpus_text *text, const int16_t *pcm,
                    size_t n, uint32_t *seed)
{
	size_t at = at_ms(150 + 1000 * channel_draw(seed));

	memset(in, 0, sizeof(in));
	switch (text->kind) {
	case CORPUS_HUMAN:
		mix(at, pcm, n, 1);
		/* Some answer what they hear later on. */
		if (channel_draw(seed) < 0.5)
			mix(at + n + at_ms(2500 + 2000 * channel_draw(seed)),
			    pcm, n, 1);
		break;

	case CORPUS_MACHINE:
		mix(at, pcm, n, 1);
		if (channel_draw(seed) < 0.9)
			tone_add(at + n + at_ms(200 + 800 * channel_draw(seed)),
			         120 + 500 * channel_draw(seed),
			         440 + 1560 * channel_draw(seed));
		break;

	case CORPUS_FAX:
		tone_add(at, 3000, 2100 * (0.99 + 0.02 * channel_draw(seed)));
		break;

	default:
		announce_tones(at, n > 0, seed);
		mix(at + at_ms(1200), pcm, n, 1);
		break;
	}
}

static void prompt_add(const int16_t *pcm, size_t n)
{
	memset(out, 0, sizeof(out));
	memcpy(out, pcm, (n < CALL_SAMPLES ? n : CALL_SAMPLES) * sizeof(*pcm));
	for (size_t i = at_ms(60); i < CALL_SAMPLES; i++)
		in[i] = (int16_t)(in[i] +
		                  out[i - at_ms(60)] *
		                          pow(10,
		                              (ECHO_DB - PROMPT_DB) / 20.0));
}

static void line_pass(enum line line, uint32_t *seed)
{
	struct channel_prm prm = {.has_g711 = true, .seed = *seed};
	size_t at = (size_t)(channel_draw(seed) * CALL_SAMPLES * NOISE_TIMES);

	switch (line) {
	case LINE_NOISE:
		prm.noise_db = VOICE_DB - 20;
		break;
	case LINE_BABBLE:
		mix(0, noisev[NOISE_BABBLE] + at, CALL_SAMPLES,
		    pow(10, (VOICE_DB - 15 - NOISE_LEVEL_DB) / 20.0));
		break;
	case LINE_CAR:
		mix(0, noisev[NOISE_CAR] + at, CALL_SAMPLES,
		    pow(10, (VOICE_DB - 15 - NOISE_LEVEL_DB) / 20.0));
		break;
	case LINE_LOSS:
		prm.loss = 0.01;
		break;
	default:
		break;
	}
	channel_pass(in, CALL_SAMPLES, &prm);
}

/* --- deciding ------------------------------------------------------------ */

static int judge(const struct corpus_text *text, const char *voice,
                 enum line line, bool is_loud)
{
	const struct who_features *f;
	struct amd peer;
	struct who *who;
	int err;

	err = who_alloc(&who, &who_defaults, false);
	if (err)
		return err;

	amd_init(&peer, &amd_defaults);
	for (size_t i = 0; i < CALL_SAMPLES; i += WHO_FRAME) {
		(void)who_feed(who, in + i, out + i);
		(void)amd_feed(&peer,
		               amd_is_voiced(in + i, WHO_FRAME,
		                             peer.prm.silence_threshold),
		               WHO_FRAME_MS);
	}
	f = who_features(who);
	tally.countv[text->kind][f->class]++;
	tally.peerv[text->kind][peer.verdict == AMD_MACHINE]++;
	if (tally.msc < CALLS_MAX)
		tally.msv[tally.msc++] = f->decide_ms;
	if (is_loud)
		printf("# %-12s %-9s %5u ms %-22s voice %4u words %u  line %d "
		       "%s \"%s\"\n",
		       kind_namev[text->kind], who_name(f->class), f->decide_ms,
		       f->cause, f->voice_ms, f->words, line, voice,
		       text->text);
	mem_deref(who);

	return 0;
}

static bool is_human(int class)
{
	return class == WHO_HUMAN || class == WHO_UNSURE;
}

static int calls_of(const struct corpus_text *text,
                    const struct corpus_voice *voice, const int16_t *prompt,
                    size_t promptc, bool is_loud)
{
	int16_t *pcm = NULL;
	size_t n = 0;
	uint32_t seed;
	int err = 0;

	if (*text->text)
		err = speak(&pcm, &n, voice->name, text->lang, text->text);
	if (err)
		return err;
	if (n)
		scale(pcm, n, VOICE_DB);

	for (int line = 0; line < LINES && !err; line++) {
		for (int i = 0; i < TRIES && !err; i++) {
			seed = (uint32_t)(1 + line * 7919 + i * 104729 +
			                  (text - corpus_textv) * 31 +
			                  (voice - corpus_voicev) * 1009);
			compose(text, pcm, n, &seed);
			prompt_add(prompt, promptc);
			line_pass((enum line)line, &seed);
			err = judge(text, voice->name, (enum line)line,
			            is_loud);
		}
	}
	mem_deref(pcm);

	return err;
}

static int run(bool is_test, bool is_loud)
{
	int16_t *prompt = NULL;
	size_t promptc = 0;
	int err;

	for (int kind = 0; kind < NOISE_KINDS; kind++)
		noise_fill((enum noise_kind)kind, noisev[kind],
		           (NOISE_TIMES + 1) * CALL_SAMPLES, 77);
	err = speak(&prompt, &promptc, "flite:slt", "en",
	            "Hello, this is the North Clinic. You have a visit "
	            "tomorrow at ten. Will you come?");
	if (err)
		return err;
	scale(prompt, promptc, PROMPT_DB);

	for (size_t i = 0; i < corpus_textc && !err; i++) {
		for (size_t k = 0; k < corpus_voicec && !err; k++) {
			const struct corpus_text *text = &corpus_textv[i];
			const struct corpus_voice *voice = &corpus_voicev[k];

			if (text->is_test == is_test &&
			    voice->is_test == is_test &&
			    !strcmp(text->lang, voice->lang))
				err = calls_of(text, voice, prompt, promptc,
				               is_loud);
		}
	}
	mem_deref(prompt);

	return err;
}

/* --- the figures --------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static unsigned row_total(enum corpus_kind kind)
{
	unsigned sum = 0;

	for (int class = 0; class < WHO_CLASSES; class ++)
		sum += tally.countv[kind][class];

	return sum;
}

static unsigned row_right(enum corpus_kind kind)
{
	const unsigned *countv = tally.countv[kind];

	switch (kind) {
	case CORPUS_HUMAN:
		return countv[WHO_HUMAN] + countv[WHO_UNSURE];
	case CORPUS_MACHINE:
		return countv[WHO_MACHINE];
	case CORPUS_FAX:
		return countv[WHO_FAX];
	default:
		return countv[WHO_ANNOUNCEMENT];
	}
}

static void matrix_print(void)
{
	printf("# %-14s", "truth \\ said");
	for (int class = 1; class < WHO_CLASSES; class ++)
		printf("%13s", who_name((enum who_class) class));
	printf("%13s%13s\n", "app_amd hum.", "app_amd mach.");
	for (int kind = 0; kind < CORPUS_KINDS; kind++) {
		printf("# %-14s", kind_namev[kind]);
		for (int class = 1; class < WHO_CLASSES; class ++)
			printf("%13u", tally.countv[kind][class]);
		printf("%13u%13u\n", tally.peerv[kind][0],
		       tally.peerv[kind][1]);
	}
}

static double pct(unsigned part, unsigned whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static void figures_print(void)
{
	const unsigned humans = row_total(CORPUS_HUMAN);
	const unsigned machines = row_total(CORPUS_MACHINE);
	unsigned right = 0, whole = 0, lost = 0;

	for (int kind = 0; kind < CORPUS_KINDS; kind++) {
		right += row_right((enum corpus_kind)kind);
		whole += row_total((enum corpus_kind)kind);
	}
	for (int class = 0; class < WHO_CLASSES; class ++)
		lost += is_human(class) ? 0 : tally.countv[CORPUS_HUMAN][class];

	qsort(tally.msv, tally.msc, sizeof(tally.msv[0]), by_size);
	printf("amd.calls %u calls\n", whole);
	printf("amd.right_pct %.2f pct\n", pct(right, whole));
	printf("amd.two_class_right_pct %.2f pct\n",
	       pct(row_right(CORPUS_HUMAN) + row_right(CORPUS_MACHINE),
	           humans + machines));
	printf("amd.peer_right_pct %.2f pct\n",
	       pct(tally.peerv[CORPUS_HUMAN][0] +
	                   tally.peerv[CORPUS_MACHINE][1],
	           humans + machines));
	printf("amd.human_called_machine_pct %.2f pct\n", pct(lost, humans));
	printf("amd.peer_human_called_machine_pct %.2f pct\n",
	       pct(tally.peerv[CORPUS_HUMAN][1], humans));
	printf("amd.decide_ms_p50 %u ms\n", tally.msv[tally.msc / 2]);
	printf("amd.decide_ms_p95 %u ms\n", tally.msv[tally.msc * 95 / 100]);
}

int main(int argc, char *argv[])
{
	bool is_test = true, is_loud = false;

	for (int i = 1; i < argc; i++) {
		is_test = is_test && strcmp(argv[i], "--tuning") != 0;
		is_loud = is_loud || !strcmp(argv[i], "--each");
	}
	if (run(is_test, is_loud))
		return 1;
	matrix_print();
	figures_print();

	return 0;
}
