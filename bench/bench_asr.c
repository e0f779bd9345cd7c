/*
 * bench/bench_asr.c - how well the local recogniser hears over a telephone
 *
 * Voices speak answers, answers among other words, and strange sentences;
 * each goes through the band and the steps of a telephone line and through
 * the recogniser's own door, guided by all answers of a script. Voices and
 * strange sentences for tuning and for the test are different ones.
 *
 * bench_asr                 prints the figures of the test half: of each
 *                           question, of each voice, and of the answers to
 *                           the largest questions under noise
 * bench_asr --tune RULE…    one line per rule "garbage,around" on the
 *                           tuning half
 * bench_asr --list          also prints what was misheard
 * bench_asr --lang ru       only what is said in that language
 * bench_asr --noise white,15   all of it under noise ("white", "babble"), in
 *                           dB below
 * bench_asr --set sphinx.score_min_other=75   another configuration
 * bench_asr --wide          at 16 kHz through G.722 instead
 * bench_asr --evidence      what speech/judge.c measured of each accepted
 *                           phrase of the tuning half (tools/fit_judge.py)
 */
#include <assert.h>
#include <math.h>
#include <sphinxbase/err.h>
#include <stdlib.h>
#include <time.h>
#include "base/mem.h"
#include "bench_asr_corpus.h"
#include "bench_asr_noise.h"
#include "bench_asr_question.h"
#include "bench_asr_report.h"
#include "rig.h"
#include "speech/decoder.h"
#include "speech/judge.h"
#include "speech/letters.h"

enum {
	QUESTIONS_MAX = 16,
	ITEMS_MAX = 8000,
	AT_ONCE = 6,
	TEXT_SIZE = 256,
	DIR_SIZE = 4096,
	NAME_SIZE = 64,
	PAUSE_MS = 300, /* the line before and behind the speech */
	WAIT_MS = 150,  /* of it, after which the phrase is over */
	WIDE_HZ = 16000,
};

enum mode {
	MEASURE,
	TUNE,
	EVIDENCE,
};

/* One thing said by one voice. */
struct item {
	const struct question *question;
	enum said_kind kind;
	int answer;
	const char *voice;
	const char *text;
	int16_t *pcm;
	size_t count;

	struct asr_stream *stream;
	char heard[TEXT_SIZE];
	unsigned score;
	unsigned *donep;
};

struct bench {
	struct rig rig;
	struct noise noise;
	uint32_t line_hz;
	double garbage;
	bool is_test;        /* --evidence of the test half */
	const char *lang;    /* only questions of it; NULL: all */
	struct decoder *dec; /* --evidence: the recogniser without its door */
	struct item itemv[ITEMS_MAX];
	size_t itemc;
	struct question questionv[QUESTIONS_MAX];
	size_t questionc;
	double speech_s;
	const char *setting; /* "sphinx.score_min=90", or NULL */
	bool is_list;
	bool is_brief; /* only answers to the largest questions */
};

static int say(struct bench *bench, const struct item *what)
{
	struct item *item = &bench->itemv[bench->itemc];
	struct voice_sound *sound = NULL;
	size_t pause = (size_t)bench->line_hz * PAUSE_MS / 1000;
	int16_t *pcm;
	size_t count;
	int err;

	if (bench->itemc == ITEMS_MAX)
		return ENOBUFS;

	err = rig_say(&sound, &bench->rig, what->voice, what->text);
	if (err)
		return err;
	if (!sound) {
		fprintf(stderr, "%s: %s\n", what->voice, bench->rig.fault);
		return ENOENT;
	}

	/* The sound is shared: another question may be answered with it. */
	count = sound->count + 2 * pause;
	pcm = mem_zalloc(count * sizeof(*pcm), NULL);
	if (!pcm) {
		mem_deref(sound);
		return ENOMEM;
	}
	memcpy(pcm + pause, sound->pcm, sound->count * sizeof(*pcm));
	mem_deref(sound);

	bench->speech_s += (double)count / bench->line_hz;
	*item = *what;
	item->pcm = pcm;
	item->count = count;
	bench->itemc++;
	err = noise_put(&bench->noise, &bench->rig, pcm, count);
	if (err)
		return err;

	return bench->line_hz == RIG_LINE_HZ ? rig_telephone(pcm, count)
	                                     : noise_g722(pcm, count);
}

/* Everything that is said to one question by one voice. */
static int say_all(struct bench *bench, const struct question *q,
                   const char *voice, bool is_test)
{
	const struct corpus_question *from = q->from;
	struct item item = {.question = q, .voice = voice};
	int err = 0;

	item.kind = SAID_EXACT;
	for (size_t i = 0; i < q->hintc && !err; i++) {
		item.text = q->hintv[i];
		item.answer = q->meaningv[i];
		err = say(bench, &item);
	}
	item.kind = SAID_AROUND;
	for (size_t i = 0; i < from->aroundc && !err && !bench->is_brief; i++) {
		item.text = from->aroundv[i].text;
		item.answer = from->aroundv[i].answer;
		err = say(bench, &item);
	}
	item.kind = SAID_STRANGE;
	item.answer = CORPUS_NONE;
	for (size_t i = 0; from->strangev[i] && !err; i++) {
		if (i % 2 != is_test)
			continue;
		item.text = from->strangev[i];
		err = say(bench, &item);
	}

	return err;
}

static void add_question(struct bench *bench,
                         const struct corpus_question *from)
{
	if (bench->lang && strcmp(bench->lang, from->lang))
		return;
	assert(bench->questionc < QUESTIONS_MAX);
	question_read(&bench->questionv[bench->questionc++], from);
}

static void phrase_handler(const struct asr_phrase *phrase, void *arg)
{
	struct item *item = arg;

	(void)snprintf(item->heard, sizeof(item->heard), "%s", phrase->text);
	item->score = phrase->score;
}

static void closed_handler(int err, void *arg)
{
	struct item *item = arg;

	(void)err;
	++*item->donep;
}

static int hear(struct bench *bench, struct item *item, unsigned *donep)
{
	const struct asr_prm prm = {
		.lang = item->question->from->lang,
		.hintv = item->question->hintv,
		.hintc = item->question->hintc,
		.is_closed = true,
		.rate_hz = bench->line_hz,
		.params = "",
	};
	const struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = item,
	};
	const size_t wait = (size_t)RIG_LINE_HZ * WAIT_MS / 1000;
	int err;

	item->heard[0] = '\0';
	item->donep = donep;
	err = asr_open(&item->stream, bench->rig.asr, &prm, &sink);
	if (err)
		return err;
	/* As in a call: the end is sure only a while after it. */
	err = asr_feed(bench->rig.asr, item->stream, item->pcm,
	               item->count - wait);
	asr_pause(item->stream);
	if (!err)
		err = asr_feed(bench->rig.asr, item->stream,
		               item->pcm + item->count - wait, wait);
	if (err)
		return err;

	return asr_finish(bench->rig.asr, item->stream, 0);
}

static int hear_all(struct bench *bench)
{
	int err = 0;

	for (size_t at = 0; at < bench->itemc && !err; at += AT_ONCE) {
		unsigned started = 0, done = 0;

		for (size_t i = at; i < bench->itemc && i < at + AT_ONCE; i++) {
			err = hear(bench, &bench->itemv[i], &done);
			if (err)
				break;
			started++;
		}
		if (!rig_wait(&bench->rig, &done, started))
			err = ETIMEDOUT;
		for (size_t i = at; i < at + started; i++)
			bench->itemv[i].stream =
				mem_deref(bench->itemv[i].stream);
	}

	return err;
}

/* Of a question, or of a voice; NULL: of all. */
static void tally_all(struct tally tallyv[SAID_KINDS],
                      const struct bench *bench, const struct question *q,
                      const char *voice)
{
	memset(tallyv, 0, SAID_KINDS * sizeof(*tallyv));
	for (size_t i = 0; i < bench->itemc; i++) {
		const struct item *item = &bench->itemv[i];
		struct tally *tally = &tallyv[item->kind];
		int meaning = question_meaning(item->question, item->heard);

		if ((q && item->question != q) ||
		    (voice && strcmp(item->voice, voice)))
			continue;
		tally->all++;
		if (!item->heard[0])
			tally->rejected++;
		else if (meaning == item->answer)
			tally->right++;
		else
			tally->wrong++;

		if (bench->is_list && q && meaning != item->answer)
			fprintf(stderr, "%-8s %-22s \"%s\" heard \"%s\" %u\n",
			        q->from->name, item->voice, item->text,
			        item->heard, item->score);
	}
}

static int print_one_evidence(struct bench *bench, const struct item *item)
{
	const struct question *q = item->question;
	struct asked asked;
	struct decoder_heard heard;
	int err;

	err = asked_make(&asked, &(struct asr_prm){.lang = q->from->lang,
	                                           .hintv = q->hintv,
	                                           .hintc = q->hintc});
	if (!err)
		err = decoder_run(bench->dec, &heard, &asked,
		                  &(struct decoder_sound){
					  .pcm = item->pcm,
					  .count = item->count,
					  .rate_hz = bench->line_hz,
				  });
	asked_clear(&asked);
	if (err)
		return err;

	printf("%d %u %s %d %s %s",
	       question_meaning(q, heard.text) == item->answer,
	       heard.evidence.phones, q->from->lang, item->kind, q->from->name,
	       item->voice);
	for (size_t i = 0; i < JUDGE_FIGURES; i++)
		printf(" %.4f", heard.evidence.figurev[i]);
	printf("\n");

	return 0;
}

/* What the judge measured of every phrase that the search found. */
static int print_evidence(struct bench *bench)
{
	struct decoder_prm prm = {
		.rule = {.garbage = bench->garbage, .around = 3e-6},
		.grammars_max = QUESTIONS_MAX,
	};
	int err;

	(void)snprintf(prm.model, sizeof(prm.model), "%s",
	               cfg_text(bench->rig.cfg, "sphinx", "model"));
	(void)snprintf(prm.dictionary, sizeof(prm.dictionary), "%s",
	               cfg_text(bench->rig.cfg, "sphinx", "dictionary"));
	(void)err_set_logfp(NULL);
	letters_init();
	err = decoder_alloc(&bench->dec, &prm);
	for (size_t i = 0; i < bench->itemc && !err; i++)
		err = print_one_evidence(bench, &bench->itemv[i]);

	return err;
}

static double cpu_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);

	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* "key=value" */
static int set_key(struct bench *bench, const char *setting)
{
	size_t len = strcspn(setting, "=");
	char key[NAME_SIZE];

	(void)snprintf(key, sizeof(key), "%.*s", (int)len, setting);

	return cfg_set(bench->rig.cfg, key, setting + len + !!setting[len],
	               bench->rig.fault);
}

static int open_asr(struct bench *bench, const char *const keyv[2],
                    const char *const valuev[2])
{
	int err = 0;

	bench->rig.asr = mem_deref(bench->rig.asr);
	if (bench->setting)
		err = set_key(bench, bench->setting);
	for (size_t i = 0; i < 2 && valuev && !err; i++)
		err = cfg_set(bench->rig.cfg, keyv[i], valuev[i],
		              bench->rig.fault);
	if (err)
		return err;

	return asr_alloc(&bench->rig.asr, "sphinx", bench->rig.cfg,
	                 bench->rig.pool, NULL, bench->rig.fault);
}

static int tune(struct bench *bench, const char *rule)
{
	static const char *const keyv[2] = {"sphinx.garbage_per_mille",
	                                    "sphinx.around_per_million"};
	char part[2][32] = {"30", "0"};
	const char *const valuev[2] = {part[0], part[1]};
	struct tally tallyv[SAID_KINDS];
	int err;

	(void)sscanf(rule, "%31[^,],%31s", part[0], part[1]);
	err = open_asr(bench, keyv, valuev);
	if (!err)
		err = hear_all(bench);
	if (err)
		return err;

	for (size_t k = 0; k < bench->questionc; k++) {
		tally_all(tallyv, bench, &bench->questionv[k], NULL);
		printf("%-10s %-8s", rule, bench->questionv[k].from->name);
		for (size_t i = 0; i < SAID_KINDS; i++)
			printf("  %5.1f /%5.1f /%5.1f",
			       report_percent(tallyv[i].right, tallyv[i].all),
			       report_percent(tallyv[i].wrong, tallyv[i].all),
			       report_percent(tallyv[i].rejected,
			                      tallyv[i].all));
		printf("\n");
	}
	(void)fflush(stdout);

	return 0;
}

static void print_questions(const struct bench *bench, const char *condition)
{
	struct tally tallyv[SAID_KINDS];

	for (size_t i = 0; i < bench->questionc; i++) {
		const struct question *q = &bench->questionv[i];
		char name[NAME_SIZE];

		tally_all(tallyv, bench, q, NULL);
		(void)snprintf(name, sizeof(name), "%s%s", q->from->name,
		               condition);
		report_print(name, tallyv);
	}
}

static void print_voices(const struct bench *bench)
{
	struct tally tallyv[SAID_KINDS];

	for (size_t i = 0; i < corpus_voicec; i++) {
		const struct corpus_voice *voice = &corpus_voicev[i];
		char name[NAME_SIZE];

		tally_all(tallyv, bench, NULL, voice->name);
		(void)snprintf(name, sizeof(name), "voice.%s", voice->name);
		report_print(name, tallyv);
	}
}

static void forget_items(struct bench *bench)
{
	for (size_t i = 0; i < bench->itemc; i++)
		mem_deref(bench->itemv[i].pcm);
	bench->itemc = 0;
}

static int say_everything(struct bench *bench, bool is_test)
{
	int err = 0;

	for (size_t i = 0; i < corpus_voicec && !err; i++) {
		const struct corpus_voice *voice = &corpus_voicev[i];

		for (size_t k = 0; k < bench->questionc && !err; k++) {
			const struct question *q = &bench->questionv[k];

			if (bench->is_brief && !question_is_large(q))
				continue;
			if (voice->is_test == is_test &&
			    !strcmp(voice->lang, q->from->lang))
				err = say_all(bench, q, voice->name, is_test);
		}
	}

	return err;
}

/* Nobody calls from a studio. */
static int measure_noises(struct bench *bench)
{
	static const struct noise noisev[] = {
		{"babble", 20},
		{"babble", 15},
		{"white", 20},
	};
	int err = 0;

	bench->is_brief = true;
	for (size_t i = 0; i < ARRAY_COUNT(noisev) && !err; i++) {
		char condition[NAME_SIZE];

		forget_items(bench);
		bench->noise = noisev[i];
		(void)snprintf(condition, sizeof(condition), ".%s_%.0fdb",
		               noisev[i].name, noisev[i].snr_db);
		err = say_everything(bench, true);
		if (!err)
			err = hear_all(bench);
		if (!err)
			print_questions(bench, condition);
	}

	return err;
}

static int measure(struct bench *bench)
{
	double start_s = cpu_s();
	int err;

	err = open_asr(bench, NULL, NULL);
	if (!err)
		err = hear_all(bench);
	if (err)
		return err;

	print_questions(bench, "");
	printf("asr.rtf %.3f s/s\n", (cpu_s() - start_s) / bench->speech_s);
	print_voices(bench);

	return bench->noise.name || bench->line_hz != RIG_LINE_HZ
	               ? 0
	               : measure_noises(bench);
}

/* Returns where the rules begin. */
static int read_options(struct bench *bench, enum mode *mode, int argc,
                        char *argv[])
{
	int at = 1;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (!strcmp(argv[at], "--tune"))
			*mode = TUNE;
		else if (!strcmp(argv[at], "--evidence"))
			*mode = EVIDENCE;
		else if (!strcmp(argv[at], "--garbage") && at + 1 < argc)
			bench->garbage = strtod(argv[++at], NULL);
		else if (!strcmp(argv[at], "--wide"))
			bench->line_hz = WIDE_HZ;
		else if (!strcmp(argv[at], "--test"))
			bench->is_test = true;
		else if (!strcmp(argv[at], "--list"))
			bench->is_list = true;
		else if (!strcmp(argv[at], "--lang") && at + 1 < argc)
			bench->lang = argv[++at];
		else if (!strcmp(argv[at], "--noise") && at + 1 < argc)
			noise_read(&bench->noise, argv[++at]);
		else if (!strcmp(argv[at], "--set") && at + 1 < argc)
			bench->setting = argv[++at];
	}

	return at;
}

int main(int argc, char *argv[])
{
	static struct bench bench;
	enum mode mode = MEASURE;
	char dir[DIR_SIZE];
	int err, at;

	bench.garbage = 0.01; /* as configured */
	bench.line_hz = RIG_LINE_HZ;
	at = read_options(&bench, &mode, argc, argv);
	for (size_t i = 0; i < corpus_questionc; i++)
		add_question(&bench, &corpus_questionv[i]);
	for (size_t i = 0; i < corpus_langs_questionc; i++)
		add_question(&bench, &corpus_langs_questionv[i]);

	/* What the voices said stays beside the program for the next run. */
	(void)snprintf(dir, sizeof(dir), "%s.sounds", argv[0]);
	err = rig_open(&bench.rig);
	bench.rig.say_hz = bench.line_hz;
	if (!err)
		err = voices_alloc(&bench.rig.voices, bench.rig.cfg, dir,
		                   bench.rig.pool, NULL, bench.rig.fault);
	if (!err)
		err = say_everything(&bench, mode == MEASURE || bench.is_test);

	if (mode == MEASURE && !err)
		err = measure(&bench);
	if (mode == EVIDENCE && !err)
		err = print_evidence(&bench);
	for (; mode == TUNE && at < argc && !err; at++)
		err = tune(&bench, argv[at]);
	if (err)
		fprintf(stderr, "bench_asr: %s %s\n", strerror(err),
		        bench.rig.fault);

	forget_items(&bench);
	mem_deref(bench.dec);
	rig_close(&bench.rig);

	return err ? 1 : 0;
}
