/*
 * speech/hearing_text.c - pure: the text of a phrase while it comes in parts,
 * and the sound of it as a service wants it
 */
#include <stdio.h>
#include "base/g711.h"
#include "base/jmem.h"
#include "base/text.h"
#include "speech/hearing.h"
#include <re_base64.h>

/* Chinese and Japanese are written without blanks between sentences; Korean,
 * whose letters are behind theirs in Unicode, is not. */
static bool is_wide(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	return (c[0] >= 0xe3 && c[0] <= 0xe9) || c[0] == 0xef ||
	       (c[0] == 0xf0 && c[1] >= 0xa0);
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
	talk->is_partial_new |= *text != '\0';
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

void hearing_sentence(struct hearing_talk *talk)
{
	talk->is_sentence_new = talk->final[0] != '\0';
}

void hearing_times(struct hearing_talk *talk, double begin_ms, double end_ms)
{
	if (begin_ms < 0 || end_ms <= begin_ms || end_ms > UINT32_MAX ||
	    (talk->end_ms && end_ms < talk->begin_ms))
		return;

	if (!talk->end_ms)
		talk->begin_ms = (uint32_t)(begin_ms + 0.5);
	talk->end_ms = (uint32_t)(end_ms + 0.5);
}

void hearing_score(struct hearing_talk *talk, double sure)
{
	/* Nor is a NaN one, which a double on the wire may be. */
	if (!(sure > 0 && sure <= 1))
		return;

	talk->score = (unsigned)(sure * 100 + 0.5);
	talk->has_score = true;
}

void hearing_fail_code(struct hearing_heard *heard, int err, long code,
                       const char *said)
{
	const char *means = err == EACCES ? service_key_means(said ? said : "",
	                                                      "refuses the key")
	                    : err == EDQUOT ? "its quota is used up"
	                    : err == EBUSY  ? "has too many connections"
	                    : err == EINVAL ? "does not like our request"
	                                    : "is out of order";

	hearing_fail(heard, err, "%s (code %ld: %s)", means, code,
	             said ? said : "");
}

void hearing_hear(struct hearing_heard *heard, struct hearing_talk *talk,
                  const struct hearing_dialect *dialect, const char *data,
                  size_t n)
{
	*heard = (struct hearing_heard){.err = 0};
	jmem_forget();
	jmem_pool_open();
	dialect->hear(heard, talk, data, n);
	jmem_pool_close();
	if (jmem_has_failed())
		hearing_fail(heard, ENOMEM, "no memory for an answer");
}

int hearing_options(json_t *msg, const struct service *service)
{
	json_t *options;
	int err;

	if (!*service->options)
		return 0;

	/* Read once before, so it is an object. */
	err = jmem_read(&options, service->options, strlen(service->options), 0,
	                NULL);
	if (err)
		return err;

	err = json_object_update(msg, options) ? ENOMEM : 0;
	json_decref(options);

	return err;
}

int hearing_query(struct url *url, const char *name, const char *value)
{
	size_t n = strlen(url->path);
	int m;

	m = snprintf(url->path + n, sizeof(url->path) - n,
	             "%s%s=", strchr(url->path, '?') ? "&" : "?", name);
	if (m < 0 || (size_t)m + strlen(value) * 3 + 4 > sizeof(url->path) - n)
		return ENAMETOOLONG;

	n += (size_t)m;
	(void)url_encode(url->path + n, sizeof(url->path) - n, value);

	return 0;
}

const char *hearing_hot_word(char *word, size_t size, const char *at)
{
	static const char divider[] = ",;\r\n";
	size_t n;

	at += strspn(at, ",;\r\n\t ");
	n = strcspn(at, divider);
	if (!n)
		return NULL;

	(void)snprintf(word, size, "%.*s", (int)n, at);

	return at + n;
}

int hearing_samples(struct mbuf *mb, const struct service *service,
                    const int16_t *pcm, size_t n)
{
	int err = 0;

	if (!service->is_mulaw)
		return mbuf_write_mem(mb, (const uint8_t *)pcm,
		                      n * sizeof(*pcm));

	for (size_t i = 0; i < n && !err; i++)
		err = mbuf_write_u8(mb, g711_ulaw_of(pcm[i]));

	return err;
}

char *hearing_base64(const void *data, size_t n)
{
	size_t size = (n + 2) / 3 * 4;
	char *text = mem_zalloc(size + 1, NULL);

	if (text && base64_encode(data, n, text, &size))
		text = mem_deref(text);

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
