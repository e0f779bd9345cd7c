/*
 * speech/oneshot_text.c - pure: what is sent to and said by services that hear
 * a phrase as a whole
 */
#include <ctype.h>
#include <jansson.h>
#include "base/jmem.h"
#include "base/text.h"
#include "speech/oneshot.h"

enum {
	WAV_HEAD_BYTES = 36, /* behind the length of the file */
	SAID_MAX = 160,      /* code points of a service's own words */
};

int oneshot_header(struct oneshot_question *question, const char *name,
                   const char *format, ...)
{
	struct oneshot_header *header = &question->headerv[question->headerc];
	va_list ap;
	int err;

	if (question->headerc == ONESHOT_HEADERS_MAX)
		return E2BIG;

	question->headerc++;
	err = str_dup(&header->name, name);
	va_start(ap, format);
	if (!err)
		err = re_vsdprintf(&header->value, format, ap);
	va_end(ap);

	return err;
}

json_t *oneshot_options(const struct service *service)
{
	return *service->options ? json_loads(service->options, 0, NULL)
	                         : json_object();
}

const char *oneshot_option(char buf[ONESHOT_OPTION_SIZE], const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";

	(void)snprintf(buf, ONESHOT_OPTION_SIZE, "%.10g",
	               json_number_value(value));

	return buf;
}

/* Samples are little-endian there, as on every machine that we run on. */
int oneshot_raw(struct mbuf *mb, const struct oneshot_question *question)
{
	return mbuf_write_mem(mb, (const uint8_t *)question->pcm,
	                      question->n * sizeof(*question->pcm));
}

static void put32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

int oneshot_wav(struct mbuf *mb, const struct oneshot_question *question)
{
	uint32_t bytes = (uint32_t)(question->n * sizeof(*question->pcm));
	uint8_t head[] = "RIFF....WAVEfmt \x10\0\0\0\1\0\1\0rate"
			 "byte\2\0\x10\0data....";
	int err;

	put32(head + 4, WAV_HEAD_BYTES + bytes);
	put32(head + 24, question->rate_hz);
	put32(head + 28, question->rate_hz * 2);
	put32(head + 40, bytes);
	err = mbuf_write_mem(mb, head, sizeof(head) - 1);

	return err ? err : oneshot_raw(mb, question);
}

void oneshot_fail(struct oneshot_heard *heard, int err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(heard->why, sizeof(heard->why), format, ap);
	va_end(ap);
	(void)text_repair(heard->why);
	heard->err = err;
}

static bool is_blank(char c)
{
	return c && strchr(" \t\r\n", c);
}

void oneshot_text(struct oneshot_heard *heard, const char *text, size_t n)
{
	while (n && is_blank(*text)) {
		text++;
		n--;
	}
	while (n && is_blank(text[n - 1]))
		n--;
	if (n >= sizeof(heard->text))
		n = sizeof(heard->text) - 1;
	memmove(heard->text, text, n);
	heard->text[n] = '\0';
	(void)text_repair(heard->text);
}

/* Some services have more than 1 for sure, or a NaN for nothing. */
void oneshot_score(struct oneshot_heard *heard, double confidence)
{
	if (!(confidence >= 0))
		return;

	heard->score =
		confidence > 1 ? 100 : (unsigned)(confidence * 100 + 0.5);
	heard->has_score = true;
}

void oneshot_json(struct oneshot_heard *heard, const char *body, size_t n,
                  void (*take)(struct oneshot_heard *heard, const json_t *msg,
                               const void *memory),
                  const void *memory)
{
	json_t *msg;

	jmem_forget();
	jmem_pool_open();
	msg = json_loadb(body, n, 0, NULL);
	if (msg)
		take(heard, msg, memory);
	else
		oneshot_fail(heard, EPROTO, "its answer is no JSON");
	json_decref(msg);
	jmem_pool_close();
	if (jmem_has_failed())
		oneshot_fail(heard, ENOMEM, "no memory for its answer");
}

/* {"error":{"message":…}}, {"error":…}, {"error_message":…}, … */
static const char *message_of(const json_t *msg)
{
	static const char *const namev[] = {
		"error_message", "message", "error", "detail", "description",
	};

	for (size_t i = 0; i < ARRAY_COUNT(namev); i++) {
		const json_t *value = json_object_get(msg, namev[i]);
		const char *text = json_string_value(value);

		if (json_is_object(value))
			text = json_string_value(
				json_object_get(value, "message"));
		if (text)
			return text;
	}

	return NULL;
}

const char *oneshot_said(const char *body, size_t n,
                         char said[SERVICE_WHY_SIZE])
{
	const char *text;
	json_t *msg;
	size_t len = n;

	jmem_pool_open();
	msg = json_loadb(body, n, 0, NULL);
	text = message_of(msg);
	if (text)
		len = strlen(text);
	else
		text = body;
	if (len >= SERVICE_WHY_SIZE)
		len = SERVICE_WHY_SIZE - 1;
	memcpy(said, text, len);
	said[len] = '\0';
	json_decref(msg);
	jmem_pool_close();

	/* One line of a log, whatever came. */
	for (char *at = said; *at; at++) {
		if (iscntrl((unsigned char)*at))
			*at = ' ';
	}
	said[text_span(text_repair(said), SAID_MAX)] = '\0';

	return said;
}
