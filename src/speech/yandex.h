/*
 * speech/yandex.h - pure: what all services of Yandex SpeechKit want alike
 */
#pragma once

enum {
	YANDEX_LANG_SIZE = 36,
};

/* "ru" and "ru-RU" as it names them: "ru-RU". Returns dst. */
const char *yandex_lang(char dst[YANDEX_LANG_SIZE], const char *lang);

/* How the header names these credentials: an IAM token "Bearer", a key
 * "Api-Key". */
const char *yandex_scheme(const char *key);
