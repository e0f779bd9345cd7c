/*
 * speech/sphinx.c - one pocketsphinx engine: words, grammars, paths
 *
 * What the model needs to hear well over a telephone, each worth more than
 * any detail of the grammar (docs/recognition.md has the figures):
 * - fillers are off: a pause word swallows speech otherwise;
 * - the cepstral mean is a fixed one of such sounds: the mean of a single
 *   short "no" is the vowel itself, and taking it out leaves nothing. In
 *   noise the fixed mean is wrong, there the sound's own is used;
 * - beams are wide, the grammar is tiny;
 * - noise removal starts afresh for every sound, else one caller's line
 *   changes how the next one is heard.
 */
#include <assert.h>
#include <pocketsphinx.h>
#include <sphinxbase/feat.h>
#include <sphinxbase/fsg_model.h>
#include "base/mem.h"
#include "base/pronounce.h"
#include "speech/grammar.h"
#include "speech/spell.h"
#include "speech/sphinx.h"

enum {
	MEAN_SIZE = 13,
};

/* Of level-set, tightly cut telephone speech: the frames of all sounds of the
 * tuning half of bench/bench_asr.c. */
static const float clean_meanv[MEAN_SIZE] = {
	48.97F,  31.05F, -40.51F, 42.50F, -20.28F, -17.83F, 13.10F,
	-39.81F, -3.77F, -10.57F, -8.82F, 9.05F,   -16.61F,
};

struct sphinx {
	const struct dict *dict;
	cmd_ln_t *config;
	ps_decoder_t *ps;
	size_t wordc;
};

static void destructor(void *arg)
{
	struct sphinx *sphinx = arg;

	if (sphinx->ps)
		(void)ps_free(sphinx->ps);
	if (sphinx->config)
		(void)cmd_ln_free_r(sphinx->config);
}

static int add_garbage_words(struct sphinx *sphinx)
{
	for (size_t i = 0; i < PRONOUNCE_PHONES; i++) {
		char word[GRAMMAR_GARBAGE_SIZE];

		grammar_garbage(word, i);
		if (ps_add_word(sphinx->ps, word, pronounce_phonev[i], FALSE) <
		    0)
			return EPROTO;
	}

	return 0;
}

int sphinx_alloc(struct sphinx **sphinxp, const struct sphinx_prm *prm)
{
	struct sphinx *sphinx;
	int err;

	assert(sphinxp && prm);

	sphinx = mem_zalloc(sizeof(*sphinx), destructor);
	if (!sphinx)
		return ENOMEM;

	sphinx->dict = prm->dict;
	/* The words come one by one: reading the whole dictionary into the
	 * engine would cost 0.6 s and 90 MB. */
	sphinx->config = cmd_ln_init(NULL, ps_args(), FALSE, /* strict: no */
	                             "-hmm", prm->model, "-fsgusefiller", "no",
	                             "-beam", "1e-60", "-pbeam", "1e-60",
	                             "-wbeam", "1e-60", "-compallsen",
	                             prm->is_comparable ? "yes" : "no", NULL);
	if (!sphinx->config) {
		err = ENOMEM;
		goto out;
	}
	sphinx->ps = ps_init(sphinx->config);
	if (!sphinx->ps) {
		err = ENOENT;
		goto out;
	}

	err = add_garbage_words(sphinx);

out:
	if (err)
		mem_deref(sphinx);
	else
		*sphinxp = sphinx;

	return err;
}

size_t sphinx_wordc(const struct sphinx *sphinx)
{
	return sphinx->wordc;
}

static int add_word(struct sphinx *sphinx, const char *word)
{
	char phones[DICT_PHONES_SIZE];
	char name[SPELL_SIZE + 4];
	char *known;

	known = ps_lookup_word(sphinx->ps, word);
	if (known) {
		ckd_free(known);
		return 0;
	}

	for (unsigned i = 0; i < DICT_WAYS_MAX; i++) {
		if (!dict_find(phones, sphinx->dict, word, i))
			return i ? 0 : EPROTO;

		(void)snprintf(name, sizeof(name), i ? "%s(%u)" : "%s", word,
		               i + 1);
		if (ps_add_word(sphinx->ps, name, phones, FALSE) < 0)
			return i ? 0 : EPROTO;
		sphinx->wordc++;
	}

	return 0;
}

int sphinx_add_words(struct sphinx *sphinx, const char *words)
{
	char word[SPELL_SIZE];
	int err;

	while (*words) {
		size_t len = strcspn(words, " ");

		memcpy(word, words, len);
		word[len] = '\0';
		words += len + (words[len] == ' ');

		err = strcmp(word, "*") ? add_word(sphinx, word) : 0;
		if (err)
			return err;
	}

	return 0;
}

int sphinx_set_grammar(struct sphinx *sphinx, const char *name, char *fsg,
                       size_t fsg_len)
{
	float32 weight = (float32)cmd_ln_float32_r(sphinx->config, "-lw");
	fsg_model_t *model;
	FILE *file;
	int status;

	file = fmemopen(fsg, fsg_len, "r");
	if (!file)
		return errno;
	model = fsg_model_read(file, ps_get_logmath(sphinx->ps), weight);
	(void)fclose(file);
	if (!model)
		return EPROTO;

	status = ps_set_fsg(sphinx->ps, name, model);
	(void)fsg_model_free(model);

	return status ? EPROTO : 0;
}

void sphinx_unset_grammar(struct sphinx *sphinx, const char *name)
{
	(void)ps_unset_search(sphinx->ps, name);
}

static void path_destructor(void *arg)
{
	struct sphinx_path *path = arg;

	mem_deref(path->segv);
	mem_deref(path->phonev);
	mem_deref(path->text);
}

static uint8_t phone_of(const char *name, size_t len)
{
	for (uint8_t i = 0; i < PRONOUNCE_PHONES; i++) {
		if (strlen(pronounce_phonev[i]) == len &&
		    !memcmp(pronounce_phonev[i], name, len))
			return i;
	}

	return PRONOUNCE_PHONES; /* none: the model has no other */
}

/* The phones of a word as it was said; returns how many. */
static unsigned add_phones(struct sphinx_path *path, struct sphinx *sphinx,
                           const char *word)
{
	size_t begin = path->phonec;
	char *phones;

	phones = ps_lookup_word(sphinx->ps, word);
	for (const char *p = phones; p && *p;) {
		size_t len = strcspn(p, " ");

		if (len && path->phonec < SPHINX_PHONES_MAX)
			path->phonev[path->phonec++] = phone_of(p, len);
		p += len + (p[len] == ' ');
	}
	ckd_free(phones);

	return (unsigned)(path->phonec - begin);
}

static void add_seg(struct sphinx_path *path, struct sphinx *sphinx,
                    ps_seg_t *from)
{
	struct sphinx_seg *seg = &path->segv[path->segc];
	const char *word = ps_seg_word(from);
	int32 score = 0, lscr = 0, lback = 0;
	int begin = 0, end = 0;

	if (!strcmp(word, "(NULL)"))
		return;
	(void)ps_seg_prob(from, &score, &lscr, &lback);
	ps_seg_frames(from, &begin, &end);

	seg->is_word = !grammar_is_garbage(word);
	seg->phone_at = (unsigned)path->phonec;
	seg->phonec = add_phones(path, sphinx, word);
	seg->begin = (unsigned)begin;
	seg->end = (unsigned)end + 1;
	seg->score = score;
	path->segc++;
}

static int collect(struct sphinx_path **pathp, struct sphinx *sphinx)
{
	struct sphinx_path *path;
	const char *text;
	int32 score = 0;
	ps_seg_t *seg;
	int err;

	path = mem_zalloc(sizeof(*path), path_destructor);
	if (!path)
		return ENOMEM;

	text = ps_get_hyp(sphinx->ps, &score);
	err = str_dup(&path->text, text ? text : "");
	if (err)
		goto out;
	path->segv = mem_zalloc(SPHINX_SEGS_MAX * sizeof(*path->segv), NULL);
	path->phonev = mem_zalloc(SPHINX_PHONES_MAX, NULL);
	if (!path->segv || !path->phonev) {
		err = ENOMEM;
		goto out;
	}

	seg = ps_seg_iter(sphinx->ps);
	for (; seg && path->segc < SPHINX_SEGS_MAX; seg = ps_seg_next(seg))
		add_seg(path, sphinx, seg);
	if (seg)
		ps_seg_free(seg);

out:
	if (err)
		mem_deref(path);
	else
		*pathp = path;

	return err;
}

static bool is_unwanted(const struct sphinx_sound *sound)
{
	return sound->is_unwanted && atomic_load(sound->is_unwanted);
}

int sphinx_run(struct sphinx_path **pathp, struct sphinx *sphinx,
               const char *name, const struct sphinx_sound *sound)
{
	mfcc_t meanv[MEAN_SIZE];

	/* Not meanwhile: a sound that comes in pieces is heard otherwise. */
	if (is_unwanted(sound))
		return ECANCELED;
	if (ps_set_search(sphinx->ps, name))
		return EPROTO;

	for (size_t i = 0; i < MEAN_SIZE; i++)
		meanv[i] = FLOAT2MFCC(clean_meanv[i]);
	cmn_live_set(ps_get_feat(sphinx->ps)->cmn_struct, meanv);

	if (ps_start_stream(sphinx->ps) || ps_start_utt(sphinx->ps))
		return EPROTO;
	/* As "the full utterance" it would be given its own mean. */
	(void)ps_process_raw(sphinx->ps, sound->pcm, sound->count, FALSE,
	                     !sound->is_clean);
	(void)ps_end_utt(sphinx->ps);

	return collect(pathp, sphinx);
}
