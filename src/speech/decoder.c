/*
 * speech/decoder.c - hears one phrase: finds it, then doubts it
 *
 * The sound is cut tightly to the speech and brought to one loudness. A fast
 * search through the grammar of the question finds the likeliest phrase and
 * lets much pass; the judge then looks at what was found alone, and most
 * look-alikes fall. Only accepted phrases pay for the second look.
 */
#include <assert.h>
#include "base/log.h"
#include "base/mem.h"
#include "base/resample.h"
#include "speech/aloud.h"
#include "speech/decoder.h"
#include "speech/dict.h"
#include "speech/judge.h"
#include "speech/level.h"
#include "speech/said.h"
#include "speech/sphinx.h"

enum {
	WORDS_MAX = 20000, /* a decoder never forgets a word: then a new one */
	NAME_SIZE = 24,
	LINE_RATE_HZ = 8000,
	PAD_MS = 50,
};

static const double loudness_rms = 2500;

/* The two grammars of the judge. */
static const char phrase_name[] = "phrase";
static const char sounds_name[] = "sounds";
static const struct grammar_rule phrase_rule = {
	.garbage = 0.04,
	.around = 3e-6,
	.is_only = true,
};

/* A compiled grammar, in the list by last use. */
struct entry {
	struct le le;
	struct decoder *dec;
	char name[NAME_SIZE]; /* of the search inside pocketsphinx */
	struct asked question;
	struct grammar *gram;
	bool is_set;
};

struct decoder {
	struct decoder_prm prm;
	struct sphinx *search;
	struct sphinx *judge; /* its scores are comparable */
	struct dict *dict;
	struct list entryl; /* the latest used first */
	unsigned serial;
};

static void entry_destructor(void *arg)
{
	struct entry *entry = arg;

	list_unlink(&entry->le);
	if (entry->is_set)
		sphinx_unset_grammar(entry->dec->search, entry->name);
	mem_deref(entry->gram);
	asked_clear(&entry->question);
}

static void shut(struct decoder *dec)
{
	list_flush(&dec->entryl);
	dec->search = mem_deref(dec->search);
	dec->judge = mem_deref(dec->judge);
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

/* Bare sounds, which every answer is compared with. */
static int set_sounds(struct decoder *dec)
{
	const struct grammar_rule rule = {.garbage = 0.1};
	struct grammar *gram;
	int err;

	err = grammar_alloc(&gram, &(struct grammar_hints){0}, &rule);
	if (err)
		return err;
	err = sphinx_set_grammar(dec->judge, sounds_name, gram->fsg,
	                         gram->fsg_len);
	mem_deref(gram);

	return err;
}

/* Loads the model and the dictionary, unless they are. */
static int open_model(struct decoder *dec)
{
	struct sphinx_prm prm = {.model = dec->prm.model};
	int err;

	if (dec->search && sphinx_wordc(dec->search) < WORDS_MAX &&
	    sphinx_wordc(dec->judge) < WORDS_MAX)
		return 0;
	shut(dec);

	if (!dec->dict) {
		err = dict_alloc(&dec->dict, dec->prm.dictionary);
		if (err)
			return err;
	}

	prm.dict = dec->dict;
	err = sphinx_alloc(&dec->search, &prm);
	if (err)
		return err;
	prm.is_comparable = true;
	err = sphinx_alloc(&dec->judge, &prm);
	if (err)
		return err;

	return set_sounds(dec);
}

static int make_grammar(struct entry *entry, const struct asked *q)
{
	const struct decoder_prm *prm = &entry->dec->prm;
	const struct said_prm how = {
		.lang = q->lang,
		.listv = {q->pronounce, wordbook_list(prm->book, q->lang),
	                  wordbook_list(prm->book, "")},
	};
	struct said said;
	int err;

	err = said_make(&said, q->hints, q->size, &how);
	if (err)
		return err;

	err = grammar_alloc(
		&entry->gram,
		&(struct grammar_hints){said.texts, said.size, said.words},
		&prm->rule);
	mem_deref(said.texts);
	mem_deref(said.words);
	if (err)
		return err;

	if (entry->gram->skipc)
		log_debug("speech",
		          "%zu of the hints are doubled, cannot be said or are "
		          "too many: going on without them",
		          entry->gram->skipc);

	return 0;
}

static int entry_alloc(struct entry **entryp, struct decoder *dec,
                       const struct asked *q)
{
	struct entry *entry;
	int err;

	entry = mem_zalloc(sizeof(*entry), entry_destructor);
	if (!entry)
		return ENOMEM;

	entry->dec = dec;
	(void)snprintf(entry->name, sizeof(entry->name), "q%u", ++dec->serial);
	err = asked_dup(&entry->question, q);
	if (!err)
		err = make_grammar(entry, q);
	if (err)
		goto out;

	for (size_t i = 0; i < entry->gram->phrasec; i++) {
		err = sphinx_add_words(dec->search,
		                       entry->gram->phrasev[i].words);
		if (err)
			goto out;
	}

	err = sphinx_set_grammar(dec->search, entry->name, entry->gram->fsg,
	                         entry->gram->fsg_len);
	if (err)
		goto out;
	entry->is_set = true;

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
                      const struct asked *q)
{
	struct le *le;
	int err;

	err = open_model(dec);
	if (err)
		return err;

	for (le = list_head(&dec->entryl); le; le = le->next) {
		struct entry *entry = le->data;

		if (!asked_is_same(&entry->question, q))
			continue;
		list_unlink(le);
		list_prepend(&dec->entryl, le, entry);
		*entryp = entry;
		return 0;
	}

	return entry_alloc(entryp, dec, q);
}

int decoder_prepare(struct decoder *dec, const struct asked *q)
{
	struct entry *entry;

	return find_entry(&entry, dec, q);
}

/* How sure it is that the phrase was said: it alone against bare sounds. */
static int judge(struct judge_evidence *ev, const struct entry *entry,
                 const char *words, const struct sphinx_sound *sound)
{
	struct grammar_hints hints = {.texts = words, .words = words};
	struct decoder *dec = entry->dec;
	struct sphinx_path *phrase = NULL, *sounds = NULL;
	struct grammar *gram;
	int err;

	hints.size = strlen(words) + 1;
	err = grammar_alloc(&gram, &hints, &phrase_rule);
	if (err)
		return err;

	err = sphinx_add_words(dec->judge, words);
	if (!err)
		err = sphinx_set_grammar(dec->judge, phrase_name, gram->fsg,
		                         gram->fsg_len);
	if (!err)
		err = sphinx_run(&phrase, dec->judge, phrase_name, sound);
	if (!err)
		err = sphinx_run(&sounds, dec->judge, sounds_name, sound);
	if (!err)
		judge_measure(ev, &(struct judge_case){
					  .phrase = phrase,
					  .sounds = sounds,
					  .is_open = strchr(words, '*'),
					  .is_foreign = !aloud_is_english(
						  entry->question.lang),
				  });
	mem_deref(gram);
	mem_deref(phrase);
	mem_deref(sounds);

	return err;
}

static int decode(struct decoder *dec, struct decoder_heard *heard,
                  const struct entry *entry, const struct sphinx_sound *sound)
{
	const struct grammar_phrase *phrase;
	struct sphinx_path *path;
	int err;

	err = sphinx_run(&path, dec->search, entry->name, sound);
	if (err)
		return err;

	phrase = grammar_find(entry->gram, path->text);
	if (phrase)
		err = judge(&heard->evidence, entry, phrase->words, sound);
	if (phrase && !err) {
		heard->score = judge_score(&heard->evidence);
		(void)grammar_text(heard->text, sizeof(heard->text),
		                   entry->gram, path->text);
	}
	mem_deref(path);

	return err;
}

void decoder_span(struct level_span *span, const int16_t *pcm, size_t count,
                  uint32_t rate_hz)
{
	level_find_speech(span, pcm, count, rate_hz, PAD_MS);
}

/* To the model's rate, by way of a telephone's: its mean and the judge were
 * measured on that band, and understand a third less of what has more. */
static int model_sound(int16_t **widep, size_t *countp, const int16_t *pcm,
                       size_t count, uint32_t rate_hz)
{
	int16_t *narrow = NULL;
	int err = 0;

	if (rate_hz > LINE_RATE_HZ)
		err = resample_all(&narrow, &count, LINE_RATE_HZ, pcm, count,
		                   rate_hz);
	if (!err)
		err = resample_all(widep, countp, SPHINX_RATE_HZ,
		                   narrow ? narrow : pcm, count,
		                   narrow ? LINE_RATE_HZ : rate_hz);
	mem_deref(narrow);

	return err;
}

int decoder_run(struct decoder *dec, struct decoder_heard *heard,
                const struct asked *q, const struct decoder_sound *sound)
{
	const uint32_t rate_hz = sound->rate_hz;
	struct level_span span;
	struct entry *entry;
	int16_t *wide = NULL;
	size_t wide_count;
	int err;

	*heard = (struct decoder_heard){0};
	decoder_span(&span, sound->pcm, sound->count, rate_hz);
	if (span.begin == span.end)
		return 0;
	heard->is_speech = true;
	heard->begin_ms = (uint32_t)(span.begin * 1000 / rate_hz);
	heard->end_ms = (uint32_t)(span.end * 1000 / rate_hz);

	err = find_entry(&entry, dec, q);
	if (err)
		return err;

	err = model_sound(&wide, &wide_count, sound->pcm + span.begin,
	                  span.end - span.begin, rate_hz);
	if (err)
		return err;

	level_set(wide, wide_count, SPHINX_RATE_HZ, loudness_rms);
	err = decode(dec, heard, entry,
	             &(struct sphinx_sound){.pcm = wide,
	                                    .count = wide_count,
	                                    .is_clean = span.is_clean,
	                                    .is_unwanted = sound->is_unwanted});
	mem_deref(wide);

	return err;
}
