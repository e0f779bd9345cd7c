/*
 * speech/asr_prm.c - what a phrase is asked with, and its sound, kept as long
 * as it lives
 */
#include "base/text.h"
#include "speech/asr_parts.h"

enum {
	HINTS_BYTES_MAX = 256 << 10,
	HEARD_MAX_S = 60, /* of a phrase: what is kept for the next provider */
};

static int hints_copy(struct asr_kept *kept, const struct asr_prm *prm)
{
	size_t size = 1, used = 0, c = 0;
	const char **hintv;

	for (size_t i = 0; i < prm->hintc; i++)
		size += strlen(prm->hintv[i]) + 1;
	if (size > HINTS_BYTES_MAX)
		size = HINTS_BYTES_MAX;

	hintv = mem_zalloc((prm->hintc + 1) * sizeof(*hintv), NULL);
	kept->prm.hintv = hintv;
	kept->hints = mem_zalloc(size, NULL);
	if (!hintv || !kept->hints)
		return ENOMEM;

	for (size_t i = 0; i < prm->hintc; i++) {
		size_t n = strlen(prm->hintv[i]) + 1;

		if (used + n > size)
			break;
		memcpy(kept->hints + used, prm->hintv[i], n);
		hintv[c++] = kept->hints + used;
		used += n;
	}
	kept->prm.hintc = c;

	return 0;
}

int asr_keep(struct asr_kept *kept, const struct asr_prm *prm)
{
	int err;

	kept->prm = *prm;
	kept->prm.hintv = NULL;
	kept->prm.services = NULL; /* known by now */
	mem_ref(prm->usage);
	(void)text_copy(kept->lang, sizeof(kept->lang),
	                prm->lang ? prm->lang : "");
	kept->prm.lang = kept->lang;
	err = str_dup(&kept->params, prm->params ? prm->params : "");
	kept->prm.params = kept->params;
	if (!err && prm->hot_word)
		err = str_dup(&kept->hot_word, prm->hot_word);
	kept->prm.hot_word = kept->hot_word;
	if (!err && prm->pronounce)
		err = str_dup(&kept->pronounce, prm->pronounce);
	kept->prm.pronounce = kept->pronounce;

	return err ? err : hints_copy(kept, prm);
}

void asr_kept_clear(struct asr_kept *kept)
{
	mem_deref(kept->prm.usage);
	mem_deref((void *)(uintptr_t)kept->prm.hintv);
	mem_deref(kept->hints);
	mem_deref(kept->params);
	mem_deref(kept->hot_word);
	mem_deref(kept->pronounce);
}

/* Where the recogniser finds begin and end, a stream lasts as long as a
 * silence: the oldest half goes. */
void asr_heard_keep(struct mbuf *heard, const struct asr_prm *prm,
                    const int16_t *pcm, size_t n)
{
	size_t bytes = n * sizeof(*pcm);
	size_t half = (size_t)HEARD_MAX_S / 2 * prm->rate_hz * sizeof(*pcm);

	if (heard->end + bytes > 2 * half && heard->end > half) {
		memmove(heard->buf, heard->buf + half, heard->end - half);
		heard->end -= half;
		heard->pos = heard->end;
	}
	if (heard->end + bytes > heard->size &&
	    mbuf_resize(heard, heard->size * 2 + bytes))
		return;

	(void)mbuf_write_mem(heard, (const uint8_t *)pcm, bytes);
}
