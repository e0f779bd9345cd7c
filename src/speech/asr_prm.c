/*
 * speech/asr_prm.c - what a phrase is asked with, kept as long as it lives
 */
#include "base/text.h"
#include "speech/asr_parts.h"

enum {
	HINTS_BYTES_MAX = 256 << 10,
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

	return err ? err : hints_copy(kept, prm);
}

void asr_kept_clear(struct asr_kept *kept)
{
	mem_deref(kept->prm.usage);
	mem_deref((void *)(uintptr_t)kept->prm.hintv);
	mem_deref(kept->hints);
	mem_deref(kept->params);
	mem_deref(kept->hot_word);
}
