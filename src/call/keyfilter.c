/*
 * call/keyfilter.c - pure: which keys make an input (checklist C110, C137)
 */
#include <stdlib.h>
#include <string.h>
#include "call/keyfilter.h"

static void word_take(struct keyfilter *filter, const char *word, size_t len)
{
	if (len == 3 && !memcmp(word, "any", 3)) {
		filter->is_any = true;
		return;
	}
	if (len > 4 && !memcmp(word, "max=", 4)) {
		filter->max = (unsigned)strtoul(word + 4, NULL, 10);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		size_t n = strlen(filter->endv);

		if (n + 1 < sizeof(filter->endv))
			filter->endv[n] = word[i];
	}
}

void keyfilter_set(struct keyfilter *filter, const char *text)
{
	static const char blanks[] = ", ";

	memset(filter, 0, sizeof(*filter));
	if (!text || !*text || !strcmp(text, "none"))
		return;

	filter->is_on = true;
	while (*text) {
		size_t len = strcspn(text, blanks);

		word_take(filter, text, len);
		text += len;
		text += strspn(text, blanks);
	}
	if (!filter->max || filter->max > KEYS_MAX)
		filter->max = KEYS_MAX;
}

bool keyfilter_press(struct keyfilter *filter, char key)
{
	bool is_end = filter->is_any || strchr(filter->endv, key);
	bool is_mark = key == '#' || key == '*';

	/* "12#" is 12; a lone "#" is what was meant. */
	if (is_end && is_mark && filter->keyc)
		return true;

	if (filter->keyc < KEYS_MAX) {
		filter->keyv[filter->keyc++] = key;
		filter->keyv[filter->keyc] = '\0';
	}

	return is_end || filter->keyc >= filter->max;
}

void keyfilter_clear(struct keyfilter *filter)
{
	filter->keyc = 0;
	filter->keyv[0] = '\0';
}

bool keyonce_tone(struct keyonce *once, char key, uint64_t now_ms)
{
	if (once->has_messages)
		return false;

	once->key = key;
	once->at_ms = now_ms;

	return true;
}

bool keyonce_message(struct keyonce *once, char key, uint32_t duration_ms,
                     uint64_t now_ms)
{
	bool is_known = once->key == key &&
	                now_ms <= once->at_ms + duration_ms + KEYONCE_LATE_MS;

	/* From now on messages are believed alone: of two keys that are alike
	 * one might be taken for the other's tones. */
	once->has_messages = true;
	once->key = '\0';

	return !is_known;
}
