/*
 * speech/asked.c - what the local recogniser is asked: one question
 */
#include <assert.h>
#include "base/mem.h"
#include "base/text.h"
#include "speech/asked.h"
#include "speech/hearing.h"

enum {
	HINTS_BYTES_MAX = 256 << 10,
	HOT_WORDS_MAX = 100,
	HOT_WORD_SIZE = 128,
};

static int put_hint(struct mbuf *hints, const char *hint)
{
	size_t size = strlen(hint) + 1;

	if (!*hint || hints->end + size > HINTS_BYTES_MAX)
		return 0;

	return mbuf_write_mem(hints, (const uint8_t *)hint, size);
}

static int put_hot_words(struct mbuf *hints, const char *words)
{
	char word[HOT_WORD_SIZE];
	int err = 0;

	/* What begins so is the list of a service, with weights. */
	if (*words == '{')
		return 0;
	for (size_t i = 0; i < HOT_WORDS_MAX && !err; i++) {
		words = hearing_hot_word(word, sizeof(word), words);
		if (!words)
			break;
		err = put_hint(hints, text_repair(word));
	}

	return err;
}

int asked_make(struct asked *asked, const struct asr_prm *prm)
{
	struct mbuf *hints;
	int err = 0;

	assert(asked && prm);

	*asked = (struct asked){0};
	(void)text_copy(asked->lang, sizeof(asked->lang), prm->lang);
	hints = mbuf_alloc(1024);
	if (!hints)
		return ENOMEM;

	for (size_t i = 0; i < prm->hintc && !err; i++)
		err = put_hint(hints, prm->hintv[i]);
	if (!err && prm->hot_word)
		err = put_hot_words(hints, prm->hot_word);
	if (!err && prm->pronounce && *prm->pronounce)
		err = str_dup(&asked->pronounce, prm->pronounce);
	if (err || !hints->end)
		goto out;

	asked->hints = mem_zalloc(hints->end, NULL);
	if (!asked->hints) {
		err = ENOMEM;
		goto out;
	}
	memcpy(asked->hints, hints->buf, hints->end);
	asked->size = hints->end;

out:
	mem_deref(hints);

	return err;
}

int asked_dup(struct asked *to, const struct asked *from)
{
	*to = (struct asked){0};
	(void)text_copy(to->lang, sizeof(to->lang), from->lang);
	if (from->size) {
		to->hints = mem_zalloc(from->size, NULL);
		if (!to->hints)
			return ENOMEM;
		memcpy(to->hints, from->hints, from->size);
		to->size = from->size;
	}

	return from->pronounce ? str_dup(&to->pronounce, from->pronounce) : 0;
}

void asked_share(struct asked *to, const struct asked *from)
{
	*to = *from;
	mem_ref(to->hints);
	mem_ref(to->pronounce);
}

void asked_clear(struct asked *asked)
{
	mem_deref(asked->hints);
	mem_deref(asked->pronounce);
	*asked = (struct asked){0};
}

bool asked_is_same(const struct asked *a, const struct asked *b)
{
	if (a->size != b->size || strcmp(a->lang, b->lang) ||
	    (a->size && memcmp(a->hints, b->hints, a->size)))
		return false;

	return !strcmp(a->pronounce ? a->pronounce : "",
	               b->pronounce ? b->pronounce : "");
}
