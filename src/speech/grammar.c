/*
 * speech/grammar.c - pure: which sentences may be said, from the hints
 *
 * JSGF cannot express the price of garbage: it normalises the weights of an
 * alternation. FSG text takes a probability per transition as it stands.
 */
#include <assert.h>
#include "base/mem.h"
#include "base/pronounce.h"
#include "base/text.h"
#include "speech/grammar.h"
#include "speech/spell.h"

enum {
	START,      /* nothing said yet */
	FINAL,      /* all said */
	GARBAGE,    /* none of the hints */
	BEGIN,      /* a hint begins */
	END,        /* a hint has ended */
	LEAD,       /* sounds before a hint */
	BEGIN_LATE, /* a hint begins behind them */
	TAIL,       /* sounds behind it */
	STATES,

	LINE_SIZE = 128,
};

static const char garbage_prefix[] = "GB_";

/* The text of the grammar as it grows. */
struct draft {
	struct mbuf *mb;
	unsigned statec;
	int err; /* the first one; later lines are not written */
};

static void put_line(struct draft *draft, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put_line(struct draft *draft, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	assert(len > 0 && len < LINE_SIZE);

	if (!draft->err)
		draft->err =
			mbuf_write_mem(draft->mb, (uint8_t *)line, (size_t)len);
}

static void put_step(struct draft *draft, unsigned from, unsigned to,
                     double probability)
{
	put_line(draft, "TRANSITION %u %u %g\n", from, to, probability);
}

static void put_word(struct draft *draft, unsigned from, unsigned to,
                     const char *word)
{
	put_line(draft, "TRANSITION %u %u 1.0 %s\n", from, to, word);
}

/* Any one phone leads from one state to the other. */
static void put_garbage(struct draft *draft, unsigned from, unsigned to,
                        double probability)
{
	for (size_t i = 0; i < PRONOUNCE_PHONES; i++) {
		char word[GRAMMAR_GARBAGE_SIZE];

		grammar_garbage(word, i);
		put_line(draft, "TRANSITION %u %u %g %s\n", from, to,
		         probability, word);
	}
}

/* Cuts the first word off; false at the end. */
static bool next_word(char word[SPELL_SIZE], const char **wordsp)
{
	size_t len = strcspn(*wordsp, " ");

	if (!len || len >= SPELL_SIZE)
		return false;

	memcpy(word, *wordsp, len);
	word[len] = '\0';
	*wordsp += len + ((*wordsp)[len] == ' ');

	return true;
}

static void put_phrase(struct draft *draft, unsigned begin, const char *words,
                       double garbage)
{
	unsigned state = begin;
	char word[SPELL_SIZE];
	bool was_any = false;

	while (next_word(word, &words)) {
		bool is_any = !strcmp(word, "*");

		if (is_any && was_any)
			continue;
		was_any = is_any;

		if (!is_any) {
			put_word(draft, state, draft->statec, word);
			state = draft->statec++;
			continue;
		}
		/* A loop must not stand on the state that all hints share. */
		if (state == begin) {
			put_step(draft, begin, draft->statec, 1);
			state = draft->statec++;
		}
		put_garbage(draft, state, state, garbage);
	}
	put_step(draft, state, END, 1);
}

static void put_rule(struct draft *draft, const struct grammar_rule *rule)
{
	if (!rule->is_only) {
		put_garbage(draft, START, GARBAGE, rule->garbage);
		put_garbage(draft, GARBAGE, GARBAGE, rule->garbage);
		put_step(draft, GARBAGE, FINAL, 1);
	}
	put_step(draft, START, BEGIN, 1);
	put_step(draft, END, FINAL, 1);

	if (rule->around > 0) {
		put_garbage(draft, START, LEAD, rule->garbage);
		put_garbage(draft, LEAD, LEAD, rule->garbage);
		put_step(draft, LEAD, BEGIN_LATE, rule->around);
		put_garbage(draft, END, TAIL, rule->garbage * rule->around);
		put_garbage(draft, TAIL, TAIL, rule->garbage);
		put_step(draft, TAIL, FINAL, 1);
	}
}

static int put_all(struct grammar *gram, const struct grammar_rule *rule)
{
	struct draft head = {0}, body = {.statec = STATES};
	int err = 0;

	head.mb = mbuf_alloc(1024);
	body.mb = mbuf_alloc(8192);
	if (!head.mb || !body.mb) {
		err = ENOMEM;
		goto out;
	}

	put_rule(&body, rule);
	/* Two copies: a first state that sounds may stand before makes the
	 * decoder take the first phone of every hint in all contexts, which
	 * cost 7 of 100 answers that begin with the hint. */
	for (size_t i = 0; i < gram->phrasec; i++) {
		const char *words = gram->phrasev[i].words;

		put_phrase(&body, BEGIN, words, rule->garbage);
		if (rule->around > 0)
			put_phrase(&body, BEGIN_LATE, words, rule->garbage);
	}
	put_line(&body, "FSG_END\n");

	/* The states are counted only now, but must be told first. */
	put_line(&head, "FSG_BEGIN g\nNUM_STATES %u\n", body.statec);
	put_line(&head, "START_STATE %d\nFINAL_STATE %d\n", START, FINAL);
	err = head.err ? head.err : body.err;
	if (err)
		goto out;

	err = mbuf_write_mem(head.mb, body.mb->buf, body.mb->end);
	if (err)
		goto out;

	gram->fsg = mem_zalloc(head.mb->end, NULL);
	if (!gram->fsg) {
		err = ENOMEM;
		goto out;
	}
	memcpy(gram->fsg, head.mb->buf, head.mb->end);
	gram->fsg_len = head.mb->end;

out:
	mem_deref(head.mb);
	mem_deref(body.mb);

	return err;
}

static size_t word_count(const char *words)
{
	size_t n = 1;

	for (; *words; words++)
		n += *words == ' ';

	return n;
}

static bool is_known(const struct grammar *gram, const char *words)
{
	for (size_t i = 0; i < gram->phrasec; i++) {
		if (!strcmp(gram->phrasev[i].words, words))
			return true;
	}

	return false;
}

/* The hint without "*" and with single spaces. */
static int text_dup(char **textp, const char *hint)
{
	size_t n = 0;
	char *text;

	text = mem_zalloc(strlen(hint) + 1, NULL);
	if (!text)
		return ENOMEM;

	for (const char *p = hint; *p; p++) {
		bool is_gap = *p == ' ' || *p == '\t' || *p == '*';

		if (!is_gap)
			text[n++] = *p;
		else if (n && text[n - 1] != ' ')
			text[n++] = ' ';
	}
	if (n && text[n - 1] == ' ')
		text[n - 1] = '\0';
	*textp = text;

	return 0;
}

/* How the hint is said; false: it cannot be. */
static bool words_of(char words[SPELL_SIZE], const char *hint, const char *said)
{
	if (!said)
		return spell_words(words, hint);

	(void)text_copy(words, SPELL_SIZE, said);

	return *words;
}

static int add_phrases(struct grammar *gram, const struct grammar_hints *hints)
{
	size_t room = GRAMMAR_WORDS_MAX;
	const char *said = hints->words;
	const char *end;
	int err;

	if (!hints->size)
		return 0;

	end = hints->texts + hints->size;
	for (const char *p = hints->texts; p < end; p += strlen(p) + 1) {
		struct grammar_phrase *phrase = &gram->phrasev[gram->phrasec];
		char words[SPELL_SIZE];
		bool is_said = words_of(words, p, said);

		if (said)
			said += strlen(said) + 1;
		if (!is_said || is_known(gram, words) ||
		    word_count(words) > room) {
			gram->skipc++;
			continue;
		}
		room -= word_count(words);

		gram->phrasec++;
		err = str_dup(&phrase->words, words);
		if (!err)
			err = text_dup(&phrase->text, p);
		if (err)
			return err;
	}

	return 0;
}

static void destructor(void *arg)
{
	struct grammar *gram = arg;

	for (size_t i = 0; i < gram->phrasec; i++) {
		mem_deref(gram->phrasev[i].words);
		mem_deref(gram->phrasev[i].text);
	}
	mem_deref(gram->phrasev);
	mem_deref(gram->fsg);
}

void grammar_garbage(char word[GRAMMAR_GARBAGE_SIZE], size_t i)
{
	assert(i < PRONOUNCE_PHONES);

	(void)snprintf(word, GRAMMAR_GARBAGE_SIZE, "%s%s", garbage_prefix,
	               pronounce_phonev[i]);
}

bool grammar_is_garbage(const char *word)
{
	return !strncmp(word, garbage_prefix, sizeof(garbage_prefix) - 1);
}

int grammar_alloc(struct grammar **gramp, const struct grammar_hints *hints,
                  const struct grammar_rule *rule)
{
	struct grammar *gram;
	size_t hintc = 0;
	int err;

	assert(gramp && hints && rule && rule->garbage > 0);
	assert(!hints->size || !hints->texts[hints->size - 1]);

	gram = mem_zalloc(sizeof(*gram), destructor);
	if (!gram)
		return ENOMEM;

	for (size_t i = 0; i < hints->size; i++)
		hintc += !hints->texts[i];
	gram->phrasev = mem_zalloc((hintc + 1) * sizeof(*gram->phrasev), NULL);
	if (!gram->phrasev) {
		err = ENOMEM;
		goto out;
	}

	err = add_phrases(gram, hints);
	if (err)
		goto out;

	err = put_all(gram, rule);

out:
	if (err)
		mem_deref(gram);
	else
		*gramp = gram;

	return err;
}

/* How many bytes of heard are this phrase; 0 if it is another. */
static size_t match(const char *phrase, const char *heard)
{
	char word[SPELL_SIZE];
	const char *at = heard;

	while (next_word(word, &phrase)) {
		size_t len = strlen(word);

		if (!strcmp(word, "*"))
			continue;
		if (strncmp(at, word, len) || (at[len] && at[len] != ' '))
			return 0;
		at += len + (at[len] == ' ');
	}

	return (size_t)(at - heard);
}

/* The phrase that begins at heard, the longest; NULL: none. */
static const struct grammar_phrase *longest(size_t *lenp,
                                            const struct grammar *gram,
                                            const char *heard)
{
	const struct grammar_phrase *best = NULL;

	*lenp = 0;
	for (size_t i = 0; i < gram->phrasec; i++) {
		size_t len = match(gram->phrasev[i].words, heard);

		if (len <= *lenp)
			continue;
		*lenp = len;
		best = &gram->phrasev[i];
	}

	return best;
}

/* The words without the garbage. */
static int pick_words(char **wordsp, const char *heard)
{
	size_t n = 0;
	char *words;

	words = mem_zalloc(strlen(heard) + 2, NULL);
	if (!words)
		return ENOMEM;

	while (*heard) {
		size_t len = strcspn(heard, " ");

		if (len && !grammar_is_garbage(heard)) {
			memcpy(words + n, heard, len);
			n += len;
			words[n++] = ' ';
		}
		heard += len + (heard[len] == ' ');
	}
	words[n ? n - 1 : 0] = '\0';
	*wordsp = words;

	return 0;
}

const struct grammar_phrase *grammar_find(const struct grammar *gram,
                                          const char *heard)
{
	const struct grammar_phrase *phrase;
	char *words;
	size_t len;

	if (pick_words(&words, heard))
		return NULL;
	phrase = longest(&len, gram, words);
	mem_deref(words);

	return phrase;
}

char *grammar_text(char *dst, size_t size, const struct grammar *gram,
                   const char *heard)
{
	size_t used = 0;
	char *words;

	assert(size);
	dst[0] = '\0';
	if (pick_words(&words, heard))
		return dst;

	for (const char *p = words; *p;) {
		const struct grammar_phrase *phrase;
		size_t len;
		int n;

		phrase = longest(&len, gram, p);
		if (!phrase)
			break;
		n = snprintf(dst + used, size - used, "%s%s", used ? " " : "",
		             phrase->text);
		if (n < 0 || (size_t)n >= size - used) {
			dst[used] = '\0';
			break;
		}
		used += (size_t)n;
		p += len;
	}
	mem_deref(words);

	return dst;
}
