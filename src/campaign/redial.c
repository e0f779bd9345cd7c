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
		             : !read_code(codes->sipv, &codes->sipc, word,
		                          SIP_MIN, SIP_MAX))
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

static bool match(const struct dialer_codes *codes, const struct phone_end *end)
{
	return has(codes->sipv, codes->sipc, end->sip_code) ||
	       has(codes->causev, codes->causec, end->q850);
}

bool redial_is_due(const struct dialer_redial *redial,
                   const struct phone_end *end, uint32_t tries)
{
	return tries <= redial->redials_max && !match(&redial->not, end) &&
	       match(&redial->codes, end);
}
