/*
 * speech/decoder.c - one pocketsphinx decoder and the grammars it knows
 *
 * What the model needs to hear well over a telephone, each worth more than
 * any detail of the grammar (docs/recognition.md has the figures):
 * - the sound is cut tightly to the speech and brought to one loudness, and
 *   fillers are off: a pause word swallows speech otherwise;
 * - the cepstral mean is a fixed one of such sounds: the mean of a single
 *   short "no" is the vowel itself, and taking it out leaves nothing. In
 *   noise the fixed mean is wrong, there the sound's own is used;
 * - beams are wide, the grammar is tiny;
 * - noise removal starts afresh for every sound, else one caller's line
 *   changes how the next one is heard.
 */
#include <assert.h>
#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <sphinxbase/feat.h>
#include <sphinxbase/fsg_model.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/resample.h"
#include "speech/decoder.h"
#include "speech/dict.h"
#include "speech/level.h"
#include "speech/spell.h"

enum {
	WORDS_MAX = 20000, /* a decoder never forgets a word: then a new one */
	NAME_SIZE = 24,
	PAD_MS = 50,
	MEAN_SIZE = 13,
};

static const double loudness_rms = 2500;

/* Of level-set, tightly cut telephone speech: the frames of all sounds of the
 * tuning half of bench/bench_asr.c. */
static const float clean_meanv[MEAN_SIZE] = {
	48.97F,  31.05F, -40.51F, 42.50F, -20.28F, -17.83F, 13.10F,
	-39.81F, -3.77F, -10.57F, -8.82F, 9.05F,   -16.61F,
};

/* A compiled grammar, in the list by last use. */
struct entry {
	struct le le;
	struct decoder *dec;
	char name[NAME_SIZE]; /* of the search inside pocketsphinx */
	char *hints;
	size_t size;
	struct grammar *gram;
	bool is_set;
};

struct decoder {
	struct decoder_prm prm;
	cmd_ln_t *config;
	ps_decoder_t *ps;
	struct dict *dict;
	struct list entryl; /* the latest used first */
	unsigned serial;
	size_t wordc;
};

static void entry_destructor(void *arg)
{
	struct entry *entry = arg;

	list_unlink(&entry->le);
	if (entry->is_set)
		(void)ps_unset_search(entry->dec->ps, entry->name);
	mem_deref(entry->gram);
	mem_deref(entry->hints);
}

static void shut(struct decoder *dec)
{
	list_flush(&dec->entryl);
	if (dec->ps)
		(void)ps_free(dec->ps);
	if (dec->config)
		(void)cmd_ln_free_r(dec->config);
	dec->ps = NULL;
	dec->config = NULL;
	dec->wordc = 0;
}

static void destructor(void *arg)
{
	struct decoder *dec = arg;

	shut(dec);
	mem_deref(dec->dict);
}

int decoder_alloc(struct decoder **decp, const struct decoder_prm *prm)
{
	struct decoder *dec;

	assert(decp && prm && prm->grammars_max);

	dec = mem_zalloc(sizeof(*dec), destructor);
	if (!dec)
		return ENOMEM;

	dec->prm = *prm;
	*decp = dec;

	return 0;
}

static int add_garbage_words(struct decoder *dec)
{
	for (size_t i = 0; i < DICT_PHONES; i++) {
		char word[GRAMMAR_GARBAGE_SIZE];

		grammar_garbage(word, i);
		if (ps_add_word(dec->ps, word, dict_phonev[i], FALSE) < 0)
			return EPROTO;
	}

	return 0;
}

/* Loads the model and the dictionary, unless they are. */
static int open_model(struct decoder *dec)
{
	int err;

	if (dec->ps && dec->wordc < WORDS_MAX)
		return 0;
	shut(dec);

	if (!dec->dict) {
		err = dict_alloc(&dec->dict, dec->prm.dictionary);
		if (err)
			return err;
	}

	/* The words come one by one: reading the whole dictionary into the
	 * decoder would cost 0.6 s and 90 MB. */
	dec->config = cmd_ln_init(NULL, ps_args(), FALSE, /* strict: no */
	                          "-hmm", dec->prm.model, "-fsgusefiller", "no",
	                          "-beam", "1e-60", "-pbeam", "1e-60", "-wbeam",
	                          "1e-60", NULL);
	if (!dec->config)
		return ENOMEM;
	dec->ps = ps_init(dec->config);
	if (!dec->ps)
		return ENOENT;

	return add_garbage_words(dec);
}

static int add_word(struct decoder *dec, const char *word)
{
	char phones[DICT_PHONES_SIZE];
	char name[SPELL_SIZE + 4];
	char *known;

	known = ps_lookup_word(dec->ps, word);
	if (known) {
		ckd_free(known);
		return 0;
	}

	for (unsigned i = 0; i < DICT_WAYS_MAX; i++) {
		if (!dict_find(phones, dec->dict, word, i))
			return i ? 0 : EPROTO;

		(void)snprintf(name, sizeof(name), i ? "%s(%u)" : "%s", word,
		               i + 1);
		if (ps_add_word(dec->ps, name, phones, FALSE) < 0)
			return i ? 0 : EPROTO;
		dec->wordc++;
	}

	return 0;
}

static int add_words(struct decoder *dec, const char *words)
{
	char word[SPELL_SIZE];
	int err;

	while (*words) {
		size_t len = strcspn(words, " ");

		memcpy(word, words, len);
		word[len] = '\0';
		words += len + (words[len] == ' ');

		err = strcmp(word, "*") ? add_word(dec, word) : 0;
		if (err)
			return err;
	}

	return 0;
}

static int set_grammar(struct decoder *dec, struct entry *entry)
{
	float32 weight = (float32)cmd_ln_float32_r(dec->config, "-lw");
	fsg_model_t *fsg;
	FILE *file;
	int status;

	file = fmemopen(entry->gram->fsg, entry->gram->fsg_len, "r");
	if (!file)
		return errno;
	fsg = fsg_model_read(file, ps_get_logmath(dec->ps), weight);
	(void)fclose(file);
	if (!fsg)
		return EPROTO;

	status = ps_set_fsg(dec->ps, entry->name, fsg);
	(void)fsg_model_free(fsg);
	if (status)
		return EPROTO;
	entry->is_set = true;

	return 0;
}

static int entry_alloc(struct entry **entryp, struct decoder *dec,
                       const struct decoder_question *q)
{
	struct entry *entry;
	int err;

	entry = mem_zalloc(sizeof(*entry), entry_destructor);
	if (!entry)
		return ENOMEM;

	entry->dec = dec;
	(void)snprintf(entry->name, sizeof(entry->name), "q%u", ++dec->serial);
	entry->hints = mem_zalloc(q->size + 1, NULL);
	if (!entry->hints) {
		err = ENOMEM;
		goto out;
	}
	if (q->size)
		memcpy(entry->hints, q->hints, q->size);
	entry->size = q->size;

	err = grammar_alloc(&entry->gram, q->hints, q->size, &dec->prm.rule);
	if (err)
		goto out;
	if (entry->gram->skipc)
		log_debug("speech",
		          "%zu of the hints are doubled, not English or too "
		          "many: going on without them",
		          entry->gram->skipc);

	for (size_t i = 0; i < entry->gram->phrasec; i++) {
		err = add_words(dec, entry->gram->phrasev[i].words);
		if (err)
			goto out;
	}

	err = set_grammar(dec, entry);
	if (err)
		goto out;

	list_prepend(&dec->entryl, &entry->le, entry);
	if (list_count(&dec->entryl) > dec->prm.grammars_max)
		mem_deref(list_ledata(list_tail(&dec->entryl)));

out:
	if (err)
		mem_deref(entry);
	else
		*entryp = entry;

	return err;
}

static int find_entry(struct entry **entryp, struct decoder *dec,
                      const struct decoder_question *q)
{
	struct le *le;
	int err;

	err = open_model(dec);
	if (err)
		return err;

	for (le = list_head(&dec->entryl); le; le = le->next) {
		struct entry *entry = le->data;

		if (entry->size != q->size ||
		    (q->size && memcmp(entry->hints, q->hints, q->size)))
			continue;
		list_unlink(le);
		list_prepend(&dec->entryl, le, entry);
		*entryp = entry;
		return 0;
	}

	return entry_alloc(entryp, dec, q);
}

int decoder_prepare(struct decoder *dec, const struct decoder_question *q)
{
	struct entry *entry;

	return find_entry(&entry, dec, q);
}

static int decode(struct decoder *dec, struct decoder_heard *heard,
                  const struct entry *entry, const int16_t *pcm, size_t count,
                  bool is_clean)
{
	mfcc_t meanv[MEAN_SIZE];
	const char *words;
	int32 path = 0;

	if (ps_set_search(dec->ps, entry->name))
		return EPROTO;

	for (size_t i = 0; i < MEAN_SIZE; i++)
		meanv[i] = FLOAT2MFCC(clean_meanv[i]);
	cmn_live_set(ps_get_feat(dec->ps)->cmn_struct, meanv);

	if (ps_start_stream(dec->ps) || ps_start_utt(dec->ps))
		return EPROTO;
	/* As "the full utterance" it would be given its own mean. */
	(void)ps_process_raw(dec->ps, pcm, count, FALSE, !is_clean);
	(void)ps_end_utt(dec->ps);

	words = ps_get_hyp(dec->ps, &path);
	(void)grammar_text(heard->text, sizeof(heard->text), entry->gram,
	                   words ? words : "");
	heard->score = heard->text[0] ? 100 : 0;

	return 0;
}

int decoder_run(struct decoder *dec, struct decoder_heard *heard,
                const struct decoder_question *q, const int16_t *pcm,
                size_t count, uint32_t rate_hz)
{
	struct level_span span;
	struct entry *entry;
	int16_t *wide = NULL;
	size_t wide_count;
	int err;

	*heard = (struct decoder_heard){0};
	level_find_speech(&span, pcm, count, rate_hz, PAD_MS);
	if (span.begin == span.end)
		return 0;
	heard->is_speech = true;
	heard->begin_ms = (uint32_t)(span.begin * 1000 / rate_hz);
	heard->end_ms = (uint32_t)(span.end * 1000 / rate_hz);

	err = find_entry(&entry, dec, q);
	if (err)
		return err;

	err = resample_all(&wide, &wide_count, DECODER_RATE_HZ,
	                   pcm + span.begin, span.end - span.begin, rate_hz);
	if (err)
		return err;

	level_set(wide, wide_count, DECODER_RATE_HZ, loudness_rms);
	err = decode(dec, heard, entry, wide, wide_count, span.is_clean);
	mem_deref(wide);

	return err;
}
