/*
 * campaign/redial.c - pure: when another line is tried at once
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "campaign/campaign.h"

enum {
	WORD_SIZE = 16,
	SIP_MIN = 300,
	SIP_MAX = 699,
	CAUSE_MAX = 127,
	SPAN_MAX_S = 3600,
};

/* The next word behind p, or NULL. */
static const char *word_next(char word[WORD_SIZE], const char *p)
{
	size_t len;

	p += strspn(p, " ,");
	len = strcspn(p, " ,");
	if (!len || len >= WORD_SIZE)
		return NULL;

	memcpy(word, p, len);
	word[len] = '\0';

	return p + len;
}

static bool read_code(uint16_t *codev, size_t *codecp, const char *word,
                      unsigned long min, unsigned long max)
{
	char *end;
	unsigned long code = strtoul(word, &end, 10);

	if (!isdigit((unsigned char)*word) || *end || code < min ||
	    code > max || *codecp >= REDIAL_CODES_MAX)
		return false;

	codev[(*codecp)++] = (uint16_t)code;

	return true;
}

/* "<10" or ">=10" */
static bool read_span(struct dialer_span *span, const char *text)
{
	bool is_from = !strncmp(text, ">=", 2);
	unsigned long s;
	char *end;

	text += is_from ? 2 : 1;
	s = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || s > SPAN_MAX_S ||
	    span->is_set)
		return false;

	*span = (struct dialer_span){
		.is_set = true,
		.is_from = is_from,
		.ms = (uint32_t)s * 1000,
	};

	return true;
}

static bool read_word(struct dialer_codes *codes, const char *word)
{
	static const char sign[] = "<>";
	size_t len = strcspn(word, sign);

	if (!word[len])
		return read_code(codes->sipv, &codes->sipc, word, SIP_MIN,
		                 SIP_MAX);
	if (len == 8 && !strncmp(word, "duration", len))
		return read_span(&codes->duration, word + len);
	if (len == 4 && !strncmp(word, "talk", len))
		return read_span(&codes->talk, word + len);

	return false;
}

bool redial_codes_parse(struct dialer_codes *codes, const char *text)
{
	char word[WORD_SIZE];
	const char *p = text;

	memset(codes, 0, sizeof(*codes));
	while (p[strspn(p, " ,")]) {
		bool is_cause;

		p = word_next(word, p);
		if (!p)
			return false;
		is_cause = !strcmp(word, "cause");
		if (is_cause)
			p = word_next(word, p);
		if (!p)
			return false;
		if (is_cause ? !read_code(codes->causev, &codes->causec, word,
		                          1, CAUSE_MAX)
		             : !read_word(codes, word))
			return false;
	}

	return true;
}

static bool has(const uint16_t *codev, size_t codec, unsigned code)
{
	for (size_t i = 0; i < codec; i++) {
		if (codev[i] == code)
			return true;
	}

	return false;
}

static bool fits(const struct dialer_span *span, uint64_t ms)
{
	return span->is_set && (ms >= span->ms) == span->is_from;
}

static bool match(const struct dialer_codes *codes,
                  const struct dialer_end *end, uint64_t duration_ms)
{
	return has(codes->sipv, codes->sipc, end->end.sip_code) ||
	       has(codes->causev, codes->causec, end->end.q850) ||
	       fits(&codes->duration, duration_ms) ||
	       (end->talk_ms && fits(&codes->talk, end->talk_ms));
}

bool redial_is_due(const struct dialer_redial *redial,
                   const struct dialer_end *end, uint64_t duration_ms,
                   uint32_t tries)
{
	return tries <= redial->redials_max &&
	       !match(&redial->not, end, duration_ms) &&
	       match(&redial->codes, end, duration_ms);
}
