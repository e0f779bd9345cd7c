/*
 * speech/hearing_text.c - pure: the text of a phrase while it comes in parts
 */
#include <stdio.h>
#include "base/text.h"
#include "speech/hearing.h"

/* Chinese and Japanese are written without blanks between sentences. */
static bool is_wide(const char *text)
{
	return (unsigned char)*text >= 0xe3;
}

static bool wants_blank(const char *before, const char *text)
{
	size_t n = strlen(before);

	return n && *text && !is_wide(text) && before[n - 1] != ' ';
}

static void add(char dst[HEARING_TEXT_SIZE], const char *text, bool may_blank)
{
	size_t n = strlen(dst);

	if (may_blank && wants_blank(dst, text) && n + 2 < HEARING_TEXT_SIZE) {
		dst[n++] = ' ';
		dst[n] = '\0';
	}
	(void)text_copy(dst + n, HEARING_TEXT_SIZE - n, text);
}

void hearing_partial(struct hearing_talk *talk, const char *text)
{
	if (!strcmp(talk->partial, text))
		return;

	(void)text_copy(talk->partial, sizeof(talk->partial), text);
	talk->is_partial_new = true;
}

void hearing_append(struct hearing_talk *talk, const char *text)
{
	if (!*text)
		return;

	add(talk->partial, text, false);
	talk->is_partial_new = true;
}

void hearing_final(struct hearing_talk *talk, const char *text)
{
	talk->is_partial_new = *text != '\0';
	talk->partial[0] = '\0';
	add(talk->final, text, true);
}

const char *hearing_text(const struct hearing_talk *talk,
                         char text[HEARING_TEXT_SIZE])
{
	(void)text_copy(text, HEARING_TEXT_SIZE, talk->final);
	add(text, talk->partial, true);

	return text;
}

static int json_write(const char *data, size_t n, void *arg)
{
	return mbuf_write_mem(arg, (const uint8_t *)data, n) ? -1 : 0;
}

int hearing_json(struct mbuf *mb, json_t *msg)
{
	int err;

	if (!msg)
		return ENOMEM;

	err = json_dump_callback(msg, json_write, mb, JSON_COMPACT) ? ENOMEM
	                                                            : 0;
	json_decref(msg);

	return err;
}

void hearing_fail(struct hearing_heard *heard, int err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(heard->why, sizeof(heard->why), format, ap);
	va_end(ap);
	(void)text_repair(heard->why);
	heard->err = err;
}
