/*
 * phone/sip/reason.c - pure: why a call ended, from headers of strangers
 */
#include <stdbool.h>
#include <string.h>
#include "phone/sip/reason.h"
#include "base/mem.h"

enum {
	CAUSE_MAX = 127,  /* Q.850 causes are 7 bits */
	STATUS_MAX = 699, /* of SIP */
};

/* One element of the list, without the white space in front. */
static struct pl element_next(const char **posp, const char *end)
{
	const char *pos = *posp, *start;
	bool is_quoted = false;
	struct pl element;

	while (pos < end && (*pos == ' ' || *pos == '\t' || *pos == ','))
		pos++;

	start = pos;
	for (; pos < end; pos++) {
		if (*pos == '"')
			is_quoted = !is_quoted;
		else if (*pos == ',' && !is_quoted)
			break;
	}

	element.p = start;
	element.l = (size_t)(pos - start);
	*posp = pos;

	return element;
}

static uint32_t number_read(const char *text, size_t len, uint32_t limit)
{
	uint32_t number = 0;

	for (size_t i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		number = number * 10 + (uint32_t)(text[i] - '0');
		if (number > limit)
			return limit;
	}

	return number;
}

/* The value of ";cause=" outside quotes; 0: none. */
static unsigned cause_read(const struct pl *element)
{
	static const char word[] = "cause=";
	const size_t word_len = sizeof(word) - 1;
	bool is_quoted = false;

	for (size_t i = 0; i + word_len < element->l; i++) {
		const char *rest = element->p + i;

		if (*rest == '"')
			is_quoted = !is_quoted;
		if (is_quoted || *rest != ';')
			continue;

		while (i + 1 + word_len < element->l && rest[1] == ' ') {
			rest++;
			i++;
		}
		if (!strncasecmp(rest + 1, word, word_len))
			return number_read(rest + 1 + word_len,
			                   element->l - i - 1 - word_len,
			                   STATUS_MAX + 1);
	}

	return 0;
}

/* Of the first element of that protocol that has one, up to max; 0: none. */
static unsigned cause_of(const char *value, size_t len, const char *protocol,
                         unsigned max)
{
	const char *pos = value, *end = value + len;
	const size_t protocol_len = strlen(protocol);

	while (pos < end) {
		struct pl element = element_next(&pos, end);
		unsigned cause;

		if (element.l <= protocol_len ||
		    strncasecmp(element.p, protocol, protocol_len))
			continue;

		cause = cause_read(&element);
		if (cause && cause <= max)
			return cause;
	}

	return 0;
}

unsigned reason_q850(const char *value, size_t len)
{
	return cause_of(value, len, "Q.850", CAUSE_MAX);
}

unsigned reason_stir(const char *value, size_t len)
{
	return cause_of(value, len, "STIR", STATUS_MAX);
}

uint32_t reason_retry_after_s(const char *value, size_t len)
{
	return number_read(value, len, REASON_RETRY_MAX_S);
}
