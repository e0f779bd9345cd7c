/*
 * speech/yandex.h - pure: what all services of Yandex SpeechKit want alike
 */
#pragma once

#include <stdint.h>

enum {
	YANDEX_LANG_SIZE = 36,
};

/* "ru" and "ru-RU" as it names them: "ru-RU". Returns dst. */
const char *yandex_lang(char dst[YANDEX_LANG_SIZE], const char *lang);

/* How the header names these credentials: an IAM token "Bearer", a key
 * "Api-Key". */
const char *yandex_scheme(const char *key);

/* The rate of plain samples to ask a voice for, of those it knows. */
uint32_t yandex_raw_hz(uint32_t rate_hz);
