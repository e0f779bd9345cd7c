/*
 * speech/yandex.c - pure: what all services of Yandex SpeechKit want alike
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/text.h"
#include "speech/yandex.h"

/* Where the country is not the language's own name. */
static const struct {
	const char *lang;
	const char *named;
} langv[] = {
	{"en", "en-US"}, {"he", "he-IL"}, {"kk", "kk-KZ"},
	{"sv", "sv-SE"}, {"uk", "uk-UA"}, {"", "ru-RU"},
};

const char *yandex_lang(char dst[YANDEX_LANG_SIZE], const char *lang)
{
	size_t n = strcspn(lang, "-_");

	for (size_t i = 0; i < ARRAY_COUNT(langv); i++) {
		if (!strcmp(langv[i].lang, lang))
			return text_copy(dst, YANDEX_LANG_SIZE, langv[i].named);
	}
	(void)text_copy(dst, YANDEX_LANG_SIZE, lang);
	if (n != 2 || lang[n])
		return dst;

	(void)snprintf(dst, YANDEX_LANG_SIZE, "%s-%c%c", lang,
	               toupper((unsigned char)lang[0]),
	               toupper((unsigned char)lang[1]));

	return dst;
}

/* IAM tokens begin like this, keys never. */
const char *yandex_scheme(const char *key)
{
	return strncmp(key, "t1.", 3) ? "Api-Key" : "Bearer";
}

uint32_t yandex_raw_hz(uint32_t rate_hz)
{
	return rate_hz == 8000 || rate_hz == 16000 ? rate_hz : 48000;
}
