/*
 * speech/asr_kinds.c - the recognisers that are built in
 */
#include <string.h>
#include "base/mem.h"
#include "speech/asr.h"

static const struct asr_ops *const opsv[] = {
	/* clang-format off */
	&asr_sphinx,
	&asr_mock,
	&asr_vosk,
	&asr_funasr,
	&asr_sherpa,
	&asr_jsonws,
	&asr_deepgram,
	&asr_nls,
	&asr_iflytek_iat,
	&asr_iflytek_rtasr,
	&asr_http,
	&asr_openai,
	&asr_yandex_v1,
	&asr_yandex_v3,
	&asr_yandex_xml,
	&asr_broken_error,
	&asr_broken_stall,
	&asr_broken_die,
	&asr_broken_refuse,
	/* clang-format on */
};

const struct asr_ops *asr_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(opsv); i++) {
		if (!strcmp(opsv[i]->name, name))
			return opsv[i];
	}

	return NULL;
}

const struct asr_ops *asr_kind(size_t i)
{
	return i < ARRAY_COUNT(opsv) ? opsv[i] : NULL;
}
