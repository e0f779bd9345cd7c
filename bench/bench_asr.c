/*
 * bench/bench_asr.c - how well the local recogniser hears over a telephone
 *
 * Voices speak answers, answers among other words, and strange sentences;
 * each goes through the band and the steps of a telephone line and through
 * the recogniser's own door, guided by all answers of a script. Voices and
 * strange sentences for tuning and for the test are different ones.
 *
 * bench_asr                 prints the figures of the test half
 * bench_asr --tune RULE…    one line per rule "garbage,around" on the
 *                           tuning half
 * bench_asr --list          also prints what was misheard
 */
#include <math.h>
#include <time.h>
#include "base/mem.h"
#include "bench_asr_corpus.h"
#include "rig.h"

enum {
	HINTS_MAX = 100,
	ITEMS_MAX = 2000,
	AT_ONCE = 20,
	TEXT_SIZE = 256,
	DIR_SIZE = 4096,
	PAUSE_MS = 300, /* the line before and behind the speech */
};

enum kind {
	EXACT,
	AROUND,
	STRANGE,
	KINDS,
};

/* One thing said by one voice. */
struct item {
	enum kind kind;
	int answer;
	const char *voice;
	const char *text;
	struct voice_sound *sound;

	struct asr_stream *stream;
	char heard[TEXT_SIZE];
	unsigned score;
	unsigned *donep;
};

struct tally {
	unsigned all;
	unsigned right;
	unsigned wrong;
	unsigned rejected;
};

struct bench {
	struct rig rig;
	struct item itemv[ITEMS_MAX];
	size_t itemc;
	const char *hintv[HINTS_MAX];
	int meaningv[HINTS_MAX];
	size_t hintc;
	double speech_s;
	bool is_list;
};

static int say(struct bench *bench, const char *voice, const char *text,
               enum kind kind, int answer)
{
	struct item *item = &bench->itemv[bench->itemc];
	struct voice_sound *sound = NULL;
	size_t pause = (size_t)RIG_LINE_HZ * PAUSE_MS / 1000;
	int16_t *pcm;
	int err;

	if (bench->itemc == ITEMS_MAX)
		return ENOBUFS;

	err = rig_say(&sound, &bench->rig, voice, text);
	if (err)
		return err;
	if (!sound) {
		fprintf(stderr, "%s: %s\n", voice, bench->rig.fault);
		return ENOENT;
	}

	pcm = mem_zalloc((sound->count + 2 * pause) * sizeof(*pcm), NULL);
	if (!pcm)
		return ENOMEM;
	memcpy(pcm + pause, sound->pcm, sound->count * sizeof(*pcm));
	mem_deref(sound->pcm);
	sound->pcm = pcm;
	sound->count += 2 * pause;

	bench->speech_s += (double)sound->count / RIG_LINE_HZ;
	*item = (struct item){.kind = kind,
	                      .answer = answer,
	                      .voice = voice,
	                      .text = text,
	                      .sound = sound};
	bench->itemc++;

	return rig_telephone(sound->pcm, sound->count);
}

static int say_all(struct bench *bench, const char *voice, bool is_test)
{
	int err = 0;

	for (size_t i = 0; i < bench->hintc && !err; i++)
		err = say(bench, voice, bench->hintv[i], EXACT,
		          bench->meaningv[i]);
	for (size_t i = 0; i < corpus_aroundc && !err; i++)
		err = say(bench, voice, corpus_aroundv[i].text, AROUND,
		          corpus_aroundv[i].answer);
	for (size_t i = is_test; i < corpus_strangec && !err; i += 2)
		err = say(bench, voice, corpus_strangev[i].text, STRANGE,
		          CORPUS_NONE);

	return err;
}

static void collect_hints(struct bench *bench)
{
	for (size_t i = 0; i < corpus_answerc; i++) {
		const char *const *phrase = corpus_answerv[i].phrasev;

		for (; *phrase && bench->hintc < HINTS_MAX; phrase++) {
			bench->meaningv[bench->hintc] = (int)i;
			bench->hintv[bench->hintc++] = *phrase;
		}
	}
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
		.lang = "en",
		.hintv = bench->hintv,
		.hintc = bench->hintc,
		.is_closed = true,
		.rate_hz = RIG_LINE_HZ,
		.params = "",
	};
	const struct asr_sink sink = {
		.phrase = phrase_handler,
		.closed = closed_handler,
		.arg = item,
	};
	int err;

	item->heard[0] = '\0';
	item->donep = donep;
	err = asr_open(&item->stream, bench->rig.asr, &prm, &sink);
	if (err)
		return err;
	err = asr_feed(bench->rig.asr, item->stream, item->sound->pcm,
	               item->sound->count);
	if (err)
		return err;

	return asr_finish(bench->rig.asr, item->stream);
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

/* The meaning of the first hint in what was heard. */
static int meaning_of(const struct bench *bench, const char *heard)
{
	for (size_t i = 0; i < bench->hintc; i++) {
		size_t len = strlen(bench->hintv[i]);

		if (!strncmp(heard, bench->hintv[i], len) &&
		    (!heard[len] || heard[len] == ' '))
			return bench->meaningv[i];
	}

	return CORPUS_NONE;
}

static void count(struct tally tallyv[KINDS], const struct bench *bench)
{
	memset(tallyv, 0, KINDS * sizeof(*tallyv));
	for (size_t i = 0; i < bench->itemc; i++) {
		const struct item *item = &bench->itemv[i];
		struct tally *tally = &tallyv[item->kind];
		int meaning = meaning_of(bench, item->heard);

		tally->all++;
		if (!item->heard[0])
			tally->rejected++;
		else if (meaning == item->answer)
			tally->right++;
		else
			tally->wrong++;

		if (bench->is_list && meaning != item->answer)
			fprintf(stderr, "%-22s \"%s\" heard \"%s\" %u\n",
			        item->voice, item->text, item->heard,
			        item->score);
	}
}

static double percent(unsigned part, unsigned all)
{
	return all ? 100.0 * part / all : 0;
}

static double cpu_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);

	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int open_asr(struct bench *bench, const char *const keyv[2],
                    const char *const valuev[2])
{
	int err = 0;

	bench->rig.asr = mem_deref(bench->rig.asr);
	for (size_t i = 0; i < 2 && valuev && !err; i++)
		err = cfg_set(bench->rig.cfg, keyv[i], valuev[i],
		              bench->rig.fault);
	if (err)
		return err;

	return asr_alloc(&bench->rig.asr, "sphinx", bench->rig.cfg,
	                 bench->rig.pool, bench->rig.fault);
}

static int tune(struct bench *bench, const char *rule)
{
	static const char *const keyv[2] = {"sphinx.garbage_per_mille",
	                                    "sphinx.around_per_million"};
	char part[2][32] = {"30", "0"};
	const char *const valuev[2] = {part[0], part[1]};
	struct tally tallyv[KINDS];
	int err;

	(void)sscanf(rule, "%31[^,],%31s", part[0], part[1]);
	err = open_asr(bench, keyv, valuev);
	if (!err)
		err = hear_all(bench);
	if (err)
		return err;

	count(tallyv, bench);
	printf("%-16s", rule);
	for (size_t i = 0; i < KINDS; i++)
		printf("  %5.1f /%5.1f /%5.1f",
		       percent(tallyv[i].right, tallyv[i].all),
		       percent(tallyv[i].wrong, tallyv[i].all),
		       percent(tallyv[i].rejected, tallyv[i].all));
	printf("\n");
	(void)fflush(stdout);

	return 0;
}

static int measure(struct bench *bench)
{
	struct tally tallyv[KINDS];
	const struct tally *t = tallyv;
	double start_s = cpu_s();
	int err;

	err = open_asr(bench, NULL, NULL);
	if (!err)
		err = hear_all(bench);
	if (err)
		return err;

	count(tallyv, bench);
	printf("asr.right_pct %.1f %%\n", percent(t->right, t->all));
	printf("asr.wrong_pct %.1f %%\n", percent(t->wrong, t->all));
	printf("asr.rejected_pct %.1f %%\n", percent(t->rejected, t->all));
	t = &tallyv[AROUND];
	printf("asr.around_right_pct %.1f %%\n", percent(t->right, t->all));
	printf("asr.around_wrong_pct %.1f %%\n", percent(t->wrong, t->all));
	t = &tallyv[STRANGE];
	printf("asr.false_accept_pct %.1f %%\n", percent(t->wrong, t->all));
	printf("asr.rtf %.3f s/s\n", (cpu_s() - start_s) / bench->speech_s);

	return 0;
}

int main(int argc, char *argv[])
{
	static struct bench bench;
	char dir[DIR_SIZE];
	bool is_tune = false;
	int err, at = 1;

	for (; at < argc && argv[at][0] == '-'; at++) {
		is_tune = is_tune || !strcmp(argv[at], "--tune");
		bench.is_list = bench.is_list || !strcmp(argv[at], "--list");
	}

	/* What the voices said stays beside the program for the next run. */
	(void)snprintf(dir, sizeof(dir), "%s.sounds", argv[0]);
	collect_hints(&bench);
	err = rig_open(&bench.rig);
	if (!err)
		err = voices_alloc(&bench.rig.voices, bench.rig.cfg, dir,
		                   bench.rig.pool, bench.rig.fault);
	for (size_t i = 0; i < corpus_voicec && !err; i++) {
		if (corpus_voicev[i].is_test != is_tune)
			err = say_all(&bench, corpus_voicev[i].name, !is_tune);
	}

	if (!is_tune && !err)
		err = measure(&bench);
	for (; is_tune && at < argc && !err; at++)
		err = tune(&bench, argv[at]);
	if (err)
		fprintf(stderr, "bench_asr: %s %s\n", strerror(err),
		        bench.rig.fault);

	for (size_t i = 0; i < bench.itemc; i++)
		mem_deref(bench.itemv[i].sound);
	rig_close(&bench.rig);

	return err ? 1 : 0;
}
